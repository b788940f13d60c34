"""What must have been said, in which languages, before something is published."""

from django.db import models
from django.db.models.functions import Now

from permissions.models import Agency, User


class ParityPolicy(models.Model):
    """An agency's rule for itself and everything below it that has none of its own. ``requirements`` maps an audience
    to languages, and these to fields: ``{"public": {"vi": ["title", "alt_text"]}}``; empty asks for nothing."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, primary_key=True, related_name="parity_policy")
    requirements = models.JSONField(default=dict)
    updated_at = models.DateTimeField(db_default=Now())
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.agency_id)
