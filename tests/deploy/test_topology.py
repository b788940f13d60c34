"""The deployed topology from outside: everything goes through nginx, by three host names."""

import hashlib
import os
import subprocess
import time
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.acceptance.instance import wait_until
from tests.deploy.topology import BUCKET, Topology

Part = dict[str, Any]
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("topology")]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four seconds, and a box that players skip, which makes it three parts."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=4"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=330:duration=4"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]
    subprocess.run(["ffmpeg", "-v", "error", *picture, *sound, *codecs, str(path)], check=True, timeout=120)
    body = path.read_bytes()
    padding = 36 * 1024 * 1024 - len(body)
    return body + padding.to_bytes(4, "big") + b"free" + os.urandom(padding - 8)


def uploaded(topology: Topology, body: bytes, name: str) -> str:
    """Through presigned parts, each bound to its SHA-256; the asset's id."""
    wanted = {"agency": "VGP", "filename": name, "size": len(body), "part_checksums": "sha256", "title": name}
    upload = topology.api("POST", "uploads", json={**wanted, "sha256": hashlib.sha256(body).hexdigest()})
    size = upload["part_size"]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert len(pieces) == upload["part_count"] > 1
    asked = [{"number": n, "sha256": hashlib.sha256(piece).hexdigest()} for n, piece in enumerate(pieces, 1)]
    parts = topology.api("POST", f"uploads/{upload['id']}/parts", json={"parts": asked})["parts"]
    for part, piece in zip(parts, pieces, strict=True):
        host = "s3" if topology.store == "minio" else "files"
        assert part["url"].startswith(topology.origin(host) + "/")
        answer = topology.send(part["method"], part["url"], headers=part["headers"], content=piece)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"]
    done = topology.api("POST", f"uploads/{upload['id']}/complete", json={})
    return str(done["asset"]["id"])


def test_a_film_is_uploaded_in_parts_processed_by_workers_published_played_and_withdrawn(
    topology: Topology, clip: bytes
) -> None:
    asset = uploaded(topology, clip, "phim.mp4")
    detail = topology.wait_processed(asset)
    assert detail["processing"]["state"] == "ready", detail["processing"]

    download = topology.api("GET", f"assets/{asset}/download?profile=original")
    original = topology.send("GET", download["url"])
    assert hashlib.sha256(original.content).digest() == hashlib.sha256(clip).digest()
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    assert original.headers.get_list("X-Robots-Tag") == ["noindex"]
    assert "sandbox" in original.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in original.headers

    _assert_plays(topology, detail["playback"]["hls"])  # signed
    _assert_manifest(topology, detail["playback"]["dash"])

    topology.api("PATCH", f"assets/{asset}", json={"audience": "public"})
    topology.api("POST", f"assets/{asset}/publish", json={})
    public = topology.api("GET", f"assets/{asset}")["playback"]["hls"]
    assert "/media/public/" in public
    _assert_plays(topology, public)
    _assert_manifest(topology, topology.api("GET", f"assets/{asset}")["playback"]["dash"])
    topology.api("POST", f"assets/{asset}/withdraw", json={"reason": "Nhầm"})
    _wait_gone(topology, public)


def _assert_plays(topology: Topology, master: str) -> None:
    """Master, media playlist and bytes of a segment, each with the headers that players and browsers need."""
    assert master.startswith(topology.origin("files") + "/media/")
    text = topology.send("GET", master, headers={"Origin": "https://bao.example.vn"})
    assert text.status_code == 200, text.text
    assert text.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert text.headers["Access-Control-Allow-Origin"] == "*"
    assert text.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in text.headers
    rung = urljoin(master, next(line for line in text.text.splitlines() if line and not line.startswith("#")))
    media = topology.send("GET", rung).text
    file = urljoin(rung, media.split('#EXT-X-MAP:URI="')[1].split('"')[0])
    piece = topology.send("GET", file, headers={"Range": "bytes=0-99"})
    assert (piece.status_code, len(piece.content)) == (206, 100)
    assert piece.content[4:8] == b"ftyp"
    assert piece.headers["X-Content-Type-Options"] == "nosniff"
    assert piece.headers["Content-Range"].startswith("bytes 0-99/")


def _assert_manifest(topology: Topology, manifest: str) -> None:
    """The DASH manifest, and bytes of the file that it names."""
    text = topology.send("GET", manifest, headers={"Origin": "https://bao.example.vn"})
    assert (text.status_code, text.headers["Content-Type"]) == (200, "application/dash+xml")
    assert text.headers["Access-Control-Allow-Origin"] == "*"
    named = unescape(text.text.split("<BaseURL>")[1].split("</BaseURL>")[0])
    piece = topology.send("GET", urljoin(manifest, named), headers={"Range": "bytes=0-99"})
    assert (piece.status_code, piece.content[4:8]) == (206, b"ftyp")


def _wait_gone(topology: Topology, url: str) -> None:
    """At once, or after PUBLIC_MAX_AGE_SECONDS where nginx has kept it."""
    deadline = time.monotonic() + 10
    while (status := topology.send("GET", url).status_code) != 410:
        assert time.monotonic() < deadline, status
        time.sleep(0.2)


@pytest.fixture(scope="module")
def photo(topology: Topology, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a public rendition."""
    from PIL import Image

    path = tmp_path_factory.mktemp("photo") / "ảnh.png"
    Image.effect_noise((1900, 1500), 60).convert("RGB").save(path)
    with path.open("rb") as file:
        assert path.stat().st_size > 3 * 1024 * 1024  # more than nginx lets through elsewhere
        asset = topology.api("POST", "uploads/file", files={"file": file}, data={"agency": "VGP"})["asset"]["id"]
    detail = topology.wait_processed(asset)
    assert detail["processing"]["state"] == "ready", detail["processing"]
    topology.api("PATCH", f"assets/{asset}", json={"audience": "public"})
    topology.api("POST", f"assets/{asset}/publish", json={})
    renditions = topology.api("GET", f"assets/{asset}/renditions")["results"]
    return str(next(r["url"] for r in renditions if r["profile"] == "w640.webp"))


def test_public_bytes_are_cacheable_and_have_the_headers_that_bytes_of_users_need(
    topology: Topology, photo: str
) -> None:
    answer = topology.send("GET", photo, headers={"Cookie": "mediacenter_session=x"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.content[8:12] == b"WEBP"
    assert answer.headers.get_list("Cache-Control") == ["public, max-age=1"]
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
    assert "X-Robots-Tag" not in answer.headers
    assert answer.headers.get_list("Content-Security-Policy") == ["sandbox; default-src 'none'"]
    assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["ETag"]
    assert "Set-Cookie" not in answer.headers
    assert not [name for name in answer.headers if name.startswith(("x-amz", "x-minio", "x-accel"))]


def test_a_range_is_answered_and_several_are_not(topology: Topology, photo: str) -> None:
    whole = topology.send("GET", photo).content
    for asked, expected in (("bytes=10-29", whole[10:30]), ("bytes=-7", whole[-7:]), ("bytes=5-", whole[5:])):
        piece = topology.send("GET", photo, headers={"Range": asked})
        assert (piece.status_code, piece.content) == (206, expected)
    several = topology.send("GET", photo, headers={"Range": "bytes=0-1,4-5,8-9"})
    assert (several.status_code, several.content) == (200, whole)
    head = topology.send("HEAD", photo)
    assert (head.status_code, head.content, int(head.headers["Content-Length"])) == (200, b"", len(whole))
    etag = topology.send("GET", photo).headers["ETag"]
    assert topology.send("GET", photo, headers={"If-None-Match": etag}).status_code == 304


def test_each_host_serves_its_own_and_nothing_else(topology: Topology, photo: str) -> None:
    site, files = topology.origin("site"), topology.origin("files")
    assert topology.send("GET", f"{site}/healthz").text == "ok\n"
    assert topology.send("GET", f"{site}/login").status_code == 200
    assert topology.send("GET", photo.replace(files, site)).status_code == 404
    for path in ("/", "/login", "/healthz", "/api/v1/session", "/static/css/app.css", "/_objects/", "/_store/"):
        assert topology.send("GET", f"{files}{path}").status_code == 404, path
    assert topology.send("GET", f"{site}/_objects/x").status_code == 404
    assert topology.send("GET", f"{files}/robots.txt").text == topology.send("GET", f"{site}/robots.txt").text
    with pytest.raises(httpx.RemoteProtocolError):
        topology.send("GET", topology.origin("unknown"))


def test_a_large_body_is_refused_where_only_small_ones_belong(topology: Topology) -> None:
    url = f"{topology.origin('site')}/api/v1/uploads"
    refused = topology.send("POST", url, content=b" " * (3 * 1024 * 1024 + 1), headers={"Expect": ""})
    assert refused.status_code == 413


def test_captions_of_up_to_four_mebibytes_reach_the_application(topology: Topology) -> None:
    url = f"{topology.origin('site')}/api/v1/assets/01900000-0000-7000-8000-000000000000/tracks"
    answer = topology.send("POST", url, files={"file": ("a.srt", b" " * (4 * 1024 * 1024))})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), "the application's answer, not nginx's"


def log_with(topology: Topology, words: str) -> str:
    """nginx's log, once it has a line with these words: it is written after the answer."""
    log = topology.folder / "nginx" / "access.log"
    wait_until(lambda: words in log.read_text(), within=30, what=f"{words} in the log")
    return log.read_text()


def test_a_stranger_cannot_choose_the_address_that_is_counted(topology: Topology) -> None:
    url = f"{topology.origin('site')}/api/v1/uploads?zirkon-forged"
    forged = topology.send("POST", url, json={}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 401
    assert "203.0.113.9" not in log_with(topology, "zirkon-forged")


def test_the_secret_address_of_a_feed_is_in_no_log(topology: Topology) -> None:
    answer = topology.send("GET", f"{topology.origin('site')}/api/v1/feeds/saved/zirkon-secret/atom")
    beside = topology.send("GET", f"{topology.origin('site')}/api/v1/feeds/atom?place=zirkon-place")
    assert (answer.status_code, beside.status_code) == (404, 200)
    assert "zirkon-secret" not in log_with(topology, "zirkon-place")


def test_two_workers_are_alive(topology: Topology) -> None:
    count = "SELECT count(*) FROM procrastinate_workers"
    code = f"from django.db import connection as c; k = c.cursor(); k.execute('{count}'); print(k.fetchone()[0])"
    assert topology.manage(code).splitlines()[-1] == "2"


# --- The store's host: threat 10 --------------------------------------------------------------------------------


@pytest.fixture
def signed_part(topology: Topology) -> Part:
    """A part that may be sent now."""
    if topology.store != "minio":
        pytest.skip("parts of the folder store go to the application")
    upload = topology.api("POST", "uploads", json={"agency": "VGP", "filename": "a.mp4", "size": 5})
    parts = topology.api("POST", f"uploads/{upload['id']}/parts", json={"parts": [{"number": 1}]})["parts"]
    return dict(parts[0])


def test_an_unsigned_trailer_is_refused_before_the_store_sees_it(topology: Topology, signed_part: Part) -> None:
    url, headers = signed_part["url"], signed_part["headers"]
    for attempt in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "streaming-unsigned-payload-trailer"):
        refused = topology.send("PUT", url, content=b"12345", headers={**headers, "x-amz-content-sha256": attempt})
        assert (refused.status_code, "<Error>" in refused.text) == (403, False)
    in_query = topology.send(
        "PUT", f"{url}&X-Amz-Content-Sha256=STREAMING-UNSIGNED-PAYLOAD-TRAILER", content=b"12345", headers=headers
    )
    assert (in_query.status_code, "<Error>" in in_query.text) == (403, False)
    assert topology.send("PUT", url, content=b"12345", headers=headers).status_code == 200  # without it, it is taken


def test_only_presigned_requests_for_objects_reach_the_store(topology: Topology, signed_part: Part) -> None:
    url, store = signed_part["url"], topology.origin("s3")
    key = url.split("?", maxsplit=1)[0]
    signature = "X-Amz-Signature=" + "0" * 64
    refused = [
        ("GET", f"{store}/", {}),
        ("GET", f"{store}/{BUCKET}/?list-type=2", {}),
        ("GET", f"{store}/{BUCKET}?list-type=2&{signature}", {}),
        ("GET", f"{store}/{BUCKET}/probes/x?{signature}", {}),
        ("GET", f"{store}/minio/health/live?{signature}", {}),
        ("GET", f"{store}/{BUCKET}/originals/../../other/key?{signature}", {}),
        ("GET", key, {}),
        ("PUT", key, {}),
        ("PUT", url, {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}),
        ("DELETE", url, {}),
        ("POST", url, {}),
    ]
    for method, target, headers in refused:
        answer = topology.send(method, target, headers=headers)
        assert (answer.status_code, "<Error>" in answer.text) == (403, False), (method, target)
    forged = topology.send("GET", f"{key}?{signature}")  # this one the store refuses itself
    assert (forged.status_code, "<Error>" in forged.text) in {(400, True), (403, True)}


def test_pages_of_the_site_may_send_parts_from_the_browser(topology: Topology, signed_part: Part) -> None:
    asked = {"Origin": topology.origin("site"), "Access-Control-Request-Method": "PUT"}
    answer = topology.send("OPTIONS", signed_part["url"], headers=asked)
    assert answer.status_code in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == topology.origin("site")
