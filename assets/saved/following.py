"""What is new in saved searches, by the changes feed: what became visible to the owner and is found, once."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from assets.changes.reading import ChangeKind, ChangesExpired, Place, fingerprint_of, present_place, read_changes
from assets.models import Asset, SavedSearch, SearchHit
from assets.queries import fitting_among
from assets.saved.asking import owner_of, query_of
from assets.search.query_language import QueryUnreadable
from permissions.actor import Actor

A_TIME: Final = 500
"""Changes that are read for an owner in one step."""
MOST_NEW: Final = 100
"""So many are counted; above there is "more"."""
MOST_KEPT: Final = 500
"""Hits that a search keeps; the oldest go."""


def follow(saved_id: UUID) -> int:
    """Note what became visible since the last time and is found; the number. What is noted and the place that was
    reached are one transaction, so that a run that was cut off is done again to the same end; of two runs at once the
    first counts. Nothing where the owner has no rights left. The changes are read before it: reading seals, and whoever
    seals waits for nobody's search."""
    saved = SavedSearch.objects.select_related("user", "token__agency", "token__user").filter(pk=saved_id).first()
    actor = owner_of(saved) if saved is not None else None
    if saved is None or actor is None or actor.is_anonymous:
        return 0
    since = Place(sequence=saved.place, fingerprint=bytes(saved.fingerprint))
    try:
        reading = read_changes(actor=actor, since=since, limit=A_TIME)
    except ChangesExpired:  # other rights: what they open is not news
        return _note(saved, since, present_place(actor), set())
    opened = {each.asset_id for each in reading.changes if each.kind is ChangeKind.CREATED}
    return _note(saved, since, reading.place, _found(actor, saved, opened)) if reading.place != since else 0


@transaction.atomic
def _note(saved: SavedSearch, since: Place, place: Place, found: Collection[UUID]) -> int:
    rows = SavedSearch.objects.select_for_update(skip_locked=True)
    still = rows.filter(pk=saved.pk, place=since.sequence, fingerprint=since.fingerprint).first()
    if still is None:
        return 0
    made = [SearchHit(search=still, asset_id=asset_id) for asset_id in sorted(found)]
    SearchHit.objects.bulk_create(made, ignore_conflicts=True)
    _keep_place(still, place)
    if made:
        _forget_oldest(still)
    return len(made)


def _found(actor: Actor, saved: SavedSearch, assets: Collection[UUID]) -> set[UUID]:
    try:
        return fitting_among(actor, query_of(saved), assets) if assets else set()
    except QueryUnreadable:
        return set()


def _keep_place(saved: SavedSearch, place: Place) -> None:
    saved.place, saved.fingerprint = place.sequence, place.fingerprint
    saved.save(update_fields=["place", "fingerprint"])


def _forget_oldest(saved: SavedSearch) -> None:
    kept = SearchHit.objects.filter(search=saved).order_by("-id").values("id")[:MOST_KEPT]
    SearchHit.objects.filter(search=saved).exclude(pk__in=list(kept.values_list("id", flat=True))).delete()


def place_for(actor: Actor) -> dict[str, object]:
    """Where following begins for a search that is saved now."""
    found = present_place(actor)
    return {"place": found.sequence, "fingerprint": fingerprint_of(actor)}


def new_in(searches: Collection[SavedSearch], actor: Actor) -> Mapping[UUID, int]:
    """How many fresh hits of each the actor sees now, in one query; more than ``MOST_NEW`` is "more"."""
    rows = SearchHit.objects.filter(
        search__in=searches, fresh=True, asset__in=Asset.objects.visible_to(actor).order_by().values("pk")
    )
    return dict(rows.order_by().values_list("search").annotate(Count("id")))
