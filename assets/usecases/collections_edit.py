from uuid import UUID

from django.db import transaction

from assets.access import get_visible
from assets.models import Collection
from assets.usecases.uploads_complete import add_to_album
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.vocabulary import AgencyAction


@transaction.atomic
def create_collection(*, by: Actor, agency: Agency, title: str) -> Collection:
    """An empty collection of the agency; :class:`Conflict` when it has one of that title."""
    hold_tree()
    agency = open_agency(agency.pk)
    require(can_in_agency(by, AgencyAction.UPLOAD, agency.path))
    made, new = Collection.objects.get_or_create(agency=agency, title=title, defaults={"created_by_id": by.user_id})
    if not new:
        raise Conflict("The agency has a collection of this title.", code="collection_exists")
    record("collection.created", by=by, target=made.pk, agency_id=agency.pk, title=title)
    return made


@transaction.atomic
def add_to_collection(*, by: Actor, collection_id: UUID, asset_id: UUID) -> Collection:
    """Append an asset that the actor may see. Idempotent."""
    collection = Collection.objects.visible_to(by).select_related("agency").filter(pk=collection_id).first()
    if collection is None:
        raise NotFound("There is no such collection.")
    require(can_in_agency(by, AgencyAction.UPLOAD, collection.agency.path))
    asset = get_visible(by, asset_id)
    add_to_album(collection=collection, asset=asset)
    record("collection.added", by=by, target=collection.pk, agency_id=collection.agency_id, asset=str(asset.pk))
    return collection
