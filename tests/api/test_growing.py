"""A film that is still being encoded, by the API and by the URLs that it gives: to whom, how far, and until when."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pgtrigger
import pytest
from django.test import Client

from assets.growing import segment_name
from assets.models import AssetVersion, GrowingStream
from assets.states import Kind, VersionState
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_version
from tests.transcoding.growing.feeding import Feeder
from tests.transcoding.pipeline.conftest import make_film
from tests.transcoding.video.conftest import process
from transcoding.attempts import Superseded, begin, reject
from transcoding.growing.rows import add_segments

pytestmark = pytest.mark.django_db
SECONDS = 7
HLS = "application/vnd.apple.mpegurl"


@pytest.fixture(scope="session")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoded")
    film = make_film(folder / "film.mp4", seconds=SECONDS, size="426x240")
    return process(film, folder / "out", container="mov").folder


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def version(agency: Agency) -> AssetVersion:
    return make_version(make_asset(agency=agency, kind=Kind.VIDEO), state=VersionState.PROCESSING)


@pytest.fixture
def feeder(version: AssetVersion, encoded: Path, tmp_path: Path) -> Feeder:
    return Feeder(version, encoded, folder=tmp_path)


def fetched(url: str) -> tuple[int, str, bytes]:
    """Status, type and body of one of our own URLs."""
    answer = Client().get(urlsplit(url).path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return answer.status_code, answer["Content-Type"], body


def lines(url: str) -> list[str]:
    """The addresses in a playlist."""
    status, media_type, body = fetched(url)
    assert (status, media_type) == (200, HLS)
    return [urljoin(url, line) for line in body.decode().splitlines() if line and not line.startswith("#")]


def header_of(url: str) -> str:
    """The address of what a player needs before the segments of a playlist."""
    found = re.search(r'#EXT-X-MAP:URI="([^"]+)"', fetched(url)[2].decode())
    assert found is not None
    return urljoin(url, found[1])


def test_a_film_can_be_watched_as_far_as_it_has_grown(
    client_for: ClientFor, agency: Agency, version: AssetVersion, feeder: Feeder
) -> None:
    client, address = client_for(agency), f"/api/v1/assets/{version.asset_id}"
    before = client.get(address).json()
    assert (before["playback"], before["processing"]["playable"]) == (None, 0)
    feeder.open(duration=SECONDS)
    feeder.add(range(1))

    asset = client.get(address).json()

    playback = asset["playback"]
    assert (playback["growing"], playback["playable_seconds"]) == (True, pytest.approx(2, abs=0.05))
    assert (playback["dash"], playback["download"], playback["poster"]) == (None, None, None)
    assert asset["processing"]["playable"] == 28
    (media,) = lines(playback["hls"])
    (segment,) = lines(media)
    status, media_type, body = fetched(segment)
    assert (status, media_type, body[4:8]) == (200, "video/mp4", b"moof")
    assert fetched(header_of(media))[2][4:8] == b"ftyp"
    assert b"ENDLIST" not in fetched(media)[2]

    feeder.add(range(1, 3), ended=True)

    assert len(lines(media)) == 3
    assert fetched(media)[2].endswith(b"#EXT-X-ENDLIST\n")
    assert client.get(address).json()["processing"]["playable"] == 100


def test_segments_may_come_in_any_order_and_twice(feeder: Feeder) -> None:
    feeder.open(duration=SECONDS)
    feeder.add(range(2, 3))
    stream = GrowingStream.objects.get()
    assert stream.playable == 0
    feeder.add(range(1))
    feeder.add(range(1))
    stream.refresh_from_db()
    assert stream.playable == pytest.approx(2, abs=0.05)
    feeder.add(range(1, 2))
    stream.refresh_from_db()
    assert stream.playable == pytest.approx(SECONDS, abs=0.1)


def test_it_is_shown_to_those_who_follow_the_work_alone(
    client_for: ClientFor, agency: Agency, version: AssetVersion, feeder: Feeder
) -> None:
    """Also of what was published before it was processed: others are shown whole sets."""
    feeder.open(duration=SECONDS)
    feeder.add(range(1))
    asset, address = version.asset, f"/api/v1/assets/{version.asset_id}"
    assert client_for(make_agency()).get(address).status_code == 404
    asset.state, asset.audience, asset.published_at = AssetState.PUBLISHED, Audience.PUBLIC, datetime.now(UTC)
    with pgtrigger.ignore("assets.Asset:asset_state"):
        asset.save(update_fields=["state", "audience", "published_at"])

    shown = client_for(agency, Role.CONTRIBUTOR).get(address).json()["playback"]

    assert shown["growing"] is True
    assert "/media/s/" in shown["hls"]
    for other in (client_for(agency, Role.VIEWER), client_for(make_agency(), Role.EDITOR)):
        assert other.get(address).json()["playback"] is None


def test_the_playlists_ask_for_a_signature(client_for: ClientFor, agency: Agency, feeder: Feeder) -> None:
    feeder.open(duration=SECONDS)
    feeder.add(range(1))
    url = client_for(agency).get(f"/api/v1/assets/{feeder.begun.asset_id}").json()["playback"]["hls"]
    path = urlsplit(url).path
    token = path.split("/")[3]
    assert Client().get(path.replace(token, token[:-2] + "xx")).status_code == 403
    assert Client().get(path.replace(f"/media/s/{token}/renditions/", "/media/public/")).status_code == 404
    assert Client().post(path).status_code == 405
    assert Client().options(path)["Access-Control-Allow-Origin"] == "*"
    assert Client().head(path).status_code == 200
    other = path.replace("/live/master.m3u8", "/live/1080p/index.m3u8")
    assert Client().get(other).status_code == 404


def test_a_stream_ends_with_its_attempt(
    client_for: ClientFor, agency: Agency, version: AssetVersion, feeder: Feeder
) -> None:
    feeder.open(duration=SECONDS)
    feeder.add(range(1))
    address = f"/api/v1/assets/{version.asset_id}"
    url = client_for(agency).get(address).json()["playback"]["hls"]
    stored = feeder.store(range(1, 2))

    assert begin(version.pk, worker="another") is not None

    with pytest.raises(Superseded):
        add_segments(feeder.begun, stored)
    assert client_for(agency).get(address).json()["playback"] is None
    assert fetched(url)[0] == 404


def test_a_film_that_is_rejected_is_not_shown_on(
    client_for: ClientFor, agency: Agency, version: AssetVersion, feeder: Feeder
) -> None:
    feeder.open(duration=SECONDS)
    feeder.add(range(1))
    address = f"/api/v1/assets/{version.asset_id}"
    url = client_for(agency).get(address).json()["playback"]["hls"]

    reject(feeder.begun, code="checksum_mismatch", message="Not the file that was announced.")

    assert client_for(agency).get(address).json()["playback"] is None
    assert fetched(url)[0] == 404
    assert not GrowingStream.objects.exists()


@pytest.mark.s3
def test_on_s3_segments_come_from_the_store(
    s3: None, client_for: ClientFor, agency: Agency, encoded: Path, tmp_path: Path
) -> None:
    asset = make_asset(agency=agency, kind=Kind.VIDEO)
    feeder = Feeder(make_version(asset, state=VersionState.PROCESSING), encoded, folder=tmp_path)
    feeder.open(duration=SECONDS)
    feeder.add(range(2))
    stored, *_ = feeder.store(range(2, 3))  # in the store, but no row says so
    url = client_for(agency).get(f"/api/v1/assets/{asset.pk}").json()["playback"]["hls"]
    (media,) = lines(url)
    segments = lines(media)
    assert len(segments) == 2
    for address in (*segments, header_of(media)):
        redirect = Client().get(urlsplit(address).path)
        assert redirect.status_code == 302
        assert httpx.get(redirect["Location"]).status_code == 200
    unknown = urljoin(segments[0], segment_name(stored.span))
    assert Client().get(urlsplit(unknown).path).status_code == 404
