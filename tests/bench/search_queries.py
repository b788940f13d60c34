"""What people look for: common, medium and rare words, several, phrases, without diacritics, Chinese, filters."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assets.search.analysis import fold
from permissions.models import Agency
from tests.bench.search_words import vocabulary
from tests.search.collection import PEOPLE, PLACES

COMMON, MEDIUM, RARE = (0, 20), (150, 600), (5_000, 20_000)
"""Ranks."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``fields`` of ``SearchQuery`` beside its words; ``filters`` are the same as the API's parameters."""

    kind: str
    words: str
    fields: dict[str, Any] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, str]:
        return {"search": self.words, "page_size": "24", **self.filters}


def _word(dice: random.Random, ranks: tuple[int, int], language: str = "vi") -> str:
    return vocabulary(language).words[dice.randrange(*ranks)]


def queries(seed: int, agency: Agency) -> Iterator[Asked]:
    """Without end; each dozen has one of each kind."""
    dice = random.Random(f"queries {seed}")
    filters = {"kind": "photo"}
    while True:
        yield Asked(kind="common", words=_word(dice, COMMON))
        yield Asked(kind="medium", words=_word(dice, MEDIUM))
        yield Asked(kind="rare", words=_word(dice, RARE))
        yield Asked(kind="two words", words=f"{_word(dice, COMMON)} {_word(dice, MEDIUM)}")
        yield Asked(kind="three words", words=f"{_word(dice, COMMON)} {_word(dice, COMMON)} {dice.choice(PLACES).vi}")
        yield Asked(kind="phrase", words=f'"{_word(dice, (20, 60))}"')
        yield Asked(kind="no diacritics", words=fold(f"{_word(dice, COMMON)} {dice.choice(PLACES).vi}"))
        yield Asked(kind="name", words=dice.choice(PEOPLE))
        yield Asked(kind="English", words=f"{_word(dice, (0, 300), 'en')} {_word(dice, (0, 100), 'en')}")
        yield Asked(kind="Chinese", words=_word(dice, (0, 400), "zh"))
        yield Asked(kind="kind", words=_word(dice, COMMON), fields=filters, filters=filters)
        words, text = _word(dice, COMMON), dice.choice(PLACES).vi
        yield Asked(kind="place", words=words, fields={"place": text}, filters={"place": text})
        yield Asked(kind="agency", words=_word(dice, (20, 150)) + f" agency:{agency.code}")


def misspelt(seed: int) -> Iterator[str]:
    """Words with one letter doubled."""
    dice = random.Random(f"errors {seed}")
    while True:
        word = _word(dice, (0, 3_000), "en")
        at = dice.randrange(1, len(word))
        yield f"{word[:at]}x{word[at:]}" if " " not in word else f"{word}x"


def beginnings(seed: int) -> Iterator[str]:
    """What is in the field after the second, third, … letter."""
    dice = random.Random(f"beginnings {seed}")
    while True:
        word = dice.choice((_word(dice, (0, 3_000)), dice.choice(PLACES).vi, _word(dice, (0, 3_000), "en")))
        yield word[: dice.randrange(2, max(3, min(7, len(word))))].strip().ljust(2, "a")
