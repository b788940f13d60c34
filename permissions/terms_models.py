"""The terms that an agency asks others to accept before they download its works, and who accepted them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from permissions.audit_models import append_only


class AgencyTerms(models.Model):
    """One version of an agency's terms; ``version`` counts from 1, and the highest is in force.

    Rows are never changed and never go, which the database sees to: what somebody accepted stays to be read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("permissions.Agency", on_delete=models.PROTECT, related_name="terms")
    version = models.PositiveIntegerField()
    text_vi = models.TextField()
    text_en = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)
    user = models.ForeignKey("permissions.User", on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey("permissions.ApiToken", on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "permissions"
        ordering = ("agency_id", "-version")
        constraints = (
            models.UniqueConstraint(fields=("agency", "version"), name="terms_version_once"),
            models.CheckConstraint(name="terms_counted_from_one", condition=Q(version__gte=1)),
            models.CheckConstraint(name="terms_in_vietnamese", condition=~Q(text_vi="")),
        )
        triggers = tuple(append_only())

    def __str__(self) -> str:
        return f"{self.agency_id} {self.version}"

    def text_in(self, language: str) -> tuple[str, str]:
        """``(language, text)`` in ``vi``, ``en`` or ``zh…``, or the Vietnamese one where there is none."""
        texts = {"en": self.text_en, "zh": self.text_zh}
        found = texts.get(language[:2])
        return (language[:2], found) if found else ("vi", self.text_vi)


class TermsAcceptance(models.Model):
    """A person, or a program on behalf of its agency, accepted one version. Kept once, for good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    terms = models.ForeignKey(AgencyTerms, on_delete=models.PROTECT, related_name="acceptances")
    user = models.ForeignKey("permissions.User", on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey("permissions.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey("permissions.ApiToken", on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "permissions"
        constraints = (
            models.CheckConstraint(
                name="accepted_by_person_or_agency",
                condition=Q(user__isnull=False, agency__isnull=True) | Q(user__isnull=True, agency__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("terms", "user"), name="accepted_once_by_person", condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=("terms", "agency"), name="accepted_once_by_agency", condition=Q(agency__isnull=False)
            ),
        )
        triggers = tuple(append_only())

    def __str__(self) -> str:
        return f"{self.terms_id} {self.user_id or self.agency_id}"
