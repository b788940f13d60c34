"""What becomes of a creating request when its process is killed, its answer is lost, or it is sent twice at once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from django.db import connection, transaction

from assets.models import Collection
from mediacenter.client.warehouse import MediaCenter
from permissions.models import Agency, KeptAnswer
from permissions.vocabulary import Role
from tests.client.live import WebServer
from tests.factories import make_member, make_token

SAID = {"agency": "VGP", "title": "Cầu"}


@pytest.fixture
def token(agency: Agency) -> str:
    return make_token(user=make_member(agency, Role.EDITOR))[1]


def send(web: WebServer, token: str) -> httpx.Response:
    """Straight to the process: what the wire does is no part of this."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    return httpx.post(f"http://127.0.0.1:{web.port}/api/v1/collections", json=SAID, headers=headers, timeout=60)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


def number_of(condition: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE {condition}")  # noqa: S608 - of this module's texts
        found: int = cursor.fetchone()[0]
    return found


@contextmanager
def before_the_answer_is_kept() -> Iterator[None]:
    """Requests do what they are for, and wait before they can note their answer and commit."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE permissions_keptanswer IN SHARE ROW EXCLUSIVE MODE")
        yield


def one_waits() -> bool:
    return number_of("NOT granted AND relation = 'permissions_keptanswer'::regclass") == 1


def test_killed_before_the_commit_there_is_neither_and_the_key_serves_again(web: WebServer, token: str) -> None:
    with ThreadPoolExecutor(1) as pool, before_the_answer_is_kept():
        lost = pool.submit(send, web, token)
        wait_until(one_waits)
        web.kill()
        with pytest.raises(httpx.TransportError):
            lost.result(60)
    wait_until(lambda: number_of("locktype = 'advisory'") == 0)  # the database has noticed
    assert (Collection.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    web.start()
    first, again = send(web, token), send(web, token)
    assert (first.status_code, "Idempotent-Replayed" in first.headers) == (201, False)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert Collection.objects.count() == 1


def test_killed_after_the_commit_there_are_both(web: WebServer, token: str) -> None:
    first = send(web, token)
    web.kill()
    web.start()
    again = send(web, token)
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
    assert Collection.objects.count() == 1


def test_sent_again_while_it_is_done_it_is_told_to_wait(web: WebServer, token: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        with before_the_answer_is_kept():
            first = pool.submit(send, web, token)
            wait_until(one_waits)
            meanwhile = send(web, token)
        assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "idempotency_in_flight")
        assert meanwhile.headers["Retry-After"] == "1"
        assert first.result(60).status_code == 201
    assert send(web, token).content == first.result().content
    assert Collection.objects.count() == 1


def test_the_client_sends_again_what_was_lost_on_the_way_back(web: WebServer, token: str) -> None:
    with MediaCenter(web.wire.origin, token, patience=30) as center:
        center.session()
        web.wire.tear_after(100)
        made = center.create_collection(agency="VGP", title="Cầu")
    assert web.wire.is_whole
    assert Collection.objects.get().pk.hex == made.id.replace("-", "")


def test_the_client_waits_for_its_earlier_try(web: WebServer, token: str) -> None:
    told: list[str] = []
    waits = threading.Event()

    def on_trouble(text: str) -> None:
        told.append(text)
        waits.set()

    with ThreadPoolExecutor(2) as pool, MediaCenter(web.wire.origin, token, patience=60, on_trouble=on_trouble) as api:
        headers = {"Idempotency-Key": "k-1"}
        with before_the_answer_is_kept():
            first = pool.submit(send, web, token)
            wait_until(one_waits)
            second = pool.submit(api.call, "POST", "collections", json=SAID, headers=headers)
            assert waits.wait(60)
        assert second.result(60).body == first.result(60).json()
    assert "being answered" in told[0]
    assert Collection.objects.count() == 1
