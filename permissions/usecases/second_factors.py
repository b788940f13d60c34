"""A person's second factors: codes by an app (RFC 6238), security keys (WebAuthn), recovery codes.

Rows and cryptography are django-allauth's; what is ours: a code counts once, for all web processes together, and every
change is in the record.
"""

import hmac
import time
from collections.abc import Collection
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid, NotFound
from permissions.models import User
from permissions.vocabulary import Role

PERIOD = 30
"""Seconds that a code is shown."""
TOLERANCE = 1
"""Periods that the person's clock may be off, either way."""
KEY_NAME_LENGTH = 60
MOST_KEYS = 10


@dataclass(frozen=True, kw_only=True)
class Factors:
    """``codes_left``: unused recovery codes, or None without any."""

    totp: Authenticator | None
    keys: tuple[Authenticator, ...]
    codes_left: int | None

    def __bool__(self) -> bool:
        return self.totp is not None or bool(self.keys)


def factors_of(user: User) -> Factors:
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    by_type = {row.type: row for row in rows}
    recovery = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        totp=by_type.get(Authenticator.Type.TOTP),
        keys=tuple(row for row in rows if row.type == Authenticator.Type.WEBAUTHN),
        codes_left=len(recovery.wrap().get_unused_codes()) if recovery else None,
    )


def _real_factors(user: User) -> "QuerySet[Authenticator]":
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user=user)
    return rows.exclude(type=Authenticator.Type.RECOVERY_CODES)


def must_add_factor(*, user: User, actor: Actor, required_for: Collection[str]) -> bool:
    """Whether the policy asks this person for a second factor and there is none yet.

    ``required_for`` names platform roles, and agency roles that stand for themselves and those above them.
    """
    if not required_for or _real_factors(user).exists():
        return False
    if actor.platform_role is not None and actor.platform_role in required_for:
        return True
    asked = [role for role in Role if role in required_for]
    return any(grant.role.includes(role) for grant in actor.grants for role in asked)


@transaction.atomic
def check_code(*, user: User, code: str) -> Authenticator | None:
    """The factor that a typed code proves, or None. Each code of an app and each recovery code counts once."""
    digits = "".join(code.split()).replace("-", "")
    rows = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    for row in rows.order_by("pk"):
        if row.type == Authenticator.Type.TOTP and _spend_totp(row, digits):
            return row
        if row.type == Authenticator.Type.RECOVERY_CODES and row.wrap().validate_code(digits):
            record("recovery_code.used", by=None, target=user.pk, left=factors_of(user).codes_left)
            return row
    return None


def _spend_totp(row: Authenticator, digits: str) -> bool:
    counter = matching_counter(decrypt(row.data["secret"]), digits)
    if counter is None or counter <= row.data.get("last_counter", 0):
        return False
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])
    return True


def matching_counter(secret: str, digits: str) -> int | None:
    """The period whose code this is, among those that may be now; None when it is no such code."""
    now = int(time.time()) // PERIOD
    for counter in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)).encode(), digits.encode()):
            return counter
    return None


def _lock(user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)


def _ensure_recovery_codes(user: User) -> bool:
    """Whether they had to be made."""
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists():
        return False
    RecoveryCodes.activate(user)
    return True


@transaction.atomic
def add_totp(*, user: User, by: Actor, secret: str, code: str) -> bool:
    """Add an app that shows codes, proved by one of them; whether recovery codes were made with it.

    Raises :class:`Invalid` for a wrong code, :class:`Conflict` when there is an app already.
    """
    _lock(user)
    counter = matching_counter(secret, "".join(code.split()))
    if counter is None:
        raise Invalid(_("This code is not right."), fields={"code": []})
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        raise Conflict(_("There is an authenticator app already: remove it first."))
    row = TOTP.activate(user, secret).instance
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])
    record("second_factor.added", by=by, target=user.pk, kind="totp")
    return _ensure_recovery_codes(user)


@transaction.atomic
def add_key(*, user: User, by: Actor, name: str, credential: dict[str, object]) -> bool:
    """Add a security key whose registration was verified; whether recovery codes were made with it."""
    _lock(user)
    if len(factors_of(user).keys) >= MOST_KEYS:
        raise Conflict(_("There are too many keys already: remove one first."))
    WebAuthn.add(user, name[:KEY_NAME_LENGTH], credential)
    record("second_factor.added", by=by, target=user.pk, kind="webauthn", name=name[:KEY_NAME_LENGTH])
    return _ensure_recovery_codes(user)


@transaction.atomic
def remove_factor(*, user: User, by: Actor, factor_id: int) -> None:
    """Remove an app or a key; with the last of them the recovery codes go. :class:`NotFound` for what is not theirs."""
    _lock(user)
    row = _real_factors(user).filter(pk=factor_id).first()
    if row is None:
        raise NotFound("There is no such second factor.")
    row.delete()
    record("second_factor.removed", by=by, target=user.pk, kind=str(row.type))
    if not _real_factors(user).exists():
        Authenticator.objects.filter(user=user).delete()


@transaction.atomic
def renew_recovery_codes(*, user: User, by: Actor) -> None:
    """New recovery codes in place of the old ones. Raises :class:`Conflict` without a second factor."""
    _lock(user)
    if not _real_factors(user).exists():
        raise Conflict(_("Recovery codes come with a second factor: add one first."))
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    record("recovery_codes.renewed", by=by, target=user.pk)


def recovery_codes(user: User) -> list[str]:
    """The unused ones."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return list(row.wrap().get_unused_codes()) if row else []


def used(factor: Authenticator) -> None:
    factor.record_usage()
