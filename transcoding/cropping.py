"""One run that makes the crops of a version anew, after its focal point was set: nothing else of it changes.

Built as ``transcoding/processing.py``: cut off anywhere, the next run ends in the same rows. It takes the version's
token, so that of two runs that believe to be the version's only the later one counts.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from assets.models import Asset, AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.profiles import CROP_PREFIX, CROPPED_KINDS
from assets.states import VersionState
from permissions.errors import InfrastructureError
from transcoding.attempts import Begun, Superseded, abandon, begun_of, end, locked, put_back, rows_of
from transcoding.crediting import credits_of
from transcoding.embedded import json_safe
from transcoding.originals import Original, process_original
from transcoding.pictures.wanted import Wanted
from transcoding.processing import Run, discard, fetch, store
from transcoding.results import ProcessingResult
from transcoding.retry import Park, decide_retry
from transcoding.scratch import private_folder
from transcoding.sniff import sniff
from transcoding.watch import RunWatch, persistently

logger = logging.getLogger(__name__)
GUESSED: Final = ("guessed_focus_x", "guessed_focus_y")
"""Facts that versions from before there were crops do not have yet."""
State, Purpose = ProcessingAttempt.State, ProcessingAttempt.Purpose
MAX_CRASHES: Final = 3
"""Starts without an end after which nobody tries again until the point is set anew."""


def make_crops(version_id: UUID, *, worker: str, retries: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Make the crops of a ready photo around its present focal point and say in a word how it ended.

    Arguments and what is raised are as in :func:`transcoding.processing.process`.
    """
    begun = persistently(lambda: begin(version_id, worker=worker))
    if begun is None:
        return "nothing to do"
    run = Run(begun=begun, watch=RunWatch(begun.attempt, stopping=stopping))
    try:
        with private_folder(begun.attempt) as folder:
            _work(run, folder)
    except Exception as error:
        outcome = _settle(run, error, retries=retries)
        discard(begun)
        if outcome is None:
            raise
        return outcome
    return "cropped"


@transaction.atomic
def begin(version_id: UUID, *, worker: str) -> Begun | None:
    """Take the token; None where there is nothing to do: not ready, no photo, crashed too often, done already."""
    version = AssetVersion.objects.select_for_update(of=("self",)).select_related("asset").filter(pk=version_id).first()
    if version is None or version.state != VersionState.READY or version.asset.kind not in CROPPED_KINDS:
        return None
    if version.asset.is_purging or _is_done(version):
        return None
    version.attempts.filter(state=State.RUNNING).update(
        state=State.ABANDONED,
        code="superseded",
        message="The run ended without a result, or another began.",
        finished_at=Now(),
    )
    if version.attempts_made >= MAX_CRASHES:
        logger.error("version %s: making its crops broke down three times", version_id)
        return None
    attempt = ProcessingAttempt.objects.create(
        version=version, worker=worker[:120], stage="starting", purpose=Purpose.CROPS
    )
    version.attempt = attempt.pk
    version.attempts_made += 1
    version.save(update_fields=["attempt", "attempts_made"])
    return begun_of(version, attempt.pk)


def _is_done(version: AssetVersion) -> bool:
    """Whether the crops are those of the present point: each says which it was made around."""
    crops = _crops_of(version)
    return bool(crops) and all(crop.facts.get("focus") == _plain(version.focus) for crop in crops)


def _work(run: Run, folder: Path) -> None:
    source, output = folder / "original", folder / "renditions"
    output.mkdir()
    begun = run.begun
    read = fetch(run, source)
    if read.sha256 != begun.sha256:
        raise InfrastructureError(
            "The stored original is no longer the file that was verified: run mediacenter verify and restore it.",
            code="original_altered",
        )
    run.watch.stage("rendering")
    wanted = persistently(lambda: Wanted(focus=begun.focus, only_crops=True, credits=credits_of(begun.asset_id)))
    original = Original(path=source, sniffed=sniff(source), kind=begun.kind, output=output, wanted=wanted)
    result = process_original(original, on_progress=run.watch.percent, cancelled=run.watch.cancelled)
    sizes = store(run, output, result)
    run.watch.stage("publishing")
    persistently(lambda: publish(begun, result=result, sizes=sizes))


@transaction.atomic
def publish(begun: Begun, *, result: ProcessingResult, sizes: dict[str, int]) -> None:
    """The new crops take the place of the old ones, whose objects stay for a while. Raises :class:`Superseded`, also
    where the point was set again meanwhile: the run that was asked for then does it."""
    version = locked(begun)
    if version.state != VersionState.READY or version.focus != begun.focus:
        raise Superseded
    rows = rows_of(begun, result, sizes)
    made = {row.key for row in rows}
    old = _crops_of(version)
    ReplacedObject.objects.bulk_create(
        [ReplacedObject(key=crop.key) for crop in old if crop.key not in made], ignore_conflicts=True
    )
    Rendition.objects.filter(pk__in=[crop.pk for crop in old]).delete()
    Rendition.objects.bulk_create(rows)
    guess = {name: result.facts[name] for name in GUESSED if name in result.facts}
    AssetVersion.objects.filter(pk=version.pk).update(facts=version.facts | json_safe(guess), attempts_made=0)
    Asset.objects.filter(pk=begun.asset_id).update(updated_at=Now())
    end(begun.attempt, state=State.SUCCEEDED, progress=100)


def _crops_of(version: AssetVersion) -> list[Rendition]:
    return list(version.renditions.filter(profile__startswith=CROP_PREFIX))


def _plain(focus: tuple[float, float] | None) -> list[float] | None:
    return list(focus) if focus else None


def _settle(run: Run, error: Exception, *, retries: int) -> str | None:
    """Write how the run ended; the outcome, or None where the error goes on to be retried. The version stays ready."""
    begun = run.begun
    if run.watch.superseded or isinstance(error, Superseded):
        persistently(lambda: abandon(begun))
        return "superseded"
    decision = decide_retry(error, retries)
    code = decision.code if isinstance(decision, Park) else type(error).__name__
    persistently(lambda: put_back(begun, code=code, message=str(error)[:2000]))
    logger.warning("version %s: crops were not made: %s", begun.version_id, error)
    return None
