"""What an asset was at each moment, and the corrections that were proposed to it."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.models.guards import transitions_guard
from assets.models.version import AssetVersion
from assets.states import CORRECTION_TRANSITIONS, CorrectionState, RevisionAct
from permissions.audit_models import RecordTrigger, append_only
from permissions.models import ApiToken, User

OPEN_CORRECTIONS = (CorrectionState.PROCESSING, CorrectionState.WAITING)


class Revision(models.Model):
    """One state of an asset's content, written in the transaction that made it; ``number`` counts from 1.

    ``content`` is what ``assets/history.py`` makes of the rows, ``version`` the file that was current. Rows are never
    changed, and go only after their asset is gone: the database sees to both, so no foreign key ties them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.DO_NOTHING, db_constraint=False, related_name="revisions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    act = models.CharField(max_length=20, choices=RevisionAct)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(max_length=2000, blank=True)
    asset_revision = models.PositiveIntegerField()
    version = models.ForeignKey(
        AssetVersion, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    content = models.JSONField()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("asset", "number"), name="revision_number_once"),
            models.CheckConstraint(name="revision_act_known", condition=Q(act__in=RevisionAct.values)),
        )
        triggers = (
            *append_only(keeps_rows=False),
            RecordTrigger(
                name="outlives_asset", when=pgtrigger.Before, operation=pgtrigger.Delete, runs="revision_outlives_asset"
            ),
        )

    def __str__(self) -> str:
        return f"{self.asset_id} #{self.number}"


class Correction(models.Model):
    """A file that is to take the place of the current one: a new ``version``, or with ``restores`` an earlier one.

    ``makers`` are those whose work it is: where the agency asks for reviews, none of them confirms it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="corrections")
    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="corrections")
    restores = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=CorrectionState, default=CorrectionState.PROCESSING)
    reason = models.TextField(max_length=2000, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    makers = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("asset",), name="one_open_correction", condition=Q(state__in=OPEN_CORRECTIONS)
            ),
            models.UniqueConstraint(fields=("version",), name="one_proposal_a_version", condition=Q(restores=False)),
            models.CheckConstraint(name="correction_state_known", condition=Q(state__in=CorrectionState.values)),
            models.CheckConstraint(
                name="correction_decided_has_time",
                condition=Q(state__in=OPEN_CORRECTIONS, decided_at__isnull=True)
                | (~Q(state__in=OPEN_CORRECTIONS) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="correction_declined_has_reason",
                condition=~Q(state__in=(CorrectionState.DECLINED, CorrectionState.REJECTED)) | ~Q(decision=""),
            ),
        )
        triggers = (transitions_guard("correction_state", CORRECTION_TRANSITIONS),)

    def __str__(self) -> str:
        return f"{self.asset_id} {self.state}"
