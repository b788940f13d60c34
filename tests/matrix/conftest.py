"""The world of the matrix, built once for all tests of a module and taken back after them."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.matrix.world import World, build


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        built = build()
        with connection.cursor() as cursor:
            # Until the end of the transaction it also keeps autovacuum away, which does not see these rows yet: by its
            # figures the planner would walk through the tables again and again.
            cursor.execute("ANALYZE")
        yield built
        transaction.set_rollback(True)
