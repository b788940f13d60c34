from uuid import UUID

from django.db import transaction

from assets.models import Licence
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotFound
from permissions.policy import Decision, can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction, Reason


@transaction.atomic
def set_licence_active(*, by: Actor, licence_id: UUID, active: bool) -> Licence:
    """Offer own terms for new works, or no longer; works that carry them keep them. Takes an administrator of their
    agency; those of the platform stay as they are."""
    found = Licence.objects.visible_to(by).filter(pk=licence_id).first()
    if found is None:
        raise NotFound("There is no such licence.")
    agency = found.agency
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path) if agency else _of_the_platform(by))
    licence = Licence.objects.select_for_update(of=("self",)).select_related("agency").get(pk=licence_id)
    if licence.is_active != active:
        licence.is_active = active
        licence.save(update_fields=["is_active"])
        record("licence.edited", by=by, target=licence.pk, agency_id=licence.agency_id, active=active)
    return licence


def _of_the_platform(by: Actor) -> Decision:
    return Decision(Reason.NOT_SIGNED_IN if by.is_anonymous else Reason.ROLE_TOO_LOW)
