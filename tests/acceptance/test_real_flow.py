"""A whole installation in both forms: files go in by the command line, and everybody entitled uses them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests import media_samples
from tests.acceptance.conftest import make_film
from tests.acceptance.instance import Installation, ServicesInstallation
from tests.chromium import Open, frame_at, watch_it_play

SHORT, LONG = 10, 600
"""Seconds of the 1080p film: in the usual run and in the slow one."""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<rect width="400" height="300" fill="#fff"/><rect x="40" y="120" width="60" height="140" fill="#a00"/>
<circle cx="250" cy="150" r="80" fill="#fc0"/></svg>"""


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A file and what the command said of it."""

    path: Path
    asset: str
    said: Mapping[str, Any]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    chart, report = folder / "biểu đồ.svg", folder / "báo cáo.pdf"
    chart.write_text(SVG)
    Image.linear_gradient("L").resize((1240, 1754)).convert("RGB").save(report, "PDF", resolution=150)
    film = make_film(folder / "thời sự.mp4", seconds=SHORT, size="1920x1080")
    return [*media_samples.sklearn_photos(), media_samples.bigbuckbunny(), film, chart, report]


def upload(installation: Installation, *paths: Path, timeout: float = 280) -> list[Uploaded]:
    """By the command line, waiting until everything is processed."""
    arguments = ("--agency", "VGP", "--wait", "--json", "--allow-duplicate")
    done = installation.command("upload", *paths, *arguments, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout)["results"]
    by_file = {result["file"]: result for result in results}
    return [Uploaded(path=path, asset=by_file[str(path)]["asset"], said=by_file[str(path)]) for path in paths]


@pytest.fixture(scope="module")
def uploaded(installation: Installation, files: list[Path]) -> list[Uploaded]:
    return upload(installation, *files)


def test_everything_ends_ready_with_renditions(installation: Installation, uploaded: list[Uploaded]) -> None:
    assert {each.said["processing"] for each in uploaded} == {"ready"}
    with installation.api() as api:
        for each in uploaded:
            detail = api.get(f"assets/{each.asset}").json()
            assert detail["renditions"], each.path.name
            assert detail["version"]["sha256"] == sha256(each.path)
            assert (detail["playback"] is not None) == (each.path.suffix == ".mp4")


def test_originals_come_back_byte_by_byte_from_the_store_s_own_address(
    installation: Installation, uploaded: list[Uploaded]
) -> None:
    with installation.api() as api:
        for each in uploaded:
            link = api.get(f"assets/{each.asset}/download", params={"profile": "original"}).json()
            address = urlsplit(link["url"])
            assert f"{address.scheme}://{address.netloc}" == installation.store_origin
            answer = httpx.get(link["url"], timeout=60)
            assert answer.status_code == 200
            assert hashlib.sha256(answer.content).hexdigest() == sha256(each.path)
            assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.usefixtures("uploaded")
def test_verify_finds_every_original_as_it_was(installation: Installation) -> None:
    done = installation.command("verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    originals = installation.rows("SELECT count(*) AS number, sum(size) AS bytes FROM assets_assetversion")[0]
    assert summary["damage"] == summary["not_hashed_yet"] == 0
    assert (summary["originals"], summary["bytes_hashed"]) == (originals["number"], originals["bytes"])


def test_on_s3_the_web_servers_never_touch_media_and_the_worker_reads_each_original_once(
    installation: Installation, uploaded: list[Uploaded]
) -> None:
    if not isinstance(installation, ServicesInstallation):
        pytest.skip("only S3 has an address of its own")
    first = upload(installation, uploaded[0].path)[0]
    version = installation.rows("SELECT id FROM assets_assetversion WHERE asset_id = %s", first.asset)[0]["id"]
    key = f"originals/{first.asset}/{version}"
    answered = installation.audit.settled()

    parts = [one for one in answered if one.api == "PutObjectPart" and one.key.startswith("originals/")]
    assert len(parts) >= len(uploaded)
    assert not any(one.by_our_server for one in parts)
    by_web = [one for one in answered if one.by_our_server and one.access_key == installation.web_key]
    assert by_web
    assert not any(one.api.startswith(("PutObject", "UploadPart")) and not is_probe(one.key) for one in by_web)
    assert not any(one.api == "GetObject" and not is_probe(one.key) and not is_playlist(one.key) for one in by_web)
    reads = [one for one in answered if one.api == "GetObject" and one.key == key]
    assert [one.by_our_server for one in reads] == [True]
    assert reads[0].access_key.endswith("-worker")
    assert "/store/" not in installation.log()


def is_probe(key: str) -> bool:
    return key.startswith("probes/")


def is_playlist(key: str) -> bool:
    return key.endswith(".m3u8")


@pytest.fixture(scope="module")
def published_film(installation: Installation, uploaded: list[Uploaded]) -> str:
    """The 1080p film, published for everybody; the address of its embed page."""
    film = next(each for each in uploaded if each.path.name == "thời sự.mp4")
    return publish(installation, film.asset)


def publish(installation: Installation, asset: str) -> str:
    with installation.api() as api:
        assert api.patch(f"assets/{asset}", json={"audience": "public"}).status_code == 200
        answer = api.post(f"assets/{asset}/publish", json={})
        assert answer.status_code == 200, answer.text
        return str(api.get(f"assets/{asset}").json()["embed_url"])


@pytest.mark.browser
def test_the_film_plays_in_a_frame_of_another_origin(
    installation: Installation, published_film: str, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    page = new_page()
    media: set[str] = set()
    failures: list[str] = []
    page.on("response", lambda answer: failures.append(answer.url) if answer.status >= 400 else None)
    page.on("response", lambda answer: media.add(answer.url) if answer.status == 206 else None)
    frame = frame_at(page, elsewhere, published_film)

    heights = watch_it_play(frame, seconds=SHORT)

    assert {"1080p", "720p"} <= set(heights)
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in media} == {installation.store_origin}
    assert failures == []
    expect(frame.locator("video")).to_have_js_property("error", None)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(5400)
def test_ten_minutes_of_1080p_are_ready_play_and_come_back(
    installation: Installation, tmp_path: Path, elsewhere: tuple[str, Path], new_page: Open
) -> None:
    film = make_film(tmp_path / "mười phút.mp4", seconds=LONG, size="1920x1080")
    (sent,) = upload(installation, film, timeout=4800)
    assert sent.said["processing"] == "ready"
    frame = frame_at(new_page(), elsewhere, publish(installation, sent.asset))
    watch_it_play(frame, seconds=LONG)
    with installation.api() as api:
        link = api.get(f"assets/{sent.asset}/download", params={"profile": "original"}).json()
    digest = hashlib.sha256()
    with httpx.stream("GET", link["url"], timeout=60) as answer:
        for block in answer.iter_bytes():
            digest.update(block)
    assert digest.hexdigest() == sha256(film)
    assert installation.command("verify", "--quiet").returncode == 0
