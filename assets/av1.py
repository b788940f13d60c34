"""Which videos are to be made in AV1 too: by their agency's policy, and by whether they are watched."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.delivery import DASH_MANIFEST
from assets.models import AssetVersion, ProcessingAttempt, Rendition
from assets.profiles import AV1_MARK
from assets.queue import MAKE_AV1, av1_lock, defer_av1
from assets.states import Kind, VersionState
from permissions.inherited import av1_policy_of, paths_with_av1
from permissions.vocabulary import AssetState, Av1Policy

OFF: Final = "off"
PUT_AWAY: Final = (AssetState.WITHDRAWN, AssetState.ARCHIVED)
AT_A_TIME: Final = 200
AFTER_A_FAILURE: Final = timedelta(days=7)
"""What this installation could not do is tried again after so long."""


def makes_av1() -> bool:
    """Whether this installation makes AV1 at all."""
    return bool(settings.AV1_FFMPEG != OFF)


def lacking_av1() -> "QuerySet[AssetVersion]":
    """The versions that could have AV1 and have not: ready films that are current, not put away and never refused."""
    own = Rendition.objects.filter(version=OuterRef("pk"))
    refused = ProcessingAttempt.objects.filter(
        version=OuterRef("pk"), purpose=ProcessingAttempt.Purpose.AV1, state=ProcessingAttempt.State.REJECTED
    )
    return (
        AssetVersion.objects.filter(
            Exists(own.filter(profile=DASH_MANIFEST)),
            state=VersionState.READY,
            pk=F("asset__current_version"),
            asset__kind=Kind.VIDEO,
            asset__deleted_at__isnull=True,
        )
        .exclude(asset__state__in=PUT_AWAY)
        .exclude(Exists(own.filter(profile__contains=AV1_MARK)))
        .exclude(Exists(refused))
        .select_related("asset__agency")
    )


def wants_av1(version: AssetVersion) -> bool:
    """Whether the policy of its agency asks for AV1 at this moment; ``version`` is one of :func:`lacking_av1`."""
    policy = av1_policy_of(version.asset.agency.path)
    return policy is Av1Policy.ALWAYS or (policy is Av1Policy.WATCHED and _is_watched(version.pk))


def _is_watched(version_id: UUID) -> bool:
    watched = AssetVersion.objects.filter(pk=version_id, watching__views__gte=settings.AV1_AFTER_VIEWS)
    return watched.exists()


def still_wants_av1(version_id: UUID) -> bool:
    """Whether a version that waits for its turn is still wanted in AV1: the policy may have changed meanwhile."""
    version = lacking_av1().filter(pk=version_id).first()
    return version is not None and wants_av1(version)


@transaction.atomic
def ask_for_av1(version_id: UUID) -> bool:
    """Queue the making of AV1 where it is wanted and no job waits or works for it yet; whether it was queued."""
    if not makes_av1():
        return False
    version = lacking_av1().select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None or not wants_av1(version) or _has_job(version.pk):
        return False
    defer_av1(version)
    return True


def ask_where_wanted() -> int:
    """Queue it for those whose agency's policy has changed or whose job got lost, some at a time; how many."""
    if not makes_av1():
        return 0
    always = Q(asset__agency__path__in=paths_with_av1(Av1Policy.ALWAYS))
    watched = Q(
        asset__agency__path__in=paths_with_av1(Av1Policy.WATCHED), watching__views__gte=settings.AV1_AFTER_VIEWS
    )
    failed = ProcessingAttempt.objects.filter(
        version=OuterRef("pk"),
        purpose=ProcessingAttempt.Purpose.AV1,
        state=ProcessingAttempt.State.FAILED,
        finished_at__gt=Now() - AFTER_A_FAILURE,
    )
    lacking = lacking_av1().filter(always | watched).exclude(Exists(failed))
    found = lacking.order_by("-pk").values_list("pk", flat=True)
    return sum(ask_for_av1(pk) for pk in found[:AT_A_TIME])


def _has_job(version_id: UUID) -> bool:
    jobs = ProcrastinateJob.objects.filter(task_name=MAKE_AV1, status__in=("todo", "doing"), lock=av1_lock(version_id))
    return jobs.exists()
