"""A small file in one request: the same upload, its parts sent from here."""

import hashlib
from dataclasses import replace
from typing import BinaryIO

from assets.models import Upload
from assets.states import UploadState
from assets.storage import get_store
from assets.storage.base import MIB, PartSpec
from assets.usecases.uploads_complete import complete_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.models import Agency


class TooLarge(Invalid):
    """More than one request may carry. HTTP: 413."""

    code = "too_large"


def too_large(limit: int) -> TooLarge:
    """``limit`` in bytes."""
    said = f"Up to {limit // MIB} MiB fit into one request; send larger files in parts (POST /api/v1/uploads)."
    return TooLarge(said, limit=limit)


def sha256_of(body: BinaryIO) -> str:
    """Of a seekable file, from its beginning; leaves it at the beginning."""
    body.seek(0)
    digest = hashlib.sha256()
    while chunk := body.read(MIB):
        digest.update(chunk)
    body.seek(0)
    return digest.hexdigest()


def upload_whole(
    *, by: Actor, agency: Agency | None, new: NewUpload, body: BinaryIO, limit: int, idempotency_key: str | None = None
) -> Upload:
    """Store a seekable file of at most ``limit`` bytes and complete. A wrong ``new.sha256`` is refused at once."""
    if new.size > limit:
        raise too_large(limit)
    sha256 = sha256_of(body)
    if new.sha256 not in {"", sha256}:
        raise Invalid(
            "The file that arrived is not the one announced: its SHA-256 differs. Send it again.",
            code="checksum_mismatch",
            sha256=sha256,
        )
    announced = replace(new, sha256=sha256, part_checksums=True, part_size=None)
    upload, _ = create_upload(by=by, agency=agency, new=announced, idempotency_key=idempotency_key)
    if upload.state == UploadState.OPEN:
        _send(upload, body)
    return complete_upload(by=by, upload_id=upload.pk)


def _send(upload: Upload, body: BinaryIO) -> None:
    store = get_store()
    for number in range(1, upload.part_count + 1):
        size = upload.size_of_part(number)
        start = (number - 1) * upload.part_size
        body.seek(start)
        digest = hashlib.sha256()
        left = size
        while left and (chunk := body.read(min(left, MIB))):
            digest.update(chunk)
            left -= len(chunk)
        body.seek(start)
        spec = PartSpec(number=number, size=size, sha256=digest.hexdigest())
        store.put_part(upload.key, upload.store_upload_id, spec, body)
