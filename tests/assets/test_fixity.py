"""Fault 14: objects removed, flipped and added behind our back are reported, exactly those."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from assets.fixity import Discrepancy, Expected, Finding, Tally, side_by_side, verify
from assets.models import Asset, AssetVersion
from assets.states import UploadState, VersionState
from assets.storage import get_store
from assets.storage.base import StoredObject
from tests import factories

pytestmark = pytest.mark.django_db


def object_path(key: str, settings) -> Path:
    """Where the folder store keeps an object: what a careless hand or a bad disk reaches."""
    return Path(urlsplit(settings.STORAGE_URL).path) / "objects" / key


def version_of(asset: Asset) -> AssetVersion:
    return asset.versions.get()


def findings(**options: bool) -> set[tuple[Finding, str]]:
    return {(found.finding, found.key) for found in verify(**options)}


def test_an_untouched_archive_has_no_findings_and_every_byte_is_read() -> None:
    assets = [factories.make_ready_asset() for _ in range(5)]
    factories.make_version()
    tally = Tally()

    assert list(verify(tally=tally)) == []

    assert (tally.originals, tally.renditions, tally.unhashed) == (6, 5, 1)
    assert tally.bytes_hashed == sum(version_of(asset).size for asset in assets)


@pytest.mark.faults
def test_exactly_what_was_done_behind_our_back_is_reported(settings) -> None:
    for _ in range(4):
        factories.make_ready_asset()
    removed, flipped, cut = (version_of(factories.make_ready_asset()) for _ in range(3))
    lost_rendition = version_of(factories.make_ready_asset()).renditions.get()
    cut_rendition = version_of(factories.make_ready_asset()).renditions.get()
    object_path(removed.original_key, settings).unlink()
    flip_one_bit(object_path(flipped.original_key, settings))
    os.truncate(object_path(cut.original_key, settings), 10)
    object_path(lost_rendition.key, settings).unlink()
    os.truncate(object_path(cut_rendition.key, settings), 1)
    old, young = f"originals/{uuid7()}/{uuid7()}", f"renditions/{uuid7()}/{uuid7()}/{uuid7()}/w320.webp"
    for key in (old, young):
        factories.store_object(key, b"from nowhere")
    make_older(object_path(old, settings), hours=25)

    assert findings() == {
        (Finding.ORIGINAL_MISSING, removed.original_key),
        (Finding.ORIGINAL_ALTERED, flipped.original_key),
        (Finding.ORIGINAL_SIZE, cut.original_key),
        (Finding.RENDITION_MISSING, lost_rendition.key),
        (Finding.RENDITION_SIZE, cut_rendition.key),
        (Finding.OBJECT_UNKNOWN, old),
        (Finding.OBJECT_UNKNOWN_YOUNG, young),
    }


def test_what_a_run_of_days_has_stored_is_no_finding_until_it_ends(settings) -> None:
    version = factories.make_version(state=VersionState.PROCESSING)
    attempt = factories.make_attempt(version)
    key = f"renditions/{version.asset_id}/{version.pk}/{attempt.pk}/chunks/00001/source.nut"
    factories.store_object(key, b"packets")
    make_older(object_path(key, settings), hours=100)

    assert findings() == {(Finding.OBJECT_UNKNOWN_YOUNG, key)}

    attempt.state = attempt.State.FAILED
    attempt.finished_at = timezone.now()
    attempt.save(update_fields=["state", "finished_at"])
    assert findings() == {(Finding.OBJECT_UNKNOWN, key)}


def flip_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_older(path: Path, *, hours: float) -> None:
    then = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))


def test_a_flipped_bit_shows_what_was_expected_and_what_was_found(settings) -> None:
    version = version_of(factories.make_ready_asset())
    flip_one_bit(object_path(version.original_key, settings))

    (found,) = verify()

    assert found == Discrepancy(
        finding=Finding.ORIGINAL_ALTERED, key=version.original_key, expected=version.sha256, found=found.found
    )
    assert len(found.found) == 64
    assert found.found != version.sha256


def test_without_reading_the_originals_a_flipped_bit_is_not_seen_but_a_missing_one_is(settings) -> None:
    flipped, removed = (version_of(factories.make_ready_asset()) for _ in range(2))
    flip_one_bit(object_path(flipped.original_key, settings))
    object_path(removed.original_key, settings).unlink()

    assert findings(rehash=False) == {(Finding.ORIGINAL_MISSING, removed.original_key)}


def test_the_object_of_an_upload_that_may_still_be_completed_is_no_damage(settings) -> None:
    upload = factories.make_upload()
    factories.store_object(upload.key, b"whole already")
    make_older(object_path(upload.key, settings), hours=48)

    assert findings() == {(Finding.OBJECT_UNKNOWN_YOUNG, upload.key)}
    type(upload).objects.filter(pk=upload.pk).update(state=UploadState.EXPIRED, finished_at=timezone.now())
    assert findings() == {(Finding.OBJECT_UNKNOWN, upload.key)}


def test_a_refused_file_that_was_not_the_announced_one_is_held_to_its_hash(settings) -> None:
    version = factories.make_version(
        original=b"what really came", state=VersionState.REJECTED, rejection_code="checksum_mismatch", size=999
    )
    AssetVersion.objects.filter(pk=version.pk).update(
        sha256="6ad3d2b1f3b2d1c0" * 4  # of something else
    )

    assert findings() == {(Finding.ORIGINAL_ALTERED, version.original_key)}


def stored(key: str) -> StoredObject:
    return StoredObject(key=key, size=1, etag="e", modified=timezone.now())


@pytest.mark.parametrize(
    ("rows", "objects", "pairs"),
    [
        ("", "", []),
        ("ab", "ab", ["aa", "bb"]),
        ("ac", "bc", ["a-", "-b", "cc"]),
        ("", "ab", ["-a", "-b"]),
        ("ab", "", ["a-", "b-"]),
        ("bd", "abce", ["-a", "bb", "-c", "d-", "-e"]),
    ],
)
def test_rows_and_objects_are_joined_by_key(rows: str, objects: str, pairs: list[str]) -> None:
    expected = (Expected(key=key, size=1, is_original=True) for key in rows)

    joined = [
        (row.key if row else "-") + (found.key if found else "-")
        for row, found in side_by_side(expected, map(stored, objects))
    ]

    assert joined == pairs


def test_many_keys_in_the_store_s_order_meet_their_rows() -> None:
    agency = factories.make_agency()
    for number in range(30):
        version = factories.make_version(factories.make_asset(agency=agency), original=bytes([number]))
        for profile in ("hls/360p.mp4", "hls/a-1.mp4", "hls/a.mp4", "hls-x.mp4", "w320.webp"):
            factories.make_rendition(version, profile=profile, attempt=version.pk)

    assert list(verify()) == []
    assert sum(1 for _ in get_store().list_objects()) == 30 * 6
