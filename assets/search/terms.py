"""The terms that are offered: kept as they are first said, and never told to those who see nothing that says them."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from assets.models.search import SearchTerm
from assets.search.analysis import Passage, Word, fold, joined, joined_as_said, quoted, words_of

LONGEST_PHRASE: Final = 60
MOST_WORDS: Final = 300
"""Of the titles, captions and names of one asset."""
MISSPELT_FROM, MISSPELT_TO = 3, 20
"""Letters of the words that are offered for words with an error."""
_NAMES: Final = frozenset({"place", "keyword", "by", "person"})


def terms_of(passages: Iterable[Passage]) -> dict[tuple[str, int], SearchTerm]:
    """Places, keywords and names as they are, and the words of all texts but bodies."""
    found: dict[tuple[str, int], SearchTerm] = {}
    for passage in passages:
        if passage.weight == "D":
            continue
        words = words_of(passage.text)[:MOST_WORDS]
        text = " ".join(passage.text.split())
        if passage.field in _NAMES and len(words) > 1 and len(text) <= LONGEST_PHRASE:
            _keep(found, text, words, SearchTerm.Sort.PHRASE)
        for word in words:
            if len(word.folded) > 1 and not word.is_sign and not word.folded.isdigit():
                _keep(found, word.said, [word], SearchTerm.Sort.WORD)
    return found


def _keep(found: dict[tuple[str, int], SearchTerm], text: str, words: list[Word], sort: SearchTerm.Sort) -> None:
    if (text, sort) in found:
        return
    folded = fold(text)[:100]
    near = sorted(near_forms(folded)) if sort == SearchTerm.Sort.WORD else []
    needs = " & ".join(map(quoted, needs_of(words)))
    found[text, sort] = SearchTerm(text=text[:100], folded=folded, sort=sort, needs=needs, near=near)


def needs_of(words: list[Word]) -> list[str]:
    """The lexemes of an asset that says these words, one after the other, as they are written."""
    alone = [word.said for word in words]
    pairs = [
        joined_as_said(left, right) if left.is_exact or right.is_exact else joined(left, right)
        for left, right in pairwise(words)
    ]
    return list(dict.fromkeys([*alone, *pairs]))


def near_forms(folded: str) -> set[str]:
    """The word and it with each one letter left out: two words that are one error apart have one of these in common."""
    if not MISSPELT_FROM <= len(folded) <= MISSPELT_TO or not folded.isalpha():
        return set()
    return {folded} | {folded[:at] + folded[at + 1 :] for at in range(len(folded))}


def keep_terms(terms: Mapping[tuple[str, int], SearchTerm]) -> None:
    """Store those that are new. In one order, so that two who have the same ones wait and do not meet crosswise."""
    texts = [text for text, _ in terms]
    known = set(SearchTerm.objects.filter(text__in=texts).values_list("text", "sort"))
    new = [term for key, term in sorted(terms.items(), key=lambda one: one[0]) if key not in known]
    SearchTerm.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
