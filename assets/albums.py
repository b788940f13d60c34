"""Works put into a collection: by a use case of collections, or by the album that an upload named."""

from django.db.models import Max
from django.utils.translation import gettext as _

from assets.models import Asset, Collection, CollectionItem
from permissions.actor import Actor
from permissions.audit import record
from permissions.collections import may_change_collection
from permissions.errors import Conflict
from permissions.models import Agency
from permissions.policy import Decision

MAX_ITEMS = 20_000
"""Works of a collection: as many as one request can put in order."""


class CollectionFull(Conflict):
    """A collection takes no more works. HTTP: 409."""

    code = "collection_full"


def may_fill_album(by: Actor, *, agency: Agency, title: str) -> Decision:
    """May they put works into the agency's collection of this title? One that is not there yet is theirs to begin."""
    found = Collection.objects.with_policy_facts().filter(agency=agency, title=title).first()
    return may_change_collection(by, found or Collection(agency=agency, title=title))


def require_place_in_album(*, agency: Agency, title: str) -> None:
    """:class:`CollectionFull` when the agency's collection of this title holds all that it can."""
    found = Collection.objects.filter(agency=agency, title=title).first()
    if found is not None:
        _require_place(found)


def _require_place(collection: Collection) -> None:
    if collection.items.count() >= MAX_ITEMS:
        sentence = _("The collection holds %(most)s works and takes no more. Begin another.")
        raise CollectionFull(sentence % {"most": MAX_ITEMS})


def put_into_album(*, by: Actor, agency: Agency, title: str, asset: Asset) -> None:
    """Put a new work into the agency's collection of this title, which is begun where there is none.

    Who may not change the collection, or not any more, changes nothing, nor does anybody when it is full: the record
    says so, and the work stays outside. Call inside a transaction.
    """
    found, new = Collection.objects.get_or_create(agency=agency, title=title, defaults={"created_by_id": by.user_id})
    if new:
        record("collection.created", by=by, target=found.pk, agency_id=agency.pk, title=title)
    lock_collection(found)
    album = Collection.objects.with_policy_facts().filter(pk=found.pk).first()
    why = _why_not(by, album)
    if album is None or why:
        said = {"asset": str(asset.pk), "reason": why}
        record("collection.add_refused", by=by, target=found.pk, agency_id=agency.pk, **said)
        return
    append_to_collection(collection=album, asset=asset)
    count_change(album)
    record("collection.added", by=by, target=album.pk, agency_id=agency.pk, asset=str(asset.pk))


def _why_not(by: Actor, album: Collection | None) -> str:
    """Why the locked collection does not get another work from them; empty when it does."""
    if album is None:
        return "gone"
    decision = may_change_collection(by, album)
    if not decision:
        return str(decision.reason)
    return CollectionFull.code if album.items.count() >= MAX_ITEMS else ""


def lock_collection(collection: Collection) -> None:
    """Acts on one collection take turns. Call inside a transaction."""
    Collection.objects.select_for_update().filter(pk=collection.pk).values_list("pk").first()


def append_to_collection(*, collection: Collection, asset: Asset) -> None:
    """At the end, unless it is there; :class:`CollectionFull`. Call with the collection locked."""
    if collection.items.filter(asset=asset).exists():
        return
    _require_place(collection)
    last = collection.items.aggregate(last=Max("position"))["last"] or 0
    CollectionItem.objects.create(collection=collection, asset=asset, position=last + 1)


def count_change(collection: Collection, *fields: str) -> None:
    """One revision more; ``fields`` are saved with it."""
    collection.revision += 1
    collection.save(update_fields=[*fields, "revision"])
