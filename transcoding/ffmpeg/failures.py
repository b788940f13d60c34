"""Who must act when ffmpeg did not succeed: the uploader or an operator.

Pure, and decided from facts, never from log text.
"""

import signal
from dataclasses import dataclass
from typing import Literal

from permissions.errors import InfrastructureError
from transcoding.results import MediaRejected

MIB = 1024 * 1024
DISK_RESERVE = 64 * MIB
CPU_SLACK = 0.5
"""The kernel's limit runs some hundredths ahead of what it reports; ffmpeg catches SIGXCPU and just ends."""
LAUNCH_FAILED = frozenset({125, 126, 127})
"""125: our launcher saw that its parent is gone; 126 and 127: the program cannot be run or is not there."""
STOPPED_BY_SIGNAL = 255
"""ffmpeg's exit status after it handled SIGTERM or SIGINT."""

StoppedBy = Literal["wall", "stall", "output"]
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a failed run.

    ``status``: the exit status, or minus the signal's number. ``stopped_by``: which of our own limits ended it.
    ``busy``: it was computing while it made no progress. ``input_decodes``: whether the input can be decoded by itself;
    None where that has no meaning (our own files) or was not tried.
    """

    status: int
    stopped_by: StoppedBy | None = None
    busy: bool = False
    cpu_spent: float = 0.0
    cpu_limit: float = float("inf")
    disk_free: int = 1 << 62
    input_decodes: bool | None = None


def needs_decode_test(evidence: Evidence) -> bool:
    """Whether only a decode of the input by itself can tell whose fault it is (all else is already decided)."""
    return evidence.input_decodes is None and explain(evidence).reason == "ffmpeg_failed"


def explain(evidence: Evidence) -> MediaRejected | InfrastructureError:
    """The error to raise for a run that failed. Never returns without a verdict."""
    return _by_installation(evidence) or _by_limit(evidence) or _by_input(evidence)


def _by_installation(evidence: Evidence) -> InfrastructureError | None:
    if evidence.disk_free < DISK_RESERVE:
        return InfrastructureError(
            "The work folder's disk is full: free space or set another work folder.",
            code="disk_full",
            free_bytes=evidence.disk_free,
        )
    if evidence.stopped_by is None and evidence.status in LAUNCH_FAILED:
        return InfrastructureError(
            "ffmpeg could not be started: install ffmpeg and util-linux (`mediacenter doctor` says what is missing).",
            code="ffmpeg_not_started",
            status=evidence.status,
        )
    return None


def _by_limit(evidence: Evidence) -> MediaRejected | InfrastructureError | None:
    if evidence.cpu_spent > evidence.cpu_limit - CPU_SLACK or evidence.status == -signal.SIGXCPU:
        return MediaRejected(
            "This file takes far more work than its length and size justify. Export it again with common settings "
            "(H.264 or HEVC in MP4) and upload that.",
            code="too_costly",
        )
    if evidence.status == -signal.SIGXFSZ or evidence.stopped_by == "output":
        return MediaRejected(
            "Processing this file produced far more data than its length justifies. Export it again and upload that.",
            code="output_too_large",
        )
    if evidence.stopped_by == "stall" and evidence.busy:
        return MediaRejected(
            "Processing got stuck in this file: it is damaged or unusually made. Export it again and upload that.",
            code="processing_stalled",
        )
    if evidence.stopped_by is not None:
        return InfrastructureError(
            "ffmpeg made no progress in the time it was given: check the load and the disks of this machine.",
            code="too_slow",
            stopped_by=evidence.stopped_by,
        )
    return None


def _by_input(evidence: Evidence) -> MediaRejected | InfrastructureError:
    from_outside = evidence.status == STOPPED_BY_SIGNAL or -evidence.status in _FROM_OUTSIDE
    if from_outside:
        return InfrastructureError(
            "ffmpeg was ended from outside: look for the kernel's out-of-memory killer or an operator's kill.",
            code="ffmpeg_killed",
            status=evidence.status,
        )
    if evidence.input_decodes is False:
        return MediaRejected(
            "This file cannot be decoded: it is damaged or not what its name says. Play it on your machine, export it "
            "again and upload that.",
            code="undecodable",
        )
    return InfrastructureError(
        "ffmpeg failed on a file that can be decoded: see the worker's log.",
        code="ffmpeg_failed",
        status=evidence.status,
    )
