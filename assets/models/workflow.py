"""What people decided about an asset, what they said about it, and what an agency proposed to the central desk."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from assets.models.asset import Asset
from assets.models.guards import transitions_guard
from assets.states import NOMINATION_TRANSITIONS, NominationState, WorkflowAct
from permissions.actor import Actor
from permissions.models import Agency, ApiToken, User
from permissions.policy import INSIDER, SEES_ALL_ONCE_PUBLISHED, SEES_EVERYTHING
from permissions.rows import EVERYTHING, NOTHING, below
from permissions.vocabulary import AssetState


class WorkflowEvent(models.Model):
    """One decision or transition, written in its transaction. ``step`` counts approvals from 1; ``revision`` is the
    asset's after the act. Without ``user`` it was an agency's token, or the clock where there is no token either."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="workflow_events")
    at = models.DateTimeField(db_default=Now())
    act = models.CharField(max_length=20, choices=WorkflowAct)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.CharField(max_length=20, choices=AssetState)
    after = models.CharField(max_length=20, choices=AssetState)
    step = models.PositiveSmallIntegerField(default=0)
    comment = models.TextField(max_length=2000, blank=True)
    revision = models.PositiveIntegerField()

    class Meta:
        ordering = ("-id",)
        constraints = (models.CheckConstraint(name="workflow_act_known", condition=Q(act__in=WorkflowAct.values)),)
        indexes = (models.Index(fields=("asset", "-id"), name="workflow_of_asset"),)

    def __str__(self) -> str:
        return f"{self.asset_id} {self.act}"


class AssetComment(models.Model):
    """A remark in the thread of an asset; ``mention`` is the person it is for."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="comments")
    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, null=True, related_name="+")
    mention = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("asset", "-id"), name="comments_of_asset"),)

    def __str__(self) -> str:
        return f"{self.asset_id} {self.at}"


class NominationQuerySet(models.QuerySet["Nomination"]):
    def visible_to(self, actor: Actor) -> "NominationQuerySet":
        """All for the desk and the auditors, their own for an agency's people; each only with an asset they may see."""
        if actor.platform_role in SEES_EVERYTHING | SEES_ALL_ONCE_PUBLISHED:
            whose = EVERYTHING
        else:
            inside = [grant.path for grant in actor.grants if grant.role.includes(INSIDER)]
            whose = below(inside, "agency__path") if inside else NOTHING
        return self.filter(whose, Exists(Asset.objects.visible_to(actor).filter(pk=OuterRef("asset"))))


class Nomination(models.Model):
    """An agency proposes a published asset to the central desk. ``title``, ``caption`` and ``priority`` are the
    national version's: the asset itself stays the agency's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="nominations")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=NominationState, default=NominationState.OPEN)
    note = models.TextField(max_length=2000, blank=True)
    nominated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(max_length=2000, blank=True)
    title = models.CharField(max_length=300, blank=True)
    caption = models.TextField(max_length=5000, blank=True)
    priority = models.PositiveSmallIntegerField(default=3)
    revision = models.PositiveIntegerField(default=1)

    objects = NominationQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("asset",), name="one_open_nomination", condition=Q(state=NominationState.OPEN)
            ),
            models.CheckConstraint(name="nomination_state_known", condition=Q(state__in=NominationState.values)),
            models.CheckConstraint(name="nomination_priority", condition=Q(priority__gte=1, priority__lte=5)),
            models.CheckConstraint(
                name="nomination_decided_has_time",
                condition=Q(state=NominationState.OPEN, decided_at__isnull=True)
                | (~Q(state=NominationState.OPEN) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="nomination_declined_has_reason",
                condition=~Q(state=NominationState.DECLINED) | ~Q(reason=""),
            ),
        )
        triggers = (transitions_guard("nomination_state", NOMINATION_TRANSITIONS),)

    def __str__(self) -> str:
        return f"{self.asset_id} {self.state}"
