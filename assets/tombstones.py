"""Who may be told that something was purged: those who could have known it, and nobody else."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from assets.models import Tombstone
from permissions.actor import Actor
from permissions.errors import Gone
from permissions.models import Agency
from permissions.policy import INSIDER, SEES_ALL_ONCE_PUBLISHED, SEES_EVERYTHING
from permissions.vocabulary import Audience, Scope


class AssetPurged(Gone):
    """It was deleted and purged; ``data`` has what the tombstone says to everybody who could have known it."""

    code = "asset_purged"


def refuse_purged(actor: Actor, asset_id: UUID) -> None:
    """Raise :class:`AssetPurged` where there is a tombstone that this actor may find.

    The database is asked the same questions whether there is one or not, so that the time tells nothing.
    """
    found = Tombstone.objects.select_related("agency").filter(pk=asset_id).first()
    named = found.shared_with if found is not None and found.shared_with else [asset_id]
    where = Coalesce("merged_into__path", "path")  # the people of a merged agency went there
    paths = list(Agency.objects.filter(pk__in=named).values_list(where, flat=True))
    if found is not None and could_have_known(actor, found, shared_paths=paths):
        raise AssetPurged(
            _("This was deleted for good. Only its reference is kept."),
            reference=found.reference,
            purged_at=found.purged_at.isoformat(),
        )


def could_have_known(actor: Actor, tombstone: Tombstone, *, shared_paths: Collection[str]) -> bool:
    """The owner's people and the auditors; of what had been published also the central desk and its audience."""
    if not actor.has_scope(Scope.READ):
        return False
    role = actor.role_at(tombstone.agency.path)
    if actor.platform_role in SEES_EVERYTHING or (role is not None and role.includes(INSIDER)):
        return True
    if not tombstone.was_shown:
        return False
    if actor.platform_role in SEES_ALL_ONCE_PUBLISHED or role is not None:
        return True
    if tombstone.audience == Audience.SHARED:
        return any(grant.covers(path) for grant in actor.grants for path in shared_paths)
    return tombstone.audience == Audience.PUBLIC or (tombstone.audience == Audience.NETWORK and actor.is_network_member)


def was_public(asset_id: UUID) -> bool:
    """Whether everybody could have seen what was purged."""
    return _shown_to_everybody(asset_id).exists()


def public_owner(asset_id: UUID) -> Agency | None:
    """The agency of what was purged and everybody could have seen."""
    found = _shown_to_everybody(asset_id).select_related("agency").first()
    return found.agency if found else None


def _shown_to_everybody(asset_id: UUID) -> "QuerySet[Tombstone]":
    return Tombstone.objects.filter(pk=asset_id, was_shown=True, audience=Audience.PUBLIC)
