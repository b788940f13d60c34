"""The processes that the installation itself is made of: started here, owned here, and none left behind.

Whoever starts a process owns it: each has a session of its own, so that a terminal's Ctrl-C reaches only the launcher,
which stops its children in order; each is told by the kernel when the launcher dies; stopping one ends its whole group.
User files are never decoded here: that is ``transcoding/sandbox.py``.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
GROUP_GRACE = 2.0
"""Seconds that a process's own children get after it has ended."""


class ToolFailed(Exception):
    """A command that had to succeed did not. The text is one line of what it was and the end of what it printed."""


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """How to start and stop one part. ``grace`` is how long, in seconds, it may take to stop before it is killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 30.0
    user: str | None = None
    folder: Path | None = None
    log_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    created: float

    def find(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 0.01
        except psutil.NoSuchProcess:
            return None
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None


@dataclass(kw_only=True)
class Service:
    """One running part."""

    spec: ServiceSpec
    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.monotonic)

    @property
    def identity(self) -> Identity:
        return Identity(pid=self.process.pid, created=psutil.Process(self.process.pid).create_time())

    def exit_code(self) -> int | None:
        """The code it ended with (negative: the signal), or None while it runs."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self.process.send_signal(self.spec.stop_signal)

    def wait_stopped(self) -> bool:
        """Wait for its grace, then kill; end what is left of its group. Whether it stopped by itself."""
        try:
            self.process.wait(self.spec.grace)
            by_itself = True
        except subprocess.TimeoutExpired:
            by_itself = False
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        end_group(self.process.pid)
        return by_itself

    def stop(self) -> bool:
        """Ask, wait, kill. Whether it stopped by itself."""
        self.ask_to_stop()
        return self.wait_stopped()


def _tied_to(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """What the child does before it becomes its program: ask the kernel for a signal when its parent dies."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died in between
                os._exit(1)

    return prepare


def _group_of(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def start(spec: ServiceSpec) -> Service:
    """Start a part in a session of its own. Only from the main thread: the kernel ties it to the starting thread."""
    log = spec.log_file.open("ab") if spec.log_file else None
    try:
        process = subprocess.Popen(
            list(spec.command),
            env=dict(spec.environment),
            cwd=spec.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=spec.user,
            group=_group_of(spec.user),
            extra_groups=[] if spec.user else None,
            preexec_fn=_tied_to(os.getpid(), spec.stop_signal),  # noqa: PLW1509 - the launcher has one thread
        )
    finally:
        if log:
            log.close()
    return Service(spec=spec, process=process)


def run_tool(
    command: Sequence[str],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: str | None = None,
    typed: str = "",
) -> str:
    """Run a command to its end and return what it printed; ``typed`` is its standard input.

    Raises :class:`ToolFailed` when it fails or is too slow.
    """
    try:
        done = subprocess.run(
            list(command),
            env=dict(environment) if environment is not None else None,
            cwd=folder,
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            user=user,
            group=_group_of(user),
            extra_groups=[] if user else None,
        )
    except FileNotFoundError:
        raise ToolFailed(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{command[0]} did not end in {timeout:.0f} s") from None
    if done.returncode != 0:
        tail = " · ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise ToolFailed(f"{Path(command[0]).name} ended with {done.returncode}: {tail}")
    return done.stdout


def signal_group(leader: int, number: signal.Signals) -> bool:
    """Send to every process of the group; False when there is none."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return False
    return True


def group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def end_group(leader: int) -> None:
    """End whatever is left of a group whose leader has ended."""
    if not signal_group(leader, signal.SIGTERM):
        return
    deadline = time.monotonic() + GROUP_GRACE
    while time.monotonic() < deadline:
        if not group_exists(leader):
            return
        time.sleep(0.05)
    signal_group(leader, signal.SIGKILL)


def end_leftovers(leftovers: Sequence[Identity], *, patience: float) -> list[int]:
    """Wait for processes of an earlier, killed launcher (the kernel told them); kill the rest, and say which."""
    remaining = [process for process in (each.find() for each in leftovers) if process is not None]
    _, alive = psutil.wait_procs(remaining, timeout=patience)
    for process in alive:
        signal_group(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return [process.pid for process in alive]
