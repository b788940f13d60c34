"""The object store as a folder on disk: the embedded default, with the same promises as S3.

``objects/`` holds the objects under their keys and is all that a web server may be pointed at; ``uploads/`` holds parts
that arrived; ``tmp/`` what is being written. All three are on one filesystem. URLs are signed by this installation's
secret and answered by ``api/store_views.py``.
"""

import io
import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

from assets.storage.base import (
    ObjectMissing,
    PartSpec,
    PendingUpload,
    SignedRequest,
    StoredObject,
    StoredPart,
    StoreFinding,
    StoreUnavailable,
)
from assets.storage.durable import append, disk_errors, flush, publish, remove_empty_parents, temporary_file
from assets.storage.folder_check import check_folder
from assets.storage.folder_uploads import FolderUploads
from assets.storage.headers import check_media_type
from assets.storage.keys import RENDITIONS, check_key, check_prefix
from assets.storage.parts import check_spec, to_base64
from assets.storage.signing import PartGrant, ReadGrant, expiry, read_token, sign_part, verify_part, verify_read
from permissions.errors import Invalid


class FolderStore:
    """Objects below ``root``. ``base_url`` is the origin where ``api/store_views.py`` answers (a
    cookieless one of its own in production); ``secret`` signs URLs."""

    def __init__(self, root: Path, *, base_url: str, secret: bytes) -> None:
        self.root = root
        self.objects = root / "objects"
        self._temporary = root / "tmp"
        self._base_url = base_url.rstrip("/")
        self._secret = secret
        try:
            with disk_errors():
                for folder, mode in ((self.objects, 0o755), (root / "uploads", 0o700), (self._temporary, 0o700)):
                    folder.mkdir(mode=mode, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise StoreUnavailable(f"STORAGE_URL names {root}, which is not a folder.") from error
        self._uploads = FolderUploads(root)

    def create_multipart(self, key: str, *, media_type: str, part_checksums: bool) -> str:
        return self._uploads.begin(
            check_key(key), media_type=check_media_type(media_type), part_checksums=part_checksums
        )

    def sign_part(self, key: str, upload_id: str, part: PartSpec, *, expires_in: timedelta) -> SignedRequest:
        check_spec(part)
        expires = datetime.now(UTC) + expires_in
        grant = PartGrant(
            key=check_key(key),
            upload_id=upload_id,
            number=part.number,
            size=part.size,
            sha256=part.sha256,
            expires=expiry(expires),
        )
        query = {"size": str(part.size), "expires": str(grant.expires), "sig": sign_part(grant, secret=self._secret)}
        headers = {}
        if part.sha256 is not None:
            query["sha256"] = part.sha256
            headers["x-amz-checksum-sha256"] = to_base64(part.sha256)
        url = f"{self._base_url}/store/{quote(upload_id)}/{part.number}?{urlencode(query)}"
        return SignedRequest(method="PUT", url=url, expires_at=expires, headers=headers)

    def authorize_part(self, upload_id: str, part: PartSpec, *, expires: int, signature: str) -> str:
        """The key that a signed PUT writes to; raises like :func:`assets.storage.signing.verify_part`."""
        key = self._uploads.facts(upload_id).key
        grant = PartGrant(
            key=key, upload_id=upload_id, number=part.number, size=part.size, sha256=part.sha256, expires=expires
        )
        verify_part(grant, signature, secret=self._secret, now=datetime.now(UTC))
        return key

    def put_part(self, key: str, upload_id: str, part: PartSpec, body: BinaryIO) -> StoredPart:
        return self._uploads.receive(check_key(key), upload_id, part, body)

    def list_parts(self, key: str, upload_id: str) -> list[StoredPart]:
        return self._uploads.arrived(check_key(key), upload_id)

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[StoredPart], *, size: int) -> StoredObject:
        try:
            self._uploads.complete(check_key(key), upload_id, parts, size=size)
        except ObjectMissing:
            found = self.head(key)
            if found.size != size:
                raise
            return found
        return self.head(key)

    def abort_multipart(self, key: str, upload_id: str) -> None:
        self._uploads.abort(check_key(key), upload_id)

    def pending_uploads(self, prefix: str = "") -> Iterator[PendingUpload]:
        return self._uploads.pending(prefix)

    def remove_leftovers(self, *, older_than: timedelta) -> int:
        before = time.time() - older_than.total_seconds()
        removed = 0
        with disk_errors():
            for path in self._temporary.iterdir():
                try:
                    if path.stat().st_mtime >= before:
                        continue
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink()
                except FileNotFoundError:
                    continue
                removed += 1
        return removed

    def put_file(self, key: str, path: Path, *, media_type: str) -> StoredObject:
        check_media_type(media_type)
        target = self._path(key)
        with path.open("rb") as source, disk_errors(), temporary_file(self._temporary) as file:
            append(source, file, length=os.fstat(source.fileno()).st_size)
            flush(file)
            publish(Path(file.name), target, root=self.objects)
        return self.head(key)

    def head(self, key: str) -> StoredObject:
        try:
            with disk_errors():
                status = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise _no_object(key) from None
        if not stat.S_ISREG(status.st_mode):
            raise _no_object(key)
        return _described(key, status)

    @contextmanager
    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[BinaryIO]:
        with self._opened(key) as file:
            file.seek(start)
            yield file if length is None else io.BufferedReader(_Window(file, length))

    def download(self, key: str, path: Path) -> None:
        with self._opened(key) as source, disk_errors(), path.open("wb") as target:
            append(source, target, length=os.fstat(source.fileno()).st_size)

    def copy(self, source: str, target: str) -> StoredObject:
        try:
            with disk_errors():
                publish(self._path(source), self._path(target), root=self.objects)
        except FileNotFoundError:
            raise _no_object(source) from None
        return self.head(target)

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            with disk_errors():
                path.unlink(missing_ok=True)
                remove_empty_parents(path, root=self.objects)
        except (IsADirectoryError, NotADirectoryError):
            return  # the key of a folder of objects is no object

    def delete_prefix(self, prefix: str) -> int:
        keys = [found.key for found in self.list_objects(check_prefix(prefix))]
        for key in keys:
            self.delete(key)
        return len(keys)

    def purge_prefix(self, prefix: str) -> None:
        self.delete_prefix(prefix)
        for pending in list(self.pending_uploads(prefix)):
            self.abort_multipart(pending.key, pending.upload_id)

    def sign_get(
        self, key: str, *, expires_in: timedelta, filename: str | None = None, media_type: str | None = None
    ) -> str:
        if media_type is not None:
            check_media_type(media_type)
        expires = expiry(datetime.now(UTC) + expires_in)
        grant = ReadGrant(scope=check_key(key), expires=expires, filename=filename, media_type=media_type)
        wanted = {"filename": filename, "type": media_type}
        query = urlencode({name: value for name, value in wanted.items() if value is not None}, quote_via=quote)
        return f"{self._signed_base(grant)}{key}{'?' if query else ''}{query}"

    def sign_prefix(self, prefix: str, *, expires_in: timedelta) -> str | None:
        if not check_prefix(prefix).startswith(RENDITIONS):
            raise Invalid("Originals are signed one by one.", code="key_refused")
        expires = expiry(datetime.now(UTC) + expires_in)
        return self._signed_base(ReadGrant(scope=prefix, expires=expires)) + prefix

    def authorize_read(self, token: str, key: str, *, filename: str | None, media_type: str | None) -> ReadGrant:
        """What a signed URL grants; raises like :func:`assets.storage.signing.verify_read`."""
        return verify_read(
            token, key, filename=filename, media_type=media_type, secret=self._secret, now=datetime.now(UTC)
        )

    def check(self) -> list[StoreFinding]:
        return check_folder(self.root, secret=self._secret)

    def list_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        folder = prefix.rpartition("/")[0]
        if any(segment in {"", ".", ".."} for segment in folder.split("/") if folder):
            return iter(())
        return self._walk(f"{folder}/" if folder else "", prefix)

    def _path(self, key: str) -> Path:
        return self.objects / check_key(key)

    def _signed_base(self, grant: ReadGrant) -> str:
        return f"{self._base_url}/media/s/{read_token(grant, secret=self._secret)}/"

    @contextmanager
    def _opened(self, key: str) -> Iterator[BinaryIO]:
        try:
            with disk_errors():
                file = self._path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise _no_object(key) from None
        with file:
            yield file

    def _walk(self, folder: str, prefix: str) -> Iterator[StoredObject]:
        """Objects below ``folder`` by the byte order of their keys, as S3 lists them: ``a-b`` before ``a/b``."""
        try:
            with disk_errors(), os.scandir(self.objects / folder) as entries:
                names = sorted(entry.name + "/" if entry.is_dir() else entry.name for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            key = folder + name
            if not (key.startswith(prefix) or prefix.startswith(key)):
                continue
            if name.endswith("/"):
                yield from self._walk(key, prefix)
                continue
            try:
                yield _described(key, (self.objects / key).stat())
            except FileNotFoundError:
                continue  # deleted since


class _Window(io.RawIOBase):
    """At most ``length`` bytes of an open file, from where it stands."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is private
        block = self._file.read(min(len(buffer), self._left))
        buffer[: len(block)] = block
        self._left -= len(block)
        return len(block)


def _described(key: str, status: os.stat_result) -> StoredObject:
    """The ETag is nginx's (hex seconds of the modification, hex size), so that both may serve the same object."""
    modified = int(status.st_mtime)
    return StoredObject(
        key=key,
        size=status.st_size,
        etag=f"{modified:x}-{status.st_size:x}",
        modified=datetime.fromtimestamp(modified, UTC),
    )


def _no_object(key: str) -> ObjectMissing:
    return ObjectMissing("There is no such object.", key=key)
