"""Who works and what waits: for operators by API, page, command and ``doctor``; for nobody else."""

import json

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Worker
from assets.queue import defer_processing
from mediacenter.commands.workers import command
from mediacenter.doctor import Level
from mediacenter.doctor import queue as queue_part
from permissions.models import User
from permissions.vocabulary import PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_token, make_user, make_version
from transcoding.abilities import Abilities
from transcoding.announcing import announce

pytestmark = pytest.mark.django_db
URL = "/api/v1/workers"
ABLE = Abilities(
    cores=2, memory=4_000_000_000, ffmpeg="7.1", encoders=frozenset({"libx264"}), hardware={"h264_nvenc": "no device"}
)


def lease() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def operator() -> User:
    return make_user(platform_role=PlatformRole.OPERATOR)


def test_operators_see_living_workers_their_abilities_and_the_queues(operator: User) -> None:
    number = lease()
    assert announce(number, queues=["video"], concurrency=2, abilities=ABLE)
    defer_processing(make_version())

    said = bearer(make_token(user=operator)[1]).get(URL).json()

    (worker,) = said["workers"]
    assert (worker["queues"], worker["concurrency"], worker["busy"]) == (["video"], 2, 0)
    assert worker["hardware"] == [{"encoder": "h264_nvenc", "fault": "no device"}]
    queues = {row["name"]: (row["waiting"], row["slots"]) for row in said["queues"]}
    assert queues == {"images": (1, 0), "video": (0, 2), "video-background": (0, 0)}


def test_an_announcement_lives_as_long_as_the_lease() -> None:
    number = lease()
    assert announce(number, queues=None, concurrency=1, abilities=ABLE)
    assert announce(number, queues=None, concurrency=1, abilities=ABLE), "again is fine"
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_unregister_worker_v1(%s)", [number])

    assert not Worker.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_without_a_lease_is_not_announced() -> None:
    assert announce(10**9, queues=None, concurrency=1, abilities=ABLE) is False


def test_nobody_else_sees_them(client_for: ClientFor, operator: User) -> None:
    assert APIClient().get(URL).status_code == 401
    for client in (
        client_for(make_agency(), Role.AGENCY_ADMIN),
        bearer(make_token(user=make_user(platform_role=PlatformRole.AUDITOR))[1]),
        bearer(make_token(user=operator, scopes=(Scope.READ,))[1]),
    ):
        assert client.get(URL).status_code == 403


def test_the_page_is_for_operators(operator: User) -> None:
    announce(lease(), queues=None, concurrency=1, abilities=ABLE)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")

    shown = browser.get("/workers").content.decode()

    assert "h264_nvenc" in shown
    assert "does not work" in shown
    assert "libx264" in shown
    browser.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/workers").status_code == 403
    assert 'href="/workers"' not in browser.get("/").content.decode()


def test_the_command_shows_them(operator: User) -> None:
    announce(lease(), queues=["images"], concurrency=3, abilities=ABLE)

    plain = CliRunner().invoke(command).stdout
    found = json.loads(CliRunner().invoke(command, ["--json"]).stdout)

    assert "0/3 busy  images" in plain
    assert "h264_nvenc does not work: no device" in plain
    assert found["workers"][0]["encoders"] == ["libx264"]


def test_doctor_names_queues_that_nobody_serves_and_workers_without_ffmpeg() -> None:
    announce(lease(), queues=["video"], concurrency=1, abilities=Abilities(cores=1, memory=1, fault="no ffmpeg here"))
    defer_processing(make_version())

    found = {finding.id: finding for finding in queue_part.findings()}

    assert found["queue.unserved"].level is Level.PROBLEM
    assert "images" in found["queue.unserved"].message
    assert found["queue.abilities"].level is Level.WARNING
    assert "no ffmpeg here" in found["queue.abilities"].message


def test_doctor_is_content_with_what_works() -> None:
    announce(lease(), queues=None, concurrency=1, abilities=ABLE)
    defer_processing(make_version())

    found = {finding.id: finding for finding in queue_part.findings()}

    assert found["queue.unserved"].level is Level.OK
    assert found["queue.abilities"].level is Level.OK
