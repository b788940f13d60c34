"""The object store as the rest of the product sees it.

Two implementations keep one contract (``tests/storage/test_contract.py`` runs on both): :mod:`assets.storage.folder`
and :mod:`assets.storage.s3`. Objects are immutable: the product never writes a key twice with other bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from permissions.errors import Conflict, InfrastructureError, Invalid, NotFound

MIB = 1024 * 1024
MIN_PART_SIZE = 5 * MIB
MAX_PART_SIZE = 5 * 1024**3
MAX_PARTS = 10_000
MAX_OBJECT_SIZE = 5 * 1024**4
SEVERE_FINDINGS = frozenset(
    {
        "bucket",
        "write_read_delete",
        "secret",
        "part_checksum",
        "anonymous_list",
        "anonymous_read",
        "anonymous_write",
        "clock",
    }
)


class ObjectMissing(NotFound):
    """No object (or no multipart upload) under this key."""

    code = "object_missing"


class PartRefused(Invalid):
    """A part, or the list of parts, is not what was announced. ``reason``: ``part_missing``, ``part_wrong_size``,
    ``part_wrong_checksum``, ``part_unknown``."""

    code = "part_refused"


class ObjectExists(Conflict):
    """The key already holds other bytes; objects are immutable."""

    code = "object_exists"


class StoreUnavailable(InfrastructureError):
    """The store did not answer, or answered with its own failure; worth retrying. HTTP: 503 with Retry-After."""

    code = "store_unavailable"


class StoreFull(StoreUnavailable):
    """No room left; nothing half-written stays. Whoever runs the store must make room. HTTP: 507."""

    code = "store_full"


class KeyRefused(Invalid):
    """Not a key that this product makes (see :mod:`assets.storage.keys`)."""

    code = "key_refused"


@dataclass(frozen=True, kw_only=True)
class PartSpec:
    """What one part must be. ``number`` counts from 1; ``size`` in bytes; ``sha256`` lower-case hex or None."""

    number: int
    size: int
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    """A part that arrived. ``etag`` without quotes; ``sha256`` lower-case hex where the store knows it."""

    number: int
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class PendingUpload:
    """A multipart upload that was begun in the store and neither completed nor aborted."""

    key: str
    upload_id: str
    begun: datetime


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request that the holder may send until ``expires_at``. All ``headers`` must be sent exactly as given."""

    method: str
    url: str
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StoreFinding:
    """One result of :meth:`ObjectStore.check`. ``code`` is stable; ``message`` says what to do when not ``ok``."""

    code: str
    ok: bool
    message: str

    @property
    def severe(self) -> bool:
        """A store with this finding must not be used: the start refuses."""
        return not self.ok and self.code in SEVERE_FINDINGS


class ObjectStore(Protocol):
    """Bytes by key. Every method may raise :class:`StoreUnavailable`; none is called inside a transaction."""

    def create_multipart(self, key: str, *, media_type: str, part_checksums: bool) -> str:
        """Begin a multipart upload; return the store's upload id. ``part_checksums``: every part will carry SHA-256."""

    def sign_part(self, key: str, upload_id: str, part: PartSpec, *, expires_in: timedelta) -> SignedRequest:
        """A PUT that the store accepts only with exactly ``part.size`` bytes and, where given, that SHA-256.

        Raises :class:`PartRefused` for a number outside 1-10,000 or a size outside 0-5 GiB.
        """

    def put_part(self, key: str, upload_id: str, part: PartSpec, body: BinaryIO) -> StoredPart:
        """Send one part from here (small single-request uploads). Raises :class:`PartRefused` like a signed PUT."""

    def list_parts(self, key: str, upload_id: str) -> list[StoredPart]:
        """The parts that arrived whole, by number. Raises :class:`ObjectMissing` for an unknown upload."""

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[StoredPart], *, size: int) -> StoredObject:
        """Join ``parts`` (by ascending number, all but the last at least 5 MiB) into the object, durable on return.

        Idempotent: when the upload is gone and the object stands with ``size`` bytes, that object is returned.
        Raises :class:`PartRefused` or :class:`ObjectExists` (nothing is lost, the upload stays open),
        :class:`ObjectMissing`, or :class:`StoreUnavailable` ``upload_joining`` while another call still joins them.
        """

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Forget the parts. Idempotent."""

    def pending_uploads(self, prefix: str = "") -> Iterator[PendingUpload]:
        """Multipart uploads in the store, for the sweeper. MinIO forgets them in this listing when it restarts, so a
        sweeper also aborts by the upload ids that the database knows."""

    def remove_leftovers(self, *, older_than: timedelta) -> int:
        """Remove what crashed writes left behind inside the store and no other method shows; how many files."""

    def put_file(self, key: str, path: Path, *, media_type: str) -> StoredObject:
        """Store a local file whole, durable on return. Same bytes again is fine, others :class:`ObjectExists`."""

    def head(self, key: str) -> StoredObject:
        """Facts of an object, or :class:`ObjectMissing`."""

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> AbstractContextManager[BinaryIO]:
        """Stream ``length`` bytes from ``start`` (to the end when None); past the end there is nothing to read.

        Raises :class:`ObjectMissing` on entering; reading raises :class:`StoreUnavailable` when the store breaks off.
        """

    def download(self, key: str, path: Path) -> None:
        """Write the whole object to a local file."""

    def copy(self, source: str, target: str) -> StoredObject:
        """Copy inside the store; the bytes do not come here. Same bytes again is fine, others :class:`ObjectExists`."""

    def delete(self, key: str) -> None:
        """Remove one object. Idempotent."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object whose key starts with ``prefix`` (which ends in ``/`` and names at least
        one asset); how many."""

    def purge_prefix(self, prefix: str) -> None:
        """Remove every object whose key starts with ``prefix`` (as for :meth:`delete_prefix`) so that nothing of it can
        be had again: also the former versions that a store with versioning keeps, and uploads that were never joined.
        Idempotent. Takes the role ``purge``.
        """

    def sign_get(
        self, key: str, *, expires_in: timedelta, filename: str | None = None, media_type: str | None = None
    ) -> str:
        """A URL that serves the object (GET, also one Range) until it expires. HEAD is only answered on a folder: S3
        binds a signature to one method.

        ``filename`` makes it an attachment of that name (RFC 6266, UTF-8); ``media_type`` overrides Content-Type.
        Originals are always attachments, and ``application/octet-stream`` unless ``media_type`` says otherwise.
        """

    def sign_prefix(self, prefix: str, *, expires_in: timedelta) -> str | None:
        """A URL ending in ``/`` under which every rendition below ``prefix`` is served until it expires, so that
        relative URLs in playlists resolve; None where the store can only sign single objects (S3)."""

    def check(self) -> list[StoreFinding]:
        """Self-test: reachable, writable, listing closed to strangers, clock. Used at start and by ``doctor``."""

    def list_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """Objects whose key starts with ``prefix``, by key order."""
