from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import Asset
from assets.states import WorkflowAct
from assets.transitions import move
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def request_changes(*, asset_id: UUID, by: Actor, comment: str, revision: int | None = None) -> Asset:
    """In review or approved → changes requested, saying what to change."""
    if not comment.strip():
        sentence = _("Say what has to change.")
        raise Invalid(sentence, fields={"comment": [sentence]})
    asset = lock_for(by, Action.REQUEST_CHANGES, asset_id, revision=revision)
    return move(
        asset,
        AssetState.CHANGES_REQUESTED,
        act=WorkflowAct.CHANGES_REQUESTED,
        by=by,
        comment=comment.strip(),
        approved_by=[],
    )
