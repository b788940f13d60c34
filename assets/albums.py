"""Works put into a collection: by a use case of collections, or by the album that an upload named."""

from django.db.models import Max

from assets.models import Asset, Collection, CollectionItem
from permissions.actor import Actor
from permissions.audit import record
from permissions.collections import may_change_collection
from permissions.models import Agency
from permissions.policy import Decision


def may_fill_album(by: Actor, *, agency: Agency, title: str) -> Decision:
    """May they put works into the agency's collection of this title? One that is not there yet is theirs to begin."""
    found = Collection.objects.with_policy_facts().filter(agency=agency, title=title).first()
    return may_change_collection(by, found or Collection(agency=agency, title=title))


def put_into_album(*, by: Actor, agency: Agency, title: str, asset: Asset) -> None:
    """Put a new work into the agency's collection of this title, which is begun where there is none.

    Who may not change the collection, or not any more, changes nothing: the record says so, and the work stays
    outside. Call inside a transaction.
    """
    found, new = Collection.objects.get_or_create(agency=agency, title=title, defaults={"created_by_id": by.user_id})
    if new:
        record("collection.created", by=by, target=found.pk, agency_id=agency.pk, title=title)
    lock_collection(found)
    album = Collection.objects.with_policy_facts().filter(pk=found.pk).first()
    decision = may_change_collection(by, album) if album is not None else None
    if album is None or not decision:
        why = str(decision.reason) if decision is not None else "gone"
        record("collection.add_refused", by=by, target=found.pk, agency_id=agency.pk, asset=str(asset.pk), reason=why)
        return
    append_to_collection(collection=album, asset=asset)
    count_change(album)
    record("collection.added", by=by, target=album.pk, agency_id=agency.pk, asset=str(asset.pk))


def lock_collection(collection: Collection) -> None:
    """Acts on one collection take turns. Call inside a transaction."""
    Collection.objects.select_for_update().filter(pk=collection.pk).values_list("pk").first()


def append_to_collection(*, collection: Collection, asset: Asset) -> None:
    """At the end, unless it is there. Call with the collection locked."""
    last = collection.items.aggregate(last=Max("position"))["last"] or 0
    CollectionItem.objects.get_or_create(collection=collection, asset=asset, defaults={"position": last + 1})


def count_change(collection: Collection, *fields: str) -> None:
    """One revision more; ``fields`` are saved with it."""
    collection.revision += 1
    collection.save(update_fields=[*fields, "revision"])
