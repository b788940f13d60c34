"""Where the objects are, as an operator writes it: ``STORAGE_URL``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Addressing = Literal["path", "virtual", "auto"]


class StorageUrlError(ValueError):
    """``STORAGE_URL`` cannot be used; the message is one line that says what to set."""


@dataclass(frozen=True, kw_only=True)
class FolderConfig:
    """A folder on this machine."""

    root: Path


@dataclass(frozen=True, kw_only=True)
class S3Config:
    """A bucket. ``endpoint`` None means AWS; ``public_endpoint`` is where browsers reach the same server, when that is
    another name. Without keys the environment's (``AWS_ACCESS_KEY_ID`` …) or the machine's role are used."""

    bucket: str
    region: str = "us-east-1"
    endpoint: str | None = None
    public_endpoint: str | None = None
    addressing: Addressing = "path"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)


def parse_storage_url(url: str) -> FolderConfig | S3Config:
    """``file:///abs/path`` or ``s3://bucket?endpoint=…&region=…&public_endpoint=…&addressing=path|virtual|auto``.

    Raises :class:`StorageUrlError`.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return _folder(parts.netloc, unquote(parts.path), parts.query)
    if parts.scheme == "s3":
        return _bucket(parts.netloc, parts.path, parts.query)
    raise StorageUrlError("STORAGE_URL must begin with file:/// (a folder) or s3:// (a bucket).")


def _folder(host: str, path: str, query: str) -> FolderConfig:
    if host or query or not path.startswith("/") or path == "/":
        raise StorageUrlError("STORAGE_URL of a folder is file:// and an absolute path: file:///var/lib/mediacenter.")
    return FolderConfig(root=Path(path))


def _bucket(bucket: str, path: str, query: str) -> S3Config:
    if not bucket or ":" in bucket or "@" in bucket or path not in {"", "/"}:
        raise StorageUrlError(
            "STORAGE_URL of a bucket is s3://NAME?endpoint=http://HOST:PORT; keys go to AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        )
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = options.keys() - {"endpoint", "region", "public_endpoint", "addressing"}
    if unknown:
        raise StorageUrlError(f"STORAGE_URL has an unknown option: {min(unknown)}.")
    endpoint, public = options.get("endpoint"), options.get("public_endpoint")
    for name, value in (("endpoint", endpoint), ("public_endpoint", public)):
        if value is not None:
            _check_endpoint(name, value)
    return S3Config(
        bucket=bucket,
        region=options.get("region") or "us-east-1",
        endpoint=endpoint,
        public_endpoint=public,
        addressing=_addressing(options.get("addressing", "path" if endpoint else "auto")),
    )


def _check_endpoint(name: str, value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise StorageUrlError(f"STORAGE_URL's {name} must be http://HOST:PORT or https://HOST, without a path.")


def _addressing(text: str) -> Addressing:
    if text == "path":
        return "path"
    if text == "virtual":
        return "virtual"
    if text == "auto":
        return "auto"
    raise StorageUrlError("STORAGE_URL's addressing must be path, virtual or auto.")
