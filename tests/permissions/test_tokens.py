"""Tokens: only a hash is kept, they end when they should, and never give more than their owner has."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.errors import Invalid, NotAllowed, NotFound
from permissions.models import ApiToken, AuditEvent
from permissions.usecases.tokens import IssuedToken, issue_token, recognise, revoke_token, tokens_of
from permissions.vocabulary import PlatformRole, Role, Scope
from tests.factories import make_agency, make_member, make_token, make_user

pytestmark = pytest.mark.django_db
READ = [Scope.READ]


def issue(by: Actor, **fields: Any) -> IssuedToken:
    return issue_token(by=by, **{"name": "máy trạm", "scopes": READ, **fields})


def test_only_the_hash_and_a_prefix_are_kept() -> None:
    issued = issue(actor_for_user(make_user()))
    row = ApiToken.objects.values().get(pk=issued.token.pk)
    assert issued.secret.startswith(f"mc_{row['prefix']}_")
    assert row["digest"] == hashlib.sha256(issued.secret.encode()).hexdigest()
    secret_part = issued.secret.removeprefix(f"mc_{row['prefix']}_")
    assert len(secret_part) == 43  # 256 bits in base64url
    assert secret_part not in str(row)
    event = AuditEvent.objects.get(act="token.issued", target=issued.token.pk)
    assert secret_part not in str(event.data)


def test_a_secret_is_recognised_and_stands_for_its_owner_within_its_scopes() -> None:
    agency = make_agency()
    user = make_member(agency, Role.EDITOR)
    issued = issue(actor_for_user(user))
    token, actor = recognise(issued.secret)
    assert token == issued.token
    assert (actor.user_id, actor.token_id) == (user.pk, issued.token.pk)
    assert actor.scopes == {Scope.READ}
    assert actor.role_at(agency.path) is Role.EDITOR


@pytest.mark.parametrize(
    "change", ["", "x", "mc_", "mc__", "mc_00000000_" + "x" * 43, "mc_\x00_x", "é" * 50, "mc_" * 100]
)
def test_what_is_no_token_is_nobody(change: str) -> None:
    assert recognise(change) == (None, ANONYMOUS)


def test_another_secret_with_the_same_prefix_is_nobody() -> None:
    issued = issue(actor_for_user(make_user()))
    assert recognise(issued.secret[:-1] + ("A" if issued.secret[-1] != "A" else "B")) == (None, ANONYMOUS)


def test_it_expires_by_the_database_s_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    agency = make_agency()
    _, live = make_token(user=make_member(agency), expires_at=datetime.now(UTC) + timedelta(minutes=5))
    _, over = make_token(user=make_member(agency), expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for wrong in (timedelta(hours=-1), timedelta(hours=1)):  # the application's clock is off
        moment = datetime.now(UTC) + wrong
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert recognise(live)[0] is not None
        assert recognise(over) == (None, ANONYMOUS)


@pytest.mark.parametrize("of", ["person", "agency"])
def test_revoked_it_ends_at_once(of: str) -> None:
    agency = make_agency()
    admin = make_member(agency, Role.AGENCY_ADMIN)
    more = {"agency": agency, "role": Role.VIEWER} if of == "agency" else {}
    issued = issue(actor_for_user(admin), **more)
    assert recognise(issued.secret)[0] is not None
    revoke_token(by=actor_for_user(admin), token_id=issued.token.pk)
    revoke_token(by=actor_for_user(admin), token_id=issued.token.pk)
    assert recognise(issued.secret) == (None, ANONYMOUS)
    assert AuditEvent.objects.filter(act="token.revoked", target=issued.token.pk).count() == 1


def test_it_is_worth_nothing_once_its_owner_is_not_active() -> None:
    agency = make_agency()
    user = make_member(agency)
    _, of_person = make_token(user=user)
    _, of_agency = make_token(agency=agency)
    assert recognise(of_person)[0] is not None
    user.is_active = False
    user.save()
    agency.is_active = False
    agency.save()
    assert recognise(of_person) == (None, ANONYMOUS)
    assert recognise(of_agency) == (None, ANONYMOUS)


def test_a_lost_membership_is_lost_to_the_token_too() -> None:
    agency = make_agency()
    user = make_member(agency, Role.EDITOR)
    _, secret = make_token(user=user)
    user.memberships.all().delete()
    _, actor = recognise(secret)
    assert actor.grants == ()
    assert not actor.is_network_member


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    token, secret = make_token(user=make_user())
    recognise(secret)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    recognise(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE permissions_apitoken SET last_used_at = now() - interval '61 s' WHERE id = %s", [token.pk]
        )
    recognise(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_a_token_makes_no_token_with_more_scopes_or_a_longer_life() -> None:
    user = make_user()
    end = datetime.now(UTC) + timedelta(hours=1)
    _, secret = make_token(user=user, scopes=(Scope.MANAGE, Scope.READ), expires_at=end)
    _, actor = recognise(secret)
    with pytest.raises(NotAllowed, match="more rights"):
        issue(actor, scopes=[Scope.READ, Scope.WRITE], expires_at=end)
    for too_long in (None, end + timedelta(seconds=1)):
        with pytest.raises(Invalid, match="longer than itself"):
            issue(actor, expires_at=too_long)
    assert issue(actor, expires_at=end).token.expires_at == end
    _, without = recognise(make_token(user=user, scopes=(Scope.READ,))[1])
    with pytest.raises(NotAllowed) as refused:
        issue(without)
    assert refused.value.reason == "scope_missing"


def test_a_token_that_has_ended_already_is_not_made() -> None:
    with pytest.raises(Invalid) as refused:
        issue(actor_for_user(make_user()), expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert "expires_at" in refused.value.data["fields"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR])
def test_an_agency_s_token_takes_its_administrator(role: Role) -> None:
    agency = make_agency()
    with pytest.raises(NotAllowed) as refused:
        issue(actor_for_user(make_member(agency, role)), agency=agency, role=Role.VIEWER)
    assert refused.value.reason == "role_too_low"


def test_nobody_makes_no_token() -> None:
    _, agency_token = recognise(make_token(agency=make_agency(), role=Role.AGENCY_ADMIN)[1])
    for actor in (ANONYMOUS, agency_token):
        with pytest.raises(NotAllowed) as refused:
            issue(actor)
        assert refused.value.reason == "not_signed_in"


def test_one_lists_and_revokes_one_s_own_and_those_of_agencies_below() -> None:
    top = make_agency()
    below, other = make_agency(parent=top), make_agency()
    admin = actor_for_user(make_member(top, Role.AGENCY_ADMIN))
    own = issue(admin).token
    managed, _ = make_token(agency=below)
    foreign, _ = make_token(agency=other)
    personal, _ = make_token(user=make_member(below))
    assert set(tokens_of(admin)) == {own, managed}
    for token in (foreign, personal):
        with pytest.raises(NotFound):
            revoke_token(by=admin, token_id=token.pk)
    revoke_token(by=admin, token_id=managed.pk)
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    revoke_token(by=operator, token_id=foreign.pk)
    foreign.refresh_from_db()
    assert foreign.revoked_at is not None
