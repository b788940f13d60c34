"""What is offered while somebody types: names, places and keywords that begin so, and words.

A term is kept once, whoever said it; it is offered only to those who see an asset that says it now. The newest assets
are asked first: a common word has hundreds of thousands of them, and the index meets word and time at once.
"""

import sys
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import connection

from assets.search.analysis import fold, quoted, words_of
from assets.search.candidates import newest_spans
from assets.search.conditions import Conditions
from assets.search.matches import by_index, matching
from permissions.actor import Actor
from permissions.prepared import prepared_rows

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
    terms = prepared_rows(_BEGUN, [folded, f"{folded}{_LAST_LETTER}", LOOKED_AT])
    if not terms:
        return ()
    found: dict[str, str] = {}
    lately = newest_spans()
    with by_index():
        while terms and len(found) < size:
            many = size if not found else 2 * (size - len(found))  # what is said is mostly found; asking takes its time
            some, terms = terms[:many], terms[many:]
            said = _said(actor, [pk for pk, _, _ in some], together, lately)
            for pk, text, form in some:
                if pk in said:
                    found.setdefault(form, text)
    return tuple(found.values())[:size]


_LAST_LETTER: Final = chr(sys.maxunicode)
_BEGUN: Final = """
SELECT id, text, folded FROM assets_searchterm WHERE folded ~>=~ %s AND folded ~<~ %s
ORDER BY sort, length(folded), folded, text LIMIT %s
"""
"""By the order of the index, for whatever beginning: a LIKE is planned anew for each."""
_SAYING = "EXISTS (SELECT FROM assets_searchentry WHERE found @@ (t.needs || %s)::tsquery AND asset_id IN ({seen}))"


def _said(actor: Actor, terms: Sequence[int], together: str, lately: str) -> set[int]:
    """Those of the terms that something says which the actor sees, together with these lexemes; ``lately``: the lexemes
    of the newest, which are asked first."""
    try:
        seen, asked = matching(actor, Conditions()).seen_as_sql
    except EmptyResultSet:
        return set()
    ever = f" & {together}" if together else ""
    saying = _SAYING.format(seen=seen)
    said = f"CASE WHEN {saying} THEN true ELSE {saying} END"
    statement = f"SELECT t.id FROM assets_searchterm t WHERE t.id = ANY(%s) AND {said}"  # noqa: S608 - no values
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(terms), f"{ever} & ({lately})", *asked, ever, *asked])
        return {pk for (pk,) in cursor.fetchall()}
