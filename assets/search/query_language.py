"""The language of the search box: words, "phrases", -not, OR, field:value, begin*.

Words stand for themselves and all have to be there. OR holds between its two neighbours: ``bão lũ OR lụt`` is bão and
one of the other two. What cannot be read is refused; nothing is guessed.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assets.search.analysis import Word, words_of
from assets.search.query import Orientation
from assets.states import Colour, Kind, Language
from permissions.errors import Invalid
from permissions.vocabulary import AssetState, Audience

MOST_TERMS = 24

TEXT_FIELDS = {"title": "title", "place": "place", "by": "by", "keyword": "keyword", "person": "person"}
CHOICES: dict[str, frozenset[str]] = {
    "kind": frozenset(Kind.values),
    "state": frozenset(AssetState.values),
    "audience": frozenset(Audience.values),
    "lang": frozenset(Language.values),
    "orientation": frozenset(Orientation.values),
    "colour": frozenset(Colour.values),
    "has": frozenset({"captions"}),
    "urgency": frozenset("12345678"),
}
FREE = frozenset({"agency", "ref", "licence", "people"})
FIELDS = frozenset({*TEXT_FIELDS, *CHOICES, *FREE})

_PIECE = re.compile(r'(?P<minus>-)?(?:(?P<field>[A-Za-z]+):(?=[^\s]))?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))|\S')


class QueryUnreadable(Invalid):
    """The words of a search that are no query."""

    code = "query_unreadable"


@dataclass(frozen=True, kw_only=True)
class Term:
    """Words in ``field`` (or anywhere), one after the other if ``is_phrase``, the last only begun if ``is_begun``; for
    a field that is none of text, its ``value``."""

    field: str = ""
    value: str = ""
    words: tuple[Word, ...] = ()
    is_phrase: bool = False
    is_begun: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One of these has to hold."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """All clauses have to hold. ``is_void``: something was asked, but no word of it (``?!``), which nothing says."""

    clauses: tuple[Clause, ...] = ()
    is_void: bool = False

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms of text that a hit is ranked by and marked for."""
        return tuple(term for clause in self.clauses for term in clause.terms if term.words and not term.is_excluded)


def parse(text: str) -> Parsed:
    """The query; :class:`QueryUnreadable` with a sentence for the person who wrote it."""
    clauses: list[list[Term]] = []
    joins = False
    text = text.replace("“", '"').replace("”", '"')
    if text.count('"') % 2:
        raise QueryUnreadable(_("A quotation mark is not closed."))
    for found in _PIECE.finditer(text):
        if found.group() == "OR":
            if joins or not clauses:
                raise QueryUnreadable(_("OR stands between two words."))
            joins = True
            continue
        term = _term(found)
        if term is None:
            continue
        if joins:
            clauses[-1].append(term)
        else:
            clauses.append([term])
        joins = False
    if joins:
        raise QueryUnreadable(_("OR stands between two words."))
    if sum(map(len, clauses)) > MOST_TERMS:
        raise QueryUnreadable(_("A search has %(most)s words at most.") % {"most": MOST_TERMS})
    return Parsed(
        clauses=tuple(Clause(terms=tuple(terms)) for terms in clauses), is_void=bool(text.strip()) and not clauses
    )


def _term(found: "re.Match[str]") -> Term | None:
    """None for what says nothing: punctuation."""
    excluded = found["minus"] is not None
    value = found["phrase"] if found["phrase"] is not None else found["word"] or ""
    name = found["field"]
    if name is not None and name.lower() not in TEXT_FIELDS:
        return _choice(name.lower(), value, excluded=excluded)
    words = tuple(words_of(value))
    if not words:
        return None
    return Term(
        field=name.lower() if name else "",
        words=words,
        is_phrase=found["phrase"] is not None,
        is_begun=found["phrase"] is None and value.endswith("*"),
        is_excluded=excluded,
    )


def _choice(name: str, value: str, *, excluded: bool) -> Term:
    if name not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise QueryUnreadable(
            _("“%(field)s:” is no field of the search. Fields are: %(known)s. In quotation marks it is a text.")
            % {"field": name[:40], "known": known}
        )
    choices = CHOICES.get(name)
    if choices is not None and value.lower() not in choices:
        raise QueryUnreadable(
            _("“%(field)s:” takes one of these: %(known)s.") % {"field": name, "known": ", ".join(sorted(choices))}
        )
    return Term(field=name, value=value.lower() if choices else value, is_excluded=excluded)
