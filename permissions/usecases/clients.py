"""OAuth clients: register one for an agency, recognise the access tokens that it fetched."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from oauth2_provider.models import AbstractApplication, AccessToken

from permissions.actor import ANONYMOUS, Actor, actor_for_token
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency, ApiClient, ApiToken
from permissions.usecases.tokens import issue_token, note_use
from permissions.vocabulary import Role, Scope

CLIENT_ID: Final = re.compile(r"mcc_[a-z0-9]{8}", re.ASCII)
ACCESS: Final = re.compile(r"mca_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """``secret`` is shown once; only its SHA-256 is kept."""

    token: ApiToken
    client_id: str
    secret: str


@transaction.atomic
def register_client(
    *,
    by: Actor,
    name: str,
    scopes: Sequence[Scope],
    agency: Agency | None,
    role: Role | None,
    expires_at: datetime | None = None,
) -> RegisteredClient:
    """Let a program of an agency that one administers fetch access tokens with at most these scopes and this role.

    It is a token of the agency with a client's id and secret in the place of its own; ``revoke_token`` ends it with all
    that it fetched. Raises what ``issue_token`` raises, and :class:`Invalid` without an agency.
    """
    if agency is None:
        raise Invalid(_("An OAuth client is an agency's."), fields={"agency": [_("Name the agency.")]})
    token = issue_token(
        by=by, name=name, scopes=scopes, agency=agency, role=role, expires_at=expires_at, as_client=True
    ).token
    secret = f"mcs_{secrets.token_urlsafe(32)}"
    client = ApiClient.objects.create(
        token=token,
        client_id=f"mcc_{token.prefix}",
        client_secret=secret,  # the toolkit's field hashes it
        client_type=AbstractApplication.CLIENT_CONFIDENTIAL,
        authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS,
        name=token.name,
    )
    return RegisteredClient(token=token, client_id=client.client_id, secret=secret)


def new_access_token(request: Any = None) -> str:  # noqa: ARG001 - oauthlib passes it
    """256 random bits, in a form that tells what it is to who finds it."""
    return f"mca_{secrets.token_urlsafe(32)}"


def recognise_access(secret: str) -> tuple[ApiToken | None, Actor]:
    """The client's token, and its actor with no more than the scopes of this access token; ``(None, ANONYMOUS)`` for
    one that is unknown or at its end, or of a client that is."""
    if not ACCESS.fullmatch(secret):
        return None, ANONYMOUS
    found = (
        AccessToken.objects.filter(token_checksum=hashlib.sha256(secret.encode()).hexdigest(), expires__gt=Now())
        .select_related("application__token__agency", "application__token__created_by")
        .annotate(database_now=Now())
        .first()
    )
    if found is None:
        return None, ANONYMOUS
    token: ApiToken = found.application.token
    actor = actor_for_token(token, now=found.database_now)
    if actor.is_anonymous or actor.scopes is None:
        return None, ANONYMOUS
    note_use(token, now=found.database_now)
    fetched = frozenset(Scope(scope) for scope in found.scope.split() if scope in Scope.values)
    return token, replace(actor, scopes=actor.scopes & fetched)


def forget_expired(client: ApiClient) -> None:
    """Take the rows of a client's access tokens away that are at their end. Called where it fetches another."""
    AccessToken.objects.filter(application=client, expires__lte=Now()).delete()


@transaction.atomic
def end_access(client: ApiClient, secret: str) -> None:
    """End one access token of this client (RFC 7009); what it did not fetch is left as it is, and nothing is told."""
    if not ACCESS.fullmatch(secret):
        return
    digest = hashlib.sha256(secret.encode()).hexdigest()
    ended, _rows = AccessToken.objects.filter(application=client, token_checksum=digest).delete()
    if ended:
        by = replace(ANONYMOUS, token_id=client.token_id, agency_id=client.token.agency_id)
        by = replace(by, answerable_id=client.token.created_by_id)
        record("client.access_ended", by=by, target=client.token_id, agency_id=client.token.agency_id)


def end_all_access(clients: Q) -> int:
    """End what the clients of these tokens fetched, at once; how many access tokens."""
    ended, _rows = AccessToken.objects.filter(application__in=ApiClient.objects.filter(clients)).delete()
    return int(ended)
