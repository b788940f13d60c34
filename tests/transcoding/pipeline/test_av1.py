"""A ready film gets AV1 and Opus beside what it has, once, and nothing of that is lost on the way."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import pgtrigger
import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from assets import fixity
from assets.delivery import MANIFESTS, AssetUrls
from assets.models import Asset, AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.queue import BACKGROUND, MAKE_AV1, VIDEO_BACKGROUND
from assets.states import Kind
from assets.storage import get_store
from permissions.vocabulary import AssetState, Audience
from tests import factories
from tests.transcoding.pipeline.conftest import Workers, make_film, nothing_is_left, wait_until, whole_set
from tests.transcoding.video.conftest import probe
from transcoding import av1, sweeping
from transcoding.attempts import Superseded
from transcoding.av1 import make_av1
from transcoding.processing import process
from transcoding.retry import Stopped

pytestmark = pytest.mark.django_db
State, Purpose = ProcessingAttempt.State, ProcessingAttempt.Purpose


@pytest.fixture(scope="session")
def tiny_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a lean rung; five seconds are three fragments and two segments."""
    return make_film(tmp_path_factory.mktemp("films") / "tiny.mp4", seconds=5, size="426x240")


def ready_film(film: Path, **fields: object) -> AssetVersion:
    agency = factories.make_agency(av1="never")
    asset = factories.make_asset(kind=Kind.VIDEO, agency=agency, **fields)  # type: ignore[arg-type]
    version = factories.make_version(asset, original=film, filename="film.mp4")
    assert process(version.pk, worker="test", retries=0) == "ready"
    version.refresh_from_db()
    return version


def run(version: AssetVersion, **options: object) -> str:
    return make_av1(version.pk, worker="test", retries=0, **options)  # type: ignore[arg-type]


def keys(version: AssetVersion) -> dict[str, str]:
    return dict(version.renditions.values_list("profile", "key"))


def objects_of(version: AssetVersion) -> set[str]:
    return whole_set(found.key for found in get_store().list_objects(f"renditions/{version.asset_id}/{version.pk}/"))


def text(key: str) -> str:
    with get_store().open(key) as body:
        return body.read().decode()


def published(asset: Asset) -> Asset:
    asset.refresh_from_db()
    asset.state, asset.audience, asset.published_at = AssetState.PUBLISHED, Audience.PUBLIC, timezone.now()
    with pgtrigger.ignore("assets.Asset:asset_state"):
        asset.save()
    return asset


def test_a_film_gets_av1_and_opus_and_keeps_what_it_has(tiny_film: Path, tmp_path: Path) -> None:
    version = ready_film(tiny_film)
    before = keys(version)

    assert run(version) == "made"

    version.refresh_from_db()
    after = keys(version)
    assert {name: key for name, key in after.items() if name in before and name not in MANIFESTS} == {
        name: key for name, key in before.items() if name not in MANIFESTS
    }
    added = {name.split("/")[1] for name in set(after) - set(before)}
    assert added == {"240p-av1", "240p-lean-av1", "audio-opus", "audio-opus-lean"}
    attempt = version.attempts.get(purpose=Purpose.AV1)
    assert (attempt.state, attempt.pk, version.state, version.attempts_made) == (
        *(State.SUCCEEDED, version.attempt),
        *("ready", 0),
    )
    media = tmp_path / "av1.mp4"
    with get_store().open(after["hls/240p-lean-av1/media.mp4"]) as body:
        media.write_bytes(body.read())
    stream = probe(media, "-count_packets")["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("av1", 426, 240)
    assert (stream["nb_read_packets"], stream["r_frame_rate"]) == ("125", "25/1")
    assert nothing_is_left()


def test_both_sets_are_cut_at_the_same_places(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    run(version)
    found = keys(version)
    for playlist in ("index.m3u8", "iframes.m3u8"):
        lengths = [
            re.findall(r"#EXTINF:([0-9.]+)", text(found[f"hls/{name}/{playlist}"]))
            for name in ("240p-lean", "240p-lean-av1")
        ]
        assert lengths[0] == lengths[1] != []


def test_the_master_names_every_file_where_it_lies_h264_first(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    run(version)
    found = keys(version)
    master = text(found["hls/master.m3u8"])
    codecs = re.findall(r'STREAM-INF:.*?CODECS="([^"]+)"', master)
    assert codecs[0].startswith("avc1")
    assert "av01.0." in master
    assert re.search(r'CODECS="av01\.0\.\d\dM\.08,opus".*AUDIO="audio-opus-lean"', master)
    names = [*re.findall(r'URI="([^"]+)"', master), *re.findall(r"^[^#\s].*$", master, flags=re.MULTILINE)]
    bases = re.findall("<BaseURL>([^<]+)</BaseURL>", text(found["hls/manifest.mpd"]))
    assert {urljoin(found["hls/master.m3u8"], name) for name in [*names, *bases]} <= set(found.values())
    assert len(set(bases)) == 8
    ids = re.findall(r'<AdaptationSet id="(\d+)"', text(found["hls/manifest.mpd"]))
    assert ids == ["0", "1", "2", "3"]


def test_signed_and_public_addresses_reach_both_sets(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    old = keys(version)
    run(version)
    version.refresh_from_db()
    rows = {row.profile: row for row in version.renditions.all()}
    browser = Client()
    asset = published(version.asset)
    for now_public in (True, False):
        if not now_public:
            Asset.objects.filter(pk=asset.pk).update(audience=Audience.AGENCY)
            asset.refresh_from_db()
        urls = AssetUrls(asset, version, now=timezone.now())
        address = urls.rendition(rows["hls/master.m3u8"])
        master = browser.get(address)
        assert master.status_code == 200
        for line in b"".join(master).decode().splitlines():  # type: ignore[attr-defined]
            if line and not line.startswith("#"):
                assert status_of(browser, urljoin(address, line)) == 200
    Asset.objects.filter(pk=asset.pk).update(audience=Audience.PUBLIC)
    for profile in MANIFESTS:
        asked = f"/media/public/{old[profile].removeprefix('renditions/')}"
        moved = browser.get(asked)
        assert moved.status_code == 302
        landed = urljoin(asked, moved["Location"])
        assert landed == f"/media/public/{rows[profile].key.removeprefix('renditions/')}"
        assert status_of(browser, landed) == 200


def status_of(browser: Client, address: str) -> int:
    """The answer is read to its end, which closes the file that it is sent from."""
    answer = browser.get(address)
    assert b"".join(answer)  # type: ignore[arg-type]
    return answer.status_code


def test_doing_it_twice_is_doing_it_once(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    assert run(version) == "made"
    after, stored = keys(version), objects_of(version)
    assert run(version) == "nothing to do"
    assert (keys(version), objects_of(version)) == (after, stored)


def test_the_old_manifests_stay_for_those_who_hold_their_url_and_then_go(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    old = {key for profile, key in keys(version).items() if profile in MANIFESTS}
    run(version)
    assert old <= objects_of(version)
    assert set(ReplacedObject.objects.values_list("key", flat=True)) == old
    assert [each for each in fixity.verify() if each.finding.is_damage] == []
    ReplacedObject.objects.update(replaced_at=timezone.now() - timedelta(hours=3))
    ProcessingAttempt.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    sweeping.delete_replaced_objects()
    sweeping.delete_unpublished_renditions()
    assert objects_of(version) == set(keys(version).values())


def test_a_run_that_is_stopped_counts_as_no_failure_and_is_repeated(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    before, stored = keys(version), objects_of(version)
    with pytest.raises(Stopped):
        run(version, stopping=lambda: True)
    version.refresh_from_db()
    attempt = version.attempts.get(purpose=Purpose.AV1)
    assert (attempt.state, attempt.code, version.attempts_made) == (State.ABANDONED, "worker_stopping", 0)
    assert (keys(version), objects_of(version), version.state) == (before, stored, "ready")
    assert run(version) == "made"


@pytest.mark.parametrize("fate", ["withdrawn", "trash", "replaced", "reprocessed", "purged", "another run"])
def test_what_happened_meanwhile_wins(fate: str, tiny_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = ready_film(tiny_film)
    published(version.asset)
    before = keys(version)
    store = av1.store

    def meanwhile(*arguments: object) -> dict[str, int]:
        sizes = store(*arguments)  # type: ignore[arg-type]
        befall(version, fate)
        return sizes

    monkeypatch.setattr(av1, "store", meanwhile)
    assert run(version) == "superseded"
    assert keys(version) == before
    assert objects_of(version) == set(before.values())


def befall(version: AssetVersion, fate: str) -> None:
    """Write what a use case would have written by the end of the run."""
    assets, versions = Asset.objects.filter(pk=version.asset_id), AssetVersion.objects.filter(pk=version.pk)
    with pgtrigger.ignore("assets.Asset:asset_state", "assets.AssetVersion:version_state"):
        if fate == "withdrawn":
            assets.update(state=AssetState.WITHDRAWN)
        elif fate in {"trash", "purged"}:
            gone = {"deleted_at": timezone.now(), "purging_at": timezone.now() if fate == "purged" else None}
            assets.update(state=AssetState.WITHDRAWN, **gone)
        elif fate == "replaced":
            factories.make_version(version.asset)
        elif fate == "reprocessed":
            versions.update(state="received")
        else:
            factories.make_attempt(AssetVersion.objects.get(pk=version.pk))


def test_a_zombie_changes_nothing(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    zombie = av1.begin(version.pk, worker="zombie")
    assert zombie is not None
    assert run(version) == "made"
    after = keys(version)
    with pytest.raises(Superseded):
        av1.publish(zombie, files=(), sizes={})
    assert keys(version) == after


def test_three_crashes_are_enough(tiny_film: Path) -> None:
    version = ready_film(tiny_film)
    for _ in range(3):
        assert av1.begin(version.pk, worker="crashes") is not None
    assert av1.begin(version.pk, worker="crashes") is None
    assert run(version) == "nothing to do"
    version.refresh_from_db()
    refused = version.attempts.get(state=State.REJECTED)
    assert (refused.code, version.state, version.attempts_made) == ("processing_crashed", "ready", 0)


def test_a_build_that_cannot_is_the_operators_matter(tiny_film: Path, settings) -> None:
    from permissions.errors import InfrastructureError

    version = ready_film(tiny_film)
    settings.AV1_FFMPEG = "/bin/false"
    with pytest.raises(InfrastructureError, match="AV1_FFMPEG") as refused:
        run(version)
    assert refused.value.reason == "av1_not_possible"
    assert version.attempts.get(purpose=Purpose.AV1).state == State.FAILED


def test_a_killed_worker_costs_one_run(tiny_film: Path, workers: Workers) -> None:
    version = ready_film(tiny_film)
    version.asset.agency.av1 = "always"
    version.asset.agency.save()
    from assets.av1 import ask_for_av1

    assert ask_for_av1(version.pk)
    job = ProcrastinateJob.objects.get(task_name=MAKE_AV1)
    assert (job.queue_name, job.priority) == (VIDEO_BACKGROUND, BACKGROUND)
    first = workers.start()
    wait_until(
        lambda: version.attempts.filter(purpose=Purpose.AV1, stage="rendering").exists(),
        within=120,
        what="AV1 has begun",
    )
    first.kill()
    first.wait()
    workers.start()
    wait_until(
        lambda: Rendition.objects.filter(version=version, profile__contains="-av1/").exists(),
        within=240,
        what="AV1 is made by the second worker",
    )
    version.refresh_from_db()
    states = list(version.attempts.filter(purpose=Purpose.AV1).order_by("started_at").values_list("state", flat=True))
    assert states == [State.ABANDONED, State.SUCCEEDED]
    wait_until(nothing_is_left, within=30, what="the dead worker's folder is removed")
