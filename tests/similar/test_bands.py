"""The bands of a hash find everything that is near, and the database counts as Python does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.models.fingerprint import HASH_BITS
from assets.similar.bands import FARTHEST, bands_of, bits_of, probes_of

HASHES = st.integers(0, 2**HASH_BITS - 1).map(lambda value: f"{value:064x}")


def turned(bits: str, places: set[int]) -> str:
    return "".join("10"[int(bit)] if place in places else bit for place, bit in enumerate(bits))


@given(HASHES, st.sets(st.integers(0, HASH_BITS - 1), max_size=FARTHEST))
def test_a_hash_that_is_near_shares_a_key(digest: str, places: set[int]) -> None:
    bits = bits_of(digest)
    probes = probes_of(bits, within=len(places))
    assert any(value in asked for value, asked in zip(bands_of(turned(bits, places)), probes, strict=True))


def test_bits_are_those_of_the_hexadecimal_digits() -> None:
    assert bits_of("8" + "0" * 62 + "1") == "1" + "0" * 254 + "1"
    assert bands_of(bits_of("0001" * 15 + "ffff")) == [1] * 15 + [65535]


@pytest.mark.parametrize("within", [-1, FARTHEST + 1])
def test_beyond_what_the_bands_can_promise_nothing_is_asked(within: int) -> None:
    with pytest.raises(ValueError, match=str(within)):
        probes_of("0" * HASH_BITS, within=within)
