"""Every route of the URL map with values in its place-holders, for tests that ask all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

NO_ID = UUID("00000000-0000-7000-8000-000000000000")
VALUES = {
    "IntConverter": ("int", "7"),
    "RevisionConverter": ("revision", "7"),
    "UUIDConverter": ("uuid", str(NO_ID)),
    "SlugConverter": ("slug", "approve"),
    "StringConverter": ("str", "X"),
    "PathConverter": ("path", "w320.webp"),
}


@dataclass(frozen=True, kw_only=True)
class Route:
    """``path`` may be asked for; ``page`` says that people see its answer in a browser."""

    name: str
    path: str

    @property
    def page(self) -> bool:
        return not self.path.startswith(("/api/", "/media/", "/store/", "/healthz", "/readyz"))


def routes() -> Iterator[Route]:
    def walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry.url_patterns, prefix + _filled(entry), inner)
            else:
                yield Route(name=namespace + (entry.name or str(entry.pattern)), path=prefix + _filled(entry))

    return walk(get_resolver().url_patterns, "/", "")


def _filled(entry: URLPattern | URLResolver) -> str:
    text = str(entry.pattern)
    for name, converter in getattr(entry.pattern, "converters", {}).items():
        kind, value = VALUES[type(converter).__name__]
        text = text.replace(f"<{kind}:{name}>", value)
    return text
