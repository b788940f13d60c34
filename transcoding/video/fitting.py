"""A look into the film before its ladder: short samples coded small and compared, and the plan that follows."""

import logging
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from transcoding.ffmpeg import commands, content, limits, trials
from transcoding.ffmpeg.content import Content, Fitted, Samples, Trial
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import Bounds, Tool, run
from transcoding.video.job import Job

logger = logging.getLogger(__name__)


class _NotSeenError(Exception):
    """A run of the look failed; the message is its code. Nobody's fault: the ladder itself will tell."""


def fit_to_content(job: Job, video: VideoStream, plan: LadderPlan, *, duration: float) -> Fitted:
    """``plan`` made to fit what is in the film; as it is where that could not be found out or would save nothing."""
    reason = content.why_not(plan, duration=duration) or ("no_vmaf" if meter() is None else "")
    if reason:
        return Fitted(plan=plan, reason=reason)
    samples = content.plan_samples(plan, duration=duration)
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        try:
            return content.fit(plan, _look(job, video, plan, samples, folder=Path(scratch)))
        except _NotSeenError as error:
            logger.warning("the look into the film failed (%s): it gets the fixed ladder", error)
            return Fitted(plan=plan, reason=str(error))


def meter() -> Path | None:
    """A build of ffmpeg that measures VMAF; None where the package has none for this machine, or it cannot be asked."""
    try:
        return _meter()
    except RuntimeError:
        return None


@cache
def _meter() -> Path:
    """What is found is remembered; what is not is asked for again, as the machine may have been short of memory."""
    program = Path(imageio_ffmpeg.get_ffmpeg_exe())
    filters = run(program, ["-hide_banner", "-filters"], bounds=limits.PROBE, folder=Path(tempfile.gettempdir()))
    if not (filters.ok and b" libvmaf " in filters.stdout):
        raise RuntimeError("this ffmpeg measures no VMAF")
    return program


def _look(job: Job, video: VideoStream, plan: LadderPlan, samples: Samples, *, folder: Path) -> Content:
    bounds = limits.sampling_bounds(video, plan, samples)
    args = commands.samples_args(job.source, plan, samples, folder=folder.name)
    _run(job, "ffmpeg", args, bounds, failing="unreadable")
    listed = run(
        "ffprobe",
        trials.packets_args(folder=folder.name),
        bounds=limits.PROBE,
        folder=job.folder,
        cancelled=job.cancelled,
    )
    packets = trials.parse_packets(listed.stdout) if listed.ok else []
    if not packets:
        raise _NotSeenError("unreadable")
    share = content.keyframe_share(packets)
    codings = content.tried(plan, samples.rung, share)
    _run(job, "ffmpeg", trials.trials_args(codings, folder=folder.name), bounds, failing="trials_failed")
    fixed, *others = _compared(job, folder, bounds)
    offset, bits = content.compare(fixed, others)
    seconds = len(packets) / float(plan.rate)
    return Content(
        keyframe_share=share,
        offset=offset,
        bits=bits,
        kilobits=8 * fixed.size / seconds / 1000,
        pixels=samples.rung.width * samples.rung.height,
    )


def _compared(job: Job, folder: Path, bounds: Bounds) -> list[Trial]:
    """The fixed coding and the tried ones, each with what it takes and how good it is."""
    names = [commands.FIXED_FILE, *(trials.trial_file(number) for number in range(len(content.TRIED_OFFSETS)))]
    program = meter()
    assert program is not None  # noqa: S101 - asked before the look
    _run(job, program, trials.comparing_args(names, folder=folder.name), bounds, failing="vmaf_failed")
    try:
        return [
            Trial(
                offset=offset,
                size=(folder / name).stat().st_size,
                vmaf=trials.parse_vmaf((folder / trials.report_file(number)).read_text(encoding="utf-8")),
            )
            for number, (name, offset) in enumerate(zip(names, (0.0, *content.TRIED_OFFSETS), strict=True))
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _NotSeenError("vmaf_failed") from error


def _run(job: Job, tool: Tool, args: list[str], bounds: Bounds, *, failing: str) -> None:
    ended = run(tool, args, bounds=bounds, folder=job.folder, on_progress=_ignore, cancelled=job.cancelled)
    if not ended.ok:
        raise _NotSeenError(failing)


def _ignore(_: Progress) -> None:
    """The look takes seconds beside the encoding that follows."""
