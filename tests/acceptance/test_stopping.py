"""SIGTERM under load (fault 17): requests in flight finish, nothing acknowledged is lost, jobs go back and end."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.instance import Installation, Part, wait_until
from tests.acceptance.ledger import Ledger
from tests.acceptance.test_faults import (
    assert_clean,
    assert_nothing_lost,
    assert_one_result_each,
    begin_uploads,
    files,
    finished,
    ledger,
    until_answering,
    until_every_job_ended,
)

pytestmark = [pytest.mark.faults]
__all__ = ["files", "ledger"]
SLOWLY = 2.0
"""Seconds that a request's body takes."""


def send_slowly(installation: Installation) -> int:
    """A request whose body comes in two halves; its answer's status."""
    address = urlsplit(installation.url)
    body = b'{"agency": "VGP", "filename": "a.jpg", "size": 1000}'
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.putrequest("POST", "/api/v1/uploads")
    for name, value in (
        ("Authorization", f"Bearer {installation.token}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ):
        connection.putheader(name, value)
    connection.endheaders(body[:20])
    time.sleep(SLOWLY)
    connection.send(body[20:])
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.timeout(600)
def test_web_and_workers_stopped_under_load_lose_nothing(
    installation: Installation, ledger: Ledger, files: list[Path], tmp_path: Path
) -> None:
    running = begin_uploads(installation, ledger, files, tmp_path, over=4)
    time.sleep(1.5)
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(send_slowly, installation) for _ in range(4)]
        time.sleep(SLOWLY / 2)
        web, worker = installation.terminate(Part.WEB), installation.terminate(Part.WORKER)
        statuses = [request.result(60) for request in slow]
    wait_until(lambda: not web.is_running() or web.status() == "zombie", within=40, what="web stopped")
    wait_until(lambda: not worker.is_running() or worker.status() == "zombie", within=60, what="the worker stopped")
    until_answering(installation)

    assert statuses == [201] * 4
    assert [result.reason for result in (finished(installation, each) for each in running) if not result.ok] == []
    until_every_job_ended(installation)
    assert_nothing_lost(installation, ledger.acknowledged)
    assert_one_result_each(installation, ledger.acknowledged)
    assert_clean(installation)
