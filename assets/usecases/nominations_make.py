from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import Nomination
from assets.states import NominationState, WorkflowAct
from assets.transitions import MAX_COMMENT, move
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid
from permissions.vocabulary import Action, AssetState


@transaction.atomic
def nominate_asset(*, asset_id: UUID, by: Actor, note: str = "", revision: int | None = None) -> Nomination:
    """Propose a published asset to the central desk; :class:`Conflict` while an earlier proposal waits."""
    if len(note) > MAX_COMMENT:
        sentence = _("At most 2,000 characters.")
        raise Invalid(sentence, fields={"note": [sentence]})
    asset = lock_for(by, Action.NOMINATE, asset_id, revision=revision)
    if Nomination.objects.filter(asset=asset, state=NominationState.OPEN).exists():
        raise Conflict(_("This waits for the central desk already."), code="nomination_open")
    made = Nomination.objects.create(
        asset=asset, agency_id=asset.agency_id, note=note.strip(), nominated_by_id=by.user_id
    )
    move(asset, AssetState(asset.state), act=WorkflowAct.NOMINATED, by=by, comment=note.strip())
    return made
