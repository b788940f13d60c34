"""Finding things in the trash, and when they leave it for good."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from assets.access import decide, not_visible
from assets.models import Asset
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.reasons import require
from permissions.vocabulary import Action

MAX_REASON = 1000


def purged_after(asset: Asset) -> datetime | None:
    """When the purge may take it; None for what is not in the trash, or is held."""
    if asset.deleted_at is None or asset.is_held:
        return None
    return asset.deleted_at + settings.TRASH_LIFETIME


def lock_in_trash_or_out(actor: Actor, action: Action, asset_id: UUID) -> Asset:
    """Lock the row, wherever it lies, then ask the policy about what is locked. Call inside a transaction.

    Raises ``NotFound`` or ``NotAllowed`` with the policy's reason.
    """
    seen = Asset.objects.visible_to(actor) | Asset.objects.trashed_for(actor)
    if not Asset.objects.filter(pk__in=seen.filter(pk=asset_id).values("pk")).exists():
        raise not_visible()
    Asset.objects.select_for_update().filter(pk=asset_id).values_list("pk").first()
    asset = Asset.objects.with_policy_facts().filter(pk=asset_id).first()
    if asset is None:
        raise not_visible()
    require(decide(actor, action, asset))
    return asset


def said(reason: str, sentence: str) -> str:
    """The reason as it is kept, or :class:`Invalid` with ``sentence`` where there is none."""
    text = reason.strip()[:MAX_REASON]
    if not text:
        raise Invalid(sentence, fields={"reason": [sentence]})
    return text
