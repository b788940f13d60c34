from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import get_visible
from assets.colleagues import find_colleague
from assets.models import AssetComment
from assets.transitions import MAX_COMMENT
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.policy import can
from permissions.reasons import require
from permissions.vocabulary import Action


@transaction.atomic
def comment_on_asset(*, asset_id: UUID, by: Actor, text: str, mention: UUID | None = None) -> AssetComment:
    """Add a remark to the asset's thread, for somebody where ``mention`` names a person who can read it."""
    asset = get_visible(by, asset_id)
    require(can(by, Action.COMMENT, asset, now=asset.database_now))
    if not text.strip() or len(text) > MAX_COMMENT * 2:
        sentence = _("Write a comment of up to 4,000 characters.")
        raise Invalid(sentence, fields={"text": [sentence]})
    person = find_colleague(asset, mention, field="mention") if mention else None
    made = AssetComment.objects.create(
        asset=asset, user_id=by.user_id, token_id=by.token_id, mention=person, text=text.strip()
    )
    record("asset.commented", by=by, target=asset.pk, agency_id=asset.agency_id, comment=str(made.pk))
    return made
