"""Invitations by e-mail: for a week, once, for one address; whoever else asks learns nothing."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from smtplib import SMTPServerDisconnected
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.utils import timezone

from permissions.actor import Actor, actor_for_user
from permissions.errors import Conflict, DomainError, InfrastructureError, Invalid, NotAllowed, NotFound
from permissions.models import Agency, AuditEvent, Invitation, Membership, User
from permissions.usecases import invitations
from permissions.usecases.invitations import (
    LIFETIME,
    Acceptance,
    accept_invitation,
    find_invitation,
    invitations_of,
    invite_person,
    revoke_invitation,
)
from permissions.usecases.members import suspend_member
from permissions.vocabulary import Role
from tests.factories import actor_in, make_agency, make_member, make_membership, make_user

pytestmark = pytest.mark.django_db
GIVEN = Acceptance(full_name="Trần Thị Bình", password="tre xanh muoi hai 12")
LINK = re.compile(r"http://\S+/invitations/(\S+)")


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="MOH", name_vi="Bộ Y tế", name_en="Ministry of Health")


@pytest.fixture
def by(agency: Agency) -> Actor:
    return actor_in(agency, Role.AGENCY_ADMIN)


def invite(agency: Agency, by: Actor, *, email: str = "binh@example.vn", role: Role = Role.EDITOR) -> str:
    """The secret, as it stands in the letter."""
    invite_person(agency_id=agency.pk, email=email, role=role, by=by)
    found = LINK.search(str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_the_letter_has_the_link_and_the_database_only_its_digest(agency: Agency, by: Actor) -> None:
    invite_person(agency_id=agency.pk, email=" binh@example.vn ", role=Role.EDITOR, by=by, language="en")
    letter = mail.outbox[-1]
    assert letter.to == ["binh@example.vn"]
    assert "Ministry of Health" in letter.subject
    secret = LINK.search(str(letter.body))
    assert secret is not None
    row = Invitation.objects.get()
    assert secret[1] not in str(vars(row)) + str(AuditEvent.objects.get(act="invitation.sent").data)
    assert row.expires_at - row.created_at == LIFETIME
    assert row.created_by_id == by.user_id


def test_a_new_person_gets_an_account_a_password_and_the_role(agency: Agency, by: Actor) -> None:
    secret = invite(agency, by)
    member = accept_invitation(secret=secret, user=None, given=GIVEN)
    user = User.objects.get(email="binh@example.vn")
    assert (member.user, member.agency, member.role) == (user, agency, Role.EDITOR)
    assert user.check_password(GIVEN.password)
    event = AuditEvent.objects.get(act="invitation.accepted")
    assert (event.user_id, event.data["before"], event.data["after"]) == (user.pk, None, "editor")


def test_it_serves_once(agency: Agency, by: Actor) -> None:
    secret = invite(agency, by)
    accept_invitation(secret=secret, user=None, given=GIVEN)
    with pytest.raises(NotFound):
        accept_invitation(secret=secret, user=None, given=GIVEN)
    assert Membership.objects.filter(agency=agency, role=Role.EDITOR).count() == 1


def over(secret: str, _: Actor) -> str:
    """By the database's clock alone: it says that a week has passed."""
    Invitation.objects.update(expires_at=F("expires_at") - LIFETIME)
    return secret


def revoked(secret: str, by: Actor) -> str:
    row = Invitation.objects.get()
    revoke_invitation(agency_id=row.agency_id, invitation_id=row.pk, by=by)
    return secret


def used(secret: str, _: Actor) -> str:
    accept_invitation(secret=secret, user=None, given=GIVEN)
    return secret


def replaced(secret: str, by: Actor) -> str:
    invite(Invitation.objects.get().agency, by, email="BINH@example.vn")
    return secret


def suspended(secret: str, by: Actor) -> str:
    row = make_membership(user=make_user(email="binh@example.vn"), agency=Invitation.objects.get().agency)
    suspend_member(agency_id=row.agency_id, member_id=row.pk, by=by)
    return secret


def written_by_who_left(secret: str, by: Actor) -> str:
    Membership.objects.filter(user_id=by.user_id).delete()
    return secret


def written_by_who_was_suspended(secret: str, by: Actor) -> str:
    User.objects.filter(pk=by.user_id).update(is_active=False)
    return secret


def written_by_who_administers_no_more(secret: str, by: Actor) -> str:
    Membership.objects.filter(user_id=by.user_id).update(role=Role.EDITOR)
    return secret


def inactive(secret: str, _: Actor) -> str:
    make_user(email="binh@example.vn", is_active=False)
    return secret


UNUSABLE: list[Callable[[str, Actor], str]] = [
    over,
    revoked,
    used,
    replaced,
    suspended,
    inactive,
    written_by_who_left,
    written_by_who_was_suspended,
    written_by_who_administers_no_more,
    lambda _, __: "x" * 43,
    lambda _, __: "x" * 5000,
    lambda secret, _: secret[:-1],
    lambda secret, _: secret.swapcase(),
]


@pytest.mark.parametrize("spoil", UNUSABLE)
def test_what_cannot_be_used_is_all_the_same(spoil: Callable[[str, Actor], str], agency: Agency, by: Actor) -> None:
    secret = spoil(invite(agency, by), by)
    for ask in (find_invitation, lambda text: accept_invitation(secret=text, user=None, given=GIVEN)):
        with pytest.raises(NotFound) as refusal:
            ask(secret)
        assert (refusal.value.message, refusal.value.data) == ("This invitation cannot be used.", {})


def test_the_web_servers_clock_does_not_matter(agency: Agency, by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = invite(agency, by)
    later = timezone.now() + 2 * LIFETIME
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert find_invitation(secret).email == "binh@example.vn"


def test_who_has_an_account_accepts_signed_in_and_sets_no_password(agency: Agency, by: Actor) -> None:
    user = make_user(email="Binh@example.vn", password="an old password of theirs")
    secret = invite(agency, by)
    for someone in (None, make_user()):
        with pytest.raises(Conflict) as refusal:
            accept_invitation(secret=secret, user=someone, given=GIVEN)
        assert refusal.value.reason == "invitation_for_another"
    assert accept_invitation(secret=secret, user=user, given=None).user == user
    user.refresh_from_db()
    assert user.check_password("an old password of theirs")


def test_an_account_that_nobody_ever_signed_in_to_gets_its_password(agency: Agency, by: Actor) -> None:
    user = make_user(email="binh@example.vn", password=None)
    accept_invitation(secret=invite(agency, by), user=None, given=GIVEN)
    user.refresh_from_db()
    assert user.check_password(GIVEN.password)


def test_a_higher_role_stays(agency: Agency, by: Actor) -> None:
    user = make_user(email="binh@example.vn", password="an old password of theirs")
    member = make_membership(user=user, agency=agency, role=Role.EDITOR)
    accept_invitation(secret=invite(agency, by, role=Role.VIEWER), user=user, given=None)
    member.refresh_from_db()
    assert member.role == Role.EDITOR


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (Acceptance(full_name=" ", password=GIVEN.password), {"full_name"}),
        (Acceptance(full_name="Bình", password="short"), {"password"}),
        (None, {"full_name", "password"}),
    ],
)
def test_what_is_missing_is_named_and_the_letter_still_serves(
    agency: Agency, by: Actor, given: Acceptance | None, fields: set[str]
) -> None:
    secret = invite(agency, by)
    with pytest.raises(Invalid) as refusal:
        accept_invitation(secret=secret, user=None, given=given)
    assert set(refusal.value.data["fields"]) == fields
    assert not User.objects.filter(email="binh@example.vn").exists()
    assert accept_invitation(secret=secret, user=None, given=GIVEN).role == Role.EDITOR


def test_the_inviter_learns_nothing_of_who_exists(agency: Agency, by: Actor) -> None:
    make_user(email="known@example.vn")
    make_membership(user=make_user(email="member@example.vn"), agency=agency)
    made = [
        invite_person(agency_id=agency.pk, email=f"{who}@example.vn", role=Role.VIEWER, by=by)
        for who in ("known", "member", "unknown")
    ]
    assert len({(row.role, row.agency_id, row.accepted_by_id) for row in made}) == 1
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@example.vn\nBcc: b@example.vn", "a@example.vn,b@example.vn"])
def test_what_is_no_address_gets_no_letter(agency: Agency, by: Actor, email: str) -> None:
    with pytest.raises(Invalid):
        invite_person(agency_id=agency.pk, email=email, role=Role.VIEWER, by=by)
    assert not mail.outbox


def test_no_role_above_ones_own_is_offered(agency: Agency) -> None:
    for role in (Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR):
        with pytest.raises(NotAllowed):
            invite_person(agency_id=agency.pk, email="b@example.vn", role=role, by=actor_in(agency, role))


def test_without_mail_there_is_no_invitation(agency: Agency, by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(invitations, "send_mail", fail)
    with pytest.raises(InfrastructureError) as failure:
        invite_person(agency_id=agency.pk, email="b@example.vn", role=Role.VIEWER, by=by)
    assert failure.value.reason == "mail_unavailable"
    assert not invitations_of(agency, by=by).exists()


def test_open_ones_are_listed_and_say_when_they_are_over(agency: Agency, by: Actor) -> None:
    over(invite(agency, by, email="old@example.vn"), by)
    invite(agency, by, email="new@example.vn")
    revoked_one = invite_person(agency_id=agency.pk, email="no@example.vn", role=Role.VIEWER, by=by)
    revoke_invitation(agency_id=agency.pk, invitation_id=revoked_one.pk, by=by)
    revoke_invitation(agency_id=agency.pk, invitation_id=revoked_one.pk, by=by)
    rows = invitations_of(agency, by=by).order_by("id")
    assert [(row.email, row.is_over) for row in rows] == [("old@example.vn", True), ("new@example.vn", False)]
    assert AuditEvent.objects.filter(act="invitation.revoked").count() == 1
    with pytest.raises(NotFound):
        revoke_invitation(agency_id=make_agency(parent=agency).pk, invitation_id=revoked_one.pk, by=by)


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_make_one_member() -> None:
    agency = make_agency()
    secret = invite(agency, actor_for_user(make_member(agency, Role.AGENCY_ADMIN)))
    barrier = Barrier(3)

    def accept() -> object:
        try:
            barrier.wait(30)
            return accept_invitation(secret=secret, user=None, given=GIVEN)
        except DomainError as refusal:
            return refusal.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = [future.result(60) for future in [pool.submit(accept) for _ in range(3)]]
    assert sum(isinstance(answer, Membership) for answer in answers) == 1
    assert User.objects.filter(email="binh@example.vn").count() == 1
