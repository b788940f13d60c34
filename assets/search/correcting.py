"""Did you mean: words that nothing visible says, and the near ones that something visible does.

Nothing is told of what the actor may not see: both questions are asked together with ``visible_to``.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from assets.models.search import SearchTerm
from assets.search.analysis import Word, fold, quoted, words_of
from assets.search.conditions import Conditions, conditions_for
from assets.search.matches import by_index, matching
from assets.search.query import SearchQuery
from assets.search.query_language import Parsed, parse
from assets.search.terms import MISSPELT_FROM, near_forms
from permissions.actor import Actor

MOST_CANDIDATES: Final = 8
MOST_WORDS: Final = 4
"""So many words of one search are corrected at most."""
COUNTED: Final = 50
"""A near word is preferred by how often it is said, up to so often."""
LONG: Final = 6
"""Letters from which on a word may have two errors."""


def did_you_mean(*, actor: Actor, words: str) -> str | None:
    """The words with those that nothing visible says replaced by near ones that something visible does; None where
    there is nothing to say. Raises ``QueryUnreadable``."""
    return corrected(actor, SearchQuery(words=words))


@by_index()
def corrected(actor: Actor, query: SearchQuery) -> str | None:
    """The words of the query as they were likely meant, if so they find something with its filters."""
    said = query.words
    unknown = list(islice((word for word in _plain_words(parse(said)) if not _is_said(actor, word)), MOST_WORDS))
    for word in unknown:
        better = _best(actor, replace(query, words=said), word)
        if better is None:
            return None
        said = _replaced(said, word, better)
    if said == query.words:
        return None
    meant = replace(query, words=said)
    return said if matching(actor, conditions_for(actor, meant, parse(said))).number(most=1) else None


def _plain_words(parsed: Parsed) -> list[Word]:
    """Those that an error can be in: no characters, no numbers, none that is only begun."""
    return [
        word
        for term in parsed.wanted
        if not term.is_begun
        for word in term.words
        if not word.is_sign and word.folded.isalpha() and len(word.folded) >= MISSPELT_FROM
    ]


def _is_said(actor: Actor, word: Word) -> bool:
    return matching(actor, Conditions(lexemes=[quoted(word.folded)])).number(most=1) > 0


def _best(actor: Actor, query: SearchQuery, word: Word) -> str | None:
    """The near word that most of what is visible says together with the other words of the query."""
    counted = []
    for place, near in enumerate(_near(word)):
        words = _replaced(query.words, word, near)
        conditions = conditions_for(actor, replace(query, words=words), parse(words))
        together = matching(actor, conditions).number(most=COUNTED)
        alone = 0 if together else matching(actor, Conditions(lexemes=[_lexeme(near)])).number(most=COUNTED)
        if together or alone:
            counted.append((together > 0, -distance(word.said, near), together, alone, -place, near))
    return max(counted)[-1] if counted else None


def _lexeme(near: str) -> str:
    return " & ".join(quoted(word.said) for word in words_of(near))


def _near(word: Word) -> list[str]:
    """Terms that are an error apart, or two of a long word, the nearest first."""
    folded = fold(word.said)
    one_apart = Q(near__overlap=sorted(near_forms(folded)))
    if len(folded) >= LONG:
        one_apart |= Q(folded__trigram_similar=folded)
    rows = SearchTerm.objects.filter(one_apart, sort=SearchTerm.Sort.WORD)
    near = rows.annotate(alike=TrigramSimilarity("folded", folded)).order_by("-alike", "text")
    found = set(near.values_list("text", flat=True)[: 20 * MOST_CANDIDATES])
    allowed = 2 if len(folded) >= LONG else 1
    good = [text for text in found if 0 < distance(folded, fold(text)) <= allowed]
    good.sort(key=lambda text: (distance(folded, fold(text)), distance(word.said, text), text))
    return good[:MOST_CANDIDATES]


def _replaced(words: str, word: Word, by: str) -> str:
    """The query with this word written otherwise; its operators stay."""
    made, last = [], 0
    lowered = words.casefold()
    if len(lowered) != len(words):  # a letter that is longer in lower case: places would be off
        words = lowered
    at = lowered.find(word.said)
    while at >= 0:
        end = at + len(word.said)
        if not _in_word(lowered, at - 1) and not _in_word(lowered, end):
            made.append(words[last:at] + by)
            last = end
        at = lowered.find(word.said, end)
    return "".join(made) + words[last:]


def _in_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()


def distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Letters left out, added, replaced, or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        older, before = before, row
        row = [i]
        for j, other in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
