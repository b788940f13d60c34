"""AV1 and Opus beside a film's published renditions: one run on the original, packaged, checked, joined to the set."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from permissions.errors import InfrastructureError
from transcoding.ffmpeg import limits
from transcoding.ffmpeg.av1 import SOUND, Published, av1_args, on_their_grid, plan_av1
from transcoding.ffmpeg.dash import extend_manifest
from transcoding.ffmpeg.encoders import Av1Build
from transcoding.ffmpeg.failures import explain
from transcoding.ffmpeg.ladder import LadderPlan, plan_ladder
from transcoding.ffmpeg.loudness import AS_IT_IS, Level
from transcoding.ffmpeg.playlists import extend_master
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.runner import run
from transcoding.ffmpeg.tools import versions
from transcoding.results import MediaRejected, RenditionFile
from transcoding.video import outputs
from transcoding.video.job import ADMITTED, DONE, LADDER, Job
from transcoding.video.outputs import MANIFEST, MASTER, Sound
from transcoding.video.packaging import Packaged, package
from transcoding.video.repackage import is_aligned

GROUPS = (SOUND, f"{SOUND}-lean")


@dataclass(frozen=True, kw_only=True)
class FirstSet:
    """What was published of the film: its rungs, when their pictures can be decoded from, how its sounds were levelled
    (by the source's stream), its two manifests, and the folder in the store that they are in."""

    rungs: tuple[Published, ...]
    keyframes: tuple[Fraction, ...]
    levels: Mapping[int, Level]
    master: str
    manifest: str
    folder: str


def make_av1(job: Job, first: FirstSet, build: Av1Build, *, folder: str) -> tuple[RenditionFile, ...]:
    """Every file of the film in AV1 and Opus, and both manifests anew over all that there is then.

    ``folder``: where in the store the new manifests' folder will be. Raises as
    :func:`transcoding.video.process.process_media`.
    """
    admitted = admit(job.source, kind="video", folder=job.folder, cancelled=job.cancelled)
    job.meter.reach(ADMITTED)
    plan = on_their_grid(plan_av1(_first_plan(admitted, first.levels), first.rungs), first.keyframes)
    rungs, sounds = _encode(job, admitted, plan, first, build)
    _write_manifests(job.folder, plan, rungs, sounds, first, folder=folder)
    job.meter.reach(DONE)
    top = plan.rungs[0]
    size = {"width": top.width, "height": top.height, "duration": outputs.duration_of(rungs, sounds)}
    return (
        *outputs.manifest_files(**size),
        *outputs.rung_files(plan, rungs),
        *outputs.sound_files(sounds),
    )


def _first_plan(admitted: Admitted, levels: Mapping[int, Level]) -> LadderPlan:
    if admitted.video is None:
        raise InfrastructureError("AV1 was asked for a file without video.", code="internal")
    plan = plan_ladder(
        admitted.video, admitted.tracks, duration=admitted.duration, can_tone_map=versions().can_tone_map
    )
    audio = tuple(replace(track, level=levels.get(track.index, AS_IT_IS)) for track in plan.audio)
    return replace(plan, audio=audio)


def _encode(
    job: Job, admitted: Admitted, plan: LadderPlan, first: FirstSet, build: Av1Build
) -> tuple[tuple[Packaged, ...], tuple[Sound, ...]]:
    for name in [*(rung.name for rung in plan.rungs), *(name for track in plan.audio for name in track.names)]:
        (job.folder / "hls" / name).mkdir(parents=True, exist_ok=True)
    try:
        args = av1_args(job.source, plan, first.keyframes)
    except ValueError as error:
        sentence = "The keyframes of this film are too many to be repeated in AV1."
        raise MediaRejected(sentence, code="av1_not_possible") from error
    bounds = limits.av1_bounds(admitted.video, plan, duration=admitted.duration)
    listen = job.meter.stage(*LADDER, duration=admitted.duration)
    ended = run(build.path, args, bounds=bounds, folder=job.folder, on_progress=listen, cancelled=job.cancelled)
    if not ended.ok:
        found = explain(ended.evidence(job.folder, input_decodes=True))
        if found.reason == "ffmpeg_failed":
            raise _not_possible("the encoder refuses it") from found
        raise found
    try:
        rungs = tuple(_packaged(job, rung.name, picture=True) for rung in plan.rungs)
        sounds = tuple(
            Sound(plan=track, full=_packaged(job, track.name), lean=_packaged(job, track.lean_name))
            for track in plan.audio
        )
    except (OSError, ValueError) as error:
        raise _not_possible("what the encoder wrote is not whole") from error
    if not is_aligned(replace(plan, copied=first.keyframes), rungs):
        raise _not_possible("its pictures are not cut where the others are")
    return rungs, sounds


def _not_possible(why: str) -> MediaRejected:
    """Of this film, however often it is tried: it stays as it is."""
    return MediaRejected(f"This film is not made in AV1: {why}.", code="av1_not_possible")


def _packaged(job: Job, name: str, *, picture: bool = False) -> Packaged:
    return package(job.folder, name, picture=picture, cancelled=job.cancelled)


def _write_manifests(
    local: Path, plan: LadderPlan, rungs: Sequence[Packaged], sounds: Sequence[Sound], first: FirstSet, *, folder: str
) -> None:
    """H.264 and AAC stay in front: who knows no other codec takes what comes first."""

    def moved(uri: str) -> str:
        return posixpath.relpath(posixpath.join(first.folder, uri), folder)

    variants = outputs.video_variants(plan, rungs, sounds, groups=GROUPS)
    master = extend_master(first.master, variants, outputs.sound_groups(sounds, GROUPS), moved=moved)
    (local / MASTER).write_text(master, encoding="utf-8")
    pictures, tracks = outputs.picture_representations(plan, rungs), outputs.sound_tracks(sounds)
    manifest = extend_manifest(first.manifest, pictures, tracks, moved=moved)
    (local / MANIFEST).write_text(manifest, encoding="utf-8")
