"""Multipart uploads of the folder store.

An upload is a folder ``uploads/{id}`` with its facts (``upload.json``) and one file a part. It appears and disappears
by a rename, so it is never seen half. A part file is the part's bytes followed by their SHA-256 (32 bytes): one rename
replaces both, and listing the parts reads no part. Completing and aborting take the upload's lock; PUTs need none, for
a part that is being joined is held open.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from assets.storage.base import ObjectMissing, PartRefused, PartSpec, PendingUpload, StoredPart
from assets.storage.durable import CHUNK, append, disk_errors, flush, fsync_folder, publish, temporary_file
from assets.storage.parts import check_arrived, check_list, check_spec

_UPLOAD_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FACTS: Final = "upload.json"
_DIGEST: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, kw_only=True)
class UploadFacts:
    """What an upload was begun with."""

    key: str
    media_type: str
    part_checksums: bool
    begun: datetime


class FolderUploads:
    """The uploads below ``root``; objects are published below ``root/objects``."""

    def __init__(self, root: Path) -> None:
        self._uploads = root / "uploads"
        self._temporary = root / "tmp"
        self._objects = root / "objects"

    def begin(self, key: str, *, media_type: str, part_checksums: bool) -> str:
        """Begin an upload; return its id (32 random hex digits)."""
        upload_id = secrets.token_hex(16)
        draft = self._temporary / upload_id
        facts = {
            "key": key,
            "media_type": media_type,
            "part_checksums": part_checksums,
            "begun": datetime.now(UTC).isoformat(),
        }
        with disk_errors():
            try:
                (draft / "parts").mkdir(parents=True)
                with (draft / _FACTS).open("xb") as file:
                    file.write(json.dumps(facts).encode())
                    flush(file)
                fsync_folder(draft)
                draft.rename(self._uploads / upload_id)
                fsync_folder(self._uploads)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return upload_id

    def facts(self, upload_id: str) -> UploadFacts:
        """What the upload was begun with, or :class:`ObjectMissing`."""
        try:
            with disk_errors():
                stored = json.loads((self._folder(upload_id) / _FACTS).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise _no_upload() from None
        return UploadFacts(
            key=stored["key"],
            media_type=stored["media_type"],
            part_checksums=stored["part_checksums"],
            begun=datetime.fromisoformat(stored["begun"]),
        )

    def receive(self, key: str, upload_id: str, part: PartSpec, body: BinaryIO) -> StoredPart:
        """Write one part, verified while it streams; it counts only when it is whole and on the disk."""
        check_spec(part)
        if self._of_key(key, upload_id).part_checksums and part.sha256 is None:
            raise PartRefused(
                "This upload was begun with part checksums.", code="part_wrong_checksum", number=part.number
            )
        target = self._folder(upload_id) / "parts" / f"{part.number:05d}"
        with disk_errors(), temporary_file(self._temporary) as file:
            digest = _copy_exactly(body, file, part)
            file.write(digest)
            flush(file)
            try:
                Path(file.name).replace(target)
                fsync_folder(target.parent)
            except FileNotFoundError:
                raise _no_upload() from None
        return StoredPart(number=part.number, size=part.size, etag=digest.hex(), sha256=digest.hex())

    def arrived(self, key: str, upload_id: str) -> list[StoredPart]:
        """The parts that are there whole, by number."""
        self._of_key(key, upload_id)
        found: list[StoredPart] = []
        try:
            with disk_errors(), os.scandir(self._folder(upload_id) / "parts") as entries:
                for entry in entries:
                    with Path(entry.path).open("rb") as file:
                        found.append(_facts_of(file, number=int(entry.name)))
        except FileNotFoundError:
            raise _no_upload() from None
        return sorted(found, key=lambda part: part.number)

    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart], *, size: int) -> None:
        """Join the parts into the object and forget the upload; :class:`ObjectMissing` when it is gone."""
        check_list(parts, size=size)
        with disk_errors(), self._locked(key, upload_id) as folder:
            check_arrived(parts, self.arrived(key, upload_id))
            with temporary_file(self._temporary) as target:
                for part in parts:
                    with (folder / "parts" / f"{part.number:05d}").open("rb") as source:
                        check_arrived([part], [_facts_of(source, number=part.number)])
                        append(source, target, length=part.size)
                flush(target)
                publish(Path(target.name), self._objects / key, root=self._objects)
            self._discard(folder)

    def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts, if it is still there."""
        try:
            with disk_errors(), self._locked(key, upload_id) as folder:
                self._discard(folder)
        except ObjectMissing:
            return

    def pending(self, prefix: str) -> Iterator[PendingUpload]:
        """Uploads whose key starts with ``prefix``."""
        with disk_errors():
            names = sorted(name for name in os.listdir(self._uploads) if _UPLOAD_ID.fullmatch(name))  # noqa: PTH208
        for name in names:
            try:
                facts = self.facts(name)
            except ObjectMissing:
                continue  # completed or aborted since
            if facts.key.startswith(prefix):
                yield PendingUpload(key=facts.key, upload_id=name, begun=facts.begun)

    def _folder(self, upload_id: str) -> Path:
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise _no_upload()
        return self._uploads / upload_id

    def _of_key(self, key: str, upload_id: str) -> UploadFacts:
        facts = self.facts(upload_id)
        if facts.key != key:
            raise _no_upload()
        return facts

    @contextmanager
    def _locked(self, key: str, upload_id: str) -> Iterator[Path]:
        """Hold the upload alone, over all processes; the kernel lets go when the holder dies."""
        self._of_key(key, upload_id)
        folder = self._folder(upload_id)
        try:
            file = (folder / _FACTS).open("r+b")
        except FileNotFoundError:
            raise _no_upload() from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not folder.exists():  # whoever held it before finished with it
                raise _no_upload()
            yield folder

    def _discard(self, folder: Path) -> None:
        gone = self._temporary / uuid4().hex
        folder.rename(gone)
        fsync_folder(self._uploads)
        shutil.rmtree(gone, ignore_errors=True)  # the rest is a leftover that the sweeper finds


def _copy_exactly(body: BinaryIO, file: BinaryIO, part: PartSpec) -> bytes:
    """Copy exactly ``part.size`` bytes and return their SHA-256; refuse any other length or digest."""
    digest = hashlib.sha256()
    missing = part.size
    while missing:
        try:
            block = body.read(min(CHUNK, missing))
        except OSError as error:  # the sender went away, which is not our disk's failure
            raise PartRefused(f"Part {part.number} broke off.", code="part_wrong_size", number=part.number) from error
        if not block:
            break
        digest.update(block)
        file.write(block)
        missing -= len(block)
    if missing or body.read(1):
        raise PartRefused(
            f"Part {part.number} must have exactly {part.size} bytes.", code="part_wrong_size", number=part.number
        )
    if part.sha256 is not None and digest.hexdigest() != part.sha256:
        raise PartRefused(
            f"Part {part.number} arrived with other bytes than announced.",
            code="part_wrong_checksum",
            number=part.number,
        )
    return digest.digest()


def _facts_of(file: BinaryIO, *, number: int) -> StoredPart:
    size = os.fstat(file.fileno()).st_size - _DIGEST
    sha256 = os.pread(file.fileno(), _DIGEST, size).hex()
    return StoredPart(number=number, size=size, etag=sha256, sha256=sha256)


def _no_upload() -> ObjectMissing:
    return ObjectMissing("There is no such upload; it was completed, aborted or never begun.", code="upload_missing")
