"""Asks for processing by the task's name, so that ``assets`` knows nothing of ``transcoding``."""

from collections.abc import Sequence

from procrastinate.contrib.django import app

from assets.models import Asset, AssetVersion, FilmChunk
from assets.states import Kind
from permissions.models import Agency

PROCESS_VERSION = "transcoding.process_version"
ENCODE_CHUNK = "transcoding.encode_chunk"
JOIN_FILM = "transcoding.join_film"
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
        priority=_priority(asset),
    ).defer(version_id=str(version.pk))


def defer_chunk(chunk: FilmChunk, *, of: Asset) -> None:
    """Queue one chunk of a film, in the caller's transaction. Each has a lock of its own: they run side by side."""
    app.configure_task(ENCODE_CHUNK, queue=QUEUES[of.kind], lock=f"chunk:{chunk.pk}", priority=_priority(of)).defer(
        chunk_id=str(chunk.pk)
    )


def defer_joining(version: AssetVersion) -> None:
    """Queue that the chunks of a version's film are joined, in the caller's transaction: before other films begin."""
    app.configure_task(
        JOIN_FILM,
        queue=QUEUES[version.asset.kind],
        lock=f"version:{version.pk}",
        priority=_priority(version.asset) + 5,
    ).defer(version_id=str(version.pk), attempt_id=str(version.attempt))


def _priority(asset: Asset) -> int:
    return 10 if asset.urgency <= URGENT else 0


def defer_crops(version: AssetVersion) -> None:
    """Queue that the crops of a version are made anew, in the caller's transaction. One job each time: a job that finds
    them made has nothing to do, while one that waits already may have read the point before this transaction ends.
    After its processing, if that is under way."""
    app.configure_task(MAKE_CROPS, queue=QUEUES[version.asset.kind], lock=f"version:{version.pk}", priority=5).defer(
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
