"""From one film or sound file to everything that is delivered of it.

Stages: look into the file and measure its sound, encode the ladder (one decode of the picture), then make everything
else from our own renditions: manifests, seek bar and loudness, poster, progressive download. Only the first two ever
see what a stranger made.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from transcoding.ffmpeg import commands
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.growing.plan import Unwatched, Watched
from transcoding.results import ProcessingResult
from transcoding.video import finish, outputs
from transcoding.video.encode import Ladder, encode_audio, encode_ladder
from transcoding.video.facts import technical_facts
from transcoding.video.job import ADMITTED, DONE, Job
from transcoding.video.meter import Meter
from transcoding.video.poster import placeholder
from transcoding.video.tags import embedded_metadata

OUTPUTS = (
    *("hls", "download.mp4", "download.m4a", "download.mp3", "poster.jpg"),
    *("w640.webp", "w320.webp", "sprite.jpg", "sprite.vtt"),
)


def process_media(
    source: Path,
    *,
    ffmpeg_format: str,
    kind: str,
    workdir: Path,
    on_progress: Callable[[int], None],
    cancelled: Callable[[], bool],
    admitted: Admitted | None = None,
    on_found: Callable[[float, int], None] = lambda seconds, height: None,  # noqa: ARG005 - nobody asked
    watched: Watched | None = None,
) -> ProcessingResult:
    """Make every rendition of ``source`` (absolute path) in ``workdir``, the folder that ``RenditionFile.path`` is in.

    ``ffmpeg_format``: the demuxer our sniffing found; ``kind``: ``video`` or ``audio``; ``admitted``: what is in it,
    where somebody has looked already. ``on_progress`` gets percents that rise to 100; ``cancelled`` is asked several
    times a second; ``on_found``: see :class:`Job`; ``watched`` is told of a film's files while they are written. Raises
    :class:`MediaRejected`, :class:`InfrastructureError` or
    :class:`~transcoding.ffmpeg.runner.ProcessingCancelled`, and then leaves nothing in ``workdir``. No process outlives
    the call. Running it again overwrites.
    """
    job = Job(
        source=commands.Source(path=source, format=ffmpeg_format),
        folder=workdir,
        meter=Meter(on_progress),
        cancelled=cancelled,
        on_found=on_found,
        watched=watched or Unwatched(),
    )
    with _all_or_nothing(workdir):
        job.meter.reach(0)
        admitted = admitted or admit(job.source, kind=kind, folder=workdir, cancelled=cancelled)
        job.meter.reach(ADMITTED)
        if admitted.video is None:
            result = _process_audio(job, admitted)
        else:
            result = finish_film(job, admitted, encode_ladder(job, admitted))
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


def finish_film(job: Job, admitted: Admitted, ladder: Ladder) -> ProcessingResult:
    """Everything else of a film whose ladder stands in the job's folder."""
    plan, rungs, sounds = ladder.plan, ladder.rungs, ladder.sounds
    duration = outputs.duration_of(rungs, sounds)
    outputs.write_manifests(job.folder, plan, rungs, sounds)
    poster_time, delivered, tiles = finish.seek_bar(job, plan, rungs[-1], sounds[0].full if sounds else None)
    top = plan.rungs[0]
    stills = finish.poster(job, plan, poster_time)
    download = finish.download(job, rungs[0], sounds[0] if sounds else None)
    files = [
        *outputs.manifest_files(width=top.width, height=top.height, duration=duration),
        *outputs.rung_files(plan, rungs),
        *outputs.sound_files(sounds),
        replace(download, width=top.width, height=top.height),
        *stills,
        *tiles,
    ]
    return ProcessingResult(
        renditions=tuple(files),
        facts=technical_facts(
            admitted,
            levels=ladder.levels,
            delivered=delivered,
            not_copied=ladder.not_copied,
            fitted=ladder.fitted,
        ),
        metadata=embedded_metadata(admitted.description.tags),
        width=top.width,
        height=top.height,
        duration=duration,
        placeholder=placeholder(job.folder / "w320.webp"),
    )


def _process_audio(job: Job, admitted: Admitted) -> ProcessingResult:
    sounds, levels = encode_audio(job, admitted)
    outputs.write_manifests(job.folder, None, (), sounds)
    delivered = finish.loudness_alone(job, sounds[0].full)
    duration = outputs.duration_of((), sounds)
    files = [
        *outputs.manifest_files(duration=duration),
        *outputs.sound_files(sounds),
        finish.download(job, None, sounds[0]),
        outputs.file("download.mp3", "audio/mpeg", duration=duration, bitrate=sounds[0].plan.bitrate * 1000),
    ]
    return ProcessingResult(
        renditions=tuple(files),
        facts=technical_facts(admitted, levels=levels, delivered=delivered),
        metadata=embedded_metadata(admitted.description.tags),
        duration=duration,
    )


__all__ = ["Job", "ProcessingCancelled", "encode_audio", "encode_ladder", "process_media"]
