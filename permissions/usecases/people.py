"""People and their roles."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency, Membership, User
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, open_agency
from permissions.usecases.administration import (
    lock_administration,
    require_another_administrator,
    require_not_above,
    require_operator,
)
from permissions.vocabulary import AgencyAction, MembershipSource, PlatformRole, Role


@transaction.atomic
def create_person(
    *,
    by: Actor | None,
    email: str,
    full_name: str,
    password: str | None = None,
    agency: Agency | None = None,
    role: Role | None = None,
    platform_role: PlatformRole | None = None,
) -> User:
    """Add a person, with a first role in an agency and, or, a platform role. ``by`` None is the installation itself.

    An administrator adds people to agencies of theirs; an operator may also give platform roles, or none at all yet.
    Without a password they cannot sign in by one. Raises ``NotAllowed``, or :class:`Invalid` with ``fields``.
    """
    if (agency is None) != (role is None):
        raise Invalid("A role is a role in an agency.", fields={"role": ["Goes with agency."]})
    hold_tree()
    if (agency is None or platform_role is not None) and by is not None:
        require_operator(by)
    if agency is not None:
        _require_manage(by, agency)
        lock_administration(agency)
    user = User(email=email.strip(), full_name=full_name.strip(), platform_role=platform_role or "")
    _check(user, password)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise _email_taken() from error
    record(
        "person.created",
        by=by,
        target=user.pk,
        agency_id=agency.pk if agency else None,
        platform_role=user.platform_role,
    )
    if agency is not None and role is not None:
        grant_role(by=by, user=user, agency=agency, role=role)
    return user


@transaction.atomic
def grant_role(*, by: Actor | None, user: User, agency: Agency, role: Role) -> Membership:
    """Give a person this role in an agency and everything below it, in place of another one there.

    Takes an administrator of the agency or above, or an operator; nobody gives a role above their own. From then on the
    identity provider's groups leave it alone. Idempotent: the same role again writes nothing. Raises ``NotAllowed``, or
    ``LastAdministrator``.
    """
    hold_tree()
    agency = open_agency(agency.pk)
    _require_manage(by, agency)
    if by is not None:
        require_not_above(by, agency, role)
    lock_administration(agency)
    User.objects.select_for_update().get(pk=user.pk)  # two grants to one person come one after the other
    before = Membership.objects.filter(user=user, agency=agency).first()
    if before is not None and before.role == role and before.source == MembershipSource.MANUAL:
        return before
    if before is not None and role is not Role.AGENCY_ADMIN:
        require_another_administrator(before)
    given = {"role": role, "source": MembershipSource.MANUAL}
    membership, _ = Membership.objects.update_or_create(user=user, agency=agency, defaults=given)
    was = before.role if before else None
    record("role.granted", by=by, target=user.pk, agency_id=agency.pk, role=str(role), before=was)
    return membership


def _require_manage(by: Actor | None, agency: Agency) -> None:
    if by is not None:
        require(can_in_agency(by, AgencyAction.MANAGE, agency.path))


def _check(user: User, password: str | None) -> None:
    fields: dict[str, list[str]] = {}
    try:
        validate_email(user.email)
    except ValidationError:
        fields["email"] = ["This is no e-mail address."]
    if not user.full_name:
        fields["full_name"] = ["Give the person's name."]
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            fields["password"] = error.messages
    if fields:
        raise Invalid("The person cannot be added as described.", fields=fields)
    if User.objects.filter(email__iexact=user.email).exists():
        raise _email_taken()


def _email_taken() -> Invalid:
    return Invalid("Somebody has this e-mail address.", fields={"email": ["Another person has this address."]})
