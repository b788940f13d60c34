"""The SHA-256 of a file and of its parts, before anything is sent: the file is read from the disk once."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from mediacenter.client.files import LocalFile, OnBytes
from mediacenter.client.plan import PartSlice, slices
from mediacenter.client.retry import Stopped

LIKELY_PART_SIZE = 16 * 1024 * 1024
"""What servers answer for files up to 156 GiB. After another answer the parts are hashed again, one by one."""


@dataclass(frozen=True, kw_only=True)
class Digests:
    """Lower-case hex. ``parts``: those that are known already."""

    whole: str
    parts: Mapping[PartSlice, str]


def digest(file: LocalFile, *, stop: Event, on_bytes: OnBytes) -> Digests:
    """Hash the whole and, beside it on another core, the likely parts. Raises ``FileUnusable`` or :class:`Stopped`."""
    parts = slices(file.size, LIKELY_PART_SIZE)
    if len(parts) == 1:
        whole = _whole(file, stop, on_bytes)
        return Digests(whole=whole, parts={parts[0]: whole})
    with ThreadPoolExecutor(1, "digest") as beside:
        running = beside.submit(_each, file, parts, stop)
        whole = _whole(file, stop, on_bytes)
        return Digests(whole=whole, parts=running.result())


def _whole(file: LocalFile, stop: Event, on_bytes: OnBytes) -> str:
    sha256 = hashlib.sha256()
    for chunk in file.chunks(file.whole()):
        if stop.is_set():
            raise Stopped
        sha256.update(chunk)
        on_bytes(len(chunk))
    return sha256.hexdigest()


def _each(file: LocalFile, parts: tuple[PartSlice, ...], stop: Event) -> dict[PartSlice, str]:
    known = {}
    for part in parts:
        if stop.is_set():
            raise Stopped
        known[part] = file.sha256(part)
    return known
