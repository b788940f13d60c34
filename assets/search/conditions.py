"""A query as conditions of the database: on the entry's lexemes, and on the asset."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from assets.models import Asset, AssetText, Collection, TextTrack
from assets.search.analysis import Word, joined, name_key, quoted, within, words_of
from assets.search.query import Orientation, SearchQuery
from assets.search.query_language import TEXT_FIELDS, Clause, Parsed, Term
from assets.states import TrackKind, TrackState
from permissions.actor import Actor
from permissions.models import Agency
from permissions.rows import NOTHING, agencies_below

MARKED = frozenset({"colour", "people"})
"""Fields of no text that the index has a lexeme for."""


@dataclass(kw_only=True)
class Conditions:
    """``lexemes``: parts of one query of the index, all of which hold; ``entry`` and ``asset``: what else does."""

    lexemes: list[str] = field(default_factory=list)
    entry: Q = field(default_factory=Q)
    asset: Q = field(default_factory=Q)

    @property
    def has_words(self) -> bool:
        return bool(self.lexemes or self.entry)

    @property
    def query(self) -> str:
        """All lexemes as one query of the index."""
        return " & ".join(f"({part})" for part in self.lexemes if part)


def conditions_for(actor: Actor, query: SearchQuery, parsed: Parsed) -> Conditions:
    """Everything that a hit fulfils, but that the actor may see it."""
    made = Conditions(asset=NOTHING if parsed.is_void else _filters(actor, query))
    for clause in parsed.clauses:
        _add(made, clause)
    if query.colour:
        made.lexemes.append(_mark("colour", query.colour))
    if query.people:
        made.lexemes.append(_mark("people", name_key(query.people)))
    words = words_of(query.place)
    if words:
        made.lexemes.append(_together(_required(words, field="place", is_phrase=True)))
    return made


def _add(made: Conditions, clause: Clause) -> None:
    parts = [_lexemes(term) for term in clause.terms]
    if len(clause.terms) == 1 and _text(clause.terms[0]) and not clause.terms[0].is_excluded:
        made.lexemes.append(parts[0])
        made.entry &= Q(words__contains=_text(clause.terms[0]))
    elif all(parts) and not any(_text(term) for term in clause.terms):
        made.lexemes.append(" | ".join(f"({part})" for part in parts))
    elif not any(parts):
        made.asset &= _either([_of_asset(term) for term in clause.terms])
    else:
        made.entry &= _either([_of_entry(term) for term in clause.terms])


def _either(conditions: list[Q]) -> Q:
    either = conditions[0]
    for condition in conditions[1:]:
        either |= condition
    return either


def _lexemes(term: Term) -> str:
    """The part of the index's query; nothing for what the asset is asked."""
    if term.field in MARKED:
        part = _mark(term.field, name_key(term.value) if term.field == "people" else term.value)
    elif term.words:
        phrase = term.is_phrase and not term.is_begun
        part = _together(_required(term.words, field=term.field, is_phrase=phrase, begun=term.is_begun))
    else:
        return ""
    return f"!({part})" if term.is_excluded else part


def _mark(name: str, value: str) -> str:
    return quoted(within(name, value))


def _text(term: Term) -> str:
    """What the words have to contain beside the pairs of a phrase; pairs alone may be apart from each other."""
    if not term.is_phrase or term.field or len(term.words) < 3:
        return ""
    return f" {' '.join(word.folded for word in term.words)} "


def _required(words: "tuple[Word, ...] | list[Word]", *, field: str, is_phrase: bool, begun: bool = False) -> list[str]:
    """Lexemes that have to be there, or one of two. Chinese has no spaces: each character stands beside one that it
    stands beside in the query, so that several words in a run are each found whole, wherever the others are."""
    pairs = {
        place: quoted(_in(field, joined(left, right)))
        for place, (left, right) in enumerate(pairwise(words))
        if is_phrase or (left.is_sign and right.is_sign)
    }
    beside = [[pairs[at] for at in (place - 1, place) if at in pairs] for place in range(len(words))]
    alone = set(pairs.values()) if is_phrase else {each[0] for each in beside if len(each) == 1}
    needed = [pair for pair in pairs.values() if pair in alone]
    needed += [f"({' | '.join(either)})" for either in beside if either and not alone & set(either)]
    for place, word in enumerate(words):
        if begun and place == len(words) - 1:
            needed.append(quoted(_in(field, word.folded)) + ":*")
        elif not beside[place]:
            needed.append(quoted(_in(field, word.folded)))
    return list(dict.fromkeys(needed))


def _in(name: str, lexeme: str) -> str:
    return within(TEXT_FIELDS[name], lexeme) if name else lexeme


def _together(lexemes: list[str]) -> str:
    return " & ".join(lexemes)


def _of_entry(term: Term) -> Q:
    if term.field in MARKED:
        return Q(found__holds=_lexemes(term))
    if not term.words:
        return Q(asset__in=Asset.objects.filter(_of_asset(term)).order_by().values("pk"))
    condition = Q(found__holds=_lexemes(Term(field=term.field, words=term.words, is_phrase=term.is_phrase)))
    if text := _text(term):
        condition &= Q(words__contains=text)
    return ~condition if term.is_excluded else condition


def _of_asset(term: Term) -> Q:
    condition = _field(term.field, term.value)
    return ~condition if term.is_excluded else condition


def _field(name: str, value: str) -> Q:
    if name == "agency":
        agency = Agency.objects.filter(code=value.upper()).first()
        return NOTHING if agency is None else agencies_below([agency.path])
    if name == "ref":
        begun = value.endswith("*")
        return Q(reference__startswith=value[:-1].upper()) if begun else Q(reference=value.upper())
    simple = {"kind": "kind", "state": "state", "audience": "audience", "licence": "licence_terms__code"}
    if name in simple:
        return Q(**{simple[name]: value})
    if name == "lang":
        return _in_language(value)
    if name == "orientation":
        return _oriented(value)
    return _captioned() if name == "has" else Q(urgency__lte=int(value))


def _in_language(language: str) -> Q:
    return Q(Exists(AssetText.objects.filter(asset=OuterRef("pk"), language=language)))


def _captioned() -> Q:
    published = {"kind": TrackKind.CAPTIONS, "state": TrackState.PUBLISHED}
    return Q(Exists(TextTrack.objects.filter(asset=OuterRef("pk"), **published)))


def _oriented(value: str) -> Q:
    width = {
        Orientation.LANDSCAPE: {"current_version__width__gt": F("current_version__height")},
        Orientation.PORTRAIT: {"current_version__width__lt": F("current_version__height")},
        Orientation.SQUARE: {"current_version__width": F("current_version__height")},
    }
    return Q(**width[Orientation(value)])


def _filters(actor: Actor, query: SearchQuery) -> Q:
    """The filters of the query."""
    plain: dict[str, Any] = {
        "kind": query.kind,
        "state": query.state,
        "audience": query.audience,
        "created_at__gte": query.created_from,
        "created_at__lt": query.created_to,
        "event_date__gte": query.taken_from,
        "event_date__lt": query.taken_to,
        "published_at__gte": query.published_from,
        "published_at__lt": query.published_to,
        "licence_terms__code": query.licence,
        "current_version__width__gte": query.min_width,
        "current_version__height__gte": query.min_height,
        "current_version__duration__gte": query.min_duration,
        "current_version__duration__lt": query.max_duration,
        "urgency__lte": query.urgency,
    }
    condition = Q(**{name: value for name, value in plain.items() if value not in (None, "")})
    if query.language:
        condition &= _in_language(query.language)
    if query.agency is not None:
        condition &= agencies_below([query.agency.path])
    if query.orientation:
        condition &= _oriented(query.orientation)
    if query.has_captions is not None:
        condition &= _captioned() if query.has_captions else ~_captioned()
    if query.album is not None:
        albums = Collection.objects.visible_to(actor).filter(pk=query.album)
        condition &= Q(Exists(Asset.objects.filter(pk=OuterRef("pk"), collections__in=albums)))
    return condition


def taken(prefix: str = "") -> Coalesce:
    """When a work shows what it shows, as far as anybody said: else when it came."""
    return Coalesce(f"{prefix}event_date", f"{prefix}created_at")
