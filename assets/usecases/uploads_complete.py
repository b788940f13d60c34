"""Complete an upload: the moment of acknowledgement.

Order matters. First the store joins the parts, durably; then one transaction makes asset, version, audit event and
job, and closes the upload. A crash between the two leaves an open upload whose object stands: completing again finds
it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from assets.access import get_visible
from assets.albums import put_into_album
from assets.history import keep_revision
from assets.licences import find_licence
from assets.models import Asset, AssetText, AssetVersion, Upload
from assets.queue import defer_processing
from assets.quota import hold_room, require_room
from assets.references import next_reference
from assets.search import refresh_search_text
from assets.states import Kind, RevisionAct, UploadState
from assets.storage import get_store
from assets.storage.base import ObjectMissing, PartRefused, StoredPart, StoreUnavailable
from assets.transitions import maker_ids
from assets.usecases.uploads_parts import UploadClosed, items_of, own_upload, require_open, require_right
from assets.usecases.versions_replace import add_version, require_no_correction
from permissions.actor import Actor
from permissions.audit import record
from permissions.tree import hold_tree

TURN: Final = timedelta(seconds=20)
"""How long a call waits for another one that completes the same upload."""


@dataclass(frozen=True, kw_only=True)
class ClaimedPart:
    """What the client was answered for a part."""

    number: int
    etag: str


def complete_upload(*, by: Actor, upload_id: UUID, claimed: Sequence[ClaimedPart] | None = None) -> Upload:
    """Join the parts and make the asset, or the next version of one. Idempotent: a completed upload is returned as it
    is.

    Two calls for one upload take turns, and the second finds it completed. Raises ``NotFound``, :class:`UploadClosed`
    (aborted, expired), :class:`PartRefused` with the reason and the numbers, ``QuotaExceeded`` or ``CorrectionOpen``
    (the upload stays open), or ``StoreUnavailable`` (try again; also while another call completes it for long).
    """
    upload = own_upload(by, upload_id)
    with turn(upload_id):
        upload.refresh_from_db(fields=["state"])
        if upload.state == UploadState.COMPLETED:
            return upload
        require_open(upload)
        require_right(by, upload)
        if upload.replacement:
            require_no_correction(get_visible(by, upload.asset_id))
        require_room(
            upload.agency, size=upload.size, items=items_of(upload), reserved=True
        )  # before the store joins in vain
        _join(upload, claimed)
        completed = _acknowledge(by, upload_id)
    if completed.state != UploadState.COMPLETED:  # the sweeper deletes what was joined: web servers may not
        raise UploadClosed("The upload was aborted before it was complete.", state=completed.state)
    return completed


@contextmanager
def turn(upload_id: UUID) -> Iterator[None]:
    """Hold this upload's completion. A lock of the session, not of a transaction: the store may take long to join."""
    number = int.from_bytes(upload_id.bytes[-8:], signed=True)
    deadline = time.monotonic() + TURN.total_seconds()
    while not _asked("SELECT pg_try_advisory_lock(%s)", number):
        if time.monotonic() > deadline:
            raise StoreUnavailable("The parts are still being joined. Ask again.", code="upload_joining")
        time.sleep(0.1)
    try:
        yield
    finally:
        _asked("SELECT pg_advisory_unlock(%s)", number)


def _asked(question: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [number])
        return bool(cursor.fetchone()[0])


def _join(upload: Upload, claimed: Sequence[ClaimedPart] | None) -> None:
    store = get_store()
    try:
        stored = store.list_parts(upload.key, upload.store_upload_id)
    except ObjectMissing:
        _require_joined(upload)
        return
    check_parts(upload, stored, claimed)
    parts = [part for part in stored if part.number <= upload.part_count]
    try:
        store.complete_multipart(upload.key, upload.store_upload_id, parts, size=upload.size)
    except ObjectMissing as error:
        upload.refresh_from_db(fields=["state"])
        require_open(upload)
        # Hidden since its parts were listed, and nobody gave it up: the store joins it, for an earlier try of ours.
        raise StoreUnavailable("The parts are still being joined. Ask again.", code="upload_joining") from error


def _require_joined(upload: Upload) -> None:
    """An earlier completion, perhaps one that crashed after it, reached the store: the object stands, whole."""
    try:
        if get_store().head(upload.key).size == upload.size:
            return
    except ObjectMissing:
        pass
    upload.refresh_from_db(fields=["state"])
    require_open(upload)
    raise UploadClosed("The store has forgotten this upload. Begin again.", state=upload.state)


def check_parts(upload: Upload, stored: Sequence[StoredPart], claimed: Sequence[ClaimedPart] | None) -> None:
    """Every part is there, with its exact size, and is the one the client thinks it sent."""
    by_number = {part.number: part for part in stored}
    expected = range(1, upload.part_count + 1)
    missing = [number for number in expected if number not in by_number]
    if missing:
        raise PartRefused(
            f"{len(missing)} of {upload.part_count} parts have not arrived.", code="part_missing", parts=missing[:100]
        )
    wrong = [number for number in expected if by_number[number].size != upload.size_of_part(number)]
    if wrong:
        raise PartRefused("Some parts have the wrong size. Send them again.", code="part_wrong_size", parts=wrong[:100])
    swapped = [
        part.number
        for part in claimed or ()
        if part.number not in by_number or by_number[part.number].etag != part.etag.strip('"')
    ]
    if swapped:
        raise PartRefused(
            "Some parts are not the ones that arrived. Send them again.",
            code="part_wrong_checksum",
            parts=swapped[:100],
        )


@transaction.atomic
def _acknowledge(by: Actor, upload_id: UUID) -> Upload:
    hold_tree()
    before = Upload.objects.only("agency_id", "size", "state", "replacement").get(pk=upload_id)
    if before.state == UploadState.OPEN:
        hold_room(before.agency_id, size=before.size, items=items_of(before), reserved=True)
    upload = Upload.objects.select_for_update(of=("self",)).select_related("agency").get(pk=upload_id)
    if upload.state != UploadState.OPEN:
        return upload
    if upload.replacement:
        add_version(by=by, upload=upload)
    else:
        _make(by, upload)
    upload.state = UploadState.COMPLETED
    upload.finished_at = timezone.now()
    upload.save(update_fields=["state", "finished_at"])
    return upload


def _make(by: Actor, upload: Upload) -> None:
    asset = make_asset(by=by, upload=upload)
    record(
        "asset.uploaded", by=by, target=asset.pk, agency_id=upload.agency_id, upload=str(upload.pk), size=upload.size
    )


def make_asset(*, by: Actor, upload: Upload) -> Asset:
    """The draft, its first version and the job that processes it. Call inside a transaction."""
    agency = upload.agency
    asset = Asset.objects.create(
        id=upload.asset_id,
        reference=next_reference(agency=agency, kind=Kind(upload.kind)),
        agency=agency,
        kind=upload.kind,
        original_language=upload.language,
        credit_line=agency.default_credit_line,
        licence=agency.default_licence,
        licence_terms=find_licence(agency.default_licence, agency),
        created_by_id=by.user_id,
        makers=maker_ids(by),
    )
    version = AssetVersion.objects.create(
        id=upload.version_id,
        asset=asset,
        number=1,
        original_key=upload.key,
        filename=upload.filename,
        size=upload.size,
        announced_sha256=upload.sha256,
        created_by_id=by.user_id,
    )
    asset.current_version = version
    asset.save(update_fields=["current_version"])
    if upload.title:
        AssetText.objects.create(asset=asset, language=upload.language, title=upload.title)
    refresh_search_text(asset)
    if upload.album:
        put_into_album(by=by, agency=agency, title=upload.album, asset=asset)
    keep_revision(asset, RevisionAct.CREATED, by=by)
    defer_processing(version)
    return asset
