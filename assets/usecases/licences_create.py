from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assets.licences import find_licence
from assets.models import Licence
from assets.models.rights import LicenceKind
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, lock_agencies, open_agency
from permissions.vocabulary import AgencyAction


class LicenceExists(Conflict):
    """The code, name or URI is that of a licence that the agency can use already."""

    code = "licence_exists"


@transaction.atomic
def create_licence(*, by: Actor, agency: Agency, code: str, fields: Mapping[str, Any]) -> Licence:
    """An agency's own terms, for its works and those of the agencies below it. Takes an administrator of the agency.

    :class:`Conflict` when the agency was closed meanwhile.
    """
    hold_tree()
    lock_agencies([agency.pk])  # two of one code at once: the second one is told
    agency = open_agency(agency.pk)
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    if find_licence(code, agency) is not None or Licence.objects.filter(agency=agency, code=code).exists():
        raise LicenceExists(_("There is a licence of this code already."))
    made = Licence.objects.create(agency=agency, code=code, kind=LicenceKind.OWN_TERMS, **fields)
    record("licence.created", by=by, target=made.pk, agency_id=agency.pk, code=code, **fields)
    return made
