"""Fetching a nomination for somebody."""

from uuid import UUID

from django.utils.translation import gettext as _

from assets.models import Asset, Nomination
from permissions.actor import Actor
from permissions.errors import NotFound, RevisionChanged
from permissions.policy import can_run_desk
from permissions.reasons import require


def get_nomination(actor: Actor, nomination_id: UUID) -> Nomination:
    """The nomination, or :class:`NotFound` for one that the actor may not know of."""
    found = Nomination.objects.visible_to(actor).filter(pk=nomination_id).first()
    if found is None:
        raise NotFound("There is no such nomination.")
    return found


def lock_for_desk(actor: Actor, nomination_id: UUID, *, revision: int | None = None) -> Nomination:
    """Lock it for a decision of the central desk, and its asset before it, as whoever nominates does: the asset's state
    stays what the decision saw. Call inside a transaction.

    Raises :class:`NotFound`, ``NotAllowed``, or :class:`RevisionChanged`.
    """
    found = get_nomination(actor, nomination_id)
    require(can_run_desk(actor))
    Asset.objects.select_for_update().filter(pk=found.asset_id).values_list("pk").first()
    nomination = Nomination.objects.select_for_update(of=("self",)).select_related("asset").get(pk=nomination_id)
    if revision is not None and revision != nomination.revision:
        raise RevisionChanged(_("Somebody changed this in the meantime. Load it again."), revision=nomination.revision)
    return nomination
