"""Asks for processing by the task's name, so that ``assets`` knows nothing of ``transcoding``."""

from collections.abc import Sequence
from uuid import UUID

from procrastinate.contrib.django import app

from assets.models import Asset, AssetVersion
from assets.states import Kind
from permissions.models import Agency

PROCESS_VERSION = "transcoding.process_version"
MAKE_CROPS = "transcoding.make_crops"
MAKE_AV1 = "transcoding.make_av1"
PUBLISH_SCHEDULED = "assets.publish_scheduled"
WARN_OF_QUOTA = "mediacenter.send_quota_warning"
QUEUES: dict[str, str] = {Kind.PHOTO: "images", Kind.INFOGRAPHIC: "images", Kind.VIDEO: "video", Kind.AUDIO: "video"}
BACKGROUND_QUEUE = "video-background"
BACKGROUND = -20
"""Below everything that somebody waits for."""
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


def av1_lock(version_id: UUID) -> str:
    """One run at a time for a version; not the lock of its processing, which would have to wait for hours."""
    return f"av1:{version_id}"


def defer_av1(version: AssetVersion) -> None:
    """Queue that a version is made in AV1 too, in the caller's transaction."""
    app.configure_task(MAKE_AV1, queue=BACKGROUND_QUEUE, lock=av1_lock(version.pk), priority=BACKGROUND).defer(
        version_id=str(version.pk)
    )


def defer_publication(asset: Asset) -> None:
    """Queue the publication of a scheduled asset for its time, in the caller's transaction. The queue compares the time
    with the database's clock, as the publication itself does."""
    app.configure_task(PUBLISH_SCHEDULED, queue="maintenance", priority=20, schedule_at=asset.scheduled_for).defer(
        asset_id=str(asset.pk)
    )


def defer_quota_warning(agency: Agency, kinds: Sequence[str]) -> None:
    """Queue the letter to the agency's administrators, in the caller's transaction."""
    app.configure_task(WARN_OF_QUOTA, queue="notify").defer(agency_id=str(agency.pk), kinds=list(kinds))
