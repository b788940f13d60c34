"""From one film or sound file to everything that is delivered of it.

Stages: look into the file, encode the ladder (one decode of the user's bytes), then make everything else from our own
renditions: seek bar and loudness, poster, progressive download. Only the first two ever see what a stranger made.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from permissions.errors import InfrastructureError
from transcoding.ffmpeg import commands, ladder, limits, loudness, seekbar
from transcoding.ffmpeg.failures import explain
from transcoding.ffmpeg.loudness import Loudness
from transcoding.ffmpeg.probe import Admitted, admit, diagnose
from transcoding.ffmpeg.runner import Bounds, Ended, ProcessingCancelled, run
from transcoding.ffmpeg.tools import versions
from transcoding.results import MediaRejected, ProcessingResult, RenditionFile
from transcoding.video import outputs
from transcoding.video.facts import technical_facts
from transcoding.video.meter import Meter
from transcoding.video.outputs import Measured
from transcoding.video.poster import placeholder, plan_stills
from transcoding.video.tags import embedded_metadata

logger = logging.getLogger(__name__)

OUTPUTS = (
    *("hls", "download.mp4", "download.m4a", "download.mp3", "poster.jpg"),
    *("w640.webp", "w320.webp", "sprite.jpg", "sprite.vtt"),
)
LADDER_BEGINS, LADDER_ENDS, SEEK_BAR_ENDS, POSTER_ENDS, DONE = 1, 94, 97, 98, 100
MISSING_SHARE = 0.05
MISSING_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What every stage needs: the file, the folder to write into, and the two wires to the caller."""

    source: commands.Source
    folder: Path
    meter: Meter
    cancelled: Callable[[], bool]


def process_media(
    source: Path,
    *,
    ffmpeg_format: str,
    kind: str,
    workdir: Path,
    on_progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> ProcessingResult:
    """Make every rendition of ``source`` (absolute path) in ``workdir``, the folder that ``RenditionFile.path`` is in.

    ``ffmpeg_format``: the demuxer our sniffing found; ``kind``: ``video`` or ``audio``. ``on_progress`` gets percents
    that rise to 100; ``cancelled`` is asked several times a second. Raises :class:`MediaRejected`,
    :class:`InfrastructureError` or :class:`~transcoding.ffmpeg.runner.ProcessingCancelled`, and then leaves nothing in
    ``workdir``. No process outlives the call. Running it again overwrites.
    """
    job = Job(
        source=commands.Source(path=source, format=ffmpeg_format),
        folder=workdir,
        meter=Meter(on_progress),
        cancelled=cancelled,
    )
    with _all_or_nothing(workdir):
        job.meter.reach(0)
        admitted = admit(job.source, kind=kind, folder=workdir, cancelled=cancelled)
        job.meter.reach(LADDER_BEGINS)
        result = _process_audio(job, admitted) if admitted.video is None else _process_video(job, admitted)
        job.meter.reach(DONE)
        return result


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for name in OUTPUTS:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _process_video(job: Job, admitted: Admitted) -> ProcessingResult:
    plan, rungs, audio = encode_ladder(job, admitted)
    duration = max(measured.playlist.duration for measured in rungs)
    outputs.write_master(job.folder, plan, rungs, audio)
    poster_time, measured_loudness, tiles = _seek_bar(job, plan, rungs[-1], audio)
    job.meter.reach(SEEK_BAR_ENDS)
    top = plan.rungs[0]
    stills = _poster(job, plan, poster_time)
    job.meter.reach(POSTER_ENDS)
    download = _download(job, rungs[0], audio, plan.audio.language if plan.audio else "")
    files = [
        outputs.file(str(outputs.MASTER), outputs.HLS, width=top.width, height=top.height, duration=duration),
        *outputs.rung_files(plan, rungs),
        *(outputs.audio_files(audio, plan.audio) if audio and plan.audio else ()),
        replace(download, width=top.width, height=top.height),
        *stills,
        *tiles,
    ]
    return ProcessingResult(
        renditions=tuple(files),
        facts=technical_facts(admitted, measured_loudness),
        metadata=embedded_metadata(admitted.description.tags),
        width=top.width,
        height=top.height,
        duration=duration,
        placeholder=placeholder(job.folder / "w320.webp"),
    )


def _process_audio(job: Job, admitted: Admitted) -> ProcessingResult:
    stream = admitted.audio
    if stream is None:  # admission chose no video and so did choose audio
        raise InfrastructureError("A file without any stream was admitted.", code="internal")
    plan = ladder.plan_audio(stream)
    audio = encode_audio(job, admitted, plan)
    outputs.write_master(job.folder, None, (), audio)
    measured_loudness = _loudness_alone(job, audio)
    job.meter.reach(SEEK_BAR_ENDS)
    duration = audio.playlist.duration
    files = [
        outputs.file(str(outputs.MASTER), outputs.HLS, duration=duration),
        *outputs.audio_files(audio, plan),
        _download(job, None, audio, plan.language),
        outputs.file("download.mp3", "audio/mpeg", duration=duration, bitrate=plan.bitrate * 1000),
    ]
    return ProcessingResult(
        renditions=tuple(files),
        facts=technical_facts(admitted, measured_loudness),
        metadata=embedded_metadata(admitted.description.tags),
        duration=duration,
    )


def encode_ladder(job: Job, admitted: Admitted) -> tuple[ladder.LadderPlan, list[Measured], Measured | None]:
    """The one run that costs: every rung and the sound, measured and checked. Rungs from the largest down."""
    if admitted.video is None:
        raise InfrastructureError("The ladder was asked for a file without video.", code="internal")
    plan = ladder.plan_ladder(
        admitted.video, admitted.audio, duration=admitted.duration, can_tone_map=versions().can_tone_map
    )
    bounds = limits.ladder_bounds(admitted.video, plan, duration=admitted.duration)
    names = [rung.name for rung in plan.rungs] + (["audio"] if plan.audio else [])
    *rungs, last = _encode(job, admitted, commands.ladder_args(job.source, plan), bounds, names)
    return (plan, rungs, last) if plan.audio else (plan, [*rungs, last], None)


def encode_audio(job: Job, admitted: Admitted, plan: ladder.AudioPlan) -> Measured:
    """The sound as HLS and MP3, measured and checked."""
    bounds = limits.audio_bounds(duration=admitted.duration)
    return _encode(job, admitted, commands.audio_args(job.source, plan), bounds, ["audio"])[0]


def _encode(job: Job, admitted: Admitted, args: list[str], bounds: Bounds, names: list[str]) -> list[Measured]:
    """Run ``args`` on the user's file and read back the HLS renditions ``names``."""
    for name in names:
        (job.folder / "hls" / name).mkdir(parents=True, exist_ok=True)
    listen = job.meter.stage(LADDER_BEGINS, LADDER_ENDS, duration=admitted.duration)
    ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=listen, cancelled=job.cancelled)
    evidence = ended.evidence(job.folder)
    if ended.ok:
        try:
            measured = [outputs.measure(job.folder, name) for name in names]
        except (OSError, ValueError) as error:
            # ffmpeg ends well when not one picture could be decoded, and when the disk was full at the very end
            logger.warning("ffmpeg succeeded but its output is not whole: %s", error)
            evidence = replace(evidence, status=1)
        else:
            _check_whole(admitted, max(rendition.playlist.duration for rendition in measured))
            return measured
    raise diagnose(job.source, admitted.indexes, evidence, bounds=bounds, folder=job.folder, cancelled=job.cancelled)


def _check_whole(admitted: Admitted, seconds: float) -> None:
    """Refuse a file of which a good part could not be decoded: it was cut off or damaged on its way here."""
    if admitted.description.other_streams:
        return  # subtitles or data may well last longer than sound and picture
    missing = admitted.duration - seconds
    if missing > max(MISSING_SECONDS, MISSING_SHARE * admitted.duration):
        raise MediaRejected(
            f"The file should last {admitted.duration:.0f} seconds but ends after {seconds:.0f}: it is cut "
            "off or damaged. Upload the whole file.",
            code="truncated",
            expected_seconds=round(admitted.duration, 3),
            found_seconds=round(seconds, 3),
        )


def _seek_bar(
    job: Job, plan: ladder.LadderPlan, smallest: Measured, audio: Measured | None
) -> tuple[float, Loudness | None, list[RenditionFile]]:
    """Sprite and WebVTT; also the time of the most representative picture, and the sound's loudness, from one run."""
    duration = smallest.playlist.duration
    grid = seekbar.plan_tiles(plan.rungs[-1], duration=duration, gop_seconds=plan.gop_seconds)
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        args = commands.sprite_args(
            smallest.media, grid, audio.media if audio else None, scratch=PurePosixPath(scratch).name
        )
        ended = _run_own(job, args, limits.audio_bounds(duration=duration), (LADDER_ENDS, SEEK_BAR_ENDS), duration)
        poster_time = seekbar.parse_frame_time((Path(scratch) / commands.POSTER_TIME_FILE).read_text(encoding="ascii"))
    vtt = seekbar.render_vtt(grid, duration=duration, gop_seconds=plan.gop_seconds)
    (job.folder / "sprite.vtt").write_text(vtt, encoding="ascii")
    return poster_time or 0.0, loudness.parse_loudness(ended.log) if audio else None, outputs.seek_bar_files(grid)


def _loudness_alone(job: Job, audio: Measured) -> Loudness | None:
    seconds = audio.playlist.duration
    stage = (LADDER_ENDS, SEEK_BAR_ENDS)
    ended = _run_own(job, commands.loudness_args(audio.media), limits.audio_bounds(duration=seconds), stage, seconds)
    return loudness.parse_loudness(ended.log)


def _poster(job: Job, plan: ladder.LadderPlan, seconds: float) -> list[RenditionFile]:
    top = plan.rungs[0]
    stills = plan_stills(top)
    # the seek must not fall behind the picture by rounding: a little before it finds it, a little after finds the next
    args = commands.poster_args(outputs.media_path(top), max(0.0, seconds - 0.002), stills)
    _run_own(job, args, limits.audio_bounds(duration=60), (SEEK_BAR_ENDS, POSTER_ENDS), 1)
    return outputs.poster_files(top, stills)


def _download(job: Job, video: Measured | None, audio: Measured | None, language: str) -> RenditionFile:
    """One progressive file: the largest rung and the sound as they are, or the sound alone."""
    parts = [part for part in (video, audio) if part is not None]
    name, media_type = ("download.mp4", "video/mp4") if video else ("download.m4a", "audio/mp4")
    size = sum((job.folder / part.media).stat().st_size for part in parts)
    duration = max(part.playlist.duration for part in parts)
    args = commands.download_args(
        video.media if video else None, audio.media if audio else None, name, language=language
    )
    _run_own(job, args, limits.joining_bounds(size), (POSTER_ENDS, DONE - 1), duration)
    return outputs.file(
        name, media_type, duration=duration, bitrate=sum(part.playlist.average_bandwidth for part in parts)
    )


def _run_own(job: Job, args: list[str], bounds: Bounds, stage: tuple[int, int], duration: float) -> Ended:
    """A run on our own renditions: whatever fails here is not the uploader's doing."""
    listen = job.meter.stage(*stage, duration=duration)
    ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=listen, cancelled=job.cancelled)
    if ended.ok:
        return ended
    error = explain(ended.evidence(job.folder, input_decodes=True))
    if isinstance(error, MediaRejected):
        raise InfrastructureError(
            "Our own renditions could not be processed further: see the worker's log.", code="ffmpeg_failed"
        )
    raise error


__all__ = ["Job", "ProcessingCancelled", "encode_audio", "encode_ladder", "process_media"]
