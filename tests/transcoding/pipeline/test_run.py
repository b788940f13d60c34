"""One run of ``transcoding.processing.process`` on real files, and everything that may cut it short."""

import hashlib
import socket
from pathlib import Path

import pytest

from assets.models import AssetVersion, ProcessingAttempt, Rendition, Upload
from assets.states import Kind, UploadState, VersionState
from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from permissions.vocabulary import Role
from tests import factories
from tests.transcoding.pipeline.conftest import nothing_is_left, whole_set
from transcoding import attempts
from transcoding.attempts import Superseded
from transcoding.fetching import Read
from transcoding.processing import process
from transcoding.results import EmbeddedMetadata, ProcessingResult
from transcoding.retry import Stopped

pytestmark = pytest.mark.django_db
State = ProcessingAttempt.State


def run(version: AssetVersion, *, retries: int = 0, stopping=lambda: False) -> str:
    return process(version.pk, worker="test", retries=retries, stopping=stopping)


def objects_of(version: AssetVersion) -> set[str]:
    return {found.key for found in get_store().list_objects(f"renditions/{version.asset_id}/{version.pk}/")}


def test_a_photo_becomes_ready_with_a_row_for_every_object() -> None:
    version = factories.make_version(original=factories.jpeg(width=700, height=400))

    assert run(version) == "ready"

    version.refresh_from_db()
    attempt = version.attempts.get()
    assert (version.state, version.media_type, version.width, version.height) == ("ready", "image/jpeg", 700, 400)
    assert version.verified_at is not None
    assert version.placeholder
    assert (attempt.state, attempt.progress, attempt.pk) == (State.SUCCEEDED, 100, version.attempt)
    rows = list(version.renditions.all())
    assert {"w320.webp", "w640.webp"} <= {row.profile for row in rows}
    assert {row.key for row in rows} == objects_of(version)
    assert all(get_store().head(row.key).size == row.size for row in rows)
    assert all(row.key.startswith(f"renditions/{version.asset_id}/{version.pk}/{attempt.pk}/") for row in rows)
    assert nothing_is_left()


def test_a_film_becomes_ready(short_film: Path) -> None:
    version = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=short_film, filename="phim.mp4")

    assert run(version) == "ready"

    version.refresh_from_db()
    assert version.sha256 == hashlib.sha256(short_film.read_bytes()).hexdigest()
    assert version.duration == pytest.approx(2, abs=0.2)
    assert "hls/master.m3u8" in {row.profile for row in version.renditions.all()}
    assert nothing_is_left()


def test_the_title_falls_back_to_the_name_of_the_file() -> None:
    version = factories.make_version(filename="Lễ khai giảng.jpg")

    run(version)

    version.asset.refresh_from_db()
    assert version.asset.texts.get(language="vi").title == "Lễ khai giảng"
    assert "le khai giang" in version.asset.search_text


def test_what_a_person_typed_is_kept() -> None:
    asset = factories.make_asset(texts={"vi": {"title": "Của tôi"}}, credit_line="Ảnh: tôi")
    version = factories.make_version(asset, original=described_jpeg())

    run(version)

    asset.refresh_from_db()
    text = asset.texts.get(language="vi")
    assert (text.title, asset.credit_line) == ("Của tôi", "Ảnh: tôi")
    assert (text.caption, asset.author) == ("Chú thích trong tệp", "Nguyễn Văn A")


def described_jpeg() -> bytes:
    """A JPEG with an Exif caption and author."""
    import io

    from PIL import Image

    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "Chú thích trong tệp".encode(), "Nguyễn Văn A".encode()
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (1, 2, 3)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_the_right_announced_hash_is_accepted() -> None:
    content = factories.distinct_jpeg()
    version = factories.make_version(original=content, announced_sha256=hashlib.sha256(content).hexdigest())

    assert run(version) == "ready"


@pytest.mark.parametrize("wrong", [{"announced_sha256": "0" * 64}, {"size": 12}])
def test_another_file_than_announced_goes_back_to_its_uploader(wrong: dict[str, object]) -> None:
    content = factories.distinct_jpeg()
    version = factories.make_version(original=content, **wrong)

    assert run(version) == "rejected"

    version.refresh_from_db()
    assert (version.state, version.rejection_code) == (VersionState.REJECTED, "checksum_mismatch")
    assert hashlib.sha256(content).hexdigest() in version.rejection_message
    assert version.sha256 == hashlib.sha256(content).hexdigest()
    assert version.verified_at is None
    assert version.attempts.get().state == State.REJECTED
    assert get_store().head(version.original_key).size == len(content)


def test_a_file_of_no_known_type_is_rejected_and_stays_retrievable() -> None:
    version = factories.make_version(original=b"Xin ch\xc3\xa0o, this is no picture." * 10)

    assert run(version) == "rejected"

    version.refresh_from_db()
    assert version.rejection_code == "type_unknown"
    assert version.rejection_message
    assert version.verified_at is None
    assert get_store().head(version.original_key)
    assert objects_of(version) == set()


def test_a_picture_uploaded_as_a_film_is_rejected() -> None:
    version = factories.make_version(factories.make_asset(kind=Kind.VIDEO))

    assert run(version) == "rejected"

    version.refresh_from_db()
    assert version.rejection_code == "type_does_not_fit_kind"


def test_a_broken_picture_is_rejected_after_it_was_verified() -> None:
    whole = factories.jpeg(width=600, height=400)
    version = factories.make_version(original=whole[:300])

    assert run(version) == "rejected"

    version.refresh_from_db()
    assert version.state == VersionState.REJECTED
    assert version.verified_at is not None
    assert nothing_is_left()


def test_an_older_duplicate_that_the_uploader_may_see_is_pointed_out() -> None:
    agency = factories.make_agency()
    uploader = factories.make_member(agency)
    content = factories.distinct_jpeg()
    older = factories.make_version(factories.make_asset(agency=agency), original=content)
    newer = factories.make_version(factories.make_asset(agency=agency), original=content, created_by=uploader)

    run(older)
    run(newer)

    for version in (older, newer):
        version.asset.refresh_from_db()
    assert newer.asset.duplicate_of == older.asset
    assert older.asset.duplicate_of is None


def test_a_duplicate_that_the_uploader_may_not_see_stays_secret() -> None:
    content = factories.distinct_jpeg()
    older = factories.make_version(original=content)
    uploader = factories.make_member(factories.make_agency())
    newer = factories.make_version(original=content, created_by=uploader)

    run(older)
    run(newer)

    newer.asset.refresh_from_db()
    assert newer.asset.duplicate_of is None


def test_an_agency_token_s_upload_finds_that_agency_s_duplicate() -> None:
    agency = factories.make_agency()
    content = factories.distinct_jpeg()
    older = factories.make_version(factories.make_asset(agency=agency), original=content)
    newer = factories.make_version(factories.make_asset(agency=agency), original=content)
    token, _ = factories.make_token(agency=agency, role=Role.CONTRIBUTOR)
    upload = factories.make_upload(agency=agency, state=UploadState.COMPLETED, version_id=newer.pk)
    Upload.objects.filter(pk=upload.pk).update(token=token, user=None)

    run(older)
    run(newer)

    newer.asset.refresh_from_db()
    assert newer.asset.duplicate_of == older.asset


def test_a_second_delivery_after_the_end_does_nothing() -> None:
    version = factories.make_version()
    run(version)
    before = list(version.renditions.values_list("key", flat=True))

    assert run(version) == "nothing to do"

    assert list(version.renditions.values_list("key", flat=True)) == before
    assert version.attempts.count() == 1


def test_a_run_whose_token_was_taken_gives_up_and_removes_its_objects(short_film: Path) -> None:
    version = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=short_film)
    taken: list[attempts.Begun] = []

    def second_delivery_in_the_middle() -> bool:
        if not taken and version.attempts.filter(stage="rendering").exists():
            begun = attempts.begin(version.pk, worker="another")
            assert begun is not None
            taken.append(begun)
        return False

    assert run(version, stopping=second_delivery_in_the_middle) == "superseded"

    assert objects_of(version) == set()
    assert [a.state for a in version.attempts.order_by("started_at", "id")] == [State.ABANDONED, State.RUNNING]
    assert run(version) == "ready"
    assert {row.key for row in version.renditions.all()} == whole_set(objects_of(version))


def test_runs_that_others_took_over_in_good_order_do_not_count_as_crashes() -> None:
    version = factories.make_version()
    for _ in range(attempts.MAX_CRASHES):
        superseded = attempts.begin(version.pk, worker="another")
        assert superseded is not None
        attempts.abandon(superseded)

    assert run(version) == "ready"


def test_only_the_holder_of_the_token_publishes() -> None:
    version = factories.make_version()
    zombie, holder = attempts.begin(version.pk, worker="a"), attempts.begin(version.pk, worker="b")
    assert zombie is not None
    assert holder is not None
    result = ProcessingResult(renditions=(), facts={"nan": float("nan"), "nul": "a\0b"}, metadata=EmbeddedMetadata())
    read = Read(size=version.size, sha256="a" * 64)
    attempts.mark_verified(holder, read=read, media_type="image/jpeg")

    with pytest.raises(Superseded):
        attempts.publish(zombie, result=result, sizes={})
    attempts.publish(holder, result=result, sizes={})
    attempts.publish(holder, result=result, sizes={})
    with pytest.raises(Superseded):
        attempts.reject(zombie, code="late", message="too late")

    version.refresh_from_db()
    assert (version.state, version.facts) == (VersionState.READY, {"nan": None, "nul": "ab"})
    assert sorted(a.state for a in version.attempts.all()) == [State.ABANDONED, State.SUCCEEDED]


def test_a_file_that_ended_its_worker_three_times_is_parked_with_a_reason() -> None:
    version = factories.make_version()
    for _ in range(3):
        assert attempts.begin(version.pk, worker="crashing") is not None

    assert run(version) == "nothing to do"

    version.refresh_from_db()
    assert (version.state, version.rejection_code) == (VersionState.REJECTED, "processing_crashed")
    assert not version.attempts.filter(state=State.RUNNING).exists()
    assert get_store().head(version.original_key)


def test_a_run_that_is_told_to_stop_does_not_count_as_a_crash(short_film: Path) -> None:
    version = factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=short_film)

    with pytest.raises(Stopped):
        run(version, stopping=lambda: version.attempts.filter(stage="rendering").exists())

    version.refresh_from_db()
    attempt = version.attempts.get()
    assert (version.state, version.attempts_made) == (VersionState.PROCESSING, 0)
    assert (attempt.state, attempt.code) == (State.FAILED, "worker_stopping")
    assert objects_of(version) == set()
    assert nothing_is_left()


def test_while_the_store_is_down_nothing_is_lost_and_afterwards_all_is_done(settings) -> None:
    version = factories.make_version()
    up = settings.STORAGE_URL
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings.STORAGE_URL = f"s3://bucket?endpoint=http://127.0.0.1:{port}"
    get_store.cache_clear()

    with pytest.raises(StoreUnavailable):
        run(version)

    version.refresh_from_db()
    assert (version.state, version.attempts_made) == (VersionState.RECEIVED, 0)
    assert version.attempts.get().code == "store_unavailable"
    settings.STORAGE_URL = up
    get_store.cache_clear()
    assert run(version, retries=1) == "ready"


def test_an_original_that_vanished_is_parked_in_the_end() -> None:
    version = factories.make_version()
    get_store().delete(version.original_key)

    for retries in range(3):
        with pytest.raises(Exception, match="no such object"):
            run(version, retries=retries)
    with pytest.raises(Exception, match="no such object"):
        run(version, retries=3)

    version.refresh_from_db()
    assert (version.state, version.rejection_code) == (VersionState.REJECTED, "original_missing")


def test_a_rejected_file_that_is_processed_again_may_become_ready() -> None:
    content = factories.distinct_jpeg()
    version = factories.make_version(
        original=content, state=VersionState.RECEIVED, announced_sha256=hashlib.sha256(content).hexdigest()
    )
    attempts.begin(version.pk, worker="w")
    version.refresh_from_db()
    AssetVersion.objects.filter(pk=version.pk).update(attempts_made=0)

    assert run(version) == "ready"
    assert Rendition.objects.filter(version=version).count() == len(objects_of(version))
