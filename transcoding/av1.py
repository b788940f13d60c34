"""One run that makes a ready film in AV1 and Opus too: of what it has already, only the manifests change.

Built as ``transcoding/cropping.py``: cut off anywhere, the next run ends in the same rows. It takes the version's
token, so that of two runs that believe to be the version's only the later one counts.
"""

import logging
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from assets.av1 import lacking_av1
from assets.delivery import DASH_MANIFEST, MANIFESTS, MASTER_PLAYLIST
from assets.models import Asset, AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.storage import get_store
from permissions.errors import InfrastructureError
from transcoding.attempts import CRASHED_CODE, MAX_CRASHES, Begun, Superseded, abandon, begun_of, end, locked, rows_of
from transcoding.ffmpeg.av1 import Published
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.encoders import av1_build
from transcoding.ffmpeg.loudness import Level
from transcoding.ffmpeg.playlists import parse_begins
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.processing import Run, discard, fetch, store
from transcoding.results import EmbeddedMetadata, MediaRejected, ProcessingResult, RenditionFile
from transcoding.retry import Park, Stopped, decide_retry
from transcoding.scratch import private_folder
from transcoding.sniff import sniff
from transcoding.video.av1 import FirstSet
from transcoding.video.av1 import make_av1 as encode
from transcoding.video.job import Job
from transcoding.video.meter import Meter
from transcoding.video.packaging import KEYFRAMES, MEDIA
from transcoding.watch import RunWatch, persistently

logger = logging.getLogger(__name__)
State, Purpose = ProcessingAttempt.State, ProcessingAttempt.Purpose
MAX_TEXT: Final = 8 * 1024 * 1024
PICTURE: Final = "video/mp4"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run takes: the token, the version's present streams, and how its sounds were levelled."""

    begun: Begun
    streams: tuple[Rendition, ...]
    levels: dict[int, Level]

    def key(self, profile: str) -> str:
        return next(row.key for row in self.streams if row.profile == profile)

    @property
    def manifests(self) -> set[str]:
        return {self.key(profile) for profile in MANIFESTS}


def make_av1(version_id: UUID, *, worker: str, retries: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Make a ready film in AV1 too and say in a word how it ended.

    Arguments and what is raised are as in :func:`transcoding.processing.process`; the version stays ready whatever
    happens, and a run that was stopped counts as no failure.
    """
    asked = persistently(lambda: begin(version_id, worker=worker))
    if asked is None:
        return "nothing to do"
    run = Run(begun=asked.begun, watch=RunWatch(asked.begun.attempt, stopping=stopping))
    try:
        with private_folder(asked.begun.attempt) as folder:
            _work(run, asked, folder)
    except Exception as error:
        outcome = _settle(run, error, retries=retries)
        discard(asked.begun)
        if outcome is None:
            raise
        return outcome
    logger.info("version %s has AV1 (attempt %s)", version_id, asked.begun.attempt)
    return "made"


@transaction.atomic
def begin(version_id: UUID, *, worker: str) -> Asked | None:
    """Take the token; None where there is nothing to do: not ready, not current, put away, made, or broken down."""
    version = lacking_av1().select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None:
        return None
    version.attempts.filter(state=State.RUNNING).update(
        state=State.ABANDONED, code="superseded", message="Another run began.", finished_at=Now()
    )
    attempt = ProcessingAttempt.objects.create(
        version=version, worker=worker[:120], stage="starting", purpose=Purpose.AV1
    )
    version.attempt = attempt.pk
    version.attempts_made += 1
    if version.attempts_made > MAX_CRASHES:
        end(attempt.pk, state=State.REJECTED, code=CRASHED_CODE, message="Making AV1 broke down three times.")
        version.attempts_made = 0
    version.save(update_fields=["attempt", "attempts_made"])
    if version.attempts_made == 0:
        return None
    streams = tuple(version.renditions.filter(profile__startswith="hls/"))
    return Asked(begun=begun_of(version, attempt.pk), streams=streams, levels=_levels(version))


def _levels(version: AssetVersion) -> dict[int, Level]:
    """What was done about each track's loudness, by its stream in the original."""
    tracks = version.facts.get("tracks", [])
    return {track["stream"]: Level(gain=track["gain_db"], limit=track["limited"]) for track in tracks}


def _work(run: Run, asked: Asked, folder: Path) -> None:
    source, output = folder / "original", folder / "renditions"
    output.mkdir()
    build = av1_build()
    first = _first_set(asked)
    if fetch(run, source).sha256 != run.begun.sha256:
        raise InfrastructureError(
            "The stored original is no longer the file that was verified: run mediacenter verify and restore it.",
            code="original_altered",
        )
    run.watch.stage("rendering")
    job = Job(
        source=Source(path=source, format=sniff(source).ffmpeg_format or ""),
        folder=output,
        meter=Meter(run.watch.percent),
        cancelled=run.watch.cancelled,
    )
    try:
        files = encode(job, first, build, folder=f"{run.begun.prefix}hls")
    except ProcessingCancelled as error:
        raise Stopped("The worker is stopping.") from error
    source.unlink()
    sizes = store(run, output, _result(files))
    run.watch.stage("publishing")
    persistently(lambda: publish(asked, files=files, sizes=sizes))


def _first_set(asked: Asked) -> FirstSet:
    """The published streams, as their rows and their small files in the store describe them."""
    rungs = tuple(_published(asked.streams))
    largest = max(rungs, key=lambda rung: rung.width * rung.height)
    master = asked.key(MASTER_PLAYLIST)
    return FirstSet(
        rungs=rungs,
        keyframes=parse_begins(_text(asked.key(f"hls/{largest.name}/{KEYFRAMES}"))),
        levels=asked.levels,
        master=_text(master),
        manifest=_text(asked.key(DASH_MANIFEST)),
        folder=posixpath.dirname(master),
    )


def _published(streams: Iterable[Rendition]) -> Iterable[Published]:
    for row in streams:
        _, name, file = row.profile.split("/") if row.profile.count("/") == 2 else ("", "", "")
        if file == MEDIA and row.media_type == PICTURE:
            rate = Fraction(row.facts["frame_rate"])
            yield Published(name=name, width=row.width or 0, height=row.height or 0, rate=rate)


def _text(key: str) -> str:
    with get_store().open(key) as body:
        return body.read(MAX_TEXT).decode()


def _result(files: tuple[RenditionFile, ...]) -> ProcessingResult:
    return ProcessingResult(renditions=files, facts={}, metadata=EmbeddedMetadata())


@transaction.atomic
def publish(asked: Asked, *, files: tuple[RenditionFile, ...], sizes: dict[str, int]) -> None:
    """The new streams join the set and the manifests over all of it take the place of the old ones, whose objects stay
    for a while.

    Raises :class:`Superseded` for a run whose token or whose manifests are no longer the version's, and for a version
    that was replaced, put away or given to the trash meanwhile.
    """
    begun = asked.begun
    version = locked(begun)
    old = list(version.renditions.filter(profile__in=MANIFESTS))
    if {row.key for row in old} == {f"{begun.prefix}{profile}" for profile in MANIFESTS}:
        return  # an earlier commit of this very run, whose answer was lost
    if {row.key for row in old} != asked.manifests or not lacking_av1().filter(pk=version.pk).exists():
        raise Superseded
    ReplacedObject.objects.bulk_create([ReplacedObject(key=row.key) for row in old], ignore_conflicts=True)
    Rendition.objects.filter(pk__in=[row.pk for row in old]).delete()
    Rendition.objects.bulk_create(rows_of(begun, _result(files), sizes))
    AssetVersion.objects.filter(pk=version.pk).update(attempts_made=0)
    Asset.objects.filter(pk=begun.asset_id).update(updated_at=Now())
    end(begun.attempt, state=State.SUCCEEDED, progress=100)


def _settle(run: Run, error: Exception, *, retries: int) -> str | None:
    """Write how the run ended; the outcome, or None where the error goes on to be retried."""
    begun = run.begun
    if run.watch.superseded or isinstance(error, Superseded):
        persistently(lambda: abandon(begun))
        return "superseded"
    decision = decide_retry(error, retries)
    if isinstance(decision, Park):
        ended = State.REJECTED if isinstance(error, MediaRejected) else State.FAILED
        persistently(lambda: _give_back(begun, ended, code=decision.code, message=decision.message))
        logger.error("version %s: AV1 is not made: %s", begun.version_id, error)
        return "refused"
    if isinstance(error, Stopped):
        persistently(lambda: _give_back(begun, State.ABANDONED, code=error.reason, message=error.message))
    else:
        message = str(error)[:2000]
        persistently(lambda: _give_back(begun, State.FAILED, code=type(error).__name__, message=message))
        logger.warning("version %s: AV1 was not made: %s", begun.version_id, error)
    return None


@transaction.atomic
def _give_back(begun: Begun, state: ProcessingAttempt.State, *, code: str, message: str) -> None:
    """This run ended in good order: its start does not count as a crash."""
    AssetVersion.objects.filter(pk=begun.version_id, attempt=begun.attempt).update(
        attempts_made=Greatest(F("attempts_made") - 1, 0)
    )
    end(begun.attempt, state=state, code=code, message=message)
