"""The warm parent's side of ``transcoding/warm.py``: a process that has imported everything and forks a child per job.

It reads nothing but requests: words from its worker, never a file. Each child starts from the same clean image, puts
itself inside the limits of its request before it looks at anything, and leaves by ``_exit``: no child sees what another
has done. The parent keeps one thread and is not dumpable, so that no child may look into it.
"""

import ctypes
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_REQUEST_BYTES: Final = 64 * 1024
STRAY: Final = 75
"""Exit code of a child whose parent was gone before the kernel knew that the two are tied."""
BROKE_DOWN: Final = 70
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_LIMITS: Final = {
    "address_space": resource.RLIMIT_AS,
    "file_size": resource.RLIMIT_FSIZE,
    "open_files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
}
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, kw_only=True)
class _Running:
    """A child: its number, what tells its end, and the line to the thread that waits for it."""

    pid: int
    ended: int
    line: socket.socket


def serve(channel: socket.socket, work: Callable[[list[str]], int]) -> None:
    """Fork a child for each request until ``channel`` is closed and the last child has ended.

    A child runs ``work`` with the words of its request; what it returns is the exit code. A line that is closed from
    the other side ends its child: so nothing goes on when the worker is gone.
    """
    _require(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))
    gc.collect()
    gc.freeze()  # what is never looked at again is never copied into the children
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        is_open, running = True, 0
        while is_open or running:
            ready = [key for key, _ in selector.select()]
            ended = [key.data for key in ready if key.data is not None and key.fileobj == key.data.ended]
            for key in ready:
                if key.data is not None and key.fileobj is key.data.line and key.data not in ended:
                    _pass_on(key.data, selector)
            for child in ended:  # last, for their numbers may be others' from then on
                _report(child, selector)
                running -= 1
            if any(key.fileobj is channel for key in ready):
                is_open = _take(channel, work, selector)
                running += is_open


def _take(channel: socket.socket, work: Callable[[list[str]], int], selector: selectors.BaseSelector) -> bool:
    """Begin the child of the next request; False when there will be no more."""
    message, descriptors, _, _ = socket.recv_fds(channel, MAX_REQUEST_BYTES, 3)
    if not message:
        selector.unregister(channel)
        return False
    stdout, stderr, line = descriptors
    request = json.loads(message)
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        _live(request, work, stdout=stdout, stderr=stderr, parent=parent)
    os.close(stdout)
    os.close(stderr)
    begun = _Running(pid=pid, ended=os.pidfd_open(pid), line=socket.socket(fileno=line))
    _tell(begun, {"pid": pid}, begun.ended)
    selector.register(begun.ended, selectors.EVENT_READ, begun)
    selector.register(begun.line, selectors.EVENT_READ, begun)
    return True


def _pass_on(child: _Running, selector: selectors.BaseSelector) -> None:
    """Give the worker's signal to the child's group; a line that is closed means SIGKILL."""
    try:
        order = child.line.recv(1)
    except OSError:
        order = b""
    if not order:
        selector.unregister(child.line)
    _signal_group(child.pid, order[0] if order else signal.SIGKILL)


def _report(child: _Running, selector: selectors.BaseSelector) -> None:
    """Tell how the child ended and forget it. Nothing of its group is left."""
    # reaped only after the kill, so that the group's number cannot be anybody else's yet
    _signal_group(child.pid, signal.SIGKILL)
    _, status, usage = os.wait4(child.pid, 0)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    _tell(child, {"returncode": os.waitstatus_to_exitcode(status), "cpu_seconds": cpu_seconds})
    selector.unregister(child.ended)
    os.close(child.ended)
    if child.line in selector.get_map():
        selector.unregister(child.line)
    child.line.close()


def _tell(child: _Running, message: Mapping[str, Any], *descriptors: int) -> None:
    try:
        socket.send_fds(child.line, [json.dumps(message).encode()], descriptors)
    except OSError:
        return  # nobody listens any more


def _signal_group(pid: int, number: int) -> None:
    for reach in (os.killpg, os.kill):  # by its number alone while it has no group of its own yet
        try:
            reach(pid, number)
        except ProcessLookupError:
            continue
        return


def _live(
    request: Mapping[str, Any], work: Callable[[list[str]], int], *, stdout: int, stderr: int, parent: int
) -> None:
    """The whole life of a child; never returns."""
    code = BROKE_DOWN
    try:
        _settle_down(request, stdout=stdout, stderr=stderr, parent=parent)
        code = work([str(word) for word in request["arguments"]])
    except BaseException:  # noqa: BLE001 - the end of this process, told on its standard error
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _settle_down(request: Mapping[str, Any], *, stdout: int, stderr: int, parent: int) -> None:
    os.setsid()
    _require(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if os.getppid() != parent:
        os._exit(STRAY)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    folder = str(request["folder"])
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
    _limit(request["limits"])


def _limit(limits: Mapping[str, Any]) -> None:
    cpu = int(limits["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    for name, what in _LIMITS.items():
        if limits[name] is not None:
            resource.setrlimit(what, (int(limits[name]), int(limits[name])))


def _require(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")
