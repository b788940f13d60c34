"""``python -m tests.shifted_server PORT SECONDS``: the site with a clock that is wrong by SECONDS; with ``worker`` in
place of the port, a worker.

Python's own clock is moved before anything of the site is imported. The database keeps the right time.
"""

import datetime as dt
import sys
import time
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

REAL = dt.datetime
REAL_TIME = time.time


class _LooksReal(type):
    """What the database driver and the parsers make is a datetime too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, REAL)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL)


class _Clock:
    """A callable that, like the builtin, is not bound where a class keeps it as an attribute."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return REAL_TIME() + self.seconds


def shift(seconds: float) -> None:
    """Move ``time.time`` and ``datetime.now`` of this process."""

    class Shifted(REAL, metaclass=_LooksReal):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> REAL:  # type: ignore[override]
            return REAL.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> REAL:  # type: ignore[override]
            return REAL.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)

    time.time = _Clock(seconds)
    dt.datetime = Shifted  # type: ignore[misc]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing."""


def say_the_time() -> None:
    sys.stdout.write(dt.datetime.now(dt.UTC).isoformat() + "\n")
    sys.stdout.flush()


def serve(port: int) -> None:
    from mediacenter.wsgi import application  # only now

    with make_server("127.0.0.1", port, application, handler_class=Quiet) as server:
        say_the_time()
        server.serve_forever()


def work() -> None:
    import django

    django.setup()
    from transcoding.worker import run_worker

    say_the_time()
    run_worker()


def main() -> None:
    part, seconds = sys.argv[1], float(sys.argv[2])
    shift(seconds)
    if part == "worker":
        work()
    else:
        serve(int(part))


if __name__ == "__main__":
    main()
