"""Put an asset into the trash."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import ArticleReference, Asset, Release
from assets.states import WorkflowAct
from assets.transitions import move
from assets.trash import said
from permissions.actor import Actor
from permissions.errors import Conflict
from permissions.policy import Decision
from permissions.reasons import require
from permissions.vocabulary import Action, AssetState, Reason, Role


class AssetInUse(Conflict):
    """A published article shows it, or it is the document of a release; ``data`` counts both."""

    code = "asset_in_use"


@transaction.atomic
def delete_asset(*, asset_id: UUID, by: Actor, reason: str, force: bool = False, revision: int | None = None) -> Asset:
    """Put a draft or a withdrawn or archived work into the trash, where nobody sees it but those who may take it back.

    It is purged after ``TRASH_LIFETIME``; until then it counts for the quota. Contributors delete their own drafts,
    editors the rest. Refused under a legal hold, and while something still needs it (:class:`AssetInUse`), unless an
    administrator of the agency forces it. Raises ``NotFound``, ``NotAllowed``, ``Invalid`` without a reason,
    ``RevisionChanged``.
    """
    text = said(reason, _("Say why it is deleted."))
    asset = lock_for(by, Action.DELETE, asset_id, revision=revision)
    if force:
        role = by.role_at(asset.agency.path)
        require(Decision(None if role is not None and role.includes(Role.AGENCY_ADMIN) else Reason.ROLE_TOO_LOW))
    else:
        require_unused(asset)
    return put_into_trash(asset, by=by, reason=text)


def put_into_trash(asset: Asset, *, by: Actor | None, reason: str, policy: Mapping[str, Any] | None = None) -> Asset:
    """The same for a locked asset that may be deleted; without ``by`` it is the ``policy`` that answers for it."""
    return move(
        asset,
        AssetState(asset.state),
        act=WorkflowAct.DELETED,
        by=by,
        comment=reason,
        policy=policy,
        deleted_at=asset.database_now,
        deleted_by_id=by.user_id if by else None,
        deletion_reason=reason,
    )


def require_unused(asset: Asset) -> None:
    """:class:`AssetInUse` while a published article shows it or a release rests on it."""
    shown = ArticleReference.objects.filter(asset=asset, article__state=AssetState.PUBLISHED)
    articles = shown.values("article_id").distinct().count()
    releases = Release.objects.filter(document=asset).exclude(asset=asset).count()
    if articles or releases:
        raise AssetInUse(
            _("It is still in use. Published articles that show it: %(articles)s; releases that need it: %(releases)s.")
            % {"articles": articles, "releases": releases},
            articles=articles,
            releases=releases,
        )
