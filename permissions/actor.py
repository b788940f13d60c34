"""Who is asking: a frozen picture of a person's or a token's rights, taken once a request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from permissions.models import ApiToken, Membership, User
from permissions.vocabulary import PlatformRole, Role, Scope


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role in an agency and everything below it."""

    agency_id: UUID
    path: str
    role: Role

    def covers(self, path: str) -> bool:
        return path.startswith(self.path)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """``scopes`` None means all (a browser session, the system's own jobs).

    ``agency_id`` is set for a token of an agency, with ``answerable_id``: the person who made it.
    """

    user_id: UUID | None = None
    token_id: UUID | None = None
    agency_id: UUID | None = None
    answerable_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    platform_role: PlatformRole | None = None
    scopes: frozenset[Scope] | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None and self.token_id is None

    @property
    def is_network_member(self) -> bool:
        """Whether the actor belongs to the network of agencies at all."""
        return bool(self.grants) or self.platform_role is not None

    @property
    def key(self) -> str:
        """A stable name for idempotency keys and rate limits."""
        if self.token_id is not None:
            return f"token:{self.token_id}"
        return f"user:{self.user_id}" if self.user_id is not None else "anonymous"

    def role_at(self, path: str) -> Role | None:
        """The highest role that covers the agency with this path."""
        roles = [grant.role for grant in self.grants if grant.covers(path)]
        return max(roles, key=lambda role: role.rank, default=None)

    def has_scope(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Actor()


def actor_for_user(user: User, *, token: ApiToken | None = None) -> Actor:
    """The person's rights; with a token of theirs, narrowed to its scopes. An inactive person is nobody, and a
    suspended membership gives nothing."""
    if not user.is_active:
        return ANONYMOUS
    memberships = Membership.objects.filter(
        user=user, agency__is_active=True, suspended_at__isnull=True
    ).select_related("agency")
    return Actor(
        user_id=user.pk,
        token_id=token.pk if token else None,
        grants=tuple(
            Grant(agency_id=m.agency_id, path=m.agency.path, role=Role(m.role))
            for m in memberships.order_by("agency__path")
        ),
        platform_role=PlatformRole(user.platform_role) if user.platform_role else None,
        scopes=frozenset(Scope(s) for s in token.scopes) if token else None,
    )


def actor_for_token(token: ApiToken, *, now: datetime) -> Actor:
    """The rights of whoever the token stands for; nobody when it is revoked, expired or its owner is not active."""
    if not token.usable_at(now):
        return ANONYMOUS
    if token.user is not None:
        return actor_for_user(token.user, token=token)
    agency = token.agency
    if agency is None or not agency.is_active:
        return ANONYMOUS
    return Actor(
        token_id=token.pk,
        agency_id=agency.pk,
        answerable_id=token.created_by_id,
        grants=(Grant(agency_id=agency.pk, path=agency.path, role=Role(token.role)),),
        scopes=frozenset(Scope(s) for s in token.scopes),
    )
