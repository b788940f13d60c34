"""What is offered while somebody types: names, places and keywords that begin so, and words.

A term is kept once, whoever said it; it is offered only to those who see an asset that says it now. The newest assets
are asked first: a common word has hundreds of thousands of them, and the index meets word and time at once.
"""

from typing import Any, Final

from django.db.models import Case, Exists, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, Length

from assets.models.search import SearchEntry, SearchTerm
from assets.search.analysis import fold, quoted, words_of
from assets.search.candidates import newest_spans
from assets.search.conditions import Conditions
from assets.search.matches import by_index, matches
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
    begun = SearchTerm.objects.filter(folded__startswith=folded).order_by("sort", Length("folded"), "folded", "text")
    terms = list(begun.values_list("pk", "text", "folded")[:LOOKED_AT])
    if not terms:
        return ()
    lately = f"({newest_spans()})"
    there = Case(
        When(Exists(_saying(actor, f"{together} & {lately}" if together else lately)), then=Value(True)),
        default=Exists(_saying(actor, together)),
    )
    found: dict[str, str] = {}
    with by_index():
        while terms and len(found) < size:
            many = size if not found else 2 * (size - len(found))  # what is said is mostly found; asking takes its time
            some, terms = terms[:many], terms[many:]
            rows = SearchTerm.objects.filter(pk__in=[pk for pk, _, _ in some]).annotate(is_there=there)
            said = dict(rows.values_list("pk", "is_there"))
            for pk, text, form in some:
                if said.get(pk):
                    found.setdefault(form, text)
    return tuple(found.values())[:size]


def _saying(actor: Actor, together: str) -> "QuerySet[SearchEntry, Any]":
    needs = OuterRef("needs")
    whole = Concat(needs, Value(f" & {together}"), output_field=TextField()) if together else needs
    return matches(actor, Conditions()).filter(found__holds=whole).order_by()
