"""Accept the terms of an agency, once for a person, or for the agency that a program acts for, and a version."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.conditions import acceptance_of, terms_above
from permissions.errors import Conflict, NotAllowed, NotFound
from permissions.models import Agency, AgencyTerms, TermsAcceptance
from permissions.reasons import SENTENCES
from permissions.vocabulary import Reason


class TermsChanged(Conflict):
    """Another version is in force than the one that was read; ``version`` is its number. HTTP: 409."""

    code = "terms_changed"


@transaction.atomic
def accept_terms(*, agency_id: UUID, version: int, by: Actor) -> tuple[TermsAcceptance, bool]:
    """The acceptance of the terms that hold for works of this agency, and whether it is new.

    ``version`` is the one that was read. The caller has asked whether ``by`` may know of the terms. A program of an
    agency accepts for the agency, all of its programs; a person, for themselves and their tokens. Raises
    ``NotAllowed`` for strangers, ``NotFound`` without terms, :class:`TermsChanged`.
    """
    if by.is_anonymous:
        raise NotAllowed(str(SENTENCES[Reason.NOT_SIGNED_IN]), code=str(Reason.NOT_SIGNED_IN))
    path = Agency.objects.filter(pk=agency_id).values_list("path", flat=True).first()
    terms = terms_above(path) if path is not None else None
    if terms is None:
        raise NotFound(_("This agency asks nobody to accept terms."))
    AgencyTerms.objects.select_for_update(no_key=True).get(pk=terms.pk)  # of two at once the second finds the first
    if terms.version != version:
        sentence = _("The terms have changed since. Read the present version.")
        raise TermsChanged(sentence, version=terms.version)
    there = acceptance_of(by, terms)
    if there is not None:
        return there, False
    made = TermsAcceptance.objects.create(
        terms=terms,
        user_id=by.user_id,
        agency_id=by.agency_id if by.user_id is None else None,
        token_id=by.token_id,
    )
    made.refresh_from_db()
    record(
        "terms.accepted",
        by=by,
        target=terms.pk,
        agency_id=terms.agency_id,
        agency=terms.agency.code,
        version=terms.version,
    )
    return made, True
