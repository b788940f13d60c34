"""What the server answers, as plain values; and its refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

JSON = Mapping[str, Any]


class ClientError(Exception):
    """Something a person can act on; ``str()`` is the sentence to show."""


class ApiError(ClientError):
    """A refusal (RFC 9457): ``code`` is stable, ``detail`` is for people, ``fields`` maps field names to sentences."""

    def __init__(self, *, status: int, code: str, detail: str, fields: Mapping[str, list[str]], data: JSON) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
        self.data = data

    @classmethod
    def of(cls, status: int, body: object) -> Self:
        """From a problem document, or from whatever a proxy in between answered."""
        problem: JSON = body if isinstance(body, Mapping) else {}
        detail = problem.get("detail") or problem.get("title") or f"The server answered {status}."
        errors = problem.get("errors")
        fields = {name: _sentences(value) for name, value in errors.items()} if isinstance(errors, Mapping) else {}
        return cls(
            status=status,
            code=str(problem.get("code") or f"http_{status}"),
            detail=str(detail),
            fields=fields,
            data=problem,
        )

    def sentence(self) -> str:
        """The detail and what is said of single fields, in one line."""
        said = [f"{name}: {text}" for name, texts in self.fields.items() for text in texts if text != self.detail]
        return " ".join([self.detail, *said])


def _sentences(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


class ServerUnreachable(ClientError):
    """No usable answer within the caller's patience: the server, the store or the network is down."""


@dataclass(frozen=True, kw_only=True)
class AgencyAnswer:
    id: str
    code: str
    name: str

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(id=body["id"], code=body["code"], name=body["name"])


@dataclass(frozen=True, kw_only=True)
class SessionAnswer:
    """Who the token stands for; ``upload_agencies`` are those with a direct grant, not all below them."""

    who: str
    upload_agencies: tuple[AgencyAnswer, ...]

    @classmethod
    def read(cls, body: JSON) -> Self:
        user, token = body.get("user") or {}, body.get("token") or {}
        return cls(
            who=user.get("full_name") or token.get("name") or "",
            upload_agencies=tuple(AgencyAnswer.read(agency) for agency in body.get("upload_agencies", ())),
        )


@dataclass(frozen=True, kw_only=True)
class AssetReference:
    """Enough of an asset to tell a person where their file went."""

    id: str
    reference: str
    url: str

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(id=body["id"], reference=body["reference"], url=body["url"])


@dataclass(frozen=True, kw_only=True)
class UploadAnswer:
    """An upload on the server. ``state`` is open, completed, aborted or expired; sizes are bytes."""

    id: str
    state: str
    size: int
    part_size: int
    sha256: str
    asset: AssetReference | None

    @classmethod
    def read(cls, body: JSON) -> Self:
        asset = body.get("asset")
        return cls(
            id=body["id"],
            state=body["state"],
            size=body["size"],
            part_size=body["part_size"],
            sha256=body.get("sha256") or "",
            asset=AssetReference.read(asset) if asset else None,
        )


@dataclass(frozen=True, kw_only=True)
class PartRequest:
    """Where and how to send one part: every header exactly as given, the body exactly ``size`` bytes."""

    number: int
    size: int
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(
            number=body["number"],
            size=body["size"],
            method=body["method"],
            url=body["url"],
            headers=dict(body["headers"]),
        )


@dataclass(frozen=True, kw_only=True)
class ArrivedPart:
    """A part that the store has. ``sha256`` (lower-case hex) where the store knows it."""

    number: int
    size: int
    etag: str
    sha256: str | None

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(
            number=body["number"],
            size=body["size"],
            etag=str(body.get("etag") or "").strip('"'),
            sha256=body.get("sha256") or None,
        )


@dataclass(frozen=True, kw_only=True)
class ProcessingAnswer:
    """How far the server is with a file: ``state`` is received, processing, ready, rejected or failed."""

    state: str
    progress: int
    stage: str
    message: str

    @classmethod
    def read(cls, body: JSON) -> Self:
        return cls(
            state=body.get("state") or "",
            progress=int(body.get("progress") or 0),
            stage=body.get("stage") or "",
            message=body.get("message") or "",
        )

    @classmethod
    def of_version(cls, body: JSON) -> Self:
        """Of a version that is to take the place of another; ``message`` says what it still waits for."""
        correction: JSON = next(iter(body.get("corrections") or ()), {})
        waits = correction.get("state") == "waiting"
        rejection = (body.get("rejection") or {}).get("message") or ""
        return cls(
            state=body.get("state") or "",
            progress=0,
            stage="",
            message="It waits until somebody else confirms it." if waits else rejection,
        )


@dataclass(frozen=True, kw_only=True)
class NewUpload:
    """What is said of a file when its upload begins. ``kind`` None lets the server tell it from the name; ``asset`` is
    the one that gets it as its next version, for a ``reason``."""

    agency: str
    filename: str
    size: int
    sha256: str
    kind: str | None = None
    title: str | None = None
    language: str | None = None
    album: str | None = None
    allow_duplicate: bool = False
    asset: str | None = None
    reason: str | None = None

    def body(self) -> dict[str, Any]:
        """The request's JSON: without the fields that were not given."""
        given = {"kind": self.kind, "title": self.title, "language": self.language, "album": self.album}
        given |= {"agency": self.agency or None, "asset": self.asset, "reason": self.reason}
        return {
            "filename": self.filename,
            "size": self.size,
            "sha256": self.sha256,
            "part_checksums": "sha256",
            "allow_duplicate": self.allow_duplicate,
            **{name: value for name, value in given.items() if value is not None},
        }
