"""What is offered while somebody types: names, places and keywords that begin so, and words.

A term is kept once, whoever said it; it is offered only to those who see an asset that says it now.
"""

from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Concat, Length

from assets.models.search import SearchEntry, SearchTerm
from assets.search.analysis import fold, quoted, words_of
from assets.search.conditions import Conditions
from assets.search.matches import matches
from permissions.actor import Actor

LEAST_LETTERS: Final = 2
LOOKED_AT: Final = 64
"""Terms that are looked at for one answer: who sees little of what others say gets fewer."""


def suggestions(*, actor: Actor, prefix: str, size: int = 8) -> tuple[str, ...]:
    """Terms of what the actor sees that begin with ``prefix`` (diacritics and case ignored), the shortest first.

    Where none begins with all of it, the last word is completed, and what comes of it is found together with the words
    before it. A Chinese character is enough to begin with, of other letters it takes two.
    """
    folded = fold(prefix)
    words = words_of(prefix)
    if not words or (len(folded) < LEAST_LETTERS and not words[-1].is_sign):
        return ()
    found = _offered(actor, folded, size, "")
    head, _, last = " ".join(prefix.split()).rpartition(" ")
    if found or not head or len(fold(last)) < 1:
        return found
    together = " & ".join(quoted(word.folded) for word in words_of(head))
    return tuple(f"{head} {term}" for term in _offered(actor, fold(last), size, together))


def _offered(actor: Actor, folded: str, size: int, together: str) -> tuple[str, ...]:
    """Each folded form once, in the spelling that comes first."""
    rows = SearchTerm.objects.filter(folded__startswith=folded)
    there = Exists(_saying(actor, together))
    rows = rows.order_by("sort", Length("folded"), "folded", "text").annotate(is_there=there)
    found: dict[str, str] = {}
    for text, form, is_there in rows.values_list("text", "folded", "is_there")[:LOOKED_AT]:
        if is_there:
            found.setdefault(form, text)
    return tuple(found.values())[:size]


def _saying(actor: Actor, together: str) -> "QuerySet[SearchEntry, Any]":
    needs = OuterRef("needs")
    whole = Concat(needs, Value(f" & {together}"), output_field=TextField()) if together else needs
    return matches(actor, Conditions()).filter(found__holds=whole).order_by()
