"""Where letters go: ``EMAIL_URL`` in one line."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

EXPECTED = "console: (prints letters), or smtp://user:password@host:587?tls=true, or smtps://user:password@host:465"
BACKENDS = {
    "console": "django.core.mail.backends.console.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
}
PORTS = {"console": 0, "smtp": 25, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """``tls`` is STARTTLS; ``ssl`` is TLS from the first byte."""

    backend: str
    host: str
    port: int
    user: str
    password: str
    tls: bool
    ssl: bool


def parse_email_url(text: str) -> MailServer:
    """The server that the URL names; ``ImproperlyConfigured`` with one line that says what to set."""
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        tls = {"true": True, "false": False}[options.pop("tls", "false")]
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise _cannot_be_used() from None
    if options or parts.path.strip("/") or (parts.scheme == "console") == bool(parts.hostname):
        raise _cannot_be_used()
    return MailServer(
        backend=BACKENDS[parts.scheme],
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls and parts.scheme == "smtp",
        ssl=parts.scheme == "smtps",
    )


def _cannot_be_used() -> ImproperlyConfigured:
    """Does not repeat the value: it may hold a password."""
    return ImproperlyConfigured(f"EMAIL_URL cannot be used: set it to {EXPECTED}.")
