"""The places that real rows get in the real queue."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate import sql
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import AssetVersion, ProcessingSpeed, QueueClock, QueuedWork
from assets.queue import cancel_queued, defer_processing
from assets.states import Kind
from assets.usecases.assets_edit import edit_asset
from permissions.models import Agency
from permissions.vocabulary import Role
from tests import factories
from transcoding import attempts, sweeping

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def film_of(agency: Agency, *, urgency: int = 5, megabytes: int = 50) -> AssetVersion:
    """A film that waits; its bytes are not what is looked at here."""
    with transaction.atomic():
        version = factories.make_version(factories.make_asset(agency=agency, kind=Kind.VIDEO, urgency=urgency))
        version.size = megabytes * 1_000_000
        version.save(update_fields=["size"])
        defer_processing(version)
    return version


def order() -> list[str]:
    """The locks of waiting jobs in the order in which Procrastinate gives them out."""
    return list(
        ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "id").values_list("lock", flat=True)
    )


def begin_next() -> AssetVersion:
    """Take the next job as a worker does, and begin it."""
    job = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "id")[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.queries["finish_job"], {"job_id": job.pk, "status": "succeeded", "delete_job": False})
    version = AssetVersion.objects.select_related("asset__agency").get(pk=job.args["version_id"])
    assert attempts.begin(version.pk, worker="test") is not None
    return version


def test_an_agency_with_many_films_shares_with_one_that_comes_later() -> None:
    many, few = factories.make_agency(), factories.make_agency()
    for _ in range(30):
        film_of(many)
    for _ in range(5):
        begin_next()
    late = [film_of(few) for _ in range(3)]

    owners = [begin_next().asset.agency for _ in range(7)]

    assert owners.count(few) == len(late)
    assert few in owners[:2]


def test_a_run_takes_its_version_out_of_line_and_moves_the_clock_on() -> None:
    first, second = (film_of(factories.make_agency(), megabytes=size) for size in (10, 20))
    finish = QueuedWork.objects.get(pk=first.pk).finish

    begin_next()

    assert list(QueuedWork.objects.values_list("pk", flat=True)) == [second.pk]
    assert QueueClock.objects.get(pk="video").reading == pytest.approx(finish)


def test_pictures_and_films_have_clocks_of_their_own() -> None:
    agency = factories.make_agency()
    film_of(agency)
    with transaction.atomic():
        defer_processing(factories.make_version(factories.make_asset(agency=agency)))

    assert set(QueueClock.objects.values_list("queue", flat=True)) == {"video", "images"}
    assert set(QueuedWork.objects.values_list("queue", "line")) == {("video", "short"), ("images", "pictures")}


def test_an_item_that_becomes_urgent_while_it_waits_moves_forward() -> None:
    agency = factories.make_agency()
    versions = [film_of(agency) for _ in range(5)]
    last = versions[-1]
    assert order()[-1] == f"version:{last.pk}"

    edit_asset(asset_id=last.asset_id, by=factories.actor_in(agency, Role.EDITOR), fields={"urgency": 1})

    assert order()[0] == f"version:{last.pk}"
    assert QueuedWork.objects.get(pk=last.pk).line == "urgent"


def test_an_edit_of_what_is_being_processed_queues_nothing() -> None:
    agency = factories.make_agency()
    version = film_of(agency)
    begin_next()

    edit_asset(asset_id=version.asset_id, by=factories.actor_in(agency, Role.EDITOR), fields={"urgency": 1})

    assert not QueuedWork.objects.exists()
    assert not order()


def test_what_is_taken_out_of_the_queue_leaves_no_place() -> None:
    version = film_of(factories.make_agency())

    with transaction.atomic():
        cancel_queued(version)

    assert not QueuedWork.objects.exists()
    assert list(ProcrastinateJob.objects.values_list("status", flat=True)) == ["cancelled"]


def test_a_place_whose_job_is_lost_is_swept() -> None:
    lost, kept = film_of(factories.make_agency()), film_of(factories.make_agency())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE lock = %s", [f"version:{lost.pk}"])

    assert sweeping.forget_lost_places() == 1
    assert list(QueuedWork.objects.values_list("pk", flat=True)) == [kept.pk]


def test_a_place_is_given_anew_where_a_version_is_queued_again() -> None:
    version = film_of(factories.make_agency())
    ProcessingSpeed.objects.create(kind=Kind.VIDEO, by=ProcessingSpeed.By.SIZE, seconds=3.0)
    with transaction.atomic():
        defer_processing(version)

    assert QueuedWork.objects.get(pk=version.pk).cost == pytest.approx(150)


def test_an_empty_queue_s_clock_is_the_time_of_day() -> None:
    QueueClock.objects.create(queue="video", reading=(timezone.now() + timedelta(days=9)).timestamp())

    version = film_of(factories.make_agency())

    assert QueuedWork.objects.get(pk=version.pk).start == pytest.approx(timezone.now().timestamp(), abs=30)
