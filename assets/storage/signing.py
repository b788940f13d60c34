"""Signatures of the folder store's URLs: HMAC-SHA256 (RFC 2104) over an unambiguous encoding, one key per purpose.

Pure functions: the secret and the present are given. A signature is checked before its expiry, so that "expired" is
only said of URLs that were ours.
"""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from permissions.errors import NotAllowed

Purpose = Literal["part-put", "object-get"]

_TOKEN = re.compile(r"(0|[1-9][0-9]{0,11})-([1-9][0-9]{0,2})-([A-Za-z0-9_-]{43})", re.ASCII)
_EXPIRES: Final = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)


class UrlInvalid(NotAllowed):
    """Not signed by this installation, or changed since."""

    code = "url_invalid"


class UrlExpired(NotAllowed):
    """Signed by this installation, but its time is over; ask for a new one."""

    code = "url_expired"


@dataclass(frozen=True, kw_only=True)
class PartGrant:
    """Leave to PUT one part. ``expires`` in seconds since 1970 (UTC); ``sha256`` lower-case hex or None."""

    key: str
    upload_id: str
    number: int
    size: int
    sha256: str | None
    expires: int


@dataclass(frozen=True, kw_only=True)
class ReadGrant:
    """Leave to GET. ``scope`` is a whole key, or a prefix ending in ``/``; only a whole key may carry the other two."""

    scope: str
    expires: int
    filename: str | None = None
    media_type: str | None = None

    @property
    def segments(self) -> int:
        """How many leading segments of a key the scope is."""
        return len(self.scope.rstrip("/").split("/"))


def expiry(now: datetime) -> int:
    """Seconds since 1970 (UTC) of an aware datetime, rounded down."""
    return int(now.astimezone(UTC).timestamp())


def parse_expires(text: str) -> int:
    """The one spelling of an expiry, or :class:`UrlInvalid`."""
    if not _EXPIRES.fullmatch(text):
        raise _invalid()
    return int(text)


def sign_part(grant: PartGrant, *, secret: bytes) -> str:
    """The ``sig`` of a part URL."""
    return _signature(secret, "part-put", _part_fields(grant))


def verify_part(grant: PartGrant, signature: str, *, secret: bytes, now: datetime) -> None:
    """Raises :class:`UrlInvalid` or :class:`UrlExpired` unless ``grant`` is what was signed and still holds."""
    _compare(signature, _signature(secret, "part-put", _part_fields(grant)))
    _check_time(grant.expires, now)


def read_token(grant: ReadGrant, *, secret: bytes) -> str:
    """The path segment ``{expires}-{segments}-{signature}`` that stands before the key."""
    return f"{grant.expires}-{grant.segments}-{_signature(secret, 'object-get', _read_fields(grant))}"


def verify_read(
    token: str, key: str, *, filename: str | None, media_type: str | None, secret: bytes, now: datetime
) -> ReadGrant:
    """The grant under which ``key`` may be read; raises :class:`UrlInvalid` or :class:`UrlExpired`."""
    match = _TOKEN.fullmatch(token)
    if not match:
        raise _invalid()
    expires, count, signature = int(match[1]), int(match[2]), match[3]
    segments = key.split("/")
    if count > len(segments) or "" in segments or ".." in segments or "." in segments:
        raise _invalid()
    whole = count == len(segments)
    if not whole and (filename is not None or media_type is not None):
        raise _invalid()
    scope = key if whole else "/".join(segments[:count]) + "/"
    grant = ReadGrant(scope=scope, expires=expires, filename=filename, media_type=media_type)
    _compare(signature, _signature(secret, "object-get", _read_fields(grant)))
    _check_time(expires, now)
    return grant


def _part_fields(grant: PartGrant) -> list[object]:
    return ["PUT", grant.key, grant.upload_id, grant.number, grant.size, grant.sha256, grant.expires]


def _read_fields(grant: ReadGrant) -> list[object]:
    return ["GET", grant.scope, grant.expires, grant.filename, grant.media_type]


def _signature(secret: bytes, purpose: Purpose, fields: list[object]) -> str:
    key = hmac.digest(secret, f"mediacenter/store/{purpose}/v1".encode("ascii"), hashlib.sha256)
    message = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode("ascii")


def _compare(given: str, expected: str) -> None:
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("ascii")):
        raise _invalid()


def _check_time(expires: int, now: datetime) -> None:
    if now.astimezone(UTC).timestamp() >= expires:
        raise UrlExpired("This URL has expired; ask for a new one.")


def _invalid() -> UrlInvalid:
    return UrlInvalid("This URL was not signed by this installation, or was changed.")
