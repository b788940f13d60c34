"""What lies in the trash, as plain values."""

from django.db.models import Sum

from api.presenters import display_title, hold_out
from api.presenters_base import Values, agency_ref, asset_ref
from assets.access import decide
from assets.models import Asset, AssetQuerySet
from assets.retention import Policy
from assets.trash import purged_after
from permissions.actor import Actor
from permissions.vocabulary import Action


def for_trash(rows: AssetQuerySet) -> AssetQuerySet:
    """Everything that :func:`trash_item` asks of the rows."""
    facts = rows.with_policy_facts().select_related("deleted_by", "held_by").prefetch_related("texts")
    return facts.annotate(original_bytes=Sum("versions__size"))


def trash_item(actor: Actor, asset: Asset) -> Values:
    """For rows that came through :func:`for_trash`."""
    return {
        "id": asset.pk,
        "reference": asset.reference,
        "kind": asset.kind,
        "state": asset.state,
        "agency": agency_ref(asset.agency),
        "title": display_title(asset),
        "bytes": getattr(asset, "original_bytes", None) or 0,
        "deleted_at": asset.deleted_at,
        "deleted_by": asset.deleted_by.full_name if asset.deleted_by else None,
        "reason": asset.deletion_reason,
        "purged_after": purged_after(asset),
        "legal_hold": hold_out(asset),
        "may_undelete": bool(decide(actor, Action.UNDELETE, asset)),
    }


def retention_item(asset: Asset, policy: Policy) -> Values:
    """For rows of ``assets.retention.next_to_go``."""
    return {
        "asset": asset_ref(asset),
        "title": display_title(asset),
        "state": asset.state,
        "outcome": str(policy.outcome),
        "rule": str(policy.rule),
        "days": policy.days,
        "policy_of": agency_ref(policy.agency),
    }
