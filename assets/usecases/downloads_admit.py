"""Let a download go on: terms are accepted and a purpose is stated, where the agency of the work asks for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import UsageStatement
from assets.models.statement import LONGEST_STATEMENT, SHORTEST_STATEMENT
from assets.uses.counting import agency_of
from permissions.actor import Actor
from permissions.conditions import Conditions, conditions_for
from permissions.errors import Invalid, NotAllowed
from permissions.plain_text import control_characters

ACCEPT_FIRST: Final = gettext_lazy("Accept first the terms of the agency that this belongs to.")


class TermsNotAccepted(NotAllowed):
    """``terms`` names each agency, the version in force and where to read and accept it. HTTP: 403."""

    code = "terms_not_accepted"


class StatementRequired(NotAllowed):
    """``agencies`` names those that ask, ``header`` how to say it. HTTP: 403."""

    code = "usage_statement_required"


HEADER = "Usage-Statement"


@dataclass(frozen=True, kw_only=True)
class Taking:
    """One file of a work that is about to be handed out: a profile, a track's file, or an archive's name."""

    asset_id: UUID
    agency_path: str
    file: str


@transaction.atomic
def admit_downloads(takings: Sequence[Taking], *, by: Actor, statement: str = "", looks: bool = False) -> None:
    """Return if all of them may be handed out, with the statement recorded for those works whose agency asks for one.

    The caller has asked the rights (``require_use``) and hands the bytes, or the link to them, out after this and
    nowhere else: ``tests/terms`` walks all doors. Of several agencies all are named at once. A statement that nobody
    asks for is passed over. ``looks``: nothing is handed out (HEAD), and nothing recorded. Raises
    :class:`TermsNotAccepted`, :class:`StatementRequired`, or ``Invalid`` for a statement that cannot be kept.
    """
    found = conditions_for(by, [taking.agency_path for taking in takings])
    owed = [each for each in found.values() if each.owes_terms]
    if owed:
        raise _terms_not_accepted(owed)
    asking = [taking for taking in takings if found[taking.agency_path].statement]
    if not asking:
        return
    text = checked_statement(statement)
    if not text:
        codes = sorted({found[taking.agency_path].agency for taking in asking})
        sentence = _("Say first what you download this for.")
        raise StatementRequired(sentence, agencies=codes, header=HEADER)
    if not looks:
        _record(asking, by, text)


def checked_statement(text: str) -> str:
    """In one line, as it is kept; empty where nothing was said. :class:`Invalid` for what is too short or too long."""
    said = " ".join(text.split())
    wrong = ""
    if control_characters(text):
        wrong = _("Control characters cannot be stored.")
    elif said and not SHORTEST_STATEMENT <= len(said) <= LONGEST_STATEMENT:
        numbers = {"least": SHORTEST_STATEMENT, "most": LONGEST_STATEMENT}
        wrong = _("Say it in %(least)s to %(most)s characters.") % numbers
    if wrong:
        raise Invalid(wrong, fields={"statement": [wrong]})
    return said


def terms_address(code: str) -> str:
    """Where the terms for works of the agency with this code are read by the API; ``/acceptance`` takes POST."""
    return f"{settings.SITE_URL}/api/v1/agencies/{code}/terms"


def _terms_not_accepted(owed: Sequence[Conditions]) -> TermsNotAccepted:
    named: dict[UUID, Mapping[str, Any]] = {}
    for each in sorted(owed, key=lambda one: one.agency):
        if each.terms is not None:
            url = terms_address(each.agency)
            said = {"agency": each.agency, "version": each.terms.version, "url": url, "accept": f"{url}/acceptance"}
            named.setdefault(each.terms.pk, said)
    return TermsNotAccepted(str(ACCEPT_FIRST), terms=list(named.values()))


def _record(asking: Sequence[Taking], by: Actor, text: str) -> None:
    whose = agency_of(by)
    UsageStatement.objects.bulk_create(
        UsageStatement(
            asset_id=taking.asset_id,
            agency_id=whose,
            user_id=by.user_id,
            token_id=by.token_id,
            file=taking.file,
            text=text,
        )
        for taking in asking
    )
