"""An agency's parity policy: what must be said in which languages before publication."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from assets.models import ParityPolicy
from assets.parity import REQUIRABLE
from assets.states import Language
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction, Audience

Requirements = Mapping[str, Mapping[str, list[str]]]
"""Audience → language → fields."""


@transaction.atomic
def set_parity(*, by: Actor, agency: Agency, requirements: Requirements | None) -> ParityPolicy | None:
    """Replace the agency's own policy; None gives it up, and the one from above holds again. Needs an administrator.

    Raises ``NotAllowed`` and :class:`Invalid`.
    """
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    Agency.objects.select_for_update().get(pk=agency.pk)
    if requirements is None:
        ParityPolicy.objects.filter(agency=agency).delete()
        record("agency.parity_set", by=by, target=agency.pk, agency_id=agency.pk, requirements=None)
        return None
    clean = _checked(requirements)
    values = {"requirements": clean, "updated_at": timezone.now(), "updated_by_id": by.user_id}
    policy, _ = ParityPolicy.objects.update_or_create(agency=agency, defaults=values)
    record("agency.parity_set", by=by, target=agency.pk, agency_id=agency.pk, requirements=clean)
    return policy


def _checked(requirements: Requirements) -> dict[str, dict[str, list[str]]]:
    """In one order, without what says nothing."""
    known = set(Audience.values), set(Language.values), set(REQUIRABLE)
    for audience, languages in requirements.items():
        for language, fields in languages.items():
            if audience not in known[0] or language not in known[1] or not set(fields) <= known[2]:
                sentence = "Only audiences, languages and fields that there are can be asked for."
                raise Invalid(sentence, fields={"requirements": [sentence]})
    found = {
        audience: {
            language: [name for name in REQUIRABLE if name in fields]
            for language, fields in sorted(requirements[audience].items())
            if fields
        }
        for audience in Audience.values
        if audience in requirements
    }
    return {audience: languages for audience, languages in found.items() if languages}
