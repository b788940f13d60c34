"""A film in two players, by HLS and by DASH, over signed URLs: through switches of rung and language to its end."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from assets.delivery import AssetUrls
from assets.models import Asset
from assets.states import Kind
from mediacenter.assets_build import FRONTEND
from tests.browser.conftest import Site
from tests.chromium import Open, until
from tests.factories import make_asset, make_ready_asset, make_rendition, make_version
from tests.transcoding.pipeline.conftest import make_film
from tests.transcoding.video.conftest import Processed, ffmpeg, picture, process
from transcoding.av1 import make_av1
from transcoding.processing import process as process_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 12
PAGE = Path(__file__).parent / "streams_page.html"
FROM_THE_BEGINNING = "() => { document.querySelector('video').currentTime = 0; }"
LIBRARIES = {"shaka.js": "shaka-player/dist/shaka-player.compiled.js", "hls.mjs": "hls.js/dist/hls.min.mjs"}


def while_playing(condition: str) -> str:
    """The condition on ``video``, which is started again where a player that changed its source has stopped it."""
    play = "if (video.paused) video.play().catch(() => {});"
    return f"(() => {{ const video = document.querySelector('video'); {play} return {condition}; }})()"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Processed:
    """Two rungs, of which the larger is the source's own stream, and two languages."""
    folder = tmp_path_factory.mktemp("streams")
    source = folder / "film.mp4"
    sounds = [word for hz in (440, 880) for word in ("-f", "lavfi", "-i", f"sine={hz}:r=48000:d={SECONDS}")]
    tags = ["-metadata:s:a:0", "language=vie", "-metadata:s:a:1", "language=eng", "-ac", "2"]
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50", "-b:v", "300k"]
    colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    maps = ["-map", "0", "-map", "1", "-map", "2"]
    ffmpeg(*picture("640x360", seconds=SECONDS), *sounds, *maps, *tags, *x264, *colours, "-c:a", "aac", source)
    done = process(source, folder / "out", container="mov")
    assert done.result.facts["video"]["not_copied"] == ""
    return done


@pytest.fixture(scope="module")
def upright(tmp_path_factory: pytest.TempPathFactory) -> Processed:
    """Held upright at 60 pictures a second, one microphone: the lean rung shows every second picture."""
    folder = tmp_path_factory.mktemp("upright")
    source = folder / "film.mp4"
    x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    sound = ["-f", "lavfi", "-i", f"sine=440:r=48000:d={SECONDS}"]
    ffmpeg(*picture("360x480", rate="60", seconds=SECONDS), *sound, *x264, "-ac", "1", "-c:a", "aac", source)
    return process(source, folder / "out", container="mov")


@pytest.fixture
def addresses(site: Site, film: Processed) -> dict[str, str]:
    return addresses_of(film, site)


def addresses_of(film: Processed, site: Site) -> dict[str, str]:
    """The signed addresses of both manifests of an asset that is not public."""
    asset: Asset = make_ready_asset(agency=site.agency)
    version = asset.current_version
    assert version is not None
    made = {
        file.profile: make_rendition(
            version,
            profile=file.profile,
            media_type=file.media_type,
            content=(film.folder / file.path).read_bytes(),
        )
        for file in film.result.renditions
        if file.profile.startswith("hls/")
    }
    urls = AssetUrls(asset, version, now=asset.created_at)
    found = {"hls": made["hls/master.m3u8"], "dash": made["hls/manifest.mpd"]}
    return {name: urls.rendition(rendition) for name, rendition in found.items()}


every_player = pytest.mark.parametrize("player", [("shaka", "dash"), ("shaka", "hls"), ("hls.js", "hls")], ids=" ".join)


@pytest.fixture
def in_both_codecs(site: Site, tmp_path: Path) -> dict[str, str]:
    """The signed addresses of a film that got AV1 and Opus beside H.264 and AAC."""
    source = make_film(tmp_path / "film.mp4", seconds=SECONDS, size="640x360")
    version = make_version(make_asset(kind=Kind.VIDEO, agency=site.agency), original=source, filename="film.mp4")
    assert process_version(version.pk, worker="test", retries=0) == "ready"
    assert make_av1(version.pk, worker="test", retries=0) == "made"
    version.refresh_from_db()
    urls = AssetUrls(version.asset, version, now=version.asset.created_at)
    manifests = {"hls": "hls/master.m3u8", "dash": "hls/manifest.mpd"}
    return {name: urls.rendition(version.renditions.get(profile=profile)) for name, profile in manifests.items()}


def load(
    page: Page, elsewhere: tuple[str, Path], player: tuple[str, str], addresses: dict[str, str], *, codec: str = ""
) -> None:
    """Open the stream on a page of another site."""
    library, manifest = player
    origin, folder = elsewhere
    shutil.copy(PAGE, folder / "index.html")
    for name, path in LIBRARIES.items():
        shutil.copy(FRONTEND / "node_modules" / path, folder / name)
    page.goto(f"{origin}/")
    until(page, "window.ready === true")
    opening = "([library, address, codec]) => open_stream(library, address, codec)"
    page.evaluate(opening, [library, addresses[manifest], codec])
    until(page, "stream.heights().length > 0")
    until(page, while_playing("video.videoHeight > 0"))  # a viewer switches what they see


def switch_through(page: Page, heights: Sequence[int]) -> None:
    for height in heights:
        page.evaluate(FROM_THE_BEGINNING)  # a switch never waits for a film that has ended on a slow machine
        until(page, "!document.querySelector('video').seeking")
        page.evaluate("height => stream.choose(height)", height)
        until(page, while_playing(f"video.videoHeight === {height}"))
        until(page, while_playing("video.currentTime > 1"))


def play_to_the_end(page: Page) -> None:
    page.evaluate(f"() => {{ document.querySelector('video').currentTime = {SECONDS - 2}; }}")
    until(page, "document.querySelector('video').ended")
    assert page.evaluate("document.querySelector('video').duration") == pytest.approx(SECONDS, abs=0.1)
    assert page.evaluate("errors") == []


@every_player
def test_a_film_plays_through_a_switch_of_rung_and_language(
    player: tuple[str, str], addresses: dict[str, str], elsewhere: tuple[str, Path], new_page: Open
) -> None:
    page = new_page()
    load(page, elsewhere, player, addresses)
    assert page.evaluate("stream.heights()") == [240, 360]
    assert page.evaluate("stream.languages()") == ["en", "vi"]
    switch_through(page, (240, 360, 240))
    page.evaluate(FROM_THE_BEGINNING)
    page.evaluate("stream.speak('en')")
    until(page, while_playing("video.currentTime > 1"))
    play_to_the_end(page)


@every_player
def test_an_upright_film_of_60_pictures_a_second_plays_through_both_rungs(
    player: tuple[str, str], upright: Processed, site: Site, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    page = new_page()
    load(page, elsewhere, player, addresses_of(upright, site))
    assert page.evaluate("stream.heights()") == [320, 480]
    switch_through(page, (320, 480, 320))
    play_to_the_end(page)


@every_player
def test_av1_and_h264_of_one_film_play_each_through_its_rungs(
    player: tuple[str, str], in_both_codecs: dict[str, str], elsewhere: tuple[str, Path], new_page: Open
) -> None:
    for codec, of_av1 in (("av01", True), ("avc1", False)):
        page = new_page()
        load(page, elsewhere, player, in_both_codecs, codec=codec)
        assert page.evaluate("[...new Set(stream.heights())].sort()") == [240, 360]
        switch_through(page, (240, 360))
        play_to_the_end(page)
        taken = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
        media = [name for name in taken if "/360p" in name and name.split("?")[0].endswith("media.mp4")]
        assert media
        assert all("/360p-av1/" in name for name in media) == of_av1
