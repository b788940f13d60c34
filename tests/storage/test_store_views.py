"""What the folder store's HTTP does beyond the contract."""

import hashlib
import http.client
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx
import pytest

from assets.storage import get_store
from assets.storage.base import MIB, PartSpec, SignedRequest
from assets.storage.folder import FolderStore

HOUR = timedelta(hours=1)
PAGE = "https://newsroom.example"


def signed_part(store: FolderStore, body: bytes) -> SignedRequest:
    key = f"originals/{uuid4()}/{uuid4()}"
    upload_id = store.create_multipart(key, media_type="image/jpeg", part_checksums=True)
    spec = PartSpec(number=1, size=len(body), sha256=hashlib.sha256(body).hexdigest())
    return store.sign_part(key, upload_id, spec, expires_in=HOUR)


@pytest.fixture
def rendition(folder: FolderStore, sample: Path) -> str:
    key = f"renditions/{uuid4()}/{uuid4()}/{uuid4()}/hls/v.mp4"
    folder.put_file(key, sample, media_type="video/mp4")
    return key


@pytest.fixture
def original(folder: FolderStore, sample: Path) -> str:
    key = f"originals/{uuid4()}/{uuid4()}"
    folder.put_file(key, sample, media_type="text/html")
    return key


def test_a_refused_part_is_a_problem_with_a_code(folder: FolderStore) -> None:
    signed = signed_part(folder, b"hello")
    answer = httpx.put(signed.url, content=b"hullo", headers=dict(signed.headers))
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "part_wrong_checksum"
    assert answer.json()["number"] == 1
    assert httpx.put(signed.url, content=b"hell", headers=dict(signed.headers)).json()["code"] == "part_wrong_size"
    changed = httpx.put(signed.url + "x", content=b"hello", headers=dict(signed.headers))
    assert (changed.status_code, changed.json()["code"]) == (403, "url_invalid")
    unknown = httpx.put(signed.url.replace("/store/", "/store/0"), content=b"hello", headers=dict(signed.headers))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "upload_missing")


def test_expired_urls_say_so(folder: FolderStore, rendition: str) -> None:
    gone = httpx.get(folder.sign_get(rendition, expires_in=timedelta(seconds=-1)))
    assert (gone.status_code, gone.json()["code"]) == (403, "url_expired")
    assert gone.headers["Cache-Control"] == "no-store"


def test_a_refused_large_part_still_gets_to_read_why(folder: FolderStore) -> None:
    signed = signed_part(folder, b"hello")
    answer = httpx.put(signed.url, content=b"x" * (20 * MIB), headers=dict(signed.headers), timeout=30)
    assert answer.json()["code"] == "part_wrong_size"


def test_a_part_without_a_length_is_refused(folder: FolderStore) -> None:
    signed = signed_part(folder, b"hello")
    answer = httpx.put(signed.url, content=iter([b"hello"]), headers=dict(signed.headers))
    assert answer.json()["code"] == "part_wrong_size"


def test_a_part_that_breaks_off_does_not_count(folder: FolderStore) -> None:
    body = b"x" * MIB
    signed = signed_part(folder, body)
    where = urlsplit(signed.url)
    connection = http.client.HTTPConnection(where.netloc, timeout=30)
    connection.putrequest("PUT", f"{where.path}?{where.query}")
    for name, value in {**signed.headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body[:1000])
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_WR)  # nothing more comes, yet the end of the request is waited for
    with closing(connection), connection.getresponse() as answer:
        assert answer.status == 400
    pending = next(iter(folder.pending_uploads()))
    assert folder.list_parts(pending.key, pending.upload_id) == []
    assert list((folder.root / "tmp").iterdir()) == []


def test_pages_of_allowed_origins_may_send_parts_and_read_the_etag(folder: FolderStore, site: str) -> None:
    signed = signed_part(folder, b"hello")
    for page in (PAGE, site):
        asked = httpx.options(signed.url, headers={"Origin": page, "Access-Control-Request-Method": "PUT"})
        assert asked.status_code == 204
        assert asked.headers["Access-Control-Allow-Origin"] == page
        assert "x-amz-checksum-sha256" in asked.headers["Access-Control-Allow-Headers"]
        sent = httpx.put(signed.url, content=b"hello", headers={**signed.headers, "Origin": page})
        assert sent.headers["Access-Control-Allow-Origin"] == page
        assert "ETag" in sent.headers["Access-Control-Expose-Headers"]
    foreign = httpx.options(signed.url, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert "Origin" in foreign.headers["Vary"]


def test_media_can_do_nothing_but_be_shown(folder: FolderStore, rendition: str, original: str) -> None:
    answer = httpx.get(folder.sign_get(rendition, expires_in=HOUR))
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    hidden = httpx.get(folder.sign_get(original, expires_in=HOUR), headers={"Origin": PAGE})
    assert hidden.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Access-Control-Allow-Origin" not in hidden.headers


@pytest.mark.parametrize(("lifetime", "least", "most"), [(60, 50, 60), (10**6, 86400, 86400)])
def test_caches_do_not_outlive_the_signature(
    folder: FolderStore, rendition: str, lifetime: int, least: int, most: int
) -> None:
    answer = httpx.get(folder.sign_get(rendition, expires_in=timedelta(seconds=lifetime)))
    kind, _, age = answer.headers["Cache-Control"].partition(", max-age=")
    assert kind == "private"
    assert least <= int(age) <= most


def test_relative_urls_resolve_under_a_signed_prefix(folder: FolderStore, rendition: str, sample: Path) -> None:
    top = rendition.removesuffix("hls/v.mp4")
    playlist = f"{top}hls/master.m3u8"
    folder.put_file(playlist, sample, media_type="application/vnd.apple.mpegurl")
    base = folder.sign_prefix(f"{top}hls/", expires_in=HOUR)
    assert base is not None
    answer = httpx.get(base + "master.m3u8")
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert httpx.get(urljoin(str(answer.url), "v.mp4")).content == sample.read_bytes()
    folder.put_file(f"{top}secret.mp4", sample, media_type="video/mp4")
    assert httpx.get(base.replace("hls/", "") + "secret.mp4").status_code == 403
    assert httpx.get(base + "v.mp4?filename=a.jpg").status_code == 403


def test_several_ranges_get_the_whole_object(folder: FolderStore, rendition: str, sample: Path) -> None:
    answer = httpx.get(folder.sign_get(rendition, expires_in=HOUR), headers={"Range": "bytes=0-1,2-3,4-5"})
    assert (answer.status_code, answer.content) == (200, sample.read_bytes())


def test_a_parameter_given_twice_is_refused(folder: FolderStore, rendition: str) -> None:
    url = folder.sign_get(rendition, expires_in=HOUR, filename="a.jpg")
    assert httpx.get(url + "&filename=b.jpg").json()["code"] == "url_invalid"


def test_other_methods_are_not_allowed(folder: FolderStore, rendition: str) -> None:
    assert httpx.post(folder.sign_get(rendition, expires_in=HOUR)).status_code == 405
    assert httpx.get(signed_part(folder, b"x").url).status_code == 405


def test_nginx_is_asked_to_send_when_it_can(folder: FolderStore, rendition: str, settings: Any) -> None:
    settings.SENDFILE = "nginx"
    answer = httpx.get(folder.sign_get(rendition, expires_in=HOUR, filename="Ảnh.mp4"))
    assert answer.headers["X-Accel-Redirect"] == f"/_objects/{rendition}"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%E1%BA%A2nh.mp4"
    assert answer.content == b""
    assert httpx.get(folder.sign_get(f"{rendition}x", expires_in=HOUR)).status_code == 404


def test_on_s3_parts_go_elsewhere_and_unsigned_media_is_refused(site: str, settings: Any) -> None:
    settings.STORAGE_URL = "s3://media?endpoint=http://127.0.0.1:9"
    get_store.cache_clear()
    assert httpx.get(f"{site}/media/s/1-1-{'x' * 43}/a/b").status_code == 403
    assert httpx.put(f"{site}/store/{'0' * 32}/1", content=b"").status_code == 404
