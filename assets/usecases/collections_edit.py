"""Collections: made, described, filled, ordered, emptied, taken away. Acts on one collection take turns by its lock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assets.access import get_visible
from assets.albums import append_to_collection, count_change, lock_collection
from assets.models import Asset, Collection, CollectionItem, CollectionShare
from assets.states import CollectionKind
from permissions.actor import Actor
from permissions.audit import record
from permissions.collections import may_change_collection
from permissions.errors import Conflict, Invalid, NotFound, RevisionChanged
from permissions.models import Agency
from permissions.moments import require_sensible
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.vocabulary import AgencyAction, Audience

EDITABLE = frozenset(
    {
        "title",
        "kind",
        "audience",
        "description_vi",
        "description_en",
        "description_zh",
        "starts_at",
        "ends_at",
        "place",
    }
)
EVENT_FIELDS = ("starts_at", "ends_at", "place")


def find_collection(actor: Actor, collection_id: UUID) -> Collection:
    """The collection with its policy facts, or :class:`NotFound`."""
    found = Collection.objects.visible_to(actor).with_policy_facts().filter(pk=collection_id).first()
    if found is None:
        raise NotFound("There is no such collection.")
    return found


def ordered_for(actor: Actor, collection: Collection) -> QuerySet[CollectionItem]:
    """The places whose asset the actor may see, in order. The others do not exist for them."""
    visible = Asset.objects.visible_to(actor).filter(collections=collection).values("pk")
    return CollectionItem.objects.filter(collection=collection, asset_id__in=visible).order_by("position", "id")


def items_for(actor: Actor, collection: Collection) -> list[CollectionItem]:
    """All of :func:`ordered_for`."""
    return list(ordered_for(actor, collection))


@transaction.atomic
def create_collection(
    *,
    by: Actor,
    agency: Agency,
    title: str,
    fields: Mapping[str, Any] | None = None,
    shared_with: Iterable[Agency] | None = None,
) -> Collection:
    """An empty collection of the agency; :class:`Conflict` when it has one of that title."""
    hold_tree()
    agency = open_agency(agency.pk)
    require(can_in_agency(by, AgencyAction.UPLOAD, agency.path))
    values = _known(fields or {})
    require(may_change_collection(by, Collection(agency=agency), audience=values.get("audience")))
    made, new = Collection.objects.get_or_create(
        agency=agency, title=title, defaults={**values, "created_by_id": by.user_id}
    )
    if not new:
        raise _title_taken()
    _share(made, shared_with)
    _require_whole(made)
    record("collection.created", by=by, target=made.pk, agency_id=agency.pk, title=title, **_plain(values))
    return made


@transaction.atomic
def edit_collection(
    *,
    by: Actor,
    collection_id: UUID,
    fields: Mapping[str, Any],
    shared_with: Iterable[Agency] | None = None,
    revision: int | None = None,
) -> Collection:
    """Set the given fields. To let others see it, or to change what others see, takes an editor."""
    values = _known(fields)
    collection = _lock(by, collection_id, revision, audience=values.get("audience"))
    title = values.get("title", collection.title)
    others = Collection.objects.filter(agency=collection.agency, title=title).exclude(pk=collection.pk)
    if others.exists():
        raise _title_taken()
    before = {name: getattr(collection, name) for name in values}
    for name, value in values.items():
        setattr(collection, name, value)
    _share(collection, shared_with)
    _require_whole(collection)
    count_change(collection, *values)
    changed = {name: [_text(before[name]), _text(values[name])] for name in values if before[name] != values[name]}
    record("collection.edited", by=by, target=collection.pk, agency_id=collection.agency_id, changed=changed)
    return collection


@transaction.atomic
def delete_collection(*, by: Actor, collection_id: UUID, revision: int | None = None) -> None:
    """Take the collection away; the assets stay."""
    collection = _lock(by, collection_id, revision)
    held = collection.items.count()
    record(
        "collection.deleted",
        by=by,
        target=collection.pk,
        agency_id=collection.agency_id,
        title=collection.title,
        items=held,
    )
    collection.delete()


@transaction.atomic
def add_to_collection(*, by: Actor, collection_id: UUID, asset_id: UUID) -> Collection:
    """Append an asset that the actor may see. Idempotent. ``CollectionFull`` beyond what a collection holds."""
    collection = _lock(by, collection_id, None)
    asset = get_visible(by, asset_id)
    if not CollectionItem.objects.filter(collection=collection, asset=asset).exists():
        append_to_collection(collection=collection, asset=asset)
        count_change(collection)
    record("collection.added", by=by, target=collection.pk, agency_id=collection.agency_id, asset=str(asset.pk))
    return collection


@transaction.atomic
def remove_from_collection(
    *, by: Actor, collection_id: UUID, asset_id: UUID, revision: int | None = None
) -> Collection:
    """Take an asset out that the actor sees in it."""
    collection = _lock(by, collection_id, revision)
    item = next((item for item in items_for(by, collection) if item.asset_id == asset_id), None)
    if item is None:
        raise _no_item()
    item.delete()
    count_change(collection)
    record("collection.removed", by=by, target=collection.pk, agency_id=collection.agency_id, asset=str(asset_id))
    return collection


@transaction.atomic
def order_collection(
    *, by: Actor, collection_id: UUID, assets: Sequence[UUID], revision: int | None = None
) -> Collection:
    """A new order of all that the actor sees in it; what they do not see keeps its places.

    :class:`Conflict` (``order_incomplete``) when ``assets`` are not exactly those.
    """
    collection = _lock(by, collection_id, revision)
    _order(by, collection, assets)
    return collection


@transaction.atomic
def move_in_collection(
    *, by: Actor, collection_id: UUID, asset_id: UUID, position: int, revision: int | None = None
) -> Collection:
    """To this place, counted from 1 among those that the actor sees; beyond the end is the end."""
    collection = _lock(by, collection_id, revision)
    order = [item.asset_id for item in items_for(by, collection)]
    if asset_id not in order:
        raise _no_item()
    order.remove(asset_id)
    order.insert(max(position, 1) - 1, asset_id)
    _order(by, collection, order)
    return collection


def _order(by: Actor, collection: Collection, assets: Sequence[UUID]) -> None:
    items = items_for(by, collection)
    by_asset = {item.asset_id: item for item in items}
    if sorted(assets) != sorted(by_asset):
        sentence = _("Name every asset of the collection exactly once. Load it again.")
        raise Conflict(sentence, code="order_incomplete")
    places = _distinct([item.position for item in items])
    changed = []
    for place, asset_id in zip(places, assets, strict=True):
        item = by_asset[asset_id]
        if item.position != place:
            item.position = place
            changed.append(item)
    CollectionItem.objects.bulk_update(changed, ["position"], batch_size=500)
    count_change(collection)
    record("collection.ordered", by=by, target=collection.pk, agency_id=collection.agency_id, moved=len(changed))


def _distinct(places: Sequence[int]) -> list[int]:
    """The same places, each at least one after the one before."""
    found: list[int] = []
    for place in places:
        found.append(max(place, found[-1] + 1) if found else place)
    return found


def _lock(by: Actor, collection_id: UUID, revision: int | None, *, audience: str | None = None) -> Collection:
    lock_collection(find_collection(by, collection_id))
    collection = find_collection(by, collection_id)
    require(may_change_collection(by, collection, audience=audience))
    if revision is not None and revision != collection.revision:
        raise RevisionChanged(_("Somebody changed this in the meantime. Load it again."), revision=collection.revision)
    return collection


def _share(collection: Collection, agencies: Iterable[Agency] | None) -> None:
    if agencies is None:
        return
    wanted = {agency.pk for agency in agencies}
    CollectionShare.objects.filter(collection=collection).exclude(agency_id__in=wanted).delete()
    present = set(CollectionShare.objects.filter(collection=collection).values_list("agency_id", flat=True))
    CollectionShare.objects.bulk_create(
        CollectionShare(collection=collection, agency_id=pk) for pk in sorted(wanted - present)
    )


def _require_whole(collection: Collection) -> None:
    """What the columns say together makes sense."""
    if collection.kind != CollectionKind.EVENT and any(getattr(collection, name) for name in EVENT_FIELDS):
        sentence = _("Only an event has dates and a place.")
        raise Invalid(sentence, fields={"kind": [sentence]})
    start, end = collection.starts_at, collection.ends_at
    if end is not None and (start is None or end < start):
        sentence = _("An event ends after it begins.")
        raise Invalid(sentence, fields={"ends_at": [sentence]})
    if collection.audience == Audience.SHARED and not CollectionShare.objects.filter(collection=collection).exists():
        sentence = _("Name at least one agency to share with.")
        raise Invalid(sentence, fields={"shared_with": [sentence]})


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - EDITABLE
    if unknown:
        raise Invalid("Unknown fields.", code="unknown_field", fields={name: ["Unknown field."] for name in unknown})
    require_sensible(fields)
    return dict(fields)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in values.items() if name != "title"}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else (None if value is None else str(value))


def _title_taken() -> Conflict:
    return Conflict(_("The agency has a collection of this title."), code="collection_exists")


def _no_item() -> NotFound:
    return NotFound("The collection has no such asset.")
