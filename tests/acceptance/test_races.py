"""Completions that race, with each other, with an abort, and with the end of the database.

No hooks: the test holds the lock of the upload's row, so that requests stand exactly between the store's completion and
our commit, and lets go (or kills PostgreSQL) when they stand there.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import psycopg
import pytest

from mediacenter.client.api import ApiClient
from tests.acceptance.instance import Installation, Part, wait_until
from tests.acceptance.test_faults import assert_clean, until_answering, until_every_job_ended
from tests.factories import jpeg

pytestmark = [pytest.mark.faults]


def photo() -> bytes:
    """Like no other."""
    return jpeg(width=200, height=100) + random.randbytes(16)  # what follows the end of a JPEG is ignored


def sent(installation: Installation, body: bytes) -> str:
    """An upload whose parts have all arrived; its id."""
    with installation.api() as api:
        announced = {"agency": "VGP", "filename": "ảnh.jpg", "size": len(body)}
        upload = api.post("uploads", json=announced).json()
        parts = api.post(f"uploads/{upload['id']}/parts", json={"parts": [{"number": 1}]}).json()["parts"]
        put = httpx.request(parts[0]["method"], parts[0]["url"], headers=parts[0]["headers"], content=body)
        assert put.status_code in {200, 204}, put.text
        return str(upload["id"])


@contextmanager
def held(installation: Installation, upload: str) -> Iterator[None]:
    """The upload's row is locked by somebody else while the block runs."""
    connection = psycopg.connect(installation.database_url)
    try:
        connection.execute("SELECT 1 FROM assets_upload WHERE id = %s FOR UPDATE", [upload])
        yield
        with suppress(psycopg.OperationalError):  # its end was what the block was about
            connection.rollback()
    finally:
        connection.close()


def waiting_for_a_lock(installation: Installation) -> int:
    query = "SELECT count(*) AS number FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE %s"
    return int(installation.rows(query, "%assets_upload%")[0]["number"])


def at_least(number: int, installation: Installation, asked: Iterable[Future[Any]]) -> None:
    """So many requests stand between the store's completion and our commit."""

    def stand_there() -> bool:
        early = [request.result() for request in asked if request.done()]
        assert not early, [getattr(answer, "text", answer) for answer in early]
        return waiting_for_a_lock(installation) >= number

    wait_until(stand_there, within=30, what=f"{number} stand before the commit")


def ask(installation: Installation, method: str, path: str) -> httpx.Response:
    with installation.api() as api:
        return api.request(method, path, json={} if method == "POST" else None)


def assets_of(installation: Installation, upload: str) -> list[str]:
    query = "SELECT a.id FROM assets_asset a JOIN assets_upload u ON u.asset_id = a.id WHERE u.id = %s"
    return [str(row["id"]) for row in installation.rows(query, upload)]


def test_completions_that_race_make_one_asset(installation: Installation) -> None:
    upload = sent(installation, photo())
    with ThreadPoolExecutor(6) as pool:
        with held(installation, upload):
            answers = [pool.submit(ask, installation, "POST", f"uploads/{upload}/complete") for _ in range(6)]
            at_least(1, installation, answers)  # the others wait for their turn
        finished = [answer.result(60) for answer in answers]

    assert [answer.status_code for answer in finished] == [200] * 6, [answer.text for answer in finished]
    assert {answer.json()["asset"]["id"] for answer in finished} == set(assets_of(installation, upload))
    until_every_job_ended(installation)


@pytest.mark.parametrize("first", ["complete", "abort"])
def test_an_abort_that_races_a_completion_leaves_one_asset_or_none(installation: Installation, first: str) -> None:
    upload = sent(installation, photo())
    requests = {"complete": ("POST", f"uploads/{upload}/complete"), "abort": ("DELETE", f"uploads/{upload}")}
    order = [first, *(name for name in requests if name != first)]
    asked: dict[str, Future[httpx.Response]] = {}
    with ThreadPoolExecutor(2) as pool:
        with held(installation, upload):
            for number, name in enumerate(order, start=1):
                asked[name] = pool.submit(ask, installation, *requests[name])
                at_least(number, installation, asked.values())
        status = {name: answer.result(60).status_code for name, answer in asked.items()}

    outcome = (status["complete"], status["abort"], len(assets_of(installation, upload)))
    assert outcome in {(200, 409, 1), (409, 204, 0)}, {n: a.result().text for n, a in asked.items()}
    assert ask(installation, "GET", f"uploads/{upload}").json()["state"] == {1: "completed", 0: "aborted"}[outcome[2]]
    until_every_job_ended(installation)
    assert_clean(installation)


@pytest.mark.timeout(400)
def test_a_database_killed_between_the_store_s_completion_and_our_commit_makes_one_asset_in_the_end(
    installation: Installation,
) -> None:
    body = photo()
    upload = sent(installation, body)
    with ThreadPoolExecutor(1) as pool, ApiClient(installation.url, installation.token, patience=150) as client:
        with held(installation, upload):
            answer = pool.submit(client.complete_upload, upload)
            at_least(1, installation, [answer])
            installation.kill(Part.DATABASE)
        until_answering(installation)
        completed = answer.result(160)

    assert completed.state == "completed"
    assert completed.asset is not None
    assert assets_of(installation, upload) == [completed.asset.id]
    again = ask(installation, "POST", f"uploads/{upload}/complete")
    assert (again.status_code, again.json()["asset"]["id"]) == (200, completed.asset.id)
    with installation.api() as api:
        link = api.get(f"assets/{completed.asset.id}/download", params={"profile": "original"}).json()
    assert hashlib.sha256(httpx.get(link["url"]).content).digest() == hashlib.sha256(body).digest()
    until_every_job_ended(installation)
    assert_clean(installation)
