"""Agencies, people, memberships and tokens."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat, Lower, Now, Replace, Right
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from permissions.audit_models import AuditEvent, AuditPending, AuditSeal
from permissions.client_models import ApiClient
from permissions.terms_models import AgencyTerms, TermsAcceptance
from permissions.vocabulary import Av1Policy, MembershipSource, PlatformRole, Role

__all__ = (
    "Agency",
    "AgencyTerms",
    "ApiClient",
    "ApiToken",
    "AuditEvent",
    "AuditPending",
    "AuditSeal",
    "Membership",
    "TermsAcceptance",
    "Throttle",
    "User",
    "UserManager",
)

PATH_SEPARATOR = "/"


class Agency(models.Model):
    """A node in the tree of public bodies.

    ``path`` is the materialised path: the ids (hex) of all ancestors and the agency itself, each followed by ``/``. An
    agency is in the subtree of another when its path starts with the other's; ``docs/decisions/0002`` says why.

    An agency with ``merged_into`` is closed; its row stays, so that references, links and the record still find it.
    ``revision`` counts changes and is the ETag.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=600, db_index=True, editable=False, db_collation="C")
    code = models.CharField(max_length=12, unique=True)
    name_vi = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    name_zh = models.CharField(max_length=200, blank=True)
    default_credit_line = models.CharField(max_length=250, blank=True)
    default_licence = models.CharField(max_length=120, blank=True)
    review_steps = models.PositiveSmallIntegerField(null=True, blank=True)
    """How many other people approve before publication: 0, 1 or 2; NULL is as the nearest agency above that says it."""
    embed_credits = models.BooleanField(null=True, blank=True)
    """Whether pictures carry their credits in them; NULL is as the nearest agency above that says it."""
    av1 = models.CharField(max_length=8, choices=Av1Policy, null=True, blank=True)  # noqa: DJ001 - "" would say something
    """When its videos are made in AV1 too; NULL is as the nearest agency above that says it."""
    asks_terms = models.BooleanField(null=True, blank=True)
    """Whether others accept terms before they download its works; NULL is as the nearest agency above that says it."""
    asks_statement = models.BooleanField(null=True, blank=True)
    """Whether others say what for, with each download; NULL is as the nearest agency above that says it."""
    domains = ArrayField(models.CharField(max_length=253), default=list, db_default=[], blank=True)
    embed_origins = ArrayField(models.CharField(max_length=300), default=list, db_default=[], blank=True)
    api_origins = ArrayField(models.CharField(max_length=300), default=list, db_default=[], blank=True)
    """Origins whose pages' scripts may read what the API answers them (``permissions.cross_origin``)."""
    quota_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    quota_items = models.PositiveIntegerField(null=True, blank=True)
    quota_warn_percent = models.PositiveSmallIntegerField(default=80, db_default=80)
    quota_warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When its administrators were last written to about the soft limit."""
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    """Days after which withdrawn and archived works go into the trash. NULL, here and below, is as the nearest agency
    above that says it; 0 is never."""
    retention_draft_days = models.PositiveIntegerField(null=True, blank=True)
    """Days without a change after which drafts go into the trash."""
    retention_publish_days = models.PositiveIntegerField(null=True, blank=True)
    """Days after publication after which works are archived."""
    is_active = models.BooleanField(default=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("path",)
        indexes = (GinIndex(name="agency_api_origins", fields=["api_origins"]),)
        constraints = (
            models.CheckConstraint(name="agency_code_form", condition=Q(code__regex=r"^[A-Z][A-Z0-9]{1,11}$")),
            models.CheckConstraint(name="agency_review_steps", condition=Q(review_steps__lte=2)),
            models.CheckConstraint(name="agency_av1_known", condition=Q(av1__in=Av1Policy.values)),
            models.CheckConstraint(name="agency_not_own_parent", condition=~Q(parent=models.F("id"))),
            models.CheckConstraint(
                name="agency_path_ends_with_id",  # which makes it unique, without a second key that moves would lock
                condition=Exact(
                    Right("path", 33),
                    Concat(
                        Replace(Cast("id", models.TextField()), Value("-"), output_field=models.TextField()),
                        Value(PATH_SEPARATOR),
                        output_field=models.TextField(),
                    ),
                ),
            ),
            models.CheckConstraint(
                name="agency_merged_is_closed",
                condition=Q(merged_into__isnull=True) | (Q(is_active=False) & ~Q(merged_into=models.F("id"))),
            ),
            models.CheckConstraint(
                name="agency_warns_within_quota", condition=Q(quota_warn_percent__gte=1, quota_warn_percent__lte=100)
            ),
        )

    def __str__(self) -> str:
        return self.name_vi

    @property
    def depth(self) -> int:
        """1 for a root."""
        return self.path.count(PATH_SEPARATOR)

    def name_in(self, language: str) -> str:
        """The name in ``vi``, ``en`` or ``zh…``, or the Vietnamese one where there is none."""
        names = {"en": self.name_en, "zh": self.name_zh}
        return names.get(language[:2]) or self.name_vi


class UserManager(BaseUserManager["User"]):
    """Looks people up by e-mail without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, *, email: str, password: str | None, full_name: str, **fields: Any) -> "User":
        user = self.model(email=email.strip(), full_name=full_name, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person. What they may do comes from memberships and ``platform_role`` alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254)
    full_name = models.CharField(_("full name"), max_length=150)
    platform_role = models.CharField(max_length=20, choices=PlatformRole, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_unique"),)

    def __str__(self) -> str:
        return self.full_name


class Membership(models.Model):
    """A person's role in an agency and everything below it. While suspended it gives nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    source = models.CharField(
        max_length=10,
        choices=MembershipSource,
        default=MembershipSource.MANUAL,
        db_default=MembershipSource.MANUAL,
    )
    """Those from ``oidc`` follow the identity provider's groups at each sign-in, which leaves the others alone."""
    suspended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "agency"), name="one_role_per_agency"),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.agency} · {self.role}"


class Invitation(models.Model):
    """A letter that makes its reader a member. Only the SHA-256 of its secret is kept; it serves once, for a week."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, choices=Role)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="invitation_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at__isnull=True),
            ),
            models.UniqueConstraint(
                "agency",
                Lower("email"),
                name="one_open_invitation",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} · {self.agency} · {self.role}"

    @property
    def is_open(self) -> bool:
        """Neither accepted nor revoked; it may have expired, which only the database's clock can say."""
        return self.accepted_at is None and self.revoked_at is None


class ApiToken(models.Model):
    """A secret that stands for a person or an agency. Only its SHA-256 is kept: it has 256 random bits of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="tokens")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="tokens")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    scopes = ArrayField(models.CharField(max_length=30))
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens_made")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="token_of_person_or_agency",
                condition=Q(user__isnull=False, agency__isnull=True, role="")
                | Q(user__isnull=True, agency__isnull=False, role__in=Role.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} (mc_{self.prefix}…)"

    def usable_at(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class Throttle(models.Model):
    """Attempts in a row at one secret (an account's password, a person's codes), from wherever they came.

    ``key`` is a keyed hash, so that the table does not tell which addresses were tried.
    """

    key = models.CharField(max_length=64, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.attempts} attempts"


class RateCount(models.Model):
    """When a caller of the API has all of their requests again (``permissions.rates``). Not logged: a crash empties it.

    ``key`` is a keyed hash, so that the table does not tell which addresses called.
    """

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"full at {self.full_at}"


class KeptAnswer(models.Model):
    """What was answered to a request with an ``Idempotency-Key`` (``permissions.idempotency``), for 24 hours.

    ``key`` is a keyed hash of caller and key. ``body`` is what the caller was told, in JSON; no answer with a secret
    that is shown once comes here, as its operations take no key.
    """

    key = models.CharField(max_length=64, primary_key=True)
    actor_key = models.CharField(max_length=60)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    size = models.PositiveIntegerField()
    headers = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(name="kept_answer_is_a_success", condition=Q(status__gte=200) & Q(status__lt=300)),
        )
        indexes = (
            models.Index(fields=("actor_key", "made_at"), name="kept_answer_by_caller", include=("size",)),
            models.Index(fields=("made_at",), name="kept_answer_age"),
        )

    def __str__(self) -> str:
        return f"{self.status} at {self.made_at}"
