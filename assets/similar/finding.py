"""The pictures nearest to one, of what an actor may see: index and rights in one query."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.lookups import In

from assets.models import Asset, Fingerprint
from assets.models.fingerprint import BitsField, Distance, band
from assets.similar.bands import FARTHEST, probes_of
from permissions.actor import Actor

MOST_FOUND: Final = 50
MOST_WEIGHED: Final = 5000
"""The rights to so many are asked, the nearest: what bounds a picture of which there are tens of thousands."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """``distance``: in how many of 256 bits the hashes differ; 0 looks the same."""

    asset_id: UUID
    distance: int


def neighbours(*, actor: Actor, asset: Asset, size: int = 12, within: int = FARTHEST) -> list[Neighbour]:
    """The assets that the actor may see now whose current picture is nearest to that of ``asset``, which the caller
    fetched for this actor; the nearest first, of equally near ones the newest.

    ``within`` is the greatest distance, up to :data:`FARTHEST`. Nothing where the asset has no picture, or one too flat
    to say what is like it.
    """
    own = Fingerprint.objects.filter(version=asset.current_version_id, bits__isnull=False).first()
    if own is None or own.bits is None:
        return []
    here = Value(own.bits, output_field=BitsField())
    near = (
        Fingerprint.objects.filter(_shares_a_band(own.bits, within=within))
        .annotate(distance=Distance(F("bits"), here))
        .filter(distance__lte=within)
        .order_by("distance", "-version")
        .values("version")[:MOST_WEIGHED]
    )
    rows = Asset.objects.visible_to(actor).filter(current_version__in=near).exclude(pk=asset.pk)
    found = rows.annotate(distance=Distance(F("current_version__fingerprint__bits"), here))
    ordered = found.order_by("distance", "-pk").values_list("pk", "distance")[:size]
    return [Neighbour(asset_id=pk, distance=distance) for pk, distance in ordered]


def _shares_a_band(bits: str, *, within: int) -> Q:
    """Each band by its own index; the database joins what they find before it looks at a row."""
    probes = enumerate(probes_of(bits, within=within))
    return reduce(or_, (Q(In(band(number), values)) for number, values in probes))
