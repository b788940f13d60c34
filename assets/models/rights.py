"""Licences, which say what others may do with a work, and releases, by which those shown in it let it go."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from permissions.actor import Actor
from permissions.models import PATH_SEPARATOR, Agency, User
from permissions.moments import within
from permissions.rows import below
from permissions.vocabulary import Scope


class LicenceKind(models.TextChoices):
    OWN_TERMS = "own_terms", _("An agency's own terms")
    CREATIVE_COMMONS = "creative_commons", _("Creative Commons")
    RIGHTS_STATEMENT = "rights_statement", _("Rights statement (rightsstatements.org)")
    PRESS_USE = "press_use", _("Press use only")
    ALL_RIGHTS_RESERVED = "all_rights_reserved", _("All rights reserved")


def ancestors_of(paths: Iterable[str]) -> set[UUID]:
    """The agencies on these paths, those at their ends included."""
    return {UUID(part) for path in paths for part in path.split(PATH_SEPARATOR) if part}


class LicenceQuerySet(models.QuerySet["Licence"]):
    def visible_to(self, actor: Actor) -> "LicenceQuerySet":
        """Those of the platform, and the own terms of agencies above, at and below the actor's.

        Who has a role on the platform sees all: operators make them anywhere, the central desk edits works that carry
        them. Nothing without the scope ``assets:read``.
        """
        if not actor.has_scope(Scope.READ):
            return self.none()
        if actor.platform_role is not None:
            return self.all()
        paths = [grant.path for grant in actor.grants]
        own = below(paths, "agency__path") | Q(agency__in=ancestors_of(paths))
        return self.filter(Q(agency__isnull=True) | (own if paths else Q(pk__in=())))

    def usable_by(self, agency: Agency) -> "LicenceQuerySet":
        """Those that this agency's works may carry: the platform's, its own, those of the agencies above it."""
        return self.filter(Q(agency__isnull=True) | Q(agency__in=ancestors_of([agency.path])), is_active=True)


class Licence(models.Model):
    """Terms under which others get a work. ``agency`` None is the platform's, for everybody.

    Its flags never change once it is made: a work that went out under it did so on these terms.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="licences")
    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=LicenceKind)
    name_vi = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    name_zh = models.CharField(max_length=120, blank=True)
    url = models.URLField(max_length=300, blank=True)
    requires_attribution = models.BooleanField(default=True)
    allows_alteration = models.BooleanField(default=False)
    allows_commercial = models.BooleanField(default=False)
    allows_redistribution = models.BooleanField(default=False)
    press_only = models.BooleanField(default=False)
    public_domain = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("agency", "code"), name="licence_code_once", nulls_distinct=False),
            models.CheckConstraint(name="licence_kind_known", condition=Q(kind__in=LicenceKind.values)),
            models.CheckConstraint(name="licence_code_form", condition=Q(code__regex=r"^[a-z0-9][a-z0-9.-]{0,59}$")),
            models.CheckConstraint(
                name="licence_own_terms_are_somebody_s",
                condition=Q(agency__isnull=True) | Q(kind=LicenceKind.OWN_TERMS),
            ),
        )

    def __str__(self) -> str:
        return self.name_vi

    def name_in(self, language: str) -> str:
        """The name in ``vi``, ``en`` or ``zh…``, or the Vietnamese one where there is none."""
        names = {"en": self.name_en, "zh": self.name_zh}
        return names.get(language[:2]) or self.name_vi


class ReleaseKind(models.TextChoices):
    MODEL = "model", _("Model release")
    PROPERTY = "property", _("Property release")
    CONSENT = "consent", _("Consent to the use of personal data")


class Release(models.Model):
    """One person or property lets the work go, for a time. Never changed: withdrawn, and given anew.

    ``name`` and ``reference`` are personal data: only the owner's people see them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="releases")
    kind = models.CharField(max_length=10, choices=ReleaseKind)
    name = models.CharField(max_length=200)
    is_minor = models.BooleanField(default=False)
    reference = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=2000, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    document = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="release_kind_known", condition=Q(kind__in=ReleaseKind.values)),
            models.CheckConstraint(name="release_of_somebody", condition=~Q(name="")),
            models.CheckConstraint(
                name="release_ends_after_it_begins",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="release_of_minor_is_a_person_s",
                condition=Q(is_minor=False) | ~Q(kind=ReleaseKind.PROPERTY),
            ),
            models.CheckConstraint(name="release_dates_sensible", condition=within("valid_from", "valid_until")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def ends_at(self) -> datetime | None:
        """When it ends or ended, whichever way; None is never."""
        ends = [moment for moment in (self.valid_until, self.withdrawn_at) if moment is not None]
        return min(ends, default=None)

    def holds_at(self, now: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.ends_at is None or self.ends_at > now)
