"""What this worker can do, found out when it starts; and the queues whose jobs it may therefore take.

A job is put into a queue by what it needs; a worker takes only from queues whose needs it meets.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import psutil

from assets.av1 import makes_av1
from assets.queue import ALL_QUEUES, VIDEO, VIDEO_BACKGROUND
from permissions.errors import InfrastructureError
from transcoding.ffmpeg.encoders import av1_build
from transcoding.ffmpeg.hardware import try_hardware
from transcoding.ffmpeg.tools import NEEDED_ENCODERS, versions

logger = logging.getLogger(__name__)

NEEDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {VIDEO: NEEDED_ENCODERS, VIDEO_BACKGROUND: frozenset({"libsvtav1", "libopus"})}
)
"""Encoders without which nothing of a queue can be done."""
SHOWN: Final = frozenset({"libx265", "libaom-av1", "libvpx-vp9"}).union(*NEEDS.values())
"""The encoders that are announced where they are there."""
CGROUP_MEMORY: Final = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """``memory`` in bytes. ``hardware``: encoder to why it does not work, empty where it does.

    ``fault``: why ffmpeg does not run at all, empty where it does.
    """

    cores: int
    memory: int
    ffmpeg: str = ""
    encoders: frozenset[str] = frozenset()
    hardware: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the worker's row keeps it."""
        return {
            "cores": self.cores,
            "memory": self.memory,
            "ffmpeg": self.ffmpeg,
            "encoders": sorted(self.encoders),
            "hardware": dict(self.hardware),
            "fault": self.fault,
        }


def find_abilities() -> Abilities:
    """Look at the machine and ask ffmpeg; a missing one is an answer."""
    cores, memory = len(os.sched_getaffinity(0)), _memory()
    try:
        found = versions()
    except InfrastructureError as error:
        return Abilities(cores=cores, memory=memory, fault=error.message)
    encoders = (found.encoders & SHOWN) - NEEDS[VIDEO_BACKGROUND] | _background_encoders()
    return Abilities(cores=cores, memory=memory, ffmpeg=found.ffmpeg, encoders=encoders)


def _background_encoders() -> frozenset[str]:
    """Those of AV1, where the build that is used for it was seen to work."""
    if not makes_av1():
        return frozenset()
    try:
        logger.info("AV1 is made by %s", av1_build())
    except InfrastructureError as error:
        logger.warning("no AV1 is made here: %s", error)
        return frozenset()
    return NEEDS[VIDEO_BACKGROUND]


def with_hardware(abilities: Abilities) -> Abilities:
    """The same with every hardware encoder tried. Takes some seconds on a busy machine, so nothing waits for it."""
    return abilities if abilities.fault else replace(abilities, hardware=try_hardware(versions().encoders))


def _memory() -> int:
    """What the machine has, or the container may use."""
    total = int(psutil.virtual_memory().total)
    try:
        allowed = CGROUP_MEMORY.read_text(encoding="ascii").strip()
    except OSError:  # no container, or an older kernel's
        return total
    return min(total, int(allowed)) if allowed.isdigit() else total


def missing_for(queue: str, abilities: Abilities) -> list[str]:
    """The encoders that a queue needs and the worker lacks."""
    return sorted(NEEDS.get(queue, frozenset()) - abilities.encoders)


def queues_within(asked: Sequence[str] | None, abilities: Abilities) -> list[str] | None:
    """The queues of ``asked`` (None: all) that the worker can serve; None when those are all there are."""
    unable = [queue for queue in NEEDS if missing_for(queue, abilities)]
    if asked is None and not unable:
        return None
    return [queue for queue in (ALL_QUEUES if asked is None else asked) if queue not in unable]
