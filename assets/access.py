"""Fetching an asset for somebody: what they may not see is absent, what they may not do is refused with a reason."""

from uuid import UUID

from django.utils.translation import gettext as _

from assets.models import Asset, AssetVersion
from permissions.actor import Actor
from permissions.errors import NotFound, RevisionChanged
from permissions.policy import Decision, can
from permissions.reasons import SENTENCES, require
from permissions.rights import Verdict, may
from permissions.vocabulary import Action, Reason, Use


def get_visible(actor: Actor, asset_id: UUID) -> Asset:
    """The asset with its policy facts, or :class:`NotFound`."""
    asset = Asset.objects.visible_to(actor).with_policy_facts().filter(pk=asset_id).first()
    if asset is None:
        raise not_visible()
    return asset


def not_visible() -> NotFound:
    """What is said of every asset that does not exist or may not be known: always the same."""
    return NotFound(str(SENTENCES[Reason.NOT_VISIBLE]))


def decide(actor: Actor, action: Action, asset: Asset) -> Decision:
    """The policy's answer for a row that came with ``with_policy_facts``, at the database's time of that query."""
    return can(actor, action, asset, now=asset.database_now)


def judge(actor: Actor, use: Use, asset: Asset, *, territory: str | None = None) -> Verdict:
    """The answer of ``rights.may`` for such a row, at the same time."""
    return may(actor, use, asset, asset.database_now, territory=territory)


def lock_for(actor: Actor, action: Action, asset_id: UUID, *, revision: int | None = None) -> Asset:
    """Lock the row, then ask the policy about what is locked. Call inside a transaction.

    Raises :class:`NotFound`, ``NotAllowed`` with the policy's reason, or :class:`RevisionChanged` when ``revision`` is
    given and not the row's.
    """
    get_visible(actor, asset_id)
    Asset.objects.select_for_update().filter(pk=asset_id).values_list("pk").first()
    asset = Asset.objects.with_policy_facts().get(pk=asset_id)
    decision = decide(actor, action, asset)
    changed = revision is not None and revision != asset.revision
    if not (
        changed and decision.reason is Reason.WRONG_STATE
    ):  # who came too late is told so, not that it is forbidden
        require(decision)
    if changed:
        raise RevisionChanged(_("Somebody changed this in the meantime. Load it again."), revision=asset.revision)
    return asset


def duplicate_visible_to(actor: Actor, sha256: str, *, other_than: UUID | None = None) -> Asset | None:
    """The oldest asset with a version of these very bytes that the actor may know of."""
    versions = AssetVersion.objects.visible_to(actor).filter(sha256=sha256).values("asset_id")
    found = Asset.objects.filter(pk__in=versions).order_by("id")
    if other_than is not None:
        found = found.exclude(pk=other_than)
    return found.first()
