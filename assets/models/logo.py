"""The sign of an agency."""

from django.db import models
from django.db.models.functions import Now

from assets.models.asset import Asset
from permissions.models import Agency, User


class AgencyLogo(models.Model):
    """A picture of the agency's own stock. Whether it is shown is judged whenever it is used (``assets/logos.py``);
    with the asset the logo goes."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, primary_key=True, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    set_at = models.DateTimeField(db_default=Now())
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.agency_id}: {self.asset_id}"
