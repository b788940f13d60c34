"""API tokens: make, recognise, revoke."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from oauth2_provider.models import AccessToken

from permissions.actor import ANONYMOUS, Actor, actor_for_token
from permissions.audit import record
from permissions.errors import Invalid, NotAllowed, NotFound
from permissions.models import Agency, ApiToken, User
from permissions.moments import require_sensible
from permissions.policy import can_in_agency
from permissions.prepared import columns_of, prepared_rows, rows_of
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.vocabulary import AgencyAction, Role, Scope

MARK = "mc"
PREFIX_LETTERS = string.ascii_lowercase + string.digits
FORM = re.compile(rf"{MARK}_([a-z0-9]{{8}})_[A-Za-z0-9_-]{{20,100}}", re.ASCII)
USED_RESOLUTION = timedelta(minutes=1)
"""``last_used_at`` is written at most this often, so that reads stay reads."""


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """``secret`` is shown once and kept nowhere."""

    token: ApiToken
    secret: str


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *,
    by: Actor,
    name: str,
    scopes: Sequence[Scope],
    agency: Agency | None = None,
    role: Role | None = None,
    expires_at: datetime | None = None,
    as_client: bool = False,
) -> IssuedToken:
    """Make a token for oneself, or, with ``agency`` and ``role``, for an agency that one administers.

    ``as_client``: for an OAuth client (``register_client``); nobody is told its own secret.

    Raises :class:`NotAllowed` when the actor is not a signed-in person, is itself a token without ``agencies:manage``,
    or asks for scopes that it does not have; :class:`Invalid` for an end that has passed, or one after that of the
    token that asks.
    """
    if by.user_id is None:
        raise NotAllowed("Only a person can make tokens.", code="not_signed_in")
    if not scopes:
        raise Invalid("A token needs at least one scope.", fields={"scopes": ["Choose at least one."]})
    if by.scopes is not None and (Scope.MANAGE not in by.scopes or not set(scopes) <= by.scopes):
        raise NotAllowed("A token cannot make one with more rights than its own.", code="scope_missing")
    if (agency is None) != (role is None):
        raise Invalid("An agency's token needs a role, a person's has none.", fields={"role": ["Goes with agency."]})
    if agency is not None:
        hold_tree()
        agency = open_agency(agency.pk)
        require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    require_sensible({"expires_at": expires_at})
    _check_end(by, expires_at)
    prefix = "".join(secrets.choice(PREFIX_LETTERS) for _ in range(8))
    secret = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        user_id=None if agency else by.user_id,
        agency=agency,
        role=role or "",
        scopes=sorted({str(scope) for scope in scopes}),
        expires_at=expires_at,
        created_by_id=by.user_id,
    )
    act = "client.registered" if as_client else "token.issued"
    record(act, by=by, target=token.pk, agency_id=agency.pk if agency else None, scopes=token.scopes)
    return IssuedToken(token=token, secret="" if as_client else secret)


def _check_end(by: Actor, expires_at: datetime | None) -> None:
    """By the database's clock. A token must not live on in one that it made."""
    if expires_at is not None and expires_at <= _database_now():
        raise Invalid("The token would be expired at once.", fields={"expires_at": ["Choose a time to come."]})
    if by.token_id is None:
        return
    end = ApiToken.objects.values_list("expires_at", flat=True).get(pk=by.token_id)
    if end is not None and (expires_at is None or expires_at > end):
        raise Invalid(
            "A token cannot make one that lives longer than itself.",
            fields={"expires_at": [f"Choose a time up to {end.isoformat()}."]},
        )


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def recognise(secret: str) -> tuple[ApiToken | None, Actor]:
    """The token and the actor behind a secret; ``(None, ANONYMOUS)`` for an unknown, revoked or expired one."""
    form = FORM.fullmatch(secret)
    if form is None:
        return None, ANONYMOUS
    found = _with_prefix(form[1])
    if found is None or not hmac.compare_digest(found[0].digest, _digest(secret)):
        return None, ANONYMOUS
    token, now = found
    actor = actor_for_token(token, now=now)
    if actor.is_anonymous:
        return None, ANONYMOUS
    note_use(token, now=now)
    return token, actor


def _with_prefix(prefix: str) -> tuple[ApiToken, datetime] | None:
    """The token with those whom it stands for and who made it, and the database's time. Asked at every request of a
    token: prepared."""
    rows = prepared_rows(_FIND, [prefix])
    if not rows:
        return None
    now, *columns = rows[0]
    token, user, agency, maker = rows_of((ApiToken, User, Agency, User), columns)
    token.user, token.agency, token.created_by = user, agency, maker
    return token, now


_FIND: Final = f"""
SELECT statement_timestamp(), {columns_of(ApiToken, "t")}, {columns_of(User, "u")}, {columns_of(Agency, "a")},
  {columns_of(User, "m")}
FROM permissions_apitoken t LEFT JOIN permissions_user u ON u.id = t.user_id
  LEFT JOIN permissions_agency a ON a.id = t.agency_id JOIN permissions_user m ON m.id = t.created_by_id
WHERE t.prefix = %s
"""  # noqa: S608 - of constants


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Keep when it was last used, to :data:`USED_RESOLUTION`."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - USED_RESOLUTION)
    if token.last_used_at is None or token.last_used_at < now - USED_RESOLUTION:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=Now())


def tokens_of(actor: Actor) -> "QuerySet[ApiToken]":
    """One's own tokens and those of agencies that one administers. Order and pages are the caller's."""
    rows = ApiToken.objects.select_related("agency", "user", "client")
    if actor.user_id is None or not actor.has_scope(Scope.MANAGE):
        return rows.none()
    managed = Q(user_id=actor.user_id)
    for grant in actor.grants:
        if grant.role.includes(Role.AGENCY_ADMIN):
            managed |= Q(agency__path__startswith=grant.path)
    return rows.filter(managed).order_by("-id")


@transaction.atomic
def revoke_token(*, by: Actor, token_id: UUID) -> ApiToken:
    """End a token at once. Idempotent. :class:`NotFound` for one that is neither one's own nor of one's agencies."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("agency").filter(pk=token_id).first()
    mine = (
        token is not None and token.user_id is not None and token.user_id == by.user_id and by.has_scope(Scope.MANAGE)
    )
    managed = (
        token is not None
        and token.agency is not None
        and bool(can_in_agency(by, AgencyAction.MANAGE, token.agency.path))
    )
    if token is None or not (mine or managed):
        raise NotFound("There is no such token.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        AccessToken.objects.filter(application__token=token).delete()
        record("token.revoked", by=by, target=token.pk, agency_id=token.agency_id)
    return token


def owner_of(token: ApiToken) -> User:
    """The person answerable for what a token does."""
    return token.user or token.created_by
