"""Asks for processing by the task's name, so that ``assets`` knows nothing of ``transcoding``."""

from collections.abc import Sequence

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import Asset, AssetVersion
from assets.states import Kind
from permissions.models import Agency

PROCESS_VERSION = "transcoding.process_version"
MAKE_CROPS = "transcoding.make_crops"
PUBLISH_SCHEDULED = "assets.publish_scheduled"
WARN_OF_QUOTA = "mediacenter.send_quota_warning"
QUEUES: dict[str, str] = {Kind.PHOTO: "images", Kind.INFOGRAPHIC: "images", Kind.VIDEO: "video", Kind.AUDIO: "video"}
URGENT = 3
"""IPTC urgency from here down goes before routine."""


def defer_processing(version: AssetVersion) -> None:
    """Queue the processing of a version in the caller's transaction: the job exists if and only if the row does."""
    asset = version.asset
    app.configure_task(
        PROCESS_VERSION,
        queue=QUEUES[asset.kind],
        lock=f"version:{version.pk}",
        priority=10 if asset.urgency <= URGENT else 0,
    ).defer(version_id=str(version.pk))


def defer_crops(version: AssetVersion) -> None:
    """Queue that the crops of a version are made anew, in the caller's transaction. One job each time: a job that finds
    them made has nothing to do, while one that waits already may have read the point before this transaction ends.
    After its processing, if that is under way."""
    app.configure_task(MAKE_CROPS, queue=QUEUES[version.asset.kind], lock=f"version:{version.pk}", priority=5).defer(
        version_id=str(version.pk)
    )


def waits_for_crops(version: AssetVersion) -> bool:
    """Whether a job for the version's crops waits or is at work."""
    jobs = ProcrastinateJob.objects.filter(task_name=MAKE_CROPS, lock=f"version:{version.pk}")
    return jobs.filter(status__in=("todo", "doing")).exists()


def defer_publication(asset: Asset) -> None:
    """Queue the publication of a scheduled asset for its time, in the caller's transaction. The queue compares the time
    with the database's clock, as the publication itself does."""
    app.configure_task(PUBLISH_SCHEDULED, queue="maintenance", priority=20, schedule_at=asset.scheduled_for).defer(
        asset_id=str(asset.pk)
    )


def defer_quota_warning(agency: Agency, kinds: Sequence[str]) -> None:
    """Queue the letter to the agency's administrators, in the caller's transaction."""
    app.configure_task(WARN_OF_QUOTA, queue="notify").defer(agency_id=str(agency.pk), kinds=list(kinds))
