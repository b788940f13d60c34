"""Put an agency, with everything below it, under another one."""

from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid, NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import (
    DEEPEST,
    STEP,
    change_tree,
    common_path,
    lock_agencies,
    path_below,
    require_revision,
)
from permissions.vocabulary import AgencyAction


class IntoItself(Conflict):
    """An agency cannot come to lie below itself."""

    code = "agency_below_itself"


class TooDeep(Conflict):
    """The tree would have more levels than it may."""

    code = "agency_too_deep"


@transaction.atomic
def move_agency(*, agency_id: UUID, parent_id: UUID | None, by: Actor, revision: int | None = None) -> Agency:
    """Put the agency below another one, or, with ``parent_id`` None, make it a root. There already: writes nothing.

    Takes an administrator of an agency that has both the old place and the new one below it, or an operator. Raises
    ``NotAllowed``, :class:`NotFound`, ``RevisionChanged``, :class:`IntoItself`, :class:`TooDeep`, or :class:`Invalid`
    for a parent that is closed.
    """
    change_tree()
    agency, parent = two_agencies(agency_id, parent_id)
    require(can_in_agency(by, AgencyAction.MANAGE, common_path(agency.path[:-STEP], parent.path if parent else "")))
    require_revision(agency, revision)
    if agency.parent_id == parent_id:
        return agency
    before = agency.path
    shift(agency, parent)
    Agency.objects.filter(pk=agency.pk).update(parent=parent, revision=F("revision") + 1)
    agency.refresh_from_db()
    record("agency.moved", by=by, target=agency.pk, agency_id=agency.pk, before=before, after=agency.path)
    return agency


def two_agencies(agency_id: UUID, other_id: UUID | None) -> tuple[Agency, Agency | None]:
    """Both rows, locked, or :class:`NotFound`. The other one must be open: :class:`Invalid`."""
    rows = lock_agencies([agency_id, *([other_id] if other_id else [])])
    agency, other = rows.get(agency_id), rows.get(other_id) if other_id else None
    if agency is None or not agency.is_active or (other_id and other is None):
        raise NotFound(_("There is no such agency."))
    if other is not None and not other.is_active:
        raise Invalid(_("This agency is closed."), code="agency_closed")
    return agency, other


def shift(agency: Agency, parent: Agency | None) -> None:
    """Rewrite the paths of the agency and everything below it, in one statement. Call with the tree held.

    Raises :class:`IntoItself` or :class:`TooDeep`.
    """
    if parent is not None and parent.path.startswith(agency.path):
        raise IntoItself(_("An agency cannot be put below itself."))
    below = Agency.objects.filter(path__startswith=agency.path)
    list(below.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    longest: int = below.aggregate(longest=Max(Length("path")))["longest"]
    target = path_below(parent, agency.pk)
    if (longest - len(agency.path) + len(target)) > DEEPEST * STEP:
        raise TooDeep(_("The tree has at most %(levels)s levels.") % {"levels": DEEPEST}, deepest=DEEPEST)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE permissions_agency SET path = %s || substr(path, %s) WHERE path LIKE %s",
            [target, len(agency.path) + 1, f"{agency.path}%"],
        )
