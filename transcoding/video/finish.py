"""What is made of our own renditions: seek bar, poster, download, and the loudness of what is delivered."""

import tempfile
from pathlib import Path, PurePosixPath

from permissions.errors import InfrastructureError
from transcoding.ffmpeg import finishing, limits, seekbar
from transcoding.ffmpeg.failures import explain
from transcoding.ffmpeg.finishing import own_loudness_args
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.loudness import Loudness, parse_loudness
from transcoding.ffmpeg.runner import Bounds, Ended, run
from transcoding.results import MediaRejected, RenditionFile
from transcoding.video import outputs
from transcoding.video.job import DOWNLOAD, POSTER, SEEK_BAR, Job
from transcoding.video.outputs import Sound
from transcoding.video.packaging import Packaged
from transcoding.video.poster import plan_stills


def seek_bar(
    job: Job, plan: LadderPlan, smallest: Packaged, audio: Packaged | None
) -> tuple[float, Loudness | None, list[RenditionFile]]:
    """Sprite and WebVTT; also the time of the most representative picture, and the sound's loudness, from one run."""
    duration = smallest.playlist.duration
    grid = seekbar.plan_tiles(plan.rungs[-1], keyframes=len(smallest.keyframes))
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        args = finishing.sprite_args(
            smallest.media, grid, audio.media if audio else None, scratch=PurePosixPath(scratch).name
        )
        ended = _run_own(job, args, limits.audio_bounds(duration=duration), SEEK_BAR, duration)
        poster_time = seekbar.parse_frame_time((Path(scratch) / finishing.POSTER_TIME_FILE).read_text(encoding="ascii"))
    vtt = seekbar.render_vtt(grid, smallest.keyframes, duration=duration)
    (job.folder / "sprite.vtt").write_text(vtt, encoding="ascii")
    return poster_time or 0.0, _only(parse_loudness(ended.log)), outputs.seek_bar_files(grid)


def loudness_alone(job: Job, audio: Packaged) -> Loudness | None:
    """The loudness of a sound as it is delivered."""
    seconds = audio.playlist.duration
    bounds = limits.audio_bounds(duration=seconds)
    return _only(parse_loudness(_run_own(job, own_loudness_args(audio.media), bounds, SEEK_BAR, seconds).log))


def _only(found: list[Loudness]) -> Loudness | None:
    return found[0] if found else None


def poster(job: Job, plan: LadderPlan, seconds: float) -> list[RenditionFile]:
    """One picture of the largest rung in full size, and small ones for grids."""
    top = plan.rungs[0]
    stills = plan_stills(top)
    # the seek must not fall behind the picture by rounding: a little before it finds it, a little after finds the next
    args = finishing.poster_args(outputs.media_path(top), max(0.0, seconds - 0.002), stills)
    _run_own(job, args, limits.audio_bounds(duration=60), POSTER, 1)
    return outputs.poster_files(top, stills)


def download(job: Job, video: Packaged | None, sound: Sound | None) -> RenditionFile:
    """One progressive file: the largest rung and the main sound as they are, or the sound alone."""
    audio = sound.full if sound else None
    parts = [part for part in (video, audio) if part is not None]
    name, media_type = ("download.mp4", "video/mp4") if video else ("download.m4a", "audio/mp4")
    size = sum((job.folder / part.media).stat().st_size for part in parts)
    duration = max(part.playlist.duration for part in parts)
    language = sound.plan.language if sound else ""
    args = finishing.download_args(
        video.media if video else None, audio.media if audio else None, name, language=language
    )
    _run_own(job, args, limits.joining_bounds(size), DOWNLOAD, duration)
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
