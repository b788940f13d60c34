"""Hashes cut into bands, so that an index of equal values finds near ones. Pure functions.

Multi-index hashing (M. Norouzi, A. Punjani, D. J. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR
2012): of two hashes that differ in 31 of 256 bits at most, one of 16 bands differs in one bit at most, since
16 x 2 = 32. So 16 bands, each asked as it is and with each of its bits turned, miss nothing up to there.
"""

from collections.abc import Iterator
from typing import Final

from assets.models.fingerprint import HASH_BITS

BANDS: Final = 16
WIDTH: Final = HASH_BITS // BANDS
FARTHEST: Final = 2 * BANDS - 1
"""The farthest distance up to which the bands find everything; also the usual bound for the same picture."""


def bits_of(digest: str) -> str:
    """64 hex digits as 256 of 0 and 1."""
    return f"{int(digest, 16):0{HASH_BITS}b}"


def bands_of(bits: str) -> list[int]:
    """The keys of a hash: each says the number of a band and its value."""
    return [number << WIDTH | int(bits[number * WIDTH : (number + 1) * WIDTH], 2) for number in range(BANDS)]


def probes_of(bits: str, *, within: int = FARTHEST) -> list[int]:
    """The keys of which every hash has one that differs in at most ``within`` bits; ``within`` up to ``FARTHEST``."""
    if not 0 <= within <= FARTHEST:
        raise ValueError(within)
    return [key for band in bands_of(bits) for key in _near(band, turned=within >= BANDS)]


def _near(key: int, *, turned: bool) -> Iterator[int]:
    yield key
    if turned:
        yield from (key ^ (1 << place) for place in range(WIDTH))
