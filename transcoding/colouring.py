"""The colours of pictures that were processed before anybody looked at colours.

Told from the smallest rendition of each, so that no original is read again, and in the bounded child, as every picture
is decoded.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from uuid_utils.compat import uuid7

from assets.models import Asset, AssetVersion, Rendition
from assets.profiles import CROP_PREFIX
from assets.search import refresh_entries
from assets.states import Colour, Kind, VersionState
from assets.storage.base import ObjectMissing
from transcoding.fetching import read_original
from transcoding.pictures.process import process_picture
from transcoding.pictures.wanted import Wanted
from transcoding.results import MediaRejected
from transcoding.scratch import private_folder
from transcoding.sniff import sniff

logger = logging.getLogger(__name__)
PICTURES: Final = (Kind.PHOTO, Kind.INFOGRAPHIC)
BATCH: Final = 100


def fill_colours(*, most: int | None = None, on_progress: Callable[[int, UUID], None] = lambda *_: None) -> int:
    """Look at ready pictures whose colours nobody knows, the newest first; how many got theirs.

    Each is its own short transaction, so that a run that was stopped goes on where it was. One whose rendition is
    missing or unreadable is named in the log and left as it is. ``on_progress`` gets the number so far and the version.
    Raises ``StoreUnavailable`` and ``InfrastructureError``.
    """
    done, below = 0, None
    while batch := _next(below, BATCH):
        for version in batch:
            if most is not None and done >= most:
                return done
            below = version
            if _fill(version):
                done += 1
                on_progress(done, version)
    return done


def _next(below: UUID | None, size: int) -> list[UUID]:
    rows = _unknown() if below is None else _unknown().filter(pk__lt=below)
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:size])


def _unknown() -> "QuerySet[AssetVersion]":
    return AssetVersion.objects.filter(state=VersionState.READY, colours=None, asset__kind__in=PICTURES)


def _fill(version: UUID) -> bool:
    pictures = Rendition.objects.filter(version_id=version, media_type="image/webp", width__gt=0)
    smallest = pictures.exclude(profile__startswith=CROP_PREFIX).order_by("width").first()
    if smallest is None:
        logger.warning("version %s: its colours cannot be told: it has no rendition", version)
        return False
    try:
        colours = _colours_of(smallest)
    except (ObjectMissing, MediaRejected) as error:
        logger.warning("version %s: its colours cannot be told: %s", version, error)
        return False
    return _keep(version, colours)


def _colours_of(rendition: Rendition) -> Sequence[Colour]:
    with private_folder(uuid7()) as folder:
        source, output = folder / "picture", folder / "renditions"
        output.mkdir()
        read_original(rendition.key, into=source)
        return _looked_at(source, output)


def _looked_at(source: Path, output: Path) -> Sequence[Colour]:
    result = process_picture(
        source,
        sniffed=sniff(source),
        kind=Kind.INFOGRAPHIC,  # which has no crops: nothing is written
        workdir=output,
        on_progress=lambda _: None,
        wanted=Wanted(only_crops=True),
    )
    return result.colours or ()


@transaction.atomic
def _keep(version: UUID, colours: Sequence[Colour]) -> bool:
    """Write them, unless the version is gone or a run of its own has meanwhile. The asset is locked first, as
    everywhere."""
    asset = AssetVersion.objects.values_list("asset_id", flat=True).filter(pk=version).first()
    if asset is None or not Asset.objects.select_for_update(no_key=True).filter(pk=asset).values_list("pk").first():
        return False
    if not AssetVersion.objects.filter(pk=version, colours=None).update(colours=list(colours)):
        return False
    if colours:
        refresh_entries([asset])
    return True
