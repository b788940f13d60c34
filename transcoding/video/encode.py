"""The runs on a user's file: its sound is measured, then every rung and every sound is made in one go, and checked."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from permissions.errors import InfrastructureError
from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.content import Fitted, why_not
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.failures import Evidence
from transcoding.ffmpeg.ladder import LadderPlan, Rung, plan_ladder
from transcoding.ffmpeg.loudness import Loudness, parse_loudness
from transcoding.ffmpeg.probe import Admitted, diagnose
from transcoding.ffmpeg.repackaging import Verdict
from transcoding.ffmpeg.runner import Bounds, run
from transcoding.ffmpeg.sound import AudioPlan, levelled, plan_sound
from transcoding.ffmpeg.tools import versions
from transcoding.growing.opening import FIRST_GROUPS, show_from
from transcoding.growing.plan import plan_growing
from transcoding.results import MediaRejected
from transcoding.video.fitting import fit_to_content
from transcoding.video.job import LADDER, MEASURING, SOUND_LADDER, SOUND_MEASURING, Job
from transcoding.video.outputs import Sound
from transcoding.video.packaging import Packaged, package
from transcoding.video.repackage import is_aligned, judge_source

logger = logging.getLogger(__name__)

MISSING_SHARE = 0.05
MISSING_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class TrackLevel:
    """What was measured of a track, and what was done about it."""

    plan: AudioPlan
    measured: Loudness | None


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Everything streamed of a film. ``rungs`` from the largest down, as planned.

    ``not_copied``: why the source's own stream is not the largest rung; empty where it is. ``fitted``: how the plan was
    made to fit the content.
    """

    plan: LadderPlan
    rungs: tuple[Packaged, ...]
    sounds: tuple[Sound, ...]
    levels: tuple[TrackLevel, ...]
    not_copied: str
    fitted: Fitted


def encode_ladder(job: Job, admitted: Admitted) -> Ladder:
    """Every rung and every sound of a film, packaged and checked."""
    video, plan = plan_film(admitted)
    job.on_found(admitted.duration, plan.rungs[0].height)
    levels = measure(job, admitted, plan.audio, stage=MEASURING)
    plan = replace(plan, audio=tuple(level.plan for level in levels))
    bounds = limits.ladder_bounds(video, plan, duration=admitted.duration)
    verdict = judge_source(job, admitted, plan)
    if verdict.points:
        copying = replace(plan, copied=verdict.points)
        made = _copied(job, admitted, copying, bounds)
        if made is not None:
            fixed = Fitted(plan=copying, reason="copied")
            return Ladder(plan=copying, rungs=made[0], sounds=made[1], levels=levels, not_copied="", fitted=fixed)
        verdict = Verdict(reason="not_aligned")
    if not why_not(plan, duration=admitted.duration) and not job.watched.is_shown:
        show_from(
            job.source,
            admitted,
            plan,
            job.watched,
            folder=job.folder,
            cancelled=job.cancelled,
            groups=FIRST_GROUPS,
        )
    fitted = fit_to_content(job, video, plan, duration=admitted.duration)
    plan = fitted.plan
    rungs, sounds = _encode(job, admitted, plan, commands.ladder_args(job.source, plan), bounds)
    return Ladder(plan=plan, rungs=rungs, sounds=sounds, levels=levels, not_copied=verdict.reason, fitted=fitted)


def plan_film(admitted: Admitted) -> tuple[VideoStream, LadderPlan]:
    """The film's picture, and everything to make of it but the levels of its sound."""
    if admitted.video is None:
        raise InfrastructureError("The ladder was asked for a file without video.", code="internal")
    return admitted.video, plan_ladder(
        admitted.video, admitted.tracks, duration=admitted.duration, can_tone_map=versions().can_tone_map
    )


def _copied(
    job: Job, admitted: Admitted, plan: LadderPlan, bounds: Bounds
) -> tuple[tuple[Packaged, ...], tuple[Sound, ...]] | None:
    """The ladder with the source's own stream as its largest rung; None where that stream does not behave as listed."""
    try:
        rungs, sounds = _encode(job, admitted, plan, commands.ladder_args(job.source, plan), bounds)
    except (MediaRejected, InfrastructureError) as error:
        logger.warning("the source's stream cannot be copied (%s): the whole ladder is encoded", error)
        return None
    if is_aligned(plan, rungs):
        return rungs, sounds
    logger.warning("the copied rung is not cut as planned: the whole ladder is encoded")
    return None


def encode_audio(job: Job, admitted: Admitted) -> tuple[tuple[Sound, ...], tuple[TrackLevel, ...]]:
    """Every sound of a file without picture, packaged and checked; the main one also as MP3."""
    job.on_found(admitted.duration, 0)
    levels = measure(job, admitted, plan_sound(admitted.tracks), stage=SOUND_MEASURING)
    plans = tuple(level.plan for level in levels)
    bounds = limits.audio_bounds(duration=admitted.duration, tracks=len(plans))
    _, sounds = _encode(job, admitted, plans, commands.audio_args(job.source, plans), bounds)
    return sounds, levels


def measure(
    job: Job, admitted: Admitted, plans: tuple[AudioPlan, ...], *, stage: tuple[int, int]
) -> tuple[TrackLevel, ...]:
    """How loud each track is, and the gain that follows. The picture is not decoded for it."""
    if not plans:
        return ()
    bounds = limits.measuring_bounds(admitted.description.size, duration=admitted.duration, tracks=len(plans))
    listen = job.meter.stage(*stage, duration=admitted.duration)
    args = commands.loudness_args(job.source, plans)
    ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=listen, cancelled=job.cancelled)
    if not ended.ok:
        indexes, evidence = [plan.index for plan in plans], ended.evidence(job.folder)
        raise diagnose(job.source, indexes, evidence, bounds=bounds, folder=job.folder, cancelled=job.cancelled)
    measured = parse_loudness(ended.log)
    found: list[Loudness | None] = [*measured, *[None] * (len(plans) - len(measured))]
    return tuple(
        TrackLevel(plan=plan, measured=loudness)
        for plan, loudness in zip(levelled(plans, measured), found, strict=False)
    )


def _encode(
    job: Job, admitted: Admitted, plan: LadderPlan | Sequence[AudioPlan], args: list[str], bounds: Bounds
) -> tuple[tuple[Packaged, ...], tuple[Sound, ...]]:
    """Run ``args`` on the user's file, and package what it wrote."""
    rungs, tracks = (plan.rungs, plan.audio) if isinstance(plan, LadderPlan) else ((), plan)
    for name in [*(rung.name for rung in rungs), *(name for track in tracks for name in track.names)]:
        (job.folder / "hls" / name).mkdir(parents=True, exist_ok=True)
    listen = job.meter.stage(*(LADDER if rungs else SOUND_LADDER), duration=admitted.duration)
    with _watched(job, admitted, plan):
        ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=listen, cancelled=job.cancelled)
        if not ended.ok:
            raise _why_failed(job, admitted, ended.evidence(job.folder), bounds)
    try:
        packaged, sounds = package_all(job, rungs, tracks)
    except (OSError, ValueError) as error:
        # ffmpeg ends well when not one picture could be decoded, and when the disk was full at the very end
        logger.warning("ffmpeg succeeded but its output is not whole: %s", error)
        raise _why_failed(job, admitted, replace(ended.evidence(job.folder), status=1), bounds) from error
    check_whole(admitted, packaged, sounds)
    return packaged, sounds


def _why_failed(
    job: Job, admitted: Admitted, evidence: Evidence, bounds: Bounds
) -> MediaRejected | InfrastructureError:
    return diagnose(job.source, admitted.indexes, evidence, bounds=bounds, folder=job.folder, cancelled=job.cancelled)


def _watched(job: Job, admitted: Admitted, plan: LadderPlan | Sequence[AudioPlan]) -> AbstractContextManager[None]:
    if not isinstance(plan, LadderPlan):
        return nullcontext()
    return job.watched.following(job.folder, plan_growing(plan), duration=admitted.duration)


def package_all(
    job: Job, rungs: Sequence[Rung], tracks: Sequence[AudioPlan]
) -> tuple[tuple[Packaged, ...], tuple[Sound, ...]]:
    """Every file that a command wrote in the job's folder, with its index and playlists. Raises as
    :func:`~transcoding.video.packaging.package`."""
    packaged = tuple(_packaged(job, rung.name, picture=True) for rung in rungs)
    return packaged, tuple(_sound(job, track) for track in tracks)


def _packaged(job: Job, name: str, *, picture: bool = False) -> Packaged:
    return package(job.folder, name, picture=picture, cancelled=job.cancelled)


def _sound(job: Job, plan: AudioPlan) -> Sound:
    return Sound(plan=plan, full=_packaged(job, plan.name), lean=_packaged(job, plan.lean_name))


def check_whole(admitted: Admitted, rungs: Sequence[Packaged], sounds: Sequence[Sound]) -> None:
    """Refuse a file of which a good part could not be decoded: it was cut off or damaged on its way here."""
    if admitted.description.other_streams:
        return  # subtitles or data may well last longer than sound and picture
    seconds = max(part.playlist.duration for part in [*rungs, *(sound.full for sound in sounds)])
    missing = admitted.duration - seconds
    if missing > max(MISSING_SECONDS, MISSING_SHARE * admitted.duration):
        raise MediaRejected(
            f"The file should last {admitted.duration:.0f} seconds but ends after {seconds:.0f}: it is cut "
            "off or damaged. Upload the whole file.",
            code="truncated",
            expected_seconds=round(admitted.duration, 3),
            found_seconds=round(seconds, 3),
        )
