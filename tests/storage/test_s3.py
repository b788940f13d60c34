"""What only S3 has: signed headers, server-side copies, failing servers, and how two servers differ."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

import assets.storage.s3 as s3_module
from assets.storage.base import MIB, ObjectMissing, PartRefused, PartSpec, StoreFull, StoreUnavailable
from assets.storage.config import S3Config
from assets.storage.s3 import S3Store
from assets.storage.s3_admin import init_storage
from assets.storage.s3_errors import error_of
from assets.storage.s3_streams import PART, FileSlice, exact_body, slices_of
from tests import s3_servers

HOUR = timedelta(hours=1)
NOWHERE = S3Config(
    bucket="media", endpoint="http://127.0.0.1:9", access_key="key", secret_key="secret", addressing="path"
)


def rendition() -> str:
    return f"renditions/{uuid4()}/{uuid4()}/{uuid4()}/video.mp4"


@pytest.mark.parametrize("sha256", ["ab" * 32, None])
def test_length_and_checksum_are_signed_headers(sha256: str | None) -> None:
    signed = S3Store(NOWHERE).sign_part(
        f"originals/{uuid4()}/{uuid4()}", "upload", PartSpec(number=7, size=123, sha256=sha256), expires_in=HOUR
    )
    query = parse_qs(urlsplit(signed.url).query)
    names = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert names == {"content-length", "host"} | ({"x-amz-checksum-sha256"} if sha256 else set())
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["partNumber"] == ["7"]
    assert not any(name.lower().startswith("x-amz-checksum-crc") for name in query)


def test_urls_for_browsers_name_the_public_endpoint() -> None:
    store = S3Store(replace(NOWHERE, public_endpoint="https://media.example"))
    key = rendition()
    part = PartSpec(number=1, size=1)
    for url in (store.sign_get(key, expires_in=HOUR), store.sign_part(key, "u", part, expires_in=HOUR).url):
        assert url.startswith(f"https://media.example/media/{key}?")
    assert store.client.meta.endpoint_url == "http://127.0.0.1:9"


def test_s3_signs_no_prefixes() -> None:
    assert S3Store(NOWHERE).sign_prefix(f"renditions/{uuid4()}/", expires_in=HOUR) is None


@pytest.mark.s3
def test_a_part_signed_for_the_public_endpoint_is_taken_there(s3: S3Store) -> None:
    """The same server under another name: the signature covers the host that the browser sends."""
    endpoint = s3.config.endpoint or ""
    public = endpoint.replace("127.0.0.1", "localhost")
    store = S3Store(replace(s3.config, public_endpoint=public))
    key = f"originals/{uuid4()}/{uuid4()}"
    upload_id = store.create_multipart(key, media_type="image/jpeg", part_checksums=False)
    signed = store.sign_part(key, upload_id, PartSpec(number=1, size=2), expires_in=HOUR)
    assert signed.url.startswith(public)
    assert httpx.put(signed.url, content=b"ok").status_code == 200
    assert httpx.put(signed.url.replace("localhost", "127.0.0.1"), content=b"ok").status_code == 403
    store.abort_multipart(key, upload_id)


@pytest.mark.s3
def test_objects_above_the_copy_limit_are_copied_in_parts(s3: S3Store, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(bytes(12 * MIB) + b"end")
    source, target = rendition(), rendition()
    s3.put_file(source, path, media_type="video/mp4")
    copied = S3Store(s3.config, copy_limit=5 * MIB).copy(source, target)
    assert copied.size == 12 * MIB + 3
    assert copied.etag.endswith("-3")
    with s3.open(target, start=12 * MIB) as stream:
        assert stream.read() == b"end"


@pytest.mark.s3
def test_more_objects_than_one_request_takes_are_removed(s3: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = f"renditions/{uuid4()}/{uuid4()}/{uuid4()}/"
    for number in range(3):
        s3.client.put_object(Bucket=s3.config.bucket, Key=f"{prefix}{number}.vtt", Body=b"")
    monkeypatch.setattr(s3_module, "_DELETE_BATCH", 2)
    assert s3.delete_prefix(prefix) == 3
    assert list(s3.list_objects(prefix)) == []


@pytest.mark.s3
def test_the_self_test_knows_what_each_server_lacks(s3: S3Store) -> None:
    findings = {finding.code: finding.ok for finding in s3.check()}
    lacking = {code for code, ok in findings.items() if not ok}
    assert set(findings) == {
        "bucket",
        "clock",
        "part_checksum",
        "write_read_delete",
        "anonymous_list",
        "anonymous_read",
        "anonymous_write",
        "versioning",
        "lifecycle",
    }
    server = s3.client.head_bucket(Bucket=s3.config.bucket)["ResponseMetadata"]["HTTPHeaders"]["server"]
    assert lacking == ({"lifecycle"} if server == "VERSITYGW" else set())


@pytest.mark.s3
@pytest.mark.parametrize(
    ("action", "resource", "code"),
    [
        ("s3:ListBucket", "", "anonymous_list"),
        ("s3:GetObject", "/*", "anonymous_read"),
        ("s3:PutObject", "/*", "anonymous_write"),
    ],
)
def test_the_self_test_finds_a_bucket_open_to_strangers(s3: S3Store, action: str, resource: str, code: str) -> None:
    config = replace(s3.config, bucket=f"test-{uuid4().hex[:12]}")
    init_storage(config, say=lambda _: None)
    store = S3Store(config)
    statement = (
        f'{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"arn:aws:s3:::{config.bucket}{resource}"}}'
    )
    store.client.put_bucket_policy(Bucket=config.bucket, Policy=f'{{"Version":"2012-10-17","Statement":[{statement}]}}')
    assert [finding.code for finding in store.check() if finding.severe] == [code]
    assert list(store.list_objects()) == []


@pytest.mark.s3
def test_minio_forgets_open_uploads_in_its_listing_but_not_the_uploads(tmp_path: Path) -> None:
    """Known and worked around: after a restart a sweeper needs the upload ids that the database has."""
    program, port = s3_servers.program_of("minio"), s3_servers.free_port()
    server = s3_servers.S3Server(
        name="minio", endpoint=f"http://127.0.0.1:{port}", access_key="test-root", secret_key="test-secret"
    )
    config = server.config()
    key = f"originals/{uuid4()}/{uuid4()}"
    with s3_servers.started(server, program, port, tmp_path):
        init_storage(config, say=lambda _: None)
        store = S3Store(config)
        upload_id = store.create_multipart(key, media_type="image/jpeg", part_checksums=False)
        assert [found.upload_id for found in store.pending_uploads("originals/")] == [upload_id]
    with s3_servers.started(server, program, port, tmp_path):
        store = S3Store(config)
        assert list(store.pending_uploads()) == []
        assert store.list_parts(key, upload_id) == []
        store.abort_multipart(key, upload_id)
        with pytest.raises(ObjectMissing):
            store.list_parts(key, upload_id)


# --- Failing servers -------------------------------------------------------------------------------------------------


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A server that says ``reply`` to every request and hangs up; its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.recv(65536)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    store = S3Store(NOWHERE)
    key = rendition()
    for act in (
        lambda: store.head(key),
        lambda: store.list_parts(key, "u"),
        lambda: store.download(key, tmp_path / "x"),
        lambda: list(store.list_objects()),
    ):
        with pytest.raises(StoreUnavailable):
            act()
    assert [(finding.code, finding.severe) for finding in store.check()] == [("bucket", True)]


def test_a_server_that_breaks_off_in_the_middle_of_a_body_is_unavailable() -> None:
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\nonly this'
    with answering(reply) as origin:
        store = S3Store(replace(NOWHERE, endpoint=origin))
        with store.open(rendition()) as stream, pytest.raises(StoreUnavailable):
            stream.read()


def test_a_server_in_trouble_is_unavailable_after_bounded_tries() -> None:
    reply = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with answering(reply) as origin, pytest.raises(StoreUnavailable):
        S3Store(replace(NOWHERE, endpoint=origin)).head(rendition())


@pytest.mark.parametrize(
    ("code", "status", "kind", "reason"),
    [
        ("NoSuchUpload", 404, ObjectMissing, "upload_missing"),
        ("NoSuchKey", 404, ObjectMissing, "object_missing"),
        ("404", 404, ObjectMissing, "object_missing"),
        ("BadDigest", 400, PartRefused, "part_wrong_checksum"),
        ("XAmzContentChecksumMismatch", 400, PartRefused, "part_wrong_checksum"),
        ("EntityTooSmall", 400, PartRefused, "part_wrong_size"),
        ("InvalidPart", 400, PartRefused, "part_unknown"),
        ("XMinioStorageFull", 507, StoreFull, "store_full"),
        ("Whatever", 507, StoreFull, "store_full"),
        ("AccessDenied", 403, StoreUnavailable, "store_forbidden"),
        ("NoSuchBucket", 404, StoreUnavailable, "store_unavailable"),
        ("RequestTimeTooSkewed", 403, StoreUnavailable, "store_unavailable"),
        ("SlowDown", 503, StoreUnavailable, "store_unavailable"),
    ],
)
def test_store_errors_are_told_apart_by_code(code: str, status: int, kind: type[Exception], reason: str) -> None:
    error = error_of(code, status=status, message="words", key="k")
    assert type(error) is kind
    assert error.reason == reason


# --- Streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PART + 1, 5 * 1024**4])
def test_files_are_cut_into_parts_that_cover_them(size: int) -> None:
    pieces = slices_of(size)
    assert len(pieces) <= 10_000
    assert [number for number, _, _ in pieces] == list(range(1, len(pieces) + 1))
    assert sum(length for _, _, length in pieces) == size
    assert all(start + length == after for (_, start, length), (_, after, _) in pairwise(pieces))


def test_a_slice_of_a_file_reads_only_its_bytes_and_rewinds(sample: Path) -> None:
    with io.BufferedReader(FileSlice(sample, start=10, length=20)) as piece:
        expected = sample.read_bytes()[10:30]
        assert piece.read() == expected
        assert piece.seek(-5, io.SEEK_END) == 15
        assert piece.read() == expected[15:]
        piece.seek(0)
        assert piece.read(3) == expected[:3]


def test_a_body_that_cannot_rewind_is_still_measured(sample: Path) -> None:
    class OneWay(io.RawIOBase):
        def __init__(self, body: bytes) -> None:
            self.body = io.BytesIO(body)

        def read(self, size: int = -1) -> bytes:
            return self.body.read(size)

    for size in (4, 6):
        with pytest.raises(PartRefused), exact_body(OneWay(b"hello"), PartSpec(number=1, size=size)):
            pass
    with exact_body(OneWay(b"hello"), PartSpec(number=1, size=5)) as body:
        assert body.read() == b"hello"
    with sample.open("rb") as file:
        file.seek(1000)
        with exact_body(file, PartSpec(number=1, size=24)) as body:
            assert body.read() == sample.read_bytes()[1000:]
