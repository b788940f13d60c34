"""A wire between client and server that counts what goes through it, can be held at a given byte, and can tear."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from tests.client.ports import free_port

CHUNK = 128 * 1024


class Wire:
    """Listens at ``port`` and passes everything to ``target`` (a port on loopback) and back.

    ``sent``: bytes from client to server. ``hold_at(n)``: what lies beyond the n-th waits until ``let_go``.
    ``received``: bytes from server to client. ``tear_after(n)``: once, the connection that brings the n-th breaks off.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._held = threading.Event()
        self._sent = 0
        self._limit: int | None = None
        self._received = 0
        self._tear_at: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.set()
        self._listener.close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sent(self) -> int:
        with self._lock:
            return self._sent

    def hold_at(self, count: int) -> None:
        """Stop passing on once ``count`` more bytes went to the server."""
        with self._lock:
            self._limit = self._sent + count
        self._held.clear()
        self._open.clear()

    @property
    def received(self) -> int:
        with self._lock:
            return self._received

    @property
    def is_whole(self) -> bool:
        """Whether no tear is still to come."""
        with self._lock:
            return self._tear_at is None

    def tear_after(self, count: int) -> None:
        """Break off, once, the connection in which ``count`` more bytes have come from the server."""
        with self._lock:
            self._tear_at = self._received + count

    def wait_held(self, seconds: float = 60) -> None:
        assert self._held.wait(seconds), "the client never sent that much"

    def let_go(self) -> None:
        with self._lock:
            self._limit = None
        self._open.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, drain: socket.socket, counted: bool) -> None:
        try:
            while chunk := source.recv(CHUNK):
                if counted:
                    self._count(len(chunk))
                elif (kept := self._kept(len(chunk))) < len(chunk):
                    drain.sendall(chunk[:kept])
                    return
                drain.sendall(chunk)
        except OSError:
            pass  # one side is gone: so is the other
        finally:
            for end in (source, drain):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _kept(self, size: int) -> int:
        """How many of these bytes come through before the wire tears."""
        with self._lock:
            kept = size if self._tear_at is None else min(size, max(0, self._tear_at - self._received))
            self._received += kept
            if kept < size:
                self._tear_at = None
            return kept

    def _count(self, size: int) -> None:
        with self._lock:
            self._sent += size
            full = self._limit is not None and self._sent >= self._limit
        if full:
            self._held.set()
            self._open.wait()
