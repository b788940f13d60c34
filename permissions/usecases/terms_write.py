"""Write the next version of an agency's terms."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid, NotFound
from permissions.models import AgencyTerms
from permissions.plain_text import control_characters
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, lock_agencies
from permissions.vocabulary import AgencyAction

LONGEST: Final = 20_000
"""Characters of the terms in one language."""
LANGUAGES: Final = ("vi", "en", "zh")


@transaction.atomic
def write_terms(*, agency_id: UUID, by: Actor, texts: Mapping[str, str]) -> tuple[AgencyTerms, bool]:
    """The terms in force from now on, and whether they are new: the same words again make no version.

    ``texts`` by language, plain text; Vietnamese is needed, and read where another is missing. Who accepted an earlier
    version is asked anew. Takes an administrator of the agency or above, or an operator. Raises ``NotAllowed``,
    ``NotFound``, or :class:`Invalid` with ``fields``.
    """
    hold_tree()
    agency = lock_agencies([agency_id]).get(agency_id)
    if agency is None or not agency.is_active:
        raise NotFound("There is no such agency.")
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    clean = _checked(texts)
    last = AgencyTerms.objects.filter(agency=agency).order_by("-version").first()
    if last is not None and all(getattr(last, name) == text for name, text in clean.items()):
        return last, False
    made = AgencyTerms.objects.create(
        agency=agency,
        version=last.version + 1 if last else 1,
        user_id=by.user_id,
        token_id=by.token_id,
        **clean,
    )
    record(
        "agency.terms_written", by=by, target=agency.pk, agency_id=agency.pk, terms=str(made.pk), version=made.version
    )
    return made, True


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    clean = {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in LANGUAGES}
    wrong: dict[str, list[str]] = {}
    for name, text in clean.items():
        if len(text) > LONGEST:
            wrong[name] = [_("At most %(number)s characters.") % {"number": LONGEST}]
        elif control_characters(text):
            wrong[name] = [_("Control characters cannot be stored.")]
    if not clean["vi"]:
        wrong["vi"] = [_("Give the terms in Vietnamese.")]
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], fields=wrong)
    return {f"text_{name}": text for name, text in clean.items()}
