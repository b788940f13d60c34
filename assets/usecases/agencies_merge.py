"""Merge one agency into another: everything that the one had is the other's from then on."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from assets.models import (
    AgencyLogo,
    Asset,
    AssetShare,
    Collection,
    CollectionShare,
    Licence,
    Nomination,
    Tombstone,
    Upload,
)
from assets.publications.moving import merge_publications
from assets.uses.writing import merge_uses
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict
from permissions.inherited import review_steps_of
from permissions.models import Agency, ApiToken, Invitation, Membership
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import change_tree, common_path, parent_path, require_revision
from permissions.usecases.administration import require_another_administrator
from permissions.usecases.agencies_move import IntoItself, shift, two_agencies
from permissions.usecases.clients import end_all_access
from permissions.vocabulary import AgencyAction, MembershipSource, Role


class IntoOneself(Conflict):
    """An agency cannot be merged into itself."""

    code = "agency_same"


@transaction.atomic
def merge_agency(*, agency_id: UUID, into_id: UUID, by: Actor, revision: int | None = None) -> Agency:
    """Give everything of the agency to the other one and close it; the other one.

    Assets, collections, uploads, tokens, invitations, shares and the agencies below go over; of two roles of a person
    the higher one stays. The closed agency keeps its row and its code, so that references, links and the record still
    find it. Takes an administrator of an agency that has both below it, or an operator. Raises ``NotAllowed``,
    ``NotFound``, ``RevisionChanged``, :class:`IntoOneself`, :class:`IntoItself`, ``TooDeep``, ``LastAdministrator``
    where a suspension that comes along would leave the target without one, or ``Invalid`` for a target that is closed.

    Where the target asks for more reviews than the agency does, it takes an administrator above the target: else one of
    its own could publish below it unreviewed, and take over what was published.
    """
    change_tree()
    source, target = two_agencies(agency_id, into_id)
    assert target is not None  # noqa: S101  given, so found
    if source.pk == target.pk:
        raise IntoOneself(_("An agency cannot be merged into itself."))
    require(can_in_agency(by, AgencyAction.MANAGE, common_path(source.path, target.path)))
    require_revision(source, revision)
    if target.path.startswith(source.path):
        raise IntoItself(_("An agency cannot be merged into one below itself. Move that one out first."))
    if review_steps_of(source.path) < review_steps_of(target.path):
        require(can_in_agency(by, AgencyAction.MANAGE, parent_path(target.path)))
    counts = {name: move(source, target) for name, move in MOVES.items()}
    source.merged_into, source.is_active, source.revision = target, False, source.revision + 1
    source.save(update_fields=["merged_into", "is_active", "revision"])
    Agency.objects.filter(merged_into=source).update(merged_into=target)
    _take_hosts(source, target)
    for agency, other, act in ((source, target, "agency.merged"), (target, source, "agency.absorbed")):
        record(act, by=by, target=agency.pk, agency_id=agency.pk, other=str(other.pk), code=other.code, counts=counts)
    return target


def _children(source: Agency, target: Agency) -> int:
    children = list(Agency.objects.filter(parent=source).order_by("pk"))
    for child in children:
        shift(child, target)
        Agency.objects.filter(pk=child.pk).update(parent=target, revision=F("revision") + 1)
    return len(children)


def _assets(source: Agency, target: Agency) -> int:
    rows = Asset.objects.filter(agency=source)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    return rows.update(agency=target)


def _uploads(source: Agency, target: Agency) -> int:
    rows = Upload.objects.filter(agency=source)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    return rows.update(agency=target)


def _tokens(source: Agency, target: Agency) -> int:
    """They go on as the target's. What OAuth clients fetched for the closed agency ends; they fetch anew."""
    end_all_access(Q(token__agency=source))
    return ApiToken.objects.filter(agency=source).update(agency=target)


def _collection_shares(source: Agency, target: Agency) -> int:
    rows = CollectionShare.objects.filter(agency=source)
    twice = CollectionShare.objects.filter(agency=target).values("collection_id")
    dropped, _rows = rows.filter(collection_id__in=twice).delete()
    return dropped + rows.update(agency=target)


def _tombstones(source: Agency, target: Agency) -> int:
    return Tombstone.objects.filter(agency=source).update(agency=target)


def _logos(source: Agency, target: Agency) -> int:  # noqa: ARG001
    """The sign of the closed agency is not that of the other one, which keeps its own."""
    dropped, _rows = AgencyLogo.objects.filter(agency=source).delete()
    return dropped


def _nominations(source: Agency, target: Agency) -> int:
    return Nomination.objects.filter(agency=source).update(agency=target)


def _shares(source: Agency, target: Agency) -> int:
    rows = AssetShare.objects.filter(agency=source)
    twice = AssetShare.objects.filter(agency=target).values("asset_id")
    dropped, _rows = rows.filter(asset_id__in=twice).delete()
    return dropped + rows.update(agency=target)


def _collections(source: Agency, target: Agency) -> int:
    """Of two with the same title the one that comes says where it was."""
    rows = list(Collection.objects.select_for_update(no_key=True).filter(agency=source).order_by("pk"))
    taken = set(Collection.objects.filter(agency=target).values_list("title", flat=True))
    for row in rows:
        row.title = free_title(row.title, source.code, taken)
        taken.add(row.title)
        row.agency = target
        row.save(update_fields=["title", "agency"])
    return len(rows)


def _licences(source: Agency, target: Agency) -> int:
    """Of two with the same code the one that comes gets another: its terms stay those of the works that carry it."""
    rows = list(Licence.objects.select_for_update(no_key=True).filter(agency=source).order_by("pk"))
    taken = set(Licence.objects.filter(agency=target).values_list("code", flat=True))
    for row in rows:
        number, code = 1, row.code
        while code in taken:
            mark = f"-{source.code.lower()}" if number == 1 else f"-{source.code.lower()}-{number}"
            code = row.code[: 60 - len(mark)] + mark
            number += 1
        taken.add(code)
        row.code, row.agency = code, target
        row.save(update_fields=["code", "agency"])
    return len(rows)


def free_title(title: str, code: str, taken: set[str]) -> str:
    """``title``, or the first of ``title (CODE)``, ``title (CODE 2)``… that is not taken; at most 200 characters."""
    number, free = 1, title
    while free in taken:
        mark = f" ({code})" if number == 1 else f" ({code} {number})"
        free = title[: 200 - len(mark)] + mark
        number += 1
    return free


def _memberships(source: Agency, target: Agency) -> int:
    """A suspension stays one, whichever of the two it was: an administrator ends it, no merge."""
    there = {row.user_id: row for row in Membership.objects.select_for_update().filter(agency=target)}
    moving = list(Membership.objects.select_for_update().filter(agency=source).order_by("pk"))
    for row in moving:
        kept = there.get(row.user_id)
        if kept is None:
            row.agency = target
            row.save(update_fields=["agency"])
            continue
        kept.role = max(Role(kept.role), Role(row.role), key=lambda role: role.rank)
        if row.suspended_at is not None:
            require_another_administrator(kept)  # nobody below shuts out who administers all of it
        kept.suspended_at = kept.suspended_at or row.suspended_at
        if MembershipSource.MANUAL in {kept.source, row.source}:
            kept.source = MembershipSource.MANUAL  # what was given by hand outlives the groups
        row.delete()
        kept.save(update_fields=["role", "suspended_at", "source"])
    return len(moving)


def _invitations(source: Agency, target: Agency) -> int:
    """Of two open ones for an address that of the target stays open, the other is kept with the closed agency."""
    waiting = Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)
    there = {email.lower() for email in waiting.filter(agency=target).values_list("email", flat=True)}
    rows = Invitation.objects.select_for_update().filter(agency=source).order_by("pk")
    moving = [row for row in rows if not row.is_open or row.email.lower() not in there]
    Invitation.objects.filter(pk__in=[row.pk for row in moving]).update(agency=target)
    return len(moving)


def _uses(source: Agency, target: Agency) -> int:
    return merge_uses(source=source, target=target)


def _publications(source: Agency, target: Agency) -> int:
    return merge_publications(source=source, target=target)


MOVES: Final[Mapping[str, Callable[[Agency, Agency], int]]] = {
    "agencies": _children,
    "assets": _assets,
    "uploads": _uploads,
    "tombstones": _tombstones,
    "nominations": _nominations,
    "logos": _logos,
    "tokens": _tokens,
    "shares": _shares,
    "collection_shares": _collection_shares,
    "collections": _collections,
    "licences": _licences,
    "uses": _uses,
    "publications": _publications,
    "memberships": _memberships,
    "invitations": _invitations,
}


def _take_hosts(source: Agency, target: Agency) -> None:
    """Sites of the closed agency go on; where the target lets everybody embed, it still does."""
    target.domains = sorted({*target.domains, *source.domains})
    if target.embed_origins:
        target.embed_origins = sorted({*target.embed_origins, *source.embed_origins})
    target.api_origins = sorted({*target.api_origins, *source.api_origins})
    target.revision += 1
    target.save(update_fields=["domains", "embed_origins", "api_origins", "revision"])
