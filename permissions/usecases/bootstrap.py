"""The first agency and the person who runs it, in an empty installation."""

import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import PATH_SEPARATOR, Agency, Membership, User
from permissions.vocabulary import PlatformRole, Role

LOCK = 0x4D43_0002
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the characters that are mistaken for each other."""


@dataclass(frozen=True, kw_only=True)
class FirstAdministrator:
    """What was made. ``password`` exists nowhere else."""

    agency_code: str
    email: str
    password: str


def new_password() -> str:
    """99 random bits in four groups that can be read over the phone."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))


def ensure_first_administrator(*, agency_code: str, agency_name: str, email: str) -> FirstAdministrator | None:
    """Make the root agency and its administrator, also the platform's operator; None when anybody exists already.

    The agency begins without review, since its one person could not approve their own work.

    Two machines that start at once make one. Raises :class:`Invalid` for an e-mail address or code that cannot be used.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if User.objects.exists():
            return None
        agency = _root_agency(agency_code, agency_name)
        try:
            validate_email(email)
        except ValidationError:
            raise Invalid(f"{email} is not an e-mail address: set FIRST_ADMINISTRATOR_EMAIL.") from None
        password = new_password()
        user = User.objects.create_user(
            email=email, password=password, full_name="Quản trị viên", platform_role=PlatformRole.OPERATOR
        )
        Membership.objects.create(user=user, agency=agency, role=Role.AGENCY_ADMIN)
        record("installation.begun", by=None, target=user.pk, agency_id=agency.pk)
    return FirstAdministrator(agency_code=agency.code, email=email, password=password)


def _root_agency(code: str, name: str) -> Agency:
    existing = Agency.objects.filter(code=code).first()
    if existing is not None:
        return existing
    agency = Agency(id=uuid7(), code=code, name_vi=name, review_steps=0)
    agency.path = agency.id.hex + PATH_SEPARATOR
    try:
        agency.full_clean(exclude=["path"])
    except ValidationError as error:
        raise Invalid(
            f"The agency code {code} cannot be used: set FIRST_AGENCY_CODE to 2-12 of A-Z and 0-9."
        ) from error
    agency.save(force_insert=True)
    return agency
