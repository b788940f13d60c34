"""The rows and objects of pictures made on demand: found, begun, finished, forgotten. Rows come before their objects
and go before them, so that no object is ever without somebody who knows of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models import AssetVersion, OnDemandPicture, ReplacedObject
from assets.on_demand.wishes import SUFFIX, Wanted
from assets.storage import get_store
from permissions.errors import NotFound
from permissions.vocabulary import AssetState

LAG: Final = timedelta(minutes=10)
"""How exactly it is known when a picture was last used; none is forgotten for room that was used within it."""
ABANDONED: Final = timedelta(hours=1)
"""Longer than any picture takes to be made."""
BATCH: Final = 500


def find(version: AssetVersion, wanted: Wanted, recipe: str) -> OnDemandPicture | None:
    """The finished picture, if there is one. That it was used is noted, not oftener than every :data:`LAG`."""
    found = _rows(version, wanted, recipe).filter(ready_at__isnull=False).first()
    if found is not None:
        OnDemandPicture.objects.filter(pk=found.pk, used_at__lt=Now() - LAG).update(used_at=Now())
    return found


@transaction.atomic
def begin(version: AssetVersion, wanted: Wanted, recipe: str) -> OnDemandPicture:
    """A row for a picture that is about to be made, in the place of one that was never finished. The caller holds the
    picture's lock. Raises ``NotFound`` where the work is being purged."""
    alive = AssetVersion.objects.filter(pk=version.pk, asset__purging_at__isnull=True)
    if alive.select_for_update(of=("self",), no_key=True).first() is None:
        raise NotFound("There is nothing here.")
    _forget(_rows(version, wanted, recipe))
    identity = uuid7()
    return OnDemandPicture.objects.create(
        id=identity,
        version=version,
        width=wanted.width,
        height=wanted.height,
        fit=wanted.fit,
        format=wanted.format,
        recipe=recipe,
        key=f"pictures/{version.asset_id}/{version.pk}/{identity}.{SUFFIX[wanted.format]}",
    )


def finish(picture: OnDemandPicture, *, size: int) -> bool:
    """The object of ``size`` bytes is in the store; False when the picture was forgotten meanwhile, and the object is
    noted to go."""
    rows = OnDemandPicture.objects.filter(pk=picture.pk)
    if rows.update(ready_at=Now(), used_at=Now(), size=size):
        return True
    ReplacedObject.objects.get_or_create(key=picture.key)
    return False


@transaction.atomic
def forget(picture: OnDemandPicture) -> None:
    """The picture is no more; its object goes with the next sweep."""
    _forget(OnDemandPicture.objects.filter(pk=picture.pk))


def forget_of(asset_id: UUID) -> None:
    """Call inside the transaction that takes the work away, or makes its files anew."""
    _forget(OnDemandPicture.objects.filter(version__asset=asset_id))


def prune() -> int:
    """Delete what nobody can have any more, what was never finished, and the least used until the rest is within
    ``ON_DEMAND_CACHE_BYTES``; how many. Run by who may delete objects."""
    gone = Q(ready_at__isnull=True, begun_at__lt=Now() - ABANDONED) | Q(version__asset__deleted_at__isnull=False)
    gone |= Q(version__asset__state=AssetState.WITHDRAWN, ready_at__lt=F("version__asset__withdrawn_at"))
    gone |= ~Q(version__asset__current_version=F("version"))
    count = _delete(OnDemandPicture.objects.filter(gone).order_by("used_at")[:BATCH])
    over = _bytes() - settings.ON_DEMAND_CACHE_BYTES
    oldest = OnDemandPicture.objects.filter(ready_at__isnull=False, used_at__lt=Now() - LAG)
    while over > 0:
        least_used = list(_until(oldest.order_by("used_at", "id")[:BATCH], over))
        if not least_used:
            break
        over -= sum(each.size for each in least_used)
        count += _delete(least_used)
    return count


def _until(pictures: Iterable[OnDemandPicture], enough: int) -> Iterable[OnDemandPicture]:
    for picture in pictures:
        if enough <= 0:
            return
        enough -= picture.size
        yield picture


def _delete(pictures: Iterable[OnDemandPicture]) -> int:
    """Rows first; an object that the store does not delete now waits for the sweeper."""
    count = 0
    for picture in list(pictures):
        forget(picture)
        get_store().delete(picture.key)
        ReplacedObject.objects.filter(pk=picture.key).delete()
        count += 1
    return count


def _forget(rows: "QuerySet[OnDemandPicture]") -> None:
    keys = list(rows.select_for_update().values_list("key", flat=True))
    ReplacedObject.objects.bulk_create([ReplacedObject(key=key) for key in keys], ignore_conflicts=True)
    OnDemandPicture.objects.filter(key__in=keys).delete()


def _rows(version: AssetVersion, wanted: Wanted, recipe: str) -> "QuerySet[OnDemandPicture]":
    return OnDemandPicture.objects.filter(
        version=version,
        width=wanted.width,
        height=wanted.height,
        fit=wanted.fit,
        format=wanted.format,
        recipe=recipe,
    )


def _bytes() -> int:
    return int(OnDemandPicture.objects.aggregate(sum=Sum("size"))["sum"] or 0)
