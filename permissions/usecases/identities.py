"""People who sign in by the identity provider: found, linked or added, with memberships by their groups."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import QuerySet

from permissions.audit import record
from permissions.errors import NotAllowed
from permissions.models import Agency, Membership, User
from permissions.tree import hold_tree
from permissions.vocabulary import MembershipSource, Role


@dataclass(frozen=True, kw_only=True)
class GroupRole:
    """Members of ``group`` at the provider have ``role`` in the agency with this code."""

    group: str
    agency_code: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the provider vouches for, verified. ``email`` is empty unless the provider verified it."""

    issuer: str
    subject: str
    email: str
    full_name: str
    groups: frozenset[str]


def parse_group_roles(text: str) -> tuple[GroupRole, ...]:
    """``mic-editors=MIC:editor;mic-admins=MIC:agency_admin``. Raises ``ValueError`` naming the part that is wrong."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        group, equals, target = part.rpartition("=")
        code, colon, role = target.partition(":")
        if not (group.strip() and equals and code.strip() and colon and role.strip() in Role.values):
            raise ValueError(part)
        found.append(GroupRole(group=group.strip(), agency_code=code.strip(), role=Role(role.strip())))
    return tuple(found)


def identities_of(user: User) -> "QuerySet[SocialAccount]":
    found: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user).order_by("pk")
    return found


@transaction.atomic
def admit(*, identity: Identity, mapping: Sequence[GroupRole]) -> User:
    """The person whom a verified identity stands for, with memberships as their groups say.

    Known by the identity, else by the e-mail address that the provider verified, else added when a group of theirs is
    mapped. Raises ``NotAllowed`` (``not_admitted``) for anybody else, and for people who are not active.
    """
    hold_tree()
    roles = _roles(identity.groups, mapping)
    user = _known(identity) or _by_email(identity) or _added(identity, roles)
    if user is None or not user.is_active:
        raise NotAllowed("This identity has no account here and no group that gives one.", code="not_admitted")
    User.objects.select_for_update().get(pk=user.pk)
    _follow_groups(user, roles)
    return user


def _roles(groups: Collection[str], mapping: Sequence[GroupRole]) -> dict[Agency, Role]:
    """The highest role of each agency that the groups give; agencies that do not exist or are closed give none, those
    that were merged give it in the one that goes on."""
    wanted = [each for each in mapping if each.group in groups]
    named = Agency.objects.filter(code__in={each.agency_code for each in wanted}).select_related("merged_into")
    agencies = {each.code: each.merged_into or each for each in named if each.is_active or each.merged_into}
    roles: dict[Agency, Role] = {}
    for each in wanted:
        agency = agencies.get(each.agency_code)
        if agency is not None:
            roles[agency] = max(roles.get(agency, each.role), each.role, key=lambda role: role.rank)
    return roles


def _known(identity: Identity) -> User | None:
    account = SocialAccount.objects.filter(provider=identity.issuer, uid=identity.subject).first()
    return User.objects.get(pk=account.user_id) if account else None


def _by_email(identity: Identity) -> User | None:
    user = User.objects.filter(email__iexact=identity.email).first() if identity.email else None
    if user is None or not user.is_active:
        return user
    if identities_of(user).filter(provider=identity.issuer).exists():
        raise NotAllowed("Another identity of this provider belongs to this e-mail address.", code="not_admitted")
    _link(user, identity)
    return user


def _added(identity: Identity, roles: dict[Agency, Role]) -> User | None:
    if not roles or not identity.email:
        return None
    name = identity.full_name.strip()[:150] or identity.email.partition("@")[0]
    user = User.objects.create_user(email=identity.email, password=None, full_name=name)
    record("person.created", by=None, target=user.pk, platform_role="", source=str(MembershipSource.OIDC))
    _link(user, identity)
    return user


def _link(user: User, identity: Identity) -> None:
    SocialAccount.objects.create(
        user=user, provider=identity.issuer, uid=identity.subject, extra_data={"email": identity.email}
    )
    record("identity.linked", by=None, target=user.pk, issuer=identity.issuer)


def _follow_groups(user: User, roles: dict[Agency, Role]) -> None:
    """Memberships given by groups become those of today; memberships given by hand stay as they are."""
    held = {m.agency_id: m for m in Membership.objects.filter(user=user)}
    wanted = {agency.pk: role for agency, role in roles.items()}
    for agency_id, membership in held.items():
        if membership.source != MembershipSource.OIDC or membership.suspended_at is not None:
            continue  # a suspension is not undone by leaving a group and joining it again
        role = wanted.get(agency_id)
        if role is None:
            membership.delete()
            record("role.revoked", by=None, target=user.pk, agency_id=agency_id, before=membership.role, source="oidc")
        elif role != membership.role:
            before, membership.role = membership.role, role
            membership.save(update_fields=["role"])
            _granted(user, agency_id, role, before)
    for agency_id, role in wanted.items():
        if agency_id not in held:
            Membership.objects.create(user=user, agency_id=agency_id, role=role, source=MembershipSource.OIDC)
            _granted(user, agency_id, role, None)


def _granted(user: User, agency_id: UUID, role: Role, before: str | None) -> None:
    record("role.granted", by=None, target=user.pk, agency_id=agency_id, role=str(role), before=before, source="oidc")
