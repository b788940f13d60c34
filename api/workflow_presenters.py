"""The work on assets as plain values: history, comments, nominations, the outcome of bulk actions."""

from api.errors import domain_problem
from api.presenters import asset_summary, display_title, may, person_ref, workflow_out
from api.presenters_base import Values, agency_ref, asset_ref
from assets.models import Asset, AssetComment, Nomination, WorkflowEvent
from assets.usecases.assets_bulk import BulkItem
from permissions.actor import Actor
from permissions.models import ApiToken, User


def name_of(user: User | None, token: ApiToken | None) -> str | None:
    """Who it was: a person, an agency's token by its name, or None for the clock."""
    if user is not None:
        return user.full_name
    return token.name if token is not None else None


def review_item(actor: Actor, asset: Asset, *, territory: str | None) -> Values:
    """For rows that came through ``for_lists`` and ``with_review_clock``."""
    more = {"workflow": workflow_out(asset), "may": may(actor, asset), "revision": asset.revision}
    return asset_summary(actor, asset, territory=territory) | more


def history_entry(event: WorkflowEvent) -> Values:
    return {
        "id": event.pk,
        "at": event.at,
        "act": event.act,
        "by": name_of(event.user, event.token),
        "before": event.before,
        "after": event.after,
        "step": event.step,
        "comment": event.comment,
        "revision": event.revision,
    }


def comment_out(comment: AssetComment) -> Values:
    return {
        "id": comment.pk,
        "at": comment.at,
        "by": name_of(comment.user, comment.token),
        "mention": person_ref(comment.mention),
        "text": comment.text,
    }


def nomination_out(nomination: Nomination) -> Values:
    return {
        "id": nomination.pk,
        "state": nomination.state,
        "asset": asset_ref(nomination.asset),
        "asset_title": display_title(nomination.asset),
        "agency": agency_ref(nomination.agency),
        "note": nomination.note,
        "nominated_by": name_of(nomination.nominated_by, None),
        "created_at": nomination.created_at,
        "decided_at": nomination.decided_at,
        "reason": nomination.reason,
        "title": nomination.title,
        "caption": nomination.caption,
        "priority": nomination.priority,
        "revision": nomination.revision,
    }


def bulk_result(item: BulkItem) -> Values:
    asset = item.asset
    return {
        "id": item.asset_id,
        "done": item.refusal is None,
        "state": str(asset.state) if asset else None,
        "revision": asset.revision if asset else None,
        "problem": domain_problem(item.refusal)[1] if item.refusal else None,
    }
