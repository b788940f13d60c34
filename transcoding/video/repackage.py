"""Whether the largest rung is copied from the source: its packets listed and judged, and what came of it looked at."""

import logging
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from transcoding.ffmpeg import commands, limits
from transcoding.ffmpeg.ladder import LadderPlan
from transcoding.ffmpeg.probe import Admitted
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.repackaging import Listing, TooManyPackets, Verdict, judge, parse_listing, why_not
from transcoding.ffmpeg.runner import run
from transcoding.video.job import Job
from transcoding.video.packaging import Packaged

logger = logging.getLogger(__name__)
MOST_SHARE = 1.1
"""Of the pictures that duration and rate promise: what is listed beyond is no stream at that rate."""


def judge_source(job: Job, admitted: Admitted, plan: LadderPlan) -> Verdict:
    """The verdict on the film's own stream. It is read once more for it, and only where its header fits already."""
    if admitted.video is None or (reason := why_not(admitted.video, plan, admitted.description)):
        return Verdict(reason=reason if admitted.video else "codec")
    bounds = limits.listing_bounds(admitted.description.size, pictures=admitted.duration * float(plan.rate))
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".scratch-") as scratch:
        args = commands.listing_args(job.source, plan.video_index, folder=PurePosixPath(scratch).name)
        ended = run("ffmpeg", args, bounds=bounds, folder=job.folder, on_progress=_ignore, cancelled=job.cancelled)
        if not ended.ok:  # not a fault of the file: it is encoded as any other
            return Verdict(reason="unreadable")
        most = math.ceil(MOST_SHARE * admitted.duration * plan.rate) + 1
        try:
            packets, restarts = (
                _read(Path(scratch) / name, most=most) for name in (commands.PACKETS_FILE, commands.RESTARTS_FILE)
            )
        except TooManyPackets:
            return Verdict(reason="variable_rate")
        return judge(packets, restarts, plan)


def is_aligned(plan: LadderPlan, rungs: Sequence[Packaged]) -> bool:
    """Whether every rung has its keyframes where the plan says, and as many pictures as the copied one."""
    within = 1 / (2 * plan.rate)
    for rung, packaged in zip(plan.rungs, rungs, strict=True):
        if len(packaged.keyframes) != len(plan.copied) or packaged.samples != -(-rungs[0].samples // rung.step):
            return False
        if any(abs(found - asked) > within for found, asked in zip(packaged.keyframes, plan.copied, strict=True)):
            return False
    return True


def _read(path: Path, *, most: int) -> Listing:
    with path.open(encoding="ascii", errors="replace") as lines:
        return parse_listing(lines, most=most)


def _ignore(_: Progress) -> None:
    """Reading takes moments beside the encoding that follows."""
