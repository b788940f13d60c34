"""Agencies as choices of a page, named in the reader's language, indented by their depth in the tree."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assets.logos import logo_of
from assets.models import Asset
from assets.states import Language
from mediacenter.web.presentation.texts import HTML_LANGUAGE, all_words, reading_language
from permissions.actor import Actor
from permissions.audit_policy import agencies_read
from permissions.models import Agency, AgencyTerms
from permissions.policy import Decision, can_in_agency
from permissions.rows import below
from permissions.tree import ancestors_of
from permissions.vocabulary import AgencyAction

INDENT = "\u2003"
MOST_OFFERED = 200
"""Agencies in a list of choices; beyond that one types."""
MAX_WORDS = 8


@dataclass(frozen=True, kw_only=True)
class AgencyChoice:
    id: UUID
    code: str
    label: str


@dataclass(frozen=True, kw_only=True)
class AgencyLink:
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class LogoShown:
    """``alt`` is in the language ``html_language``."""

    url: str
    width: int
    height: int
    alt: str
    html_language: str
    asset: Asset


def logo_shown(agency: Agency) -> LogoShown | None:
    """The agency's logo, if everybody may see it now. Where the picture has no words of its own, it is the logo of the
    agency by name."""
    logo = logo_of(agency)
    if logo is None:
        return None
    said = next((words for words in all_words(logo.asset) if words.alt_text), None)
    name = agency.name_in(get_language() or "vi")
    return LogoShown(
        url=logo.url,
        width=logo.width,
        height=logo.height,
        alt=said.alt_text if said else _("Logo: %(agency)s") % {"agency": name},
        html_language=said.html_language if said else HTML_LANGUAGE[reading_language()],
        asset=logo.asset,
    )


@dataclass(frozen=True, kw_only=True)
class TermsShown:
    """One version of an agency's terms, in the reader's language as far as there are words in it."""

    id: UUID
    version: int
    since: datetime
    name: str
    text: str
    html_language: str


def terms_shown(terms: AgencyTerms, language: str) -> TermsShown:
    found, text = terms.text_in(language)
    return TermsShown(
        id=terms.pk,
        version=terms.version,
        since=terms.made_at,
        name=terms.agency.name_in(language),
        text=text,
        html_language=HTML_LANGUAGE[Language(found)],
    )


def above(agency: Agency) -> list[AgencyLink]:
    """The agencies above, from the root: one query."""
    rows = Agency.objects.filter(pk__in=ancestors_of(agency.path)).order_by("path")
    return [AgencyLink(code=row.code, name=row.name_in(get_language() or "vi")) for row in rows]


def _choices(allows: Callable[[Agency], Decision]) -> list[AgencyChoice]:
    return _indented([agency for agency in Agency.objects.filter(is_active=True) if allows(agency)])


def _indented(allowed: list[Agency]) -> list[AgencyChoice]:
    language = get_language() or "vi"
    top = min((agency.depth for agency in allowed), default=1)
    return [
        AgencyChoice(id=agency.pk, code=agency.code, label=INDENT * (agency.depth - top) + agency.name_in(language))
        for agency in allowed
    ]


@dataclass(frozen=True, kw_only=True)
class AgenciesOffered:
    """``complete``: these are all; otherwise the reader's own as suggestions, and others are typed."""

    choices: list[AgencyChoice]
    complete: bool


def agencies_offered(actor: Actor, rows: QuerySet[Agency]) -> AgenciesOffered:
    """``rows``, or where these are too many for a list, those of them that are the actor's own, with those below. At
    most ``MOST_OFFERED``, and in the order of the tree."""
    rows = rows.order_by("path")
    found = list(rows[: MOST_OFFERED + 1])
    if len(found) <= MOST_OFFERED:
        return AgenciesOffered(choices=_indented(found), complete=True)
    own = rows.filter(below([grant.path for grant in actor.grants], "path"))
    return AgenciesOffered(choices=_indented(list(own[:MOST_OFFERED])), complete=False)


def known_agencies(actor: Actor) -> QuerySet[Agency]:
    """The open agencies that the actor may know of."""
    rows = Agency.objects.filter(is_active=True)
    return rows if can_in_agency(actor, AgencyAction.VIEW, "") else rows.none()


def matching(rows: QuerySet[Agency], words: list[str]) -> QuerySet[Agency]:
    """Agencies that have every word in one of their names, or as their code."""
    for word in words:
        named = Q(name_vi__icontains=word) | Q(name_en__icontains=word) | Q(name_zh__icontains=word)
        rows = rows.filter(named | Q(code__istartswith=word))
    return rows


def agencies_with_record(actor: Actor) -> QuerySet[Agency]:
    """The open agencies whose record the actor may read."""
    return Agency.objects.filter(is_active=True).filter(agencies_read(actor))


def agency_named(rows: QuerySet[Agency], said: str) -> Agency | None:
    """The one of ``rows`` with this id, code or name; None where there is none, or more than one could be meant."""
    try:
        one = Q(pk=UUID(said))
    except ValueError:
        one = Q(code=said.upper())
    names = Q(name_vi__iexact=said) | Q(name_en__iexact=said) | Q(name_zh__iexact=said)
    for candidates in (rows.filter(one), rows.filter(names), matching(rows, said.split()[:MAX_WORDS])):
        found = list(candidates[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


def agencies_to_upload_to(actor: Actor) -> list[AgencyChoice]:
    """The agencies that the actor may upload for."""
    return _choices(lambda agency: can_in_agency(actor, AgencyAction.UPLOAD, agency.path))
