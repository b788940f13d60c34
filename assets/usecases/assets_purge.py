"""Purge what has lain in the trash for its time: every object goes, the rows go, a tombstone stays.

Three steps, each of which may be cut off anywhere; the next run goes on where this one ended:

1. decide, in one transaction: ``purging_at`` is set. From here on nobody finds the asset, takes it back or holds it,
   and its rows no longer promise objects (``mediacenter verify`` passes over them);
2. remove, outside any transaction: every original, rendition, version of an object and unfinished upload;
3. bury, in one transaction: the rows go, the tombstone and the record's entry come.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import DO_NOTHING, Model, ProtectedError, QuerySet, Sum
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.functions import Now

from assets.delivery import was_open
from assets.models import (
    Asset,
    AssetVersion,
    ProcessingAttempt,
    Release,
    Rendition,
    ReplacedObject,
    Tombstone,
    Upload,
    WorkflowEvent,
)
from assets.states import UploadState, WorkflowAct
from assets.storage import get_store
from permissions.audit import record
from permissions.errors import DomainError, InfrastructureError
from permissions.policy import ONCE_PUBLISHED
from permissions.vocabulary import AssetState

logger = logging.getLogger(__name__)
BATCH = 200
"""Assets a run begins with; the rest waits for the next."""


def due_assets() -> QuerySet[Asset]:
    """What the purge may take now, by the database's clock."""
    over = Now() - settings.TRASH_LIFETIME
    return Asset.objects.filter(deleted_at__lte=over, held_at__isnull=True, purging_at__isnull=True)


def purge_due() -> int:
    """Finish what an earlier run began, then take what is due; how many were buried.

    One asset that cannot go does not keep the others; a store that is away ends the run (``StoreUnavailable``).
    """
    for asset_id in list(due_assets().order_by("deleted_at").values_list("pk", flat=True)[:BATCH]):
        decide_purge(asset_id)
    buried = 0
    for asset_id in list(Asset.objects.filter(purging_at__isnull=False).values_list("pk", flat=True)[:BATCH]):
        try:
            remove_objects(asset_id)
            buried += bury(asset_id)
        except InfrastructureError:
            raise
        except (DomainError, IntegrityError, ProtectedError):
            logger.exception("asset %s could not be purged", asset_id)
    return buried


@transaction.atomic
def decide_purge(asset_id: UUID) -> bool:
    """Make it certain that the asset goes; False when it was taken back or held meanwhile.

    Runs that still process it lose their token, uploads that would add to it are closed. The asset is locked before its
    versions, as a run that publishes its result does.
    """
    if due_assets().filter(pk=asset_id).select_for_update().values_list("pk").first() is None:
        return False
    list(AssetVersion.objects.select_for_update().filter(asset=asset_id).order_by("pk").values_list("pk"))
    Asset.objects.filter(pk=asset_id).update(purging_at=Now())
    AssetVersion.objects.filter(asset=asset_id).update(attempt=None)
    ProcessingAttempt.objects.filter(version__asset=asset_id, state=ProcessingAttempt.State.RUNNING).update(
        state=ProcessingAttempt.State.ABANDONED,
        code="purged",
        message="The asset was purged.",
        finished_at=Now(),
    )
    Upload.objects.filter(asset_id=asset_id, state=UploadState.OPEN).update(
        state=UploadState.ABORTED, finished_at=Now()
    )
    return True


def remove_objects(asset_id: UUID) -> None:
    """Take everything of a decided asset out of the store. Idempotent."""
    store = get_store()
    for key, upload_id in Upload.objects.filter(asset_id=asset_id).values_list("key", "store_upload_id"):
        store.abort_multipart(key, upload_id)
    for prefix in prefixes_of(asset_id):
        store.purge_prefix(prefix)


def prefixes_of(asset_id: UUID) -> tuple[str, str, str]:
    """Where everything of an asset is: of all its versions, of every attempt to process them, and made on demand."""
    return f"originals/{asset_id}/", f"renditions/{asset_id}/", f"pictures/{asset_id}/"


@transaction.atomic
def bury(asset_id: UUID) -> bool:
    """Put the tombstone in the place of the rows; False when another run did."""
    asset = Asset.objects.select_for_update().filter(pk=asset_id, purging_at__isnull=False).first()
    if asset is None:
        return False
    tombstone = _tombstone_of(asset)
    Release.objects.filter(document=asset).update(document=None)
    Asset.objects.filter(pk=asset_id).update(current_version=None)
    Rendition.objects.filter(version__asset=asset_id).delete()
    for prefix in prefixes_of(asset_id)[1:]:
        ReplacedObject.objects.filter(key__startswith=prefix).delete()
    AssetVersion.objects.filter(asset=asset_id).delete()
    Upload.objects.filter(asset_id=asset_id).delete()
    Asset.objects.get(pk=asset_id).delete()
    _delete_what_outlives_it(asset_id)
    tombstone.save(force_insert=True)
    record(
        "asset.purged",
        by=None,
        target=asset_id,
        agency_id=asset.agency_id,
        reference=asset.reference,
        deleted_by=str(asset.deleted_by_id) if asset.deleted_by_id else None,
        reason=asset.deletion_reason,
        digests=tombstone.digests,
        objects=tombstone.objects_removed,
        bytes=tombstone.bytes_removed,
    )
    return True


def _delete_what_outlives_it(asset_id: UUID) -> None:
    """Rows that no foreign key of the database ties to the asset, so that it does not take them along."""
    for relation in Asset._meta.related_objects:  # noqa: SLF001  Django documents it
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is DO_NOTHING:
            related: type[Model] = relation.related_model
            related._base_manager.filter(**{relation.field.name: asset_id}).delete()  # noqa: SLF001  likewise


def _tombstone_of(asset: Asset) -> Tombstone:
    versions = AssetVersion.objects.filter(asset=asset)
    renditions = Rendition.objects.filter(version__asset=asset)
    sizes = [rows.aggregate(sum=Sum("size"))["sum"] or 0 for rows in (versions, renditions)]
    assert asset.deleted_at is not None, "a check constraint holds it"  # noqa: S101  for the type checker
    return Tombstone(
        id=asset.pk,
        reference=asset.reference,
        agency_id=asset.agency_id,
        kind=asset.kind,
        state=asset.state,
        audience=asset.audience,
        shared_with=list(asset.shares.values_list("agency_id", flat=True)),
        was_shown=_was_shown(asset),
        digests=list(versions.exclude(sha256="").order_by("number").values_list("sha256", flat=True)),
        objects_removed=versions.count() + renditions.count(),
        bytes_removed=sum(sizes),
        created_at=asset.created_at,
        deleted_at=asset.deleted_at,
        deleted_by_id=asset.deleted_by_id,
        deletion_reason=asset.deletion_reason,
    )


def _was_shown(asset: Asset) -> bool:
    """Whether it had been there for its present audience: published, and not put away before its embargo ended.

    What was made a draft again may have got another audience since, so for those the answer is no.
    """
    put_away = _put_away_at(asset)
    return put_away is not None and was_open(asset, until=put_away)


def _put_away_at(asset: Asset) -> datetime | None:
    """When what had been published was withdrawn or archived; None for what had not been."""
    withdrawn_at = asset.withdrawn_at or asset.deleted_at
    if asset.state == AssetState.WITHDRAWN:
        return withdrawn_at
    archived = WorkflowEvent.objects.filter(asset=asset, act=WorkflowAct.ARCHIVED).order_by("-id").first()
    if asset.state != AssetState.ARCHIVED or archived is None or archived.before not in ONCE_PUBLISHED:
        return None
    return archived.at if archived.before == AssetState.PUBLISHED else withdrawn_at
