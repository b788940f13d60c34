"""End an upload without an asset: by its owner, or because nobody came back."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from assets.models import Upload
from assets.states import UploadState
from assets.storage import get_store
from assets.usecases.uploads_parts import UploadClosed, own_upload
from permissions.actor import Actor


def abort_upload(*, by: Actor, upload_id: UUID) -> Upload:
    """Forget the upload and its parts. Idempotent; :class:`UploadClosed` when it was completed.

    What a completion under way joined meanwhile is deleted by the sweeper (``delete_unclaimed_originals``).
    """
    own_upload(by, upload_id)
    upload = _close(upload_id, UploadState.ABORTED)
    if upload.state == UploadState.COMPLETED:
        raise UploadClosed("This upload is complete. Withdraw or delete the asset instead.", state=upload.state)
    get_store().abort_multipart(upload.key, upload.store_upload_id)
    return upload


def _forget(upload: Upload) -> None:
    """The parts, and the object that a completion left which never was acknowledged. The row is closed already, so no
    completion can succeed any more. Only for maintenance: web servers have no right to delete originals."""
    store = get_store()
    store.abort_multipart(upload.key, upload.store_upload_id)
    store.delete(upload.key)


@transaction.atomic
def _close(upload_id: UUID, state: UploadState) -> Upload:
    upload = Upload.objects.select_for_update().get(pk=upload_id)
    if upload.state == UploadState.OPEN:
        Upload.objects.filter(pk=upload_id).update(state=state, finished_at=Now())
        upload.refresh_from_db()
    return upload


def expire_uploads(*, limit: int = 500) -> int:
    """Close uploads whose time is up by the database's clock and forget their parts; how many.

    A row that somebody is completing is locked and passed over. Aborting in the store comes after the commit and is
    repeated by the sweeper of unknown multipart uploads if it fails.
    """
    with transaction.atomic():
        due = (
            Upload.objects.select_for_update(skip_locked=True)
            .filter(state=UploadState.OPEN, expires_at__lt=Now())
            .order_by("expires_at")[:limit]
        )
        closed = list(due)
        Upload.objects.filter(pk__in=[u.pk for u in closed]).update(state=UploadState.EXPIRED, finished_at=Now())
    for upload in closed:
        _forget(upload)
    return len(closed)
