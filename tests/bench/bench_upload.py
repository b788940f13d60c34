"""Upload speed through our protocol to MinIO, beside ``boto3.upload_file`` of the same file in the same run.

    python -m pytest -s tests/bench/bench_upload.py            # BENCH_MIB=1024 BENCH_ROUNDS=3

Rounds alternate in who begins, medians are compared. Two figures for ours: "sending" is the protocol (sign, PUT,
complete), and the whole has the reading of the file for its SHA-256 before it, which boto3 does not do.
"""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import boto3
import pytest

from assets.storage import S3Config
from assets.storage.s3_admin import init_storage
from mediacenter.client.api import ApiClient
from mediacenter.client.files import LocalFile
from mediacenter.client.memory import Memory
from mediacenter.client.results import FileResult, Stage
from mediacenter.client.uploader import Options, Uploader
from permissions.models import Agency
from permissions.vocabulary import Role
from tests import s3_servers
from tests.client.live import WebServer
from tests.client.ports import free_port
from tests.client.wire import Wire
from tests.factories import make_agency, make_member, make_token

MIB = 1024 * 1024
SIZE = int(os.environ.get("BENCH_MIB", "1024")) * MIB
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WANTED = 0.9


class Silent:
    def progress(self, file: LocalFile, stage: Stage, done: int, total: int) -> None: ...
    def finished(self, result: FileResult) -> None: ...
    def trouble(self, text: str) -> None: ...


@pytest.fixture
def parts(transactional_db: None, tmp_path: Path) -> Iterator[tuple[WebServer, S3Config, Agency, str]]:
    """A site on MinIO, the bucket, an agency and a token; part URLs lead straight to MinIO."""
    with ExitStack() as stack:
        (tmp_path / "minio").mkdir()
        server = stack.enter_context(s3_servers.running(s3_servers.NAMES[0], tmp_path / "minio"))
        config = server.config()
        init_storage(config, say=lambda _: None)
        wire = stack.enter_context(Wire(free_port()))
        site = WebServer(
            port=wire.target,
            wire=wire,
            store_wire=wire,
            storage_url=f"s3://{config.bucket}?{urlencode({'endpoint': server.endpoint})}",
            log=tmp_path / "web.log",
            extra={"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key},
        )
        stack.callback(site.stop)
        site.start()
        agency = make_agency(code="VGP")
        _, token = make_token(user=make_member(agency, Role.CONTRIBUTOR))
        yield site, config, agency, token


def send_with_ours(site: WebServer, token: str, path: Path, state: Path) -> tuple[float, float]:
    """Seconds of everything, and of sending alone."""
    begun = time.monotonic()
    options = Options(agency="VGP", allow_duplicate=True)
    with ApiClient(site.wire.origin, token) as api, Memory(state) as memory:
        (result,) = Uploader(api, memory, options, Silent(), threading.Event()).run([LocalFile.at(path)])
    assert result.ok, result.reason
    return time.monotonic() - begun, result.seconds


def send_with_boto3(config: S3Config, path: Path, key: str) -> float:
    client = boto3.client(
        "s3",
        endpoint_url=config.endpoint,
        region_name=config.region,
        aws_access_key_id=config.access_key,
        aws_secret_access_key=config.secret_key,
    )
    begun = time.monotonic()
    client.upload_file(str(path), config.bucket, key)
    return time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_our_protocol_is_nearly_as_fast_as_boto3(
    parts: tuple[WebServer, S3Config, Agency, str], tmp_path: Path
) -> None:
    site, config, _, token = parts
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        for _ in range(0, SIZE, 16 * MIB):
            file.write(os.urandom(16 * MIB))
    ours, sending, theirs = [], [], []
    for number in range(ROUNDS):
        if number % 2:
            theirs.append(send_with_boto3(config, path, f"bench/{number}"))
        everything, alone = send_with_ours(site, token, path, tmp_path / "state")
        ours.append(everything)
        sending.append(alone)
        if not number % 2:
            theirs.append(send_with_boto3(config, path, f"bench/{number}"))
        print(f"round {number + 1}: ours {everything:.2f} s ({alone:.2f} s sending), boto3 {theirs[-1]:.2f} s")  # noqa: T201
    rate, base = statistics.median(sending), statistics.median(theirs)
    print(  # noqa: T201
        f"{SIZE // MIB} MiB, medians of {ROUNDS}: boto3 {SIZE / MIB / base:.0f} MiB/s, ours sending "
        f"{SIZE / MIB / rate:.0f} MiB/s (ratio {base / rate:.2f}), ours with hashing first "
        f"{SIZE / MIB / statistics.median(ours):.0f} MiB/s (ratio {base / statistics.median(ours):.2f})"
    )
    assert base / rate >= WANTED
