"""A saved search as the query that it is now, for whoever it belongs to now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from assets.models import SavedSearch
from assets.search.query import Order, SearchQuery
from permissions.actor import ANONYMOUS, Actor, actor_for_token, actor_for_user
from permissions.models import Agency
from permissions.vocabulary import Scope

MOMENTS: Final = frozenset(f"{name}_{end}" for name in ("created", "taken", "published") for end in ("from", "to"))


def owner_of(saved: SavedSearch) -> Actor:
    """The rights of the owner now; a stranger's where nobody is left who belongs to the network: a suspended person, a
    token that has ended or may not read."""
    if saved.user is not None:
        actor = actor_for_user(saved.user)
    elif saved.token is not None:
        actor = actor_for_token(saved.token, now=timezone.now())
    else:
        return ANONYMOUS
    return actor if actor.is_network_member and actor.has_scope(Scope.READ) else ANONYMOUS


def searches_of(actor: Actor) -> "QuerySet[SavedSearch]":
    """One's own: a person's, also by their token; of an agency's token, those of the token."""
    rows = SavedSearch.objects.select_related("user", "token__agency", "token__user")
    if actor.user_id is not None:
        return rows.filter(user_id=actor.user_id)
    return rows.filter(token_id=actor.token_id) if actor.token_id is not None else rows.none()


def query_of(saved: SavedSearch) -> SearchQuery:
    """What it asks for. An agency that was merged is the one that it was merged into."""
    asked: dict[str, Any] = dict(saved.asked)
    words = asked.pop("search", "")
    asked.pop("order", None)
    key = asked.pop("agency", None)
    agency = _agency(key) if key else None
    values = {name: _read(name, value) for name, value in asked.items()}
    return SearchQuery(words=words, agency=agency, order=Order.NEWEST, **values)


def _agency(key: str) -> Agency | None:
    found = Agency.objects.filter(pk=UUID(key)).select_related("merged_into").first()
    return found and (found.merged_into or found)


def _read(name: str, value: Any) -> Any:
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    return UUID(value) if name == "album" else value


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Validated parameters as they are kept: the agency by its id, times as texts."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Agency):
            kept[name] = str(value.pk)
        elif isinstance(value, datetime):
            kept[name] = value.isoformat()
        elif isinstance(value, UUID):
            kept[name] = str(value)
        else:
            kept[name] = value
    return kept
