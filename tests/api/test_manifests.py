"""The manifests of a stream, told by the API and fetched: from a folder as they are, from S3 with every file signed."""

from datetime import UTC, datetime
from fractions import Fraction
from urllib.parse import urlsplit

import httpx
import pytest
from defusedxml import ElementTree
from django.test import Client

from assets.delivery import AssetUrls
from assets.models import Asset, Rendition
from tests.api.conftest import ClientFor
from tests.factories import make_ready_asset, make_rendition
from transcoding.ffmpeg.dash import NAMESPACE, Representation, render_manifest
from transcoding.ffmpeg.fragments import ByteRange

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256))
DASH, HLS = "application/dash+xml", "application/vnd.apple.mpegurl"
MANIFEST = render_manifest(
    [
        Representation(
            name="720p",
            uri="720p/media.mp4",
            codec="avc1.64001f",
            bandwidth=1,
            header=ByteRange(offset=0, length=100),
            index=ByteRange(offset=100, length=44),
            width=1280,
            height=720,
            rate=Fraction(25),
        )
    ],
    [],
    duration=4.0,
    step=4,
)


def film() -> tuple[Asset, Rendition]:
    """A film with a stream of one rung; the rendition of its DASH manifest."""
    asset = make_ready_asset()
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="hls/master.m3u8", media_type=HLS, content=b"#EXTM3U\n")
    make_rendition(version, profile="hls/720p/media.mp4", media_type="video/mp4", content=BYTES)
    return asset, make_rendition(version, profile="hls/manifest.mpd", media_type=DASH, content=MANIFEST.encode())


def address(asset: Asset, rendition: Rendition) -> str:
    return AssetUrls(asset, rendition.version, now=datetime.now(UTC)).rendition(rendition)


def test_the_api_tells_both_manifests_and_none_of_what_was_processed_before_there_were_two(
    client_for: ClientFor,
) -> None:
    asset, manifest = film()
    client = client_for(asset.agency)
    playback = client.get(f"/api/v1/assets/{asset.pk}").json()["playback"]
    assert (playback["hls"][-16:], playback["dash"][-17:]) == ("/hls/master.m3u8", "/hls/manifest.mpd")
    manifest.delete()
    playback = client.get(f"/api/v1/assets/{asset.pk}").json()["playback"]
    assert playback["dash"] is None


def base_of(manifest: bytes) -> str:
    return str(ElementTree.fromstring(manifest).findtext(f".//{{{NAMESPACE}}}BaseURL"))


def test_on_a_folder_the_manifest_is_served_as_it_is_and_its_files_resolve_under_its_signature() -> None:
    asset, manifest = film()
    url = address(asset, manifest)
    answer = Client().get(urlsplit(url).path)
    assert (answer.status_code, answer["Content-Type"]) == (200, DASH)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert b"".join(answer.streaming_content) == MANIFEST.encode()  # type: ignore[attr-defined]
    media = urlsplit(url).path.removesuffix("manifest.mpd") + "720p/media.mp4"
    part = Client().get(media, headers={"Range": "bytes=100-143"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, BYTES[100:144])  # type: ignore[attr-defined]


@pytest.mark.s3
@pytest.mark.usefixtures("s3")
def test_on_s3_every_file_of_the_manifest_is_fetched_by_a_signature_of_its_own() -> None:
    asset, manifest = film()
    url = address(asset, manifest)
    assert "/media/s/" in url
    answer = Client().get(urlsplit(url).path)
    assert (answer.status_code, answer["Content-Type"]) == (200, DASH)
    assert answer["Cache-Control"].startswith("private, max-age=")
    media = base_of(answer.content)
    assert "X-Amz-Signature" in media
    part = httpx.get(media, headers={"Range": "bytes=100-143"})
    assert (part.status_code, part.content) == (206, BYTES[100:144])
    assert httpx.get(media.partition("?")[0]).status_code == 403
