"""Reading an original from the store: once, hashed on the way, resumed where the connection breaks."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from transcoding.retry import Stopped

BLOCK = 1024 * 1024
BREAKS = 5


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read: bytes and lower-case hex."""

    size: int
    sha256: str


def read_original(
    key: str,
    *,
    into: Path | None,
    cancelled: Callable[[], bool] = lambda: False,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Read:
    """Read the whole object, writing it to ``into`` where given; memory stays at a block.

    A connection that breaks is resumed where it broke, up to five times. ``on_bytes`` gets the sum so far. Raises
    ``ObjectMissing``, ``StoreUnavailable``, OSError (disk), or :class:`~transcoding.retry.Stopped` once ``cancelled``
    says so.
    """
    digest, done, breaks = hashlib.sha256(), 0, 0
    with ExitStack() as stack:
        target: BinaryIO | None = stack.enter_context(into.open("wb")) if into else None
        while True:
            try:
                with get_store().open(key, start=done) as source:
                    while block := source.read(BLOCK):
                        digest.update(block)
                        if target is not None:
                            target.write(block)
                        done += len(block)
                        on_bytes(done)
                        if cancelled():
                            raise Stopped("The worker is stopping.")
                return Read(size=done, sha256=digest.hexdigest())
            except StoreUnavailable:
                breaks += 1
                if done == 0 or breaks > BREAKS:
                    raise
                if done >= get_store().head(key).size:
                    return Read(size=done, sha256=digest.hexdigest())
