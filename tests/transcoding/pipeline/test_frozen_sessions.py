"""Whoever stands still inside a transaction does not hold the others up for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from assets.models import AssetVersion
from tests import factories
from tests.transcoding.pipeline.conftest import wait_until
from transcoding.frozen_sessions import end_frozen_sessions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
LOCK = "SELECT 1 FROM assets_assetversion WHERE id = %s FOR UPDATE"


@pytest.fixture
def session() -> Iterator[Callable[[], psycopg.Connection]]:
    """Sessions beside Django's own, each inside a transaction from its first statement on."""
    with ExitStack() as stack:

        def begin() -> psycopg.Connection:
            parameters = connection.get_connection_params()
            return stack.enter_context(closing(psycopg.connect(**parameters, autocommit=False)))

        yield begin


@pytest.fixture
def version(settings) -> AssetVersion:
    settings.STALLED_AFTER = timedelta(seconds=1)
    return factories.make_version()


def test_a_session_that_is_waited_for_and_silent_is_ended(
    version: AssetVersion, session: Callable[[], psycopg.Connection]
) -> None:
    frozen, waiting = session(), session()
    frozen.execute(LOCK, [version.pk])
    waiter = threading.Thread(target=waiting.execute, args=(LOCK, [version.pk]))
    waiter.start()

    wait_until(lambda: end_frozen_sessions() == 1, within=20, what="the frozen session was ended")

    waiter.join(20)
    assert not waiter.is_alive(), "whoever waited has the row"
    with pytest.raises(psycopg.OperationalError):
        frozen.execute("SELECT 1")
    waiting.execute("SELECT 1")


def test_who_is_silent_and_holds_nobody_up_is_left_alone(
    version: AssetVersion, session: Callable[[], psycopg.Connection]
) -> None:
    silent = session()
    silent.execute(LOCK, [version.pk])
    time.sleep(1.5)
    assert end_frozen_sessions() == 0
    silent.execute("SELECT 1")
