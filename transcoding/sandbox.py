"""One child process at a time, held inside limits and ended with its whole group.

Every decoder of user bytes runs here, because decoders are where the memory bugs are. The child gets a session of its
own, bounds on memory, CPU, file size and open files, no network where the kernel lets us take it away, an environment
and a working folder of its own, and dies with its parent. util-linux's ``prlimit`` and ``setpriv`` set the bounds
before the program starts: Python's own hook for that (``preexec_fn``) is not safe in a process with threads.
"""

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

from permissions.errors import InfrastructureError
from transcoding.results import MediaRejected

MIB = 1024 * 1024
_TAIL_BYTES = 32 * 1024
_LINE_BYTES = 64 * 1024
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use: bytes, seconds, counts. ``processes`` counts all of the user's processes and threads."""

    address_space: int | None = 1024 * MIB
    cpu_seconds: int = 30
    wall_seconds: float = 120
    file_size: int = 512 * MIB
    open_files: int = 64
    processes: int = 4096


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A child that ended by itself. ``peak_rss`` (bytes) is the largest sample, 0 for a child of a few milliseconds."""

    returncode: int
    stdout_tail: str
    stderr_tail: str
    cpu_seconds: float
    wall_seconds: float
    peak_rss: int


class Interrupted(InfrastructureError):
    """The child was ended because the worker is stopping; the work is done again later."""

    code = "processing_interrupted"


def run_bounded(
    argv: list[str],
    *,
    limits: Limits,
    cwd: Path,
    stdin: BinaryIO | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Finished:
    """Run ``argv`` inside ``limits`` in the folder ``cwd``; on return, by whatever way, nothing of its group is left.

    ``env`` is added to a clean environment. ``on_line`` gets each line of standard output (decoded, without its end,
    cut at 64 KiB); what it raises ends the child and passes through. ``cancelled`` is asked about twenty times a
    second; once it says yes the group gets SIGTERM and, three seconds later, SIGKILL.

    A non-zero exit is returned, for the caller knows its program's codes. Raises MediaRejected ``decoder_timeout``,
    ``decoder_out_of_memory``, ``output_too_large``, ``decoder_crashed`` (all final for this file), Interrupted, and
    InfrastructureError ``tool_missing``.
    """
    command = [*_confinement(limits), _find(argv[0]), *argv[1:]]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**_clean_environment(cwd), **(env or {})},
        stdin=stdin if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        close_fds=True,
    )
    child = _Child(process, limits=limits, on_line=on_line)
    try:
        ended_by_us = child.follow(cancelled)
    finally:
        returncode, cpu_seconds = child.end()
    if ended_by_us == "cancelled":
        raise Interrupted("Processing was interrupted because the worker is stopping; it will be done again.")
    finished = Finished(
        returncode=returncode,
        stdout_tail=child.tail(process.stdout),
        stderr_tail=child.tail(process.stderr),
        cpu_seconds=cpu_seconds,
        wall_seconds=time.monotonic() - child.started,
        peak_rss=child.peak_rss,
    )
    _refuse_broken_limits(finished, limits, timed_out=ended_by_us == "timeout")
    return finished


def _refuse_broken_limits(finished: Finished, limits: Limits, *, timed_out: bool) -> None:
    code, used_up = finished.returncode, finished.cpu_seconds >= limits.cpu_seconds
    facts = {"cpu_seconds": round(finished.cpu_seconds, 2), "peak_rss": finished.peak_rss}
    if timed_out or code == -signal.SIGXCPU or (code == -signal.SIGKILL and used_up):
        raise MediaRejected(
            "Reading this file takes too long: it is damaged or far too complex. Save it simpler and upload that.",
            code="decoder_timeout",
            **facts,
        )
    if code == -signal.SIGKILL:
        raise out_of_memory(**facts)
    if code == -signal.SIGXFSZ:
        raise MediaRejected("This file grows too large when read. Save it smaller.", code="output_too_large", **facts)
    if code < 0:
        raise crashed(signal=signal.Signals(-code).name, **facts)


def out_of_memory(**facts: float | str) -> MediaRejected:
    """The refusal of a file whose decoding needs more memory than one file may use."""
    return MediaRejected(
        "Reading this file takes more memory than one file may use. Save it smaller or simpler and upload that.",
        code="decoder_out_of_memory",
        **facts,
    )


def crashed(**facts: float | str) -> MediaRejected:
    """The refusal of a file on which the decoder broke down."""
    return MediaRejected(
        "The program that reads such files broke down on this one. It is probably damaged: save it again, upload that.",
        code="decoder_crashed",
        **facts,
    )


class _Child:
    """A running child: its output drained, its clock watched, its end seen to."""

    def __init__(
        self, process: subprocess.Popen[bytes], *, limits: Limits, on_line: Callable[[str], None] | None
    ) -> None:
        self.process = process
        self.started = time.monotonic()
        self.peak_rss = 0
        self._deadline = self.started + limits.wall_seconds
        self._on_line = on_line
        self._line = b""
        self._end_signal = os.pidfd_open(process.pid)
        self._tails: dict[IO[bytes] | None, bytes] = {process.stdout: b"", process.stderr: b""}

    def follow(self, cancelled: Callable[[], bool] | None) -> str:
        """Drain the output until the child has ended; answers who ended it: "itself", "timeout" or "cancelled"."""
        with selectors.DefaultSelector() as selector:
            for stream in (self.process.stdout, self.process.stderr):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ)
            selector.register(self._end_signal, selectors.EVENT_READ)
            while True:
                if self._drain(selector):
                    self._flush_line()
                    return "itself"
                if time.monotonic() >= self._deadline:
                    return "timeout"
                if cancelled is not None and cancelled():
                    self._ask_to_end(selector)
                    return "cancelled"

    def end(self) -> tuple[int, float]:
        """Kill what is left of the group, reap the child; its exit code (negative: the signal) and CPU seconds."""
        # reaped only after the kill, so that the group's number cannot be anybody else's yet
        self._signal_group(signal.SIGKILL)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        os.close(self._end_signal)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return self.process.returncode, usage.ru_utime + usage.ru_stime

    def tail(self, stream: IO[bytes] | None) -> str:
        return self._tails[stream].decode("utf-8", "replace")

    def _drain(self, selector: selectors.BaseSelector) -> bool:
        """Take what the child has written, waiting a moment for it; True once it has ended and its output is empty."""
        ready = [key.fileobj for key, _ in selector.select(timeout=_POLL_SECONDS)]
        self._sample_memory()
        streams = [stream for stream in (self.process.stdout, self.process.stderr) if stream in ready]
        for stream in streams:
            chunk = os.read(stream.fileno(), 64 * 1024) if stream else b""
            if not chunk:
                selector.unregister(stream)
                continue
            self._tails[stream] = (self._tails[stream] + chunk)[-_TAIL_BYTES:]
            if stream is self.process.stdout and self._on_line is not None:
                self._feed_lines(chunk)
        return self._end_signal in ready and not streams

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
        self._signal_group(signal.SIGTERM)
        grace_ends = min(time.monotonic() + _GRACE_SECONDS, self._deadline)
        while time.monotonic() < grace_ends and not self._drain(selector):
            pass

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # the group has no member left

    def _sample_memory(self) -> None:
        # not getrusage: after vfork its maximum starts at the parent's size
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return  # ended between two looks
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_rss = max(self.peak_rss, int(line.split()[1]) * 1024)


def _confinement(limits: Limits) -> list[str]:
    bounds = [
        f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 1}",
        f"--fsize={limits.file_size}",
        f"--nofile={limits.open_files}",
        f"--nproc={limits.processes}",
        "--core=0",
    ]
    if limits.address_space is not None:
        bounds.append(f"--as={limits.address_space}")
    return [*_isolation(), _find("prlimit"), *bounds, "--"]


@cache
def _isolation() -> tuple[str, ...]:
    """The strongest prefix this machine allows, found out once.

    As root: no network and no capabilities. As a user with user namespaces: no network. Otherwise only the ties to the
    parent. The tie comes after ``unshare``, because a change of credentials clears the parent-death signal.
    """
    tie = (_find("setpriv"), "--pdeathsig", "KILL", "--no-new-privs", "--inh-caps=-all")
    unshare = shutil.which("unshare")
    if unshare is not None:
        for prefix in (
            (unshare, "--net", "--", *tie, "--bounding-set=-all", "--"),
            (unshare, "--net", "--", *tie, "--"),
            (unshare, "--user", "--map-current-user", "--net", "--", *tie, "--"),
        ):
            attempt = subprocess.run(
                [*prefix, _find("true")], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
            )
            if attempt.returncode == 0:
                return prefix
    return (*tie, "--")


def is_network_isolated() -> bool:
    """Whether children run without network here (``mediacenter doctor`` shows it)."""
    return "--net" in _isolation()


@cache
def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise InfrastructureError(
            f"The program {program} is missing on this machine. Install it (Debian: util-linux, ffmpeg, python3).",
            code="tool_missing",
            program=program,
        )
    return path


def _clean_environment(cwd: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(cwd),
        "TMPDIR": str(cwd),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "SANDBOX_PARENT": str(os.getpid()),
    }
