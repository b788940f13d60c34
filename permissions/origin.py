"""Where an act comes from: set once a request at the edge, read where the record is written.

A context variable, so that no use case needs to know of HTTP. Commands and workers set none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

LONGEST_USER_AGENT: Final = 200
LONGEST_REQUEST_ID: Final = 64


@dataclass(frozen=True, kw_only=True)
class Origin:
    """``address`` is the client's, as the proxies in front are trusted; None where there is none (a socket, a job)."""

    address: str | None = None
    user_agent: str = ""
    request_id: str = ""


NOWHERE: Final = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current_origin() -> Origin:
    return _current.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Whatever is recorded within comes from there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
