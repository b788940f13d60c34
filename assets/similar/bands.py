"""Hashes cut into bands, so that an index of equal values finds near ones. Pure functions.

Multi-index hashing (M. Norouzi, A. Punjani, D. J. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR
2012): of two hashes that differ in 31 of 256 bits at most, one of 16 bands differs in one bit at most, since
16 x 2 = 32. So 16 bands, each asked as it is and with each of its bits turned, miss nothing up to there.
"""

from typing import Final

from assets.models.fingerprint import BANDS, HASH_BITS, WIDTH

FARTHEST: Final = 2 * BANDS - 1
"""The farthest distance up to which the bands find everything; also the usual bound for the same picture."""


def bits_of(digest: str) -> str:
    """64 hex digits as 256 of 0 and 1."""
    return f"{int(digest, 16):0{HASH_BITS}b}"


def bands_of(bits: str) -> list[int]:
    """The values of a hash's bands."""
    return [int(bits[at : at + WIDTH], 2) for at in range(0, HASH_BITS, WIDTH)]


def probes_of(bits: str, *, within: int = FARTHEST) -> list[list[int]]:
    """For each band the values of which every hash that differs in at most ``within`` bits has one in some band;
    ``within`` up to ``FARTHEST``."""
    if not 0 <= within <= FARTHEST:
        raise ValueError(within)
    turned = [1 << place for place in range(WIDTH)] if within >= BANDS else []
    return [[value, *(value ^ bit for bit in turned)] for value in bands_of(bits)]
