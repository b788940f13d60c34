"""The one place that runs ffmpeg and ffprobe. Who starts a process here owns it: bounded, watched, never left behind.

Each run is an argument list (no shell interprets it), a session of its own, an environment without secrets, and a
launcher that (1) asks the kernel to kill it when the thread that started it ends, (2) refuses to go on if the parent
was already gone by then, and (3) sets CPU, memory, file-size and open-file limits before the program starts.
"""

import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

from permissions.errors import InfrastructureError
from transcoding.ffmpeg.failures import Evidence, StoppedBy
from transcoding.ffmpeg.progress import Progress, ProgressParser

logger = logging.getLogger(__name__)

MIB = 1024 * 1024
GIB = 1024 * MIB
TICK_SECONDS = 0.2
GRACE_SECONDS = 5.0
MAX_CAPTURE = 4 * MIB
LOG_TAIL = 16 * 1024
BUSY_SHARE = 0.1
"""A stalled process that got more than this share of one CPU was computing, even on a crowded machine."""

_LAUNCH = '[ "$PPID" -eq "$0" ] || exit 125; exec "$@"'
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
Tool = Literal["ffmpeg", "ffprobe"] | Path
"""A program of the machine, or the absolute path of another build."""


class ProcessingCancelled(Exception):
    """The run was ended because its caller's ``cancelled()`` said so. Nothing is left running."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one run may use, in seconds and bytes.

    ``stall_seconds``: how long it may show no progress; None for tools that report none. ``niceness``: how far it
    stands back behind what else the machine computes, 0 to 19.
    """

    wall_seconds: float
    cpu_seconds: int
    address_space: int = 4 * GIB
    file_size: int = 64 * MIB
    stall_seconds: float | None = None
    open_files: int = 256
    niceness: int = 0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended. ``log`` is the end of stderr, for an operator's eyes and for our own measurements only."""

    status: int
    stdout: bytes
    log: str
    cpu_seconds: float
    wall_seconds: float
    stopped_by: StoppedBy | None
    busy: bool
    last: Progress
    bounds: Bounds

    @property
    def ok(self) -> bool:
        return self.status == 0 and self.stopped_by is None

    def evidence(self, folder: Path, *, input_decodes: bool | None = None) -> Evidence:
        """The facts that :func:`transcoding.ffmpeg.failures.explain` decides by; ``folder`` is where it wrote."""
        return Evidence(
            status=self.status,
            stopped_by=self.stopped_by,
            busy=self.busy,
            cpu_spent=self.cpu_seconds,
            cpu_limit=self.bounds.cpu_seconds,
            disk_free=shutil.disk_usage(folder).free,
            input_decodes=input_decodes,
        )


def command_line(tool: Tool, args: Sequence[str], bounds: Bounds, *, parent: int) -> list[str]:
    """The whole argument list: launcher, limits, tool. Pure."""
    return [
        *("setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"),
        *("sh", "-c", _LAUNCH, str(parent)),
        *("prlimit", f"--cpu={bounds.cpu_seconds}:{bounds.cpu_seconds + 10}", f"--as={bounds.address_space}"),
        *(f"--fsize={bounds.file_size}", f"--nofile={bounds.open_files}", "--core=0", "--"),
        *(("nice", "-n", str(bounds.niceness)) if bounds.niceness else ()),
        *(str(tool), *args),
    ]


def environment() -> dict[str, str]:
    """What a child may know: where programs are, and nothing of ours (no credentials, no proxies, no FFREPORT)."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}


def run(
    tool: Tool,
    args: Sequence[str],
    *,
    bounds: Bounds,
    folder: Path,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    warn: bool = True,
) -> Ended:
    """Run ``tool`` in ``folder`` to its end. With ``on_progress``, stdout is read as ffmpeg's progress, else captured.

    A failing tool is a value (:class:`Ended`), for the caller to explain; it is logged unless told not to ``warn``.
    Raises :class:`ProcessingCancelled`, and :class:`InfrastructureError` where the launcher is missing. However it
    ends, the process is gone.
    """
    try:
        process = subprocess.Popen(
            command_line(tool, args, bounds, parent=os.getpid()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment(),
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise InfrastructureError(
            "setpriv is not installed (package util-linux): ffmpeg cannot be started safely.", code="ffmpeg_not_started"
        ) from error
    with _Watch(process, bounds, on_progress) as watch:
        ended = watch.until_end(cancelled)
    if warn and not ended.ok:
        logger.warning(
            "%s ended with status %s (%s) after %.1f s: %s",
            *(tool, ended.status, ended.stopped_by or "by itself", ended.wall_seconds, ended.log[-2000:]),
        )
    return ended


@contextmanager
def _ending(pid: int) -> Iterator[int]:
    """A descriptor that becomes readable when our child ``pid`` ends."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class _Watch:
    """One running process: reads its pipes, holds it to its bounds, reaps it."""

    def __init__(
        self, process: subprocess.Popen[bytes], bounds: Bounds, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._process = process
        self._bounds = bounds
        self._on_progress = on_progress
        self._parser = ProgressParser()
        self._stdout = bytearray()
        self._log = bytearray()
        self._begun = time.monotonic()
        self._status: int | None = None
        self._cpu = 0.0
        self._stopped_by: StoppedBy | None = None
        self._busy = False
        self._last = Progress()
        self._moved = self._begun
        self._cpu_when_moved = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def until_end(self, cancelled: Callable[[], bool]) -> Ended:
        with selectors.DefaultSelector() as selector, _ending(self._process.pid) as ending:
            selector.register(ending, selectors.EVENT_READ)
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
                    selector.register(pipe, selectors.EVENT_READ)
            while not self._reap():
                self._read(selector, TICK_SECONDS)
                if cancelled():
                    self._stop(drain=True)
                    raise ProcessingCancelled
                self._stopped_by = self._over_limit()
                if self._stopped_by is not None:
                    self._stop(drain=self._stopped_by != "stall")
            selector.unregister(ending)
            while self._read(selector, 0):
                pass
        return Ended(
            status=self._status if self._status is not None else -signal.SIGKILL,
            stdout=bytes(self._stdout),
            log=self._log.decode("utf-8", "replace"),
            cpu_seconds=self._cpu,
            wall_seconds=time.monotonic() - self._begun,
            stopped_by=self._stopped_by,
            busy=self._busy,
            last=self._last,
            bounds=self._bounds,
        )

    def _read(self, selector: selectors.BaseSelector, timeout: float) -> bool:
        """Wait for output or the end, at most ``timeout`` seconds; take what came. Whether anything did."""
        events = selector.select(timeout)
        for key, _ in events:
            if isinstance(key.fileobj, int):  # it ended: the next reap will find it
                continue
            data = os.read(key.fd, 65536)
            if not data:
                selector.unregister(key.fileobj)
            elif key.fileobj is self._process.stdout:
                self._take_stdout(data)
            else:
                self._log = (self._log + data)[-LOG_TAIL:]
        return bool(events)

    def _take_stdout(self, data: bytes) -> None:
        if self._on_progress is None:
            self._stdout += data[: MAX_CAPTURE + 1 - len(self._stdout)]
            return
        for report in self._parser.feed(data):
            if (report.frame, report.seconds, report.size) != (self._last.frame, self._last.seconds, self._last.size):
                self._moved = time.monotonic()
                self._cpu_when_moved = self._cpu_so_far()
            self._last = report
            self._on_progress(report)

    def _over_limit(self) -> StoppedBy | None:
        now = time.monotonic()
        if now - self._begun > self._bounds.wall_seconds:
            return "wall"
        if len(self._stdout) > MAX_CAPTURE:
            return "output"
        still = now - self._moved
        if self._bounds.stall_seconds is not None and still > self._bounds.stall_seconds:
            self._busy = self._cpu_so_far() - self._cpu_when_moved > BUSY_SHARE * still
            return "stall"
        return None

    def _cpu_so_far(self) -> float:
        """CPU seconds of the running process, from the kernel (fields 14 and 15 of ``/proc/<pid>/stat``)."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended between two looks; its total comes from wait4
            return self._cpu_when_moved
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def _reap(self) -> bool:
        """Collect the process if it has ended; whether it has."""
        if self._status is None:
            pid, wait_status, usage = os.wait4(self._process.pid, os.WNOHANG)
            if pid == 0:
                return False
            self._status = self._process.returncode = os.waitstatus_to_exitcode(wait_status)
            self._cpu = usage.ru_utime + usage.ru_stime
        return True

    def _stop(self, *, drain: bool = False) -> None:
        """End it: SIGTERM and a grace in which its pipes are drained, then SIGKILL; return once it is reaped."""
        if self._reap():
            return
        if drain:
            os.killpg(self._process.pid, signal.SIGTERM)  # not reaped yet, so the number is still ours
            deadline = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < deadline and not self._reap():
                self._discard(self._process.stdout)
                self._discard(self._process.stderr)
                time.sleep(0.02)
        while not self._reap():
            os.killpg(self._process.pid, signal.SIGKILL)
            time.sleep(0.01)

    @staticmethod
    def _discard(pipe: IO[bytes] | None) -> None:
        try:
            while pipe is not None and os.read(pipe.fileno(), 65536):
                pass
        except BlockingIOError:
            return
