"""Runs of combining marks are bounded before anything is normalised, and nothing else is changed."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.search import fold
from permissions.marks import MOST_MARKS, bounded, composed, decomposed
from transcoding.metadata.encodings import decode_whole


@pytest.mark.parametrize("text", ["", "Đường phố", "e\u0323\u0302", "z" + "\u0301" * MOST_MARKS, "\u0f73a\u0f75"])
def test_what_people_write_stays(text: str) -> None:
    assert bounded(text) == text
    assert composed(text) == unicodedata.normalize("NFC", text)
    assert decomposed(text) == unicodedata.normalize("NFD", text)


def test_a_run_keeps_its_first_marks() -> None:
    marks = "\u0301" * 20 + "\u0323" * 20
    assert bounded(f"a{marks}b") == f"a{marks[:MOST_MARKS]}b"


@given(st.text(alphabet="a\u0301\u0323\u0f73\U0001d165 ", max_size=200))
def test_no_run_is_longer_and_twice_is_once(text: str) -> None:
    once = bounded(text)
    assert bounded(once) == once
    run = longest = 0
    for character in unicodedata.normalize("NFD", once):
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    assert longest <= 2 * MOST_MARKS


@pytest.mark.parametrize("read", [fold, lambda text: decode_whole(text.encode()), composed])
def test_a_million_marks_take_no_time_to_speak_of(read: object) -> None:
    begun = time.process_time()
    read("e" + "\u0301" * 500_000 + "\u0323" * 500_000)  # type: ignore[operator]
    assert time.process_time() - begun < 20
