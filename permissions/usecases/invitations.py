"""Invite people by e-mail: write the letter, take it back, accept it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from permissions.actor import Actor, actor_for_user
from permissions.audit import record
from permissions.errors import Conflict, InfrastructureError, Invalid, NotFound
from permissions.models import Agency, Invitation, Membership, User
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.usecases.administration import lock_administration, require_not_above
from permissions.vocabulary import AgencyAction, MembershipSource, Role

LIFETIME: Final = timedelta(days=7)
LONGEST_SECRET: Final = 100


class OtherPerson(Conflict):
    """The invitation is for somebody who has an account: they must be signed in to accept it."""

    code = "invitation_for_another"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What an invited person gives who has no account yet. One who has one gives nothing."""

    full_name: str
    password: str


def invitations_of(agency: Agency, *, by: Actor) -> "QuerySet[Invitation]":
    """The open invitations of the agency, for those who administer it. ``is_over`` says that the time is up."""
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    rows = Invitation.objects.filter(agency=agency, accepted_at__isnull=True, revoked_at__isnull=True)
    return rows.annotate(is_over=Q(expires_at__lte=Now())).select_related("created_by")


def invite_person(*, agency_id: UUID, email: str, role: Role, by: Actor, language: str = "") -> Invitation:
    """Write to the address in ``language``, with a link that makes its reader a member; an open invitation is replaced.

    The answer is the same whether the address has an account, or a role here, or not. Takes an administrator of the
    agency or above, or an operator; nobody invites to a role above their own. Raises ``NotAllowed``, ``NotFound``,
    :class:`Invalid`, or :class:`InfrastructureError` when no mail can be sent: then there is no invitation.
    """
    secret = secrets.token_urlsafe(32)
    invitation = _write_down(agency_id, email.strip(), role, by, secret)
    try:
        _send(invitation, secret, language or settings.LANGUAGE_CODE)
    except (SMTPException, OSError) as error:
        Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(revoked_at=Now())
        raise InfrastructureError(
            "The invitation could not be sent. Try again later.", code="mail_unavailable"
        ) from error
    return invitation


@transaction.atomic
def _write_down(agency_id: UUID, email: str, role: Role, by: Actor, secret: str) -> Invitation:
    hold_tree()
    agency = open_agency(agency_id)
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    require_not_above(by, agency, role)
    lock_administration(agency)
    try:
        validate_email(email)
    except ValidationError:
        sentence = _("This is no e-mail address.")
        raise Invalid(sentence, fields={"email": [sentence]}) from None
    withdraw_open_invitations(agency_id, email)
    made = Invitation.objects.create(
        agency=agency,
        email=email,
        role=role,
        digest=digest_of(secret),
        created_by_id=by.user_id,
        expires_at=Now() + LIFETIME,
    )
    made.refresh_from_db()
    record("invitation.sent", by=by, target=made.pk, agency_id=agency.pk, email=email, role=str(role))
    return made


def _send(invitation: Invitation, secret: str, language: str) -> None:
    with translation.override(language):
        names = {"agency": invitation.agency.name_in(language), "role": invitation.get_role_display()}
        lines = (
            _("You are invited to the Media Center as: %(role)s of %(agency)s.") % names,
            _("Open this address within 7 days to accept. It serves once, and for you alone:"),
            f"{settings.SITE_URL}/invitations/{secret}",
            _("You do not know what this is about? Then ignore this letter."),
        )
        subject = _("Invitation to %(agency)s") % names
        send_mail(" ".join(subject.split()), "\n\n".join(lines) + "\n", None, [invitation.email])


def withdraw_open_invitations(agency_id: UUID, email: str) -> int:
    """Revoke what is open for this address; how many. Call inside a transaction."""
    rows = Invitation.objects.filter(agency_id=agency_id, email__iexact=email)
    return rows.filter(accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=Now())


@transaction.atomic
def revoke_invitation(*, agency_id: UUID, invitation_id: UUID, by: Actor) -> Invitation:
    """Make the letter worthless. Idempotent. Raises ``NotAllowed`` or :class:`NotFound` (also for an accepted one)."""
    hold_tree()
    require(can_in_agency(by, AgencyAction.MANAGE, open_agency(agency_id).path))
    rows = Invitation.objects.select_for_update().filter(agency_id=agency_id, accepted_at__isnull=True)
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if invitation.revoked_at is None:
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=Now())
        record("invitation.revoked", by=by, target=invitation.pk, agency_id=agency_id, email=invitation.email)
    return invitation


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_invitation(secret: str) -> Invitation:
    """The invitation that can be accepted by this secret, by the database's clock.

    :class:`NotFound`, always the same, for a secret that never was, was used, was revoked or is over, and when whoever
    wrote the invitation may not invite there any more.
    """
    rows = Invitation.objects.select_related("agency", "created_by").filter(
        digest=digest_of(secret[:LONGEST_SECRET]),
        accepted_at__isnull=True,
        revoked_at__isnull=True,
        expires_at__gt=Now(),
        agency__is_active=True,
    )
    invitation = rows.first()
    if invitation is None or not (_may_come(invitation) and _still_invited(invitation)):
        raise NotFound("This invitation cannot be used.")
    return invitation


def _may_come(invitation: Invitation) -> bool:
    """Who was suspended gets nothing back by a letter."""
    user = invited_account(invitation)
    if user is None:
        return True
    suspended = Membership.objects.filter(user=user, agency=invitation.agency_id, suspended_at__isnull=False)
    return user.is_active and not suspended.exists()


def _still_invited(invitation: Invitation) -> bool:
    """Whether who wrote it may still invite there: a letter does not outlive the office of its writer."""
    writer = invitation.created_by
    if writer is None:
        return True
    return bool(can_in_agency(actor_for_user(writer), AgencyAction.MANAGE, invitation.agency.path))


def invited_account(invitation: Invitation) -> User | None:
    """The account that has the invited address."""
    return User.objects.filter(email__iexact=invitation.email).first()


def needs_password(user: User | None) -> bool:
    """Whether the letter is enough to set a password: for who has no account, or one that nobody ever signed in to."""
    return user is None or (not user.has_usable_password() and user.last_login is None)


@transaction.atomic
def accept_invitation(*, secret: str, user: User | None, given: Acceptance | None) -> Membership:
    """Make the reader a member, once. A new account takes ``given``; who has one must be ``user``, signed in.

    A higher role that the person has in the agency stays; a membership that came from groups of the identity provider
    is given by hand from then on. Raises :class:`NotFound`, :class:`OtherPerson`, or :class:`Invalid` with ``fields``.
    """
    hold_tree()
    invitation = find_invitation(secret)
    lock_administration(invitation.agency)
    Invitation.objects.select_for_update(no_key=True).filter(pk=invitation.pk).values_list("pk").first()
    invitation = find_invitation(secret)  # as it is now that nobody else can accept it
    account = invited_account(invitation)
    if needs_password(account):
        account = _with_password(account, invitation.email, given)
    elif account is None or user is None or account.pk != user.pk:
        raise OtherPerson(_("Sign in with the account of this address to accept."))
    member, _made = Membership.objects.get_or_create(
        user=account, agency=invitation.agency, defaults={"role": invitation.role}
    )
    before = None if _made else member.role
    member.role = max(Role(member.role), Role(invitation.role), key=lambda role: role.rank)
    member.source = MembershipSource.MANUAL
    member.save(update_fields=["role", "source"])
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=Now(), accepted_by=account)
    record(
        "invitation.accepted",
        by=Actor(user_id=account.pk),
        target=invitation.pk,
        agency_id=invitation.agency_id,
        person=str(account.pk),
        before=before,
        after=member.role,
    )
    return member


def _with_password(account: User | None, email: str, given: Acceptance | None) -> User:
    user = account or User(email=email)
    user.full_name = given.full_name.strip() if given else ""
    fields: dict[str, list[str]] = {}
    if not user.full_name:
        fields["full_name"] = [_("Give your name.")]
    try:
        validate_password(given.password if given else "", user)
    except ValidationError as error:
        fields["password"] = error.messages
    if fields or given is None:
        raise Invalid(_("The invitation cannot be accepted like this."), fields=fields)
    user.set_password(given.password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # another invitation to this address was accepted a moment ago
        raise OtherPerson(_("Sign in with the account of this address to accept.")) from None
    return user
