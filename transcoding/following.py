"""A started child seen to its end: its output drained, its clock watched, its group ended.

Knows nothing of how a child is started or reached: that is the :class:`Handle`'s.
"""

import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_TAIL_BYTES = 32 * 1024
_LINE_BYTES = 64 * 1024
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 3.0

EndedBy = Literal["itself", "timeout", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A child of some way to start one, with a group of its own.

    ``stdout`` and ``stderr`` are the read ends of its pipes, ``ended`` becomes readable when it has ended.
    ``signal_group`` reaches its whole group and is quiet when nobody is left; ``reap`` kills what is left of the group
    and answers the exit code (negative: the signal) and the CPU seconds.
    """

    pid: int
    stdout: int
    stderr: int
    ended: int
    signal_group: Callable[[int], None]
    reap: Callable[[], tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A child that ended by itself. ``peak_rss`` (bytes) is the largest sample, 0 for a child of a few milliseconds."""

    returncode: int
    stdout_tail: str
    stderr_tail: str
    cpu_seconds: float
    wall_seconds: float
    peak_rss: int


def follow(
    handle: Handle,
    *,
    wall_seconds: float,
    on_line: Callable[[str], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[Finished, EndedBy]:
    """See the child to its end and say who ended it. On return, by whatever way, nothing of its group is left."""
    child = _Child(handle, wall_seconds=wall_seconds, on_line=on_line)
    try:
        ended_by = child.follow(cancelled)
    finally:
        returncode, cpu_seconds = handle.reap()
    finished = Finished(
        returncode=returncode,
        stdout_tail=child.tail(handle.stdout),
        stderr_tail=child.tail(handle.stderr),
        cpu_seconds=cpu_seconds,
        wall_seconds=time.monotonic() - child.started,
        peak_rss=child.peak_rss,
    )
    return finished, ended_by


class _Child:
    def __init__(self, handle: Handle, *, wall_seconds: float, on_line: Callable[[str], None] | None) -> None:
        self.started = time.monotonic()
        self.peak_rss = 0
        self._handle = handle
        self._deadline = self.started + wall_seconds
        self._on_line = on_line
        self._line = b""
        self._tails = {handle.stdout: b"", handle.stderr: b""}

    def follow(self, cancelled: Callable[[], bool] | None) -> EndedBy:
        """Drain the output until the child has ended."""
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._handle.stdout, self._handle.stderr, self._handle.ended):
                selector.register(descriptor, selectors.EVENT_READ)
            while True:
                if self._drain(selector):
                    self._flush_line()
                    return "itself"
                if time.monotonic() >= self._deadline:
                    return "timeout"
                if cancelled is not None and cancelled():
                    self._ask_to_end(selector)
                    return "cancelled"

    def tail(self, stream: int) -> str:
        return self._tails[stream].decode("utf-8", "replace")

    def _drain(self, selector: selectors.BaseSelector) -> bool:
        """Take what the child has written, waiting a moment for it; True once it has ended and its output is empty."""
        ready = [key.fd for key, _ in selector.select(timeout=_POLL_SECONDS)]
        self._sample_memory()
        streams = [stream for stream in (self._handle.stdout, self._handle.stderr) if stream in ready]
        for stream in streams:
            chunk = os.read(stream, 64 * 1024)
            if not chunk:
                selector.unregister(stream)
                continue
            self._tails[stream] = (self._tails[stream] + chunk)[-_TAIL_BYTES:]
            if stream == self._handle.stdout and self._on_line is not None:
                self._feed_lines(chunk)
        return self._handle.ended in ready and not streams

    def _feed_lines(self, chunk: bytes) -> None:
        *lines, rest = (self._line + chunk).split(b"\n")
        self._line = rest[:_LINE_BYTES]
        for line in lines:
            self._give_line(line)

    def _flush_line(self) -> None:
        if self._line:
            self._give_line(self._line)
            self._line = b""

    def _give_line(self, line: bytes) -> None:
        if self._on_line is not None:
            self._on_line(line[:_LINE_BYTES].rstrip(b"\r").decode("utf-8", "replace"))

    def _ask_to_end(self, selector: selectors.BaseSelector) -> None:
        self._handle.signal_group(signal.SIGTERM)
        grace_ends = min(time.monotonic() + _GRACE_SECONDS, self._deadline)
        while time.monotonic() < grace_ends and not self._drain(selector):
            pass

    def _sample_memory(self) -> None:
        # not getrusage: after vfork its maximum starts at the parent's size
        try:
            status = Path(f"/proc/{self._handle.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return  # ended between two looks
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_rss = max(self.peak_rss, int(line.split()[1]) * 1024)
