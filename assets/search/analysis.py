"""From texts to lexemes, the same way for what is stored and for what is asked. Pure functions.

A word gives its folded form, by which it is found ("Đường" → ``duong``), and where it is written with diacritics that
form too, by which it is ranked. Each two neighbours give both joined (``ha_noi``): words of several Vietnamese
syllables, which are written apart. A Chinese character is a word of its own, so its pairs are the usual bigrams.
English plurals go with their singulars (D. Harman, "How effective is suffixing?", JASIS 42, 1991: the S stemmer).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

from permissions.marks import composed, decomposed

ANALYSIS = 1
"""The number of this analysis; with another one every entry is written again."""
MOST_WORDS = 20_000
"""Of one asset; the words of its body after that are not searched."""
MOST_BYTES = 300_000
"""Of the lexemes of one asset: a vector has a megabyte at most."""
LONGEST = 60
LONGEST_NAME_KEY = 400
"""A lexeme has 2046 bytes at most."""
MOST_TIMES = 3
"""A word that is said more often in a text of one weight counts as said so often."""
JOINT = "_"
GAP = "|"
"""Between the words of one text and those of the next: no phrase goes across."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS = re.compile(rf"[{_CJK}]|[^\W_{_CJK}](?:[^\W_{_CJK}]|[\u0300-\u036f])*")
_SIGN = re.compile(rf"[{_CJK}]")


def fold(text: str) -> str:
    """Lower case without diacritics (``Đường phố`` → ``duong pho``), white space collapsed."""
    return re.sub(r"\s+", " ", plain(text)).strip()


def plain(text: str) -> str:
    """Lower case without diacritics."""
    split = decomposed(text.casefold().replace("đ", "d"))
    return "".join(c for c in split if not unicodedata.combining(c))


@dataclass(frozen=True, kw_only=True)
class Word:
    """``said``: in lower case as it is written; ``folded``: what it is found by."""

    said: str
    folded: str

    @property
    def is_sign(self) -> bool:
        """Whether it is a Chinese character."""
        return is_sign(self.folded)

    @property
    def is_exact(self) -> bool:
        """Whether there is more to it than its folded form."""
        return self.said != self.folded


def is_sign(text: str) -> bool:
    return _SIGN.match(text) is not None


def words_of(text: str) -> list[Word]:
    """The words in their order; a Chinese character is one."""
    said = (found.group()[:LONGEST] for found in _WORDS.finditer(composed(text.casefold())))
    return [Word(said=word, folded=folded) for word in said if (folded := _stem(plain(word)))]


def name_key(name: str) -> str:
    """What a whole name is compared by: its words without case, diacritics and signs; empty where it has no letter."""
    return " ".join(plain(found.group()) for found in _WORDS.finditer(composed(name.casefold())))[:LONGEST_NAME_KEY]


def _stem(word: str) -> str:
    """The singular of what looks like an English plural. No Vietnamese syllable ends like one."""
    if len(word) < 4 or not word.endswith("s") or not word.isascii():
        return word
    if word.endswith("ies") and not word.endswith(("aies", "eies")):
        return word[:-3] + "y"
    return word if word.endswith(("us", "ss", "is")) else word[:-1]


def joined(left: Word, right: Word) -> str:
    return f"{left.folded}{JOINT}{right.folded}"


def joined_as_said(left: Word, right: Word) -> str:
    return f"{left.said}{JOINT}{right.said}"


def lexemes_of(words: Sequence[Word]) -> Iterator[str]:
    """All that a text is found and ranked by, each as often as it is said."""
    for word in words:
        yield word.folded
        if word.is_exact:
            yield word.said
    for left, right in pairwise(words):
        yield joined(left, right)
        if left.is_exact or right.is_exact:
            yield joined_as_said(left, right)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A text of an asset. ``weight``: A to D. ``field``: what an operator asks it by (``place``), if one does."""

    text: str
    weight: str
    field: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is stored of one asset; ``found`` and ``ranked`` as PostgreSQL writes vectors."""

    found: str
    ranked: str
    words: str


@dataclass(kw_only=True)
class _Gathered:
    """Weights of each lexeme; those that no weight is for are in ``plain``."""

    ranked: dict[str, list[str]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, passage: Passage) -> None:
        words = words_of(passage.text)[: max(0, MOST_WORDS - len(self.words))]
        self.words += [*(word.folded for word in words), GAP]
        for lexeme in lexemes_of(words):
            weights = self.ranked.get(lexeme)
            if weights is None:
                if self.size > MOST_BYTES:
                    continue
                self.size += len(lexeme.encode()) + 8
                weights = self.ranked[lexeme] = []
            if weights.count(passage.weight) < MOST_TIMES:
                weights.append(passage.weight)
        if passage.field:
            self.plain |= {within(passage.field, lexeme) for lexeme in lexemes_of(words[:200])}


def within(name: str, lexeme: str) -> str:
    """The lexeme of a word that a certain field says."""
    return f"{name}/{lexeme}"


def entry_of(asset_id: UUID, passages: Iterable[Passage], marks: Iterable[str] = ()) -> Entry:
    """The entry of an asset that says these texts, the most important first. ``marks``: lexemes that are no word."""
    gathered = _Gathered()
    for passage in passages:
        gathered.add(passage)
    ranked = " ".join(
        f"{quoted(lexeme)}:{','.join(f'{at}{weight}' for at, weight in enumerate(weights, start=1))}"
        for lexeme, weights in gathered.ranked.items()
    )
    found = " ".join(map(quoted, [*gathered.ranked, *sorted(gathered.plain), *marks, *times_of(asset_id)]))
    return Entry(found=found, ranked=ranked, words=f" {' '.join(gathered.words)} ")


def quoted(lexeme: str) -> str:
    """As a lexeme stands in a vector or in a query."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


MONTHS, YEARS = 32, 35
"""Spans of time by which slices are found in the index: 2^32 ms are 50 days, 2^35 ms 398 days."""


def times_of(asset_id: UUID) -> tuple[str, str]:
    """The spans that the asset was made in: UUIDv7 begins with the milliseconds (RFC 9562, section 5.7)."""
    made = asset_id.int >> 80
    return span(MONTHS, made >> MONTHS), span(YEARS, made >> YEARS)


def span(bits: int, number: int) -> str:
    return f"t{bits}/{number}"
