"""Pictures in the size that somebody asks for: found in the cache, or made once and kept there.

They are made from the smallest rendition that is twice as large, whose losses are gone then, and else from the
original, in the same bounded child as renditions, in the process that was asked: who asks is waiting.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Final

from uuid_utils.compat import uuid7

from assets.focal_points import focal_point_of
from assets.models import AssetVersion, OnDemandPicture
from assets.on_demand import cache
from assets.on_demand.turns import turn_of
from assets.on_demand.wishes import SUFFIX, Wanted, scaled_to_cover
from assets.profiles import is_crop
from assets.states import Fit, PictureFormat
from assets.storage import get_store
from permissions.errors import Conflict, InfrastructureError, NotFound
from transcoding.crediting import credits_of
from transcoding.pictures import wanted as child
from transcoding.pictures.process import make_single
from transcoding.results import MediaRejected
from transcoding.scratch import private_folder, require_space
from transcoding.sniff import sniff

logger = logging.getLogger(__name__)
FINER: Final = 2
"""How many times as large a rendition must be that a picture is made from."""


class PictureNotMade(Conflict):
    """The original is too much for the time and memory that a picture on demand may take. HTTP: 409."""

    code = "picture_not_made"


def picture_of(version: AssetVersion, wanted: Wanted) -> OnDemandPicture:
    """The picture, whose object is in the store. The caller has asked whether it may be given.

    ``version`` comes with its asset and is ready. Raises ``PicturesBusy``, :class:`PictureNotMade`,
    ``StoreUnavailable``, and ``NotFound`` where the work goes meanwhile.
    """
    asked = _asked_of(version, wanted)
    recipe = _recipe(asked)
    if found := cache.find(version, wanted, recipe):
        return found
    with turn_of(f"{version.pk} {wanted.name} {recipe}"):
        return cache.find(version, wanted, recipe) or _made(version, wanted, asked, recipe)


def _asked_of(version: AssetVersion, wanted: Wanted) -> child.Wanted:
    cuts = wanted.fit == Fit.COVER
    point = focal_point_of(version) if cuts else None
    return child.Wanted(
        focus=(point.x, point.y) if point else None,
        credits=credits_of(version.asset_id),
        single=child.Single(
            width=wanted.width, height=wanted.height, cuts=cuts, suffix=SUFFIX[PictureFormat(wanted.format)]
        ),
    )


def _recipe(asked: child.Wanted) -> str:
    """What a picture of one size and type also depends on: other words, another point, and it is another picture."""
    words = json.dumps([asked.focus, asdict(asked.credits) if asked.credits else None], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def _made(version: AssetVersion, wanted: Wanted, asked: child.Wanted, recipe: str) -> OnDemandPicture:
    picture = cache.begin(version, wanted, recipe)
    try:
        size = _make(version, wanted, asked, picture.key)
    except MediaRejected as rejection:
        cache.forget(picture)
        logger.warning("version %s: %s was not made: %s", version.pk, wanted.name, rejection.reason)
        raise PictureNotMade(
            "This size cannot be made of this work. Take one of its renditions.", cause=rejection.reason
        ) from rejection
    except Exception:
        cache.forget(picture)
        raise
    if not cache.finish(picture, size=size):
        raise NotFound("There is nothing here.")
    picture.size = size
    return picture


def _make(version: AssetVersion, wanted: Wanted, asked: child.Wanted, key: str) -> int:
    """The bytes of the object that was made and stored under ``key``."""
    with private_folder(uuid7()) as folder:
        source, output = folder / "source", folder / "output"
        output.mkdir()
        _fetch(version, wanted, source)
        path = make_single(source, sniffed=sniff(source), kind=version.asset.kind, workdir=output, wanted=asked)
        get_store().put_file(key, path, media_type=wanted.media_type)
        return path.stat().st_size


def _fetch(version: AssetVersion, wanted: Wanted, into: Path) -> None:
    own = version.width or 1, version.height or 1
    whole = scaled_to_cover(own, wanted.width, wanted.height) if wanted.fit == Fit.COVER else (wanted.width, 1)
    finer = [
        each
        for each in version.renditions.filter(media_type="image/webp", width__gte=FINER * whole[0])
        if not is_crop(each.profile)
    ]
    if finer:
        get_store().download(min(finer, key=lambda each: each.width or 0).key, into)
        return
    require_space(into.parent, version.size)
    get_store().download(version.original_key, into)
    with into.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != version.sha256:
            raise InfrastructureError(
                "The stored original is no longer the file that was verified: run mediacenter verify and restore it.",
                code="original_altered",
            )
