"""A warm parent: one process of this worker that has the libraries in memory and forks a bounded child for each job.

A Python that starts anew costs more than half of what a picture costs. The parent is started at the first job, lives
as long as this process, and is replaced where it died, and after each child that broke down by a signal: whoever makes
children crash to learn how their memory lies learns it of a parent that is no more.

No user byte reaches the parent (``transcoding/forking.py``); what a child may use and who ends it is exactly as in
``transcoding/sandbox.py``.
"""

import atexit
import json
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from permissions.errors import InfrastructureError
from transcoding.following import Finished, Handle
from transcoding.results import MediaRejected
from transcoding.sandbox import Limits, follow_within, start_confined

START_SECONDS: Final = 120.0
"""How long a parent may take to import everything on an overloaded machine."""
REPORT_SECONDS: Final = 30.0
"""How long it may take to say how a child ended, before it is taken for frozen."""
_END_SECONDS: Final = 5.0
_MESSAGE_BYTES: Final = 4096


class ParentLost(InfrastructureError):
    """The warm parent died, and its children with it; the work is done again by the children of another."""

    code = "warm_parent_lost"


class WarmParents:
    """The warm parents of one program, one at a time; safe to be used by several threads.

    ``argv`` starts a parent; the number of its channel's descriptor is added as the last word.
    """

    def __init__(self, argv: list[str], *, env: Mapping[str, str]) -> None:
        self._argv = argv
        self._env = env
        self._guard = threading.Lock()
        self._present: _Parent | None = None

    def run(
        self,
        arguments: list[str],
        *,
        limits: Limits,
        cwd: Path,
        on_line: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Finished:
        """As :func:`transcoding.sandbox.run_bounded`, in a fork of the warm parent.

        Raises also :class:`ParentLost`; a parent that was found dead before the child began is replaced in silence.
        """
        task = _Task(arguments=arguments, limits=limits, cwd=cwd, on_line=on_line, cancelled=cancelled)
        try:
            return self._run(self._parent(), task)
        except _NotBegun as fault:
            self._retire(fault.parent)
        try:
            return self._run(self._parent(), task)
        except _NotBegun as fault:
            self._retire(fault.parent)
            raise ParentLost("The process that makes picture processes does not start; see the worker's log.") from None

    def close(self) -> None:
        """End the present parent; what its children still do is cut off."""
        with self._guard:
            parent, self._present = self._present, None
        if parent is not None:
            parent.end()

    def pid(self) -> int | None:
        """The number of the present parent's process."""
        with self._guard:
            return self._present.pid if self._present is not None else None

    def _run(self, parent: "_Parent", task: "_Task") -> Finished:
        try:
            with ExitStack() as stack:
                handle = parent.fork(task, stack=stack)
                return follow_within(handle, limits=task.limits, on_line=task.on_line, cancelled=task.cancelled)
        except ParentLost:  # dead, or alive and mute
            self._retire(parent)
            parent.end()
            raise
        except MediaRejected as rejection:
            if "signal" in rejection.data:
                self._retire(parent)
            raise

    def _parent(self) -> "_Parent":
        with self._guard:
            if self._present is None:
                self._present = _Parent(self._argv, env=self._env)
                atexit.unregister(self.close)
                atexit.register(self.close)
            return self._present

    def _retire(self, parent: "_Parent") -> None:
        """No further child of ``parent``; it ends with its last one."""
        with self._guard:
            if self._present is parent:
                self._present = None
        parent.retire()


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What a child is to do and within what."""

    arguments: list[str]
    limits: Limits
    cwd: Path
    on_line: Callable[[str], None] | None
    cancelled: Callable[[], bool] | None


class _NotBegun(Exception):
    """The parent was dead before the child began: nothing has happened."""

    def __init__(self, parent: "_Parent") -> None:
        super().__init__()
        self.parent = parent


class _Parent:
    """One warm parent's process and the thread that it is tied to."""

    def __init__(self, argv: list[str], *, env: Mapping[str, str]) -> None:
        self._argv, self._env = argv, env
        self._channel, self._far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._guard = threading.Lock()
        self._started = threading.Event()
        self._fault: BaseException | None = None
        self._kill: Callable[[], None] | None = None
        self.pid: int | None = None
        # the kernel ties a process to the thread that started it: this one lives as long as the parent does
        self._keeper = threading.Thread(target=self._keep, name="warm-parent", daemon=True)
        self._keeper.start()
        self._started.wait()
        self._raise_fault()

    def fork(self, task: _Task, *, stack: ExitStack) -> Handle:
        """Begin a child. Raises _NotBegun."""
        ours, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stack.enter_context(ours)
        stdout, stdout_end = os.pipe()
        stderr, stderr_end = os.pipe()
        for descriptor in (stdout, stderr):
            stack.callback(os.close, descriptor)
        request = json.dumps(
            {"arguments": task.arguments, "folder": str(task.cwd.resolve()), "limits": asdict(task.limits)}
        )
        try:
            with self._guard:
                socket.send_fds(self._channel, [request.encode()], [stdout_end, stderr_end, line.fileno()])
        except OSError as error:
            raise _NotBegun(self) from error
        finally:
            line.close()
            os.close(stdout_end)
            os.close(stderr_end)
        pid, ended = self._await_start(ours)
        stack.callback(os.close, ended)
        return _handle(ours, pid=pid, ended=ended, stdout=stdout, stderr=stderr)

    def retire(self) -> None:
        """Ask for no further child."""
        with self._guard:
            self._channel.close()

    def end(self) -> None:
        """End the process with its children; returns once it is gone."""
        self.retire()
        if self._kill is not None:
            self._kill()
        self._keeper.join(_END_SECONDS)

    def _raise_fault(self) -> None:
        if self._fault is not None:
            self._channel.close()
            raise self._fault

    def _await_start(self, line: socket.socket) -> tuple[int, int]:
        line.settimeout(START_SECONDS)
        try:
            message, descriptors, _, _ = socket.recv_fds(line, _MESSAGE_BYTES, 1)
        except TimeoutError as error:
            self.end()  # or it would begin the child later, beside another
            raise _NotBegun(self) from error
        except OSError as error:
            raise _NotBegun(self) from error
        if not message:
            raise _NotBegun(self)
        return int(json.loads(message)["pid"]), descriptors[0]

    def _keep(self) -> None:
        try:
            argv = [*self._argv, str(self._far_end.fileno())]
            with start_confined(argv, env=self._env, channel=self._far_end.fileno()) as process:
                self.pid, self._kill = process.pid, process.kill
                self._far_end.close()
                self._started.set()
                process.wait()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for the start
            self._fault = error
        finally:
            self._far_end.close()
            self._started.set()


def _handle(line: socket.socket, *, pid: int, ended: int, stdout: int, stderr: int) -> Handle:
    def signal_group(number: int) -> None:
        with suppress(OSError):  # the parent is gone, and the child with it
            line.send(bytes([number]))

    def reap() -> tuple[int, float]:
        line.settimeout(REPORT_SECONDS)
        signal_group(signal.SIGKILL)
        try:
            report = json.loads(_last_message(line))
        except (OSError, ValueError):
            _end(ended)
            raise ParentLost("The process that makes picture processes was ended; the work is done again.") from None
        return int(report["returncode"]), float(report["cpu_seconds"])

    return Handle(pid=pid, stdout=stdout, stderr=stderr, ended=line.fileno(), signal_group=signal_group, reap=reap)


def _last_message(line: socket.socket) -> bytes:
    try:
        return line.recv(_MESSAGE_BYTES)
    except ConnectionResetError:  # the other side closed with our signal unread: what it had sent before is still there
        return line.recv(_MESSAGE_BYTES)


def _end(child: int) -> None:
    """Kill the child that ``child`` (a pidfd) means and wait until it is gone."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(child, signal.SIGKILL)
    waiting = select.poll()  # not select(): a worker may have more than 1024 files open
    waiting.register(child, select.POLLIN)
    waiting.poll(REPORT_SECONDS * 1000)
