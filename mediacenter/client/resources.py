"""What the API says of assets and collections, as plain values. Fields that a newer server adds are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from mediacenter.client.answers import JSON, AgencyAnswer


def moment(value: str | None) -> datetime | None:
    """RFC 3339 to an aware datetime."""
    return None if value is None else datetime.fromisoformat(value)


@dataclass(frozen=True, kw_only=True)
class AssetAnswer:
    """An asset as lists show it. ``width`` and ``height`` are pixels, ``duration`` seconds; ``url`` is its page."""

    id: str
    reference: str
    kind: str
    state: str
    audience: str
    agency: AgencyAnswer
    title: str
    language: str
    languages: tuple[str, ...]
    credit_line: str
    urgency: int
    created_at: datetime
    published_at: datetime | None
    corrected_at: datetime | None
    embargo_until: datetime | None
    width: int | None
    height: int | None
    duration: float | None
    url: str

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(**cls._values(body))

    @classmethod
    def _values(cls, body: JSON) -> dict[str, Any]:
        plain = ("id", "reference", "kind", "state", "audience", "title", "language", "credit_line", "urgency")
        sizes = ("width", "height", "duration", "url")
        moments = ("published_at", "corrected_at", "embargo_until")
        return {
            **{name: body[name] for name in (*plain, *sizes)},
            **{name: moment(body[name]) for name in moments},
            "created_at": datetime.fromisoformat(body["created_at"]),
            "agency": AgencyAnswer.read(body["agency"]),
            "languages": tuple(body["languages"]),
        }


@dataclass(frozen=True, kw_only=True)
class TextAnswer:
    """The words in one language. ``body`` is sanitised HTML; ``state`` says whether somebody has read a translation."""

    title: str
    caption: str
    alt_text: str
    body: str
    state: str

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(**{name: body[name] for name in ("title", "caption", "alt_text", "body", "state")})


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether one may, and the policy's reason why not."""

    allowed: bool
    reason: str | None

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(allowed=body["allowed"], reason=body["reason"])


@dataclass(frozen=True, kw_only=True)
class AssetDetailAnswer(AssetAnswer):
    """One asset with all that one may know of it. ``etag`` is for conditional requests: ``if_match`` of what changes
    it, ``unless`` of :meth:`MediaCenter.asset`. ``raw`` is the whole answer, for what has no field here."""

    texts: Mapping[str, TextAnswer]
    author: str
    source: str
    licence: str
    keywords: tuple[str, ...]
    people: tuple[str, ...]
    place: str
    rights_end: datetime | None
    embed_url: str | None
    may: Mapping[str, Permission]
    revision: int
    etag: str
    raw: JSON

    @classmethod
    def read_with(cls, body: JSON, *, etag: str) -> Self:
        return cls(
            **cls._values(body),
            **{name: body[name] for name in ("author", "source", "licence", "place", "embed_url", "revision")},
            texts={language: TextAnswer.read(text) for language, text in body["texts"].items()},
            keywords=tuple(body["keywords"]),
            people=tuple(body["people"]),
            rights_end=moment(body["rights_end"]),
            may={
                name: Permission(allowed=said["allowed"], reason=said["reason"]) for name, said in body["may"].items()
            },
            etag=etag,
            raw=body,
        )


@dataclass(frozen=True, kw_only=True)
class RenditionAnswer:
    """A file made from the original. ``size`` is bytes; ``url`` shows it, ``download_url`` takes it away (None: one may
    not). URLs of what is not public end: ask again instead of keeping them."""

    profile: str
    media_type: str
    width: int | None
    height: int | None
    size: int
    duration: float | None
    url: str
    download_url: str | None

    @classmethod
    def read(cls, body: JSON) -> Self:
        names = ("profile", "media_type", "width", "height", "size", "duration", "url", "download_url")
        return cls(**{name: body[name] for name in names})


@dataclass(frozen=True, kw_only=True)
class DownloadAnswer:
    """A link to one file; ``size`` in bytes, ``sha256`` where the server has it (of originals). ``terms`` as said."""

    url: str
    expires_at: datetime | None
    filename: str
    size: int
    media_type: str
    sha256: str | None
    terms: JSON

    @classmethod
    def read(cls, body: JSON) -> Self:
        names = ("url", "filename", "size", "media_type", "sha256", "terms")
        return cls(**{name: body[name] for name in names}, expires_at=moment(body["expires_at"]))


@dataclass(frozen=True, kw_only=True)
class TermsAnswer:
    """An agency's terms for downloads in the language asked for. ``accepted_at`` None: one has not accepted them."""

    agency: AgencyAnswer
    version: int
    language: str
    text: str
    asked: bool
    accepted_at: datetime | None

    @classmethod
    def read(cls, body: JSON) -> Self:
        names = ("version", "language", "text", "asked")
        return cls(
            **{name: body[name] for name in names},
            agency=AgencyAnswer.read(body["agency"]),
            accepted_at=moment(body["accepted_at"]),
        )


@dataclass(frozen=True, kw_only=True)
class CollectionAnswer:
    id: str
    title: str
    agency: AgencyAnswer
    kind: str
    audience: str
    created_at: datetime

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(
            **{name: body[name] for name in ("id", "title", "kind", "audience")},
            agency=AgencyAnswer.read(body["agency"]),
            created_at=datetime.fromisoformat(body["created_at"]),
        )
