"""The shape of the tree: who waits for whom, and the arithmetic of paths.

Locks are taken in one order everywhere: the tree, agencies (by id), people, the rest. Rows of agencies are locked
without their key (``no_key``), so that whoever only refers to an agency never waits.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from permissions.errors import Conflict, RevisionChanged
from permissions.models import PATH_SEPARATOR, Agency

LOCK = 0x4D43_0003
DEEPEST = 8
"""Levels of the tree. The path's column has room for 18."""
STEP = 33
"""Characters of one step of a path: 32 hexadecimal digits and the separator."""


def hold_tree() -> None:
    """Until the transaction ends no agency moves or merges; others may hold it too.

    Call first in a transaction that adds things to an agency, so that none is added to one that is just being merged.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def change_tree() -> None:
    """Until the transaction ends nobody else changes the tree or holds it still. Call first in the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def lock_agencies(ids: Iterable[UUID]) -> dict[UUID, Agency]:
    """The rows by id, locked in the order of their ids."""
    rows = Agency.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {agency.pk: agency for agency in rows}


def open_agency(agency_id: UUID) -> Agency:
    """The agency as it is now; :class:`Conflict` when it was closed meanwhile. Call with the tree held."""
    agency = Agency.objects.get(pk=agency_id)
    if not agency.is_active:
        raise Conflict(_("This agency is closed."), code="agency_closed")
    return agency


def successors(agencies: Iterable[Agency]) -> list[Agency]:
    """The agencies as they are now, or those that they were merged into. Call with the tree held."""
    rows = Agency.objects.select_related("merged_into").filter(pk__in=[agency.pk for agency in agencies])
    return [row.merged_into or row for row in rows]


def require_revision(agency: Agency, revision: int | None) -> None:
    """:class:`RevisionChanged` when ``revision`` is given and not that of the locked row."""
    if revision is not None and revision != agency.revision:
        raise RevisionChanged(_("Somebody changed this in the meantime. Load it again."), revision=agency.revision)


def path_below(parent: Agency | None, agency_id: UUID) -> str:
    """The materialised path of an agency with this id."""
    return f"{parent.path if parent else ''}{agency_id.hex}{PATH_SEPARATOR}"


def common_path(one: str, other: str) -> str:
    """The path of the nearest agency that has both in its subtree; empty where there is none.

    An agency is in its own subtree.
    """
    steps = zip(steps_of(one), steps_of(other), strict=False)
    shared = 0
    for here, there in steps:
        if here != there:
            break
        shared += STEP
    return one[:shared]


def steps_of(path: str) -> list[str]:
    """The ids (hex) along a path, from the root."""
    return path.split(PATH_SEPARATOR)[:-1]


def ancestors_of(path: str) -> list[UUID]:
    """The ids of the agencies above, from the root; without the agency itself."""
    return [UUID(step) for step in steps_of(path)[:-1]]


def parent_path(path: str) -> str:
    """The path of the agency above; empty for a root."""
    return path[:-STEP]
