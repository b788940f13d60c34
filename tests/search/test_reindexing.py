"""Entries of assets that have none, or an older one, are written beside whoever works."""

import threading
from uuid import UUID

import pytest
from django.db import connection, transaction

from assets.models import Asset, SearchEntry
from assets.search import refresh_search_text
from assets.search.reindexing import reindex
from tests.factories import make_asset


def without_entries(count: int) -> list[Asset]:
    assets = [make_asset(texts={"vi": {"title": f"Cầu số {number}"}}) for number in range(count)]
    SearchEntry.objects.all().delete()
    return assets


@pytest.mark.django_db
def test_the_newest_come_first_and_a_stopped_run_goes_on_where_it_was() -> None:
    assets = without_entries(5)
    told: list[tuple[int, UUID]] = []

    first = reindex(batch=2, most=3, on_progress=lambda done, last: told.append((done, last)))
    written = set(SearchEntry.objects.values_list("asset_id", flat=True))
    rest = reindex(batch=2)

    assert (first, rest) == (3, 2)
    assert told == [(2, assets[3].pk), (3, assets[2].pk)]
    assert written == {asset.pk for asset in assets[2:]}
    assert SearchEntry.objects.filter(words__contains=" cau so 0 ").exists()
    assert reindex() == 0


@pytest.mark.django_db
def test_entries_of_an_older_analysis_are_written_anew_and_others_only_when_asked_for() -> None:
    assets = without_entries(3)
    reindex()
    SearchEntry.objects.filter(asset=assets[0]).update(analysis=0, words=" cũ ")
    SearchEntry.objects.filter(asset=assets[1]).update(words=" giữ ")

    assert reindex() == 1
    assert set(SearchEntry.objects.values_list("words", flat=True)) & {" cũ ", " giữ "} == {" giữ "}
    assert reindex(only_missing=False, after=assets[2].pk) == 2
    assert not SearchEntry.objects.filter(words=" giữ ").exists()


def is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_changing_is_waited_for_and_then_said() -> None:
    (asset,) = without_entries(1)

    def run() -> None:
        try:
            reindex()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        asset.texts.update(title="Cầu mới")
        other.start()
        while other.is_alive() and not is_waiting():
            other.join(0.01)
        assert other.is_alive(), "it did not wait"
        refresh_search_text(asset)
    other.join(30)

    assert not other.is_alive()
    assert " cau moi " in SearchEntry.objects.get(asset=asset).words
