"""One child process at a time, held inside limits and ended with its whole group.

Every decoder of user bytes runs here, because decoders are where the memory bugs are. The child gets a session of its
own, bounds on memory, CPU, file size and open files, no network where the kernel lets us take it away, an environment
and a working folder of its own, and dies with its parent. util-linux's ``prlimit`` and ``setpriv`` set the bounds
before the program starts: Python's own hook for that (``preexec_fn``) is not safe in a process with threads.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from permissions.errors import InfrastructureError
from transcoding.following import Finished, Handle, follow
from transcoding.results import MediaRejected

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use: bytes, seconds, counts. ``processes`` counts all of the user's processes and threads."""

    address_space: int | None = 1024 * MIB
    cpu_seconds: int = 30
    wall_seconds: float = 120
    file_size: int = 512 * MIB
    open_files: int = 64
    processes: int = 4096


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
    ended = os.pidfd_open(process.pid)
    try:
        handle = _started(process, ended=ended)
        return follow_within(handle, limits=limits, on_line=on_line, cancelled=cancelled)
    finally:
        os.close(ended)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def follow_within(
    handle: Handle,
    *,
    limits: Limits,
    on_line: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Finished:
    """The promises of :func:`run_bounded` for a child that is already started inside ``limits``."""
    finished, ended_by = follow(handle, wall_seconds=limits.wall_seconds, on_line=on_line, cancelled=cancelled)
    if ended_by == "cancelled":
        raise Interrupted("Processing was interrupted because the worker is stopping; it will be done again.")
    _refuse_broken_limits(finished, limits, timed_out=ended_by == "timeout")
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


def _started(process: subprocess.Popen[bytes], *, ended: int) -> Handle:
    def signal_group(number: int) -> None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return  # the group has no member left

    def reap() -> tuple[int, float]:
        # reaped only after the kill, so that the group's number cannot be anybody else's yet
        signal_group(signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_utime + usage.ru_stime

    assert process.stdout is not None  # noqa: S101 - both were asked for as pipes
    assert process.stderr is not None  # noqa: S101
    return Handle(
        pid=process.pid,
        stdout=process.stdout.fileno(),
        stderr=process.stderr.fileno(),
        ended=ended,
        signal_group=signal_group,
        reap=reap,
    )


def start_confined(
    argv: list[str], *, env: Mapping[str, str], channel: int, open_files: int = 256
) -> subprocess.Popen[bytes]:
    """Start a program of ours that will fork bounded children: as isolated as they, without their limits.

    It gets the descriptor ``channel`` and our standard error. It dies with the *thread* that calls this, as the
    kernel's tie between processes is to threads; the caller waits for it.
    """
    bounds = [f"--nofile={open_files}", "--core=0", "--"]
    command = [*_isolation(), _find("prlimit"), *bounds, _find(argv[0]), *argv[1:]]
    return subprocess.Popen(
        command,
        cwd="/",
        env={**_clean_environment(Path("/")), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
        pass_fds=(channel,),
    )


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
