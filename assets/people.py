"""The names of people that a work shows: as somebody wrote them, each once, found by their folded form."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from assets.search.analysis import name_key
from permissions.errors import Invalid

MOST_PEOPLE: Final = 50
LONGEST_NAME: Final = 120


def names_of(said: Iterable[str]) -> list[str]:
    """The names in their order, white space collapsed, of those that differ in case alone the first. :class:`Invalid`
    for too many, too long ones, and such as have no letter."""
    names = [" ".join(name.split()) for name in said]
    if any(len(name) > LONGEST_NAME or not name_key(name) for name in names):
        sentence = _("A name has letters, and at most %(most)s characters.") % {"most": LONGEST_NAME}
        raise Invalid(sentence, fields={"people": [sentence]})
    kept = _each_once(names)
    if len(kept) > MOST_PEOPLE:
        sentence = _("A work names at most %(most)s people.") % {"most": MOST_PEOPLE}
        raise Invalid(sentence, fields={"people": [sentence]})
    return kept


def names_in_file(said: Iterable[str]) -> list[str]:
    """What of a file's list can be kept: the first so many names, cut to what a name may be long."""
    names = (" ".join(name.split())[:LONGEST_NAME].strip() for name in said)
    return _each_once(name for name in names if name_key(name))[:MOST_PEOPLE]


def _each_once(names: Iterable[str]) -> list[str]:
    """Names that differ in diacritics are two people's: only case and signs do not tell them apart."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.casefold(), name)
    return list(found.values())
