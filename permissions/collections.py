"""Who may know of a collection and change it: asked as a predicate and, for lists, as a row filter.

``tests/permissions/test_collection_agreement.py`` proves that the two agree. What is inside a collection is judged
asset by asset (``permissions/policy.py``); a collection opens nothing.
"""

from collections.abc import Callable
from collections.abc import Collection as Strings
from typing import Protocol

from django.db.models import Q

from permissions.actor import Actor
from permissions.policy import ALLOWED, SEES_EVERYTHING, Decision, can_in_agency
from permissions.rows import EVERYTHING, NOTHING, below
from permissions.vocabulary import AgencyAction, Audience, Reason, Role, Scope


class CollectionFacts(Protocol):
    """What is asked of a collection."""

    @property
    def agency_path(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def shared_paths(self) -> Strings[str]: ...


def sees_collection(actor: Actor, collection: CollectionFacts) -> bool:
    """Whether the actor may know that there is this collection."""
    if not actor.has_scope(Scope.READ):
        return False
    if actor.platform_role in SEES_EVERYTHING or actor.role_at(collection.agency_path) is not None:
        return True
    if collection.audience == Audience.SHARED:
        return any(grant.covers(path) for grant in actor.grants for path in collection.shared_paths)
    return collection.audience == Audience.PUBLIC or (
        collection.audience == Audience.NETWORK and actor.is_network_member
    )


def visible_collections(actor: Actor, *, shared_below: Callable[[list[str]], Q]) -> Q:
    """The collections that :func:`sees_collection` allows."""
    if not actor.has_scope(Scope.READ):
        return NOTHING
    if actor.platform_role in SEES_EVERYTHING:
        return EVERYTHING
    paths = [grant.path for grant in actor.grants]
    visible = below(paths, "agency__path") | Q(audience=Audience.PUBLIC)
    if actor.is_network_member:
        visible |= Q(audience=Audience.NETWORK)
    return visible | (Q(audience=Audience.SHARED) & shared_below(paths))


def may_change_collection(actor: Actor, collection: CollectionFacts, *, audience: str | None = None) -> Decision:
    """A contributor of the agency fills and orders its collections; one that others see, or shall see (``audience``),
    takes an editor and the right to publish, as publishing does."""
    decision = can_in_agency(actor, AgencyAction.UPLOAD, collection.agency_path)
    if not decision:
        return decision
    if {collection.audience, audience or collection.audience} == {Audience.AGENCY}:
        return ALLOWED
    if not actor.has_scope(Scope.PUBLISH):
        return Decision(Reason.SCOPE_MISSING)
    role = actor.role_at(collection.agency_path)
    return ALLOWED if role is not None and role.includes(Role.EDITOR) else Decision(Reason.ROLE_TOO_LOW)
