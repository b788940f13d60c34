"""The changes feed: whom it tells of what, in an order in which nothing can be missed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from assets.changes.pruning import prune_changes
from assets.changes.sealing import seal_all_changes
from assets.models import Asset, AssetShare, ChangeEntry, ChangePending, ChangesState
from assets.states import Kind
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.assets_delete import delete_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_undelete import undelete_asset
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.actor import actor_for_user
from permissions.models import Agency, Membership
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.api.conftest import bearer
from tests.factories import actor_in, make_agency, make_asset, make_member, make_token, make_user

HOUR = timedelta(hours=1)


class Reader:
    """Somebody who reads on from where they were."""

    def __init__(self, client: APIClient) -> None:
        self.client = client
        self.cursor = self.get("now").json()["next"]

    def get(self, since: str, **more: Any) -> Any:
        return self.client.get("/api/v1/changes", {"since": since, **more})

    def news(self, **more: Any) -> list[tuple[str, UUID, bool]]:
        """(change, asset, visible) of everything since the last time."""
        found: list[tuple[str, UUID, bool]] = []
        while True:
            answer = self.get(self.cursor, **more)
            assert answer.status_code == 200, answer.content
            body = answer.json()
            self.cursor = body["next"]
            found += [(row["change"], UUID(row["asset"]), row["visible"]) for row in body["results"]]
            if not body["more"]:
                return found


def reader_in(agency: Agency, role: Role = Role.VIEWER) -> Reader:
    _, secret = make_token(user=make_member(agency, role))
    return Reader(bearer(secret))


def stranger() -> Reader:
    return Reader(APIClient())


def published(agency: Agency, **fields: Any) -> Asset:
    return make_asset(
        agency=agency, **{"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC, "kind": Kind.ARTICLE} | fields
    )


def change(asset: Asset, **fields: Any) -> None:
    Asset.objects.filter(pk=asset.pk).update(**fields)


@pytest.fixture
def agency(db: None) -> Agency:
    return make_agency()


def test_what_is_published_edited_corrected_and_withdrawn_is_told_so(agency: Agency) -> None:
    outside, inside, editor = stranger(), reader_in(agency, Role.CONTRIBUTOR), actor_in(agency, Role.AGENCY_ADMIN)
    asset = published(agency, texts={"vi": {"title": "Lũ"}})
    assert outside.news() == [("created", asset.pk, True)] == inside.news()

    edit_asset(asset_id=asset.pk, by=editor, fields={"place": "Huế"})
    assert outside.news() == [("updated", asset.pk, True)]

    edit_asset(asset_id=asset.pk, by=editor, fields={"place": "Hội An"}, reason="Sai nơi chụp")
    assert outside.news() == [("corrected", asset.pk, True)]

    withdraw_asset(asset_id=asset.pk, by=editor, reason="Sai")
    assert outside.news() == [("withdrawn", asset.pk, False)]
    assert inside.news() == inside_since_published(asset)

    edit = Asset.objects.filter(pk=asset.pk)
    edit.update(place="Đà Nẵng")
    assert outside.news() == [], "what one does not see any more is not told further"
    assert inside.news() == [("updated", asset.pk, True)]


def inside_since_published(asset: Asset) -> list[tuple[str, UUID, bool]]:
    return [("updated", asset.pk, True), ("corrected", asset.pk, True), ("withdrawn", asset.pk, True)]


def test_a_narrower_audience_is_sight_lost_and_a_wider_one_something_new(agency: Agency) -> None:
    partner, neighbour = make_agency(), make_agency()
    outside, far, shared = stranger(), reader_in(neighbour), reader_in(partner)
    asset = published(agency, audience=Audience.AGENCY)
    assert outside.news() == far.news() == shared.news() == []

    with one_transaction():
        change(asset, audience=Audience.SHARED)
        AssetShare.objects.create(asset=asset, agency=partner)
    assert (outside.news(), far.news(), shared.news()) == ([], [], [("created", asset.pk, True)])

    change(asset, audience=Audience.NETWORK)
    assert (outside.news(), far.news(), shared.news()) == (
        [],
        [("created", asset.pk, True)],
        [("updated", asset.pk, True)],
    )
    AssetShare.objects.filter(asset=asset).delete()
    change(asset, audience=Audience.SHARED)
    assert (far.news(), shared.news()) == ([("visibility_lost", asset.pk, False)],) * 2


@contextmanager
def one_transaction() -> Iterator[None]:
    """As its own, so that what waits from before is sealed apart."""
    seal_all_changes(wait=True)
    yield


def test_trash_hides_and_taking_out_of_it_shows_again(agency: Agency) -> None:
    inside, admin = reader_in(agency, Role.CONTRIBUTOR), actor_in(agency, Role.AGENCY_ADMIN)
    asset = make_asset(agency=agency)
    assert inside.news() == [("created", asset.pk, True)]
    delete_asset(asset_id=asset.pk, by=admin, reason="Thừa")
    assert inside.news() == [("visibility_lost", asset.pk, False)]
    undelete_asset(asset_id=asset.pk, by=admin)
    assert inside.news() == [("created", asset.pk, True)]


def test_the_clock_opens_and_closes_without_a_row_changing(agency: Agency) -> None:
    outside, now = stranger(), datetime.now(UTC)
    opens = published(agency, embargo_until=now + HOUR)
    ends = published(agency, rights_end=now + HOUR)
    both = published(agency, embargo_until=now + HOUR, rights_end=now + HOUR + timedelta(minutes=1))
    assert outside.news() == [("created", ends.pk, True)]

    the_clock_goes_on(2 * HOUR)
    told = outside.news()
    assert set(told) == {
        ("created", opens.pk, True),
        ("visibility_lost", ends.pk, False),
        ("visibility_lost", both.pk, False),
    }
    assert outside.news() == []


def the_clock_goes_on(by: timedelta) -> None:
    """Everything that was is that much longer ago: nobody can turn the database's clock."""
    seal_all_changes(wait=True)
    with connection.cursor() as cursor:
        for column in ("embargo_until", "rights_end", "consent_ends"):
            cursor.execute(f"UPDATE assets_asset SET {column} = {column} - %s", [by])  # noqa: S608 - our own columns
        cursor.execute("DELETE FROM assets_changepending")
        cursor.execute("UPDATE assets_changesstate SET mark = mark - %s", [by])
        cursor.execute("UPDATE assets_changeentry SET at = at - %s", [by])


def test_an_edit_long_after_the_rights_ended_is_not_told_to_who_could_not_see_it(agency: Agency) -> None:
    outside, now = stranger(), datetime.now(UTC)
    asset = published(agency, rights_end=now + HOUR)
    assert outside.news() == [("created", asset.pk, True)]
    the_clock_goes_on(2 * HOUR)
    assert outside.news() == [("visibility_lost", asset.pk, False)]
    change(asset, place="Huế")
    assert outside.news() == []


def test_what_was_made_public_after_its_rights_had_ended_is_never_named(agency: Agency) -> None:
    """Nobody sealed for two hours: what was so then must not be taken for what is so now."""
    outside, now = stranger(), datetime.now(UTC)
    asset = published(agency, audience=Audience.AGENCY)
    assert outside.news() == []
    the_clock_goes_on(2 * HOUR)
    change(asset, audience=Audience.PUBLIC, rights_end=now - HOUR)
    with connection.cursor() as cursor:  # a transaction of its own, half an hour later
        cursor.execute("UPDATE assets_changepending SET xid = -1")
    change(asset, place="Huế")
    assert ChangePending.objects.count() == 2
    assert outside.news() == []


def test_agencies_that_move_end_the_cursors_above_them_and_no_others(db: None) -> None:
    root, left, right = make_agency(), make_agency(), make_agency()
    moved = make_agency(parent=left)
    losing, winning, own, other = reader_in(left), reader_in(right), reader_in(moved), reader_in(root)
    asset = published(moved, audience=Audience.AGENCY)
    assert losing.news() == own.news() == [("created", asset.pk, True)]
    change(asset, place="Huế")
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    move_agency(agency_id=moved.pk, parent_id=right.pk, by=operator)
    for reader in (losing, winning):
        answer = reader.get(reader.cursor)
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
        assert Reader(reader.client).news() == []
    assert own.news() == [("updated", asset.pk, True)]
    assert other.news() == []


def test_people_of_a_moved_agency_miss_nothing_from_before_the_move(db: None) -> None:
    left, right = make_agency(), make_agency()
    moved = make_agency(parent=left)
    own, asset = reader_in(moved), published(moved, audience=Audience.AGENCY)
    seal_all_changes(wait=True)
    move_agency(
        agency_id=moved.pk, parent_id=right.pk, by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    )
    assert own.news() == [("created", asset.pk, True)]


def test_a_merger_takes_from_those_above_and_ends_the_cursors_of_its_people(db: None) -> None:
    left, right = make_agency(), make_agency()
    source = make_agency(parent=left)
    above, own, target = reader_in(left), reader_in(source), reader_in(right)
    asset = published(source, audience=Audience.AGENCY)
    assert above.news() == [("created", asset.pk, True)]
    seal_all_changes(wait=True)
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    merge_agency(agency_id=source.pk, into_id=right.pk, by=operator)
    assert above.news() == [("visibility_lost", asset.pk, False)]
    assert target.news() == [("created", asset.pk, True)]
    assert own.get(own.cursor).status_code == 410


def test_who_got_other_rights_takes_everything_anew(agency: Agency) -> None:
    person = make_member(agency, Role.VIEWER)
    _, secret = make_token(user=person)
    reader = Reader(bearer(secret))
    Membership.objects.filter(user=person).update(role=Role.CONTRIBUTOR)
    assert reader.get(reader.cursor).json()["code"] == "cursor_expired"
    again = Reader(reader.client)
    Membership.objects.filter(user=person).update(role=Role.EDITOR)
    assert again.news() == [], "an editor sees what a contributor sees"


def test_a_cursor_tells_nothing_and_stands_still_while_others_are_at_work(agency: Agency) -> None:
    outside = stranger()
    before = outside.cursor
    for _ in range(3):
        make_asset(agency=agency)
    assert outside.news() == []
    assert outside.cursor == before
    assert outside.get("now").json()["next"] != outside.get("now").json()["next"]


@pytest.mark.parametrize("cursor", ["x", "", "1", "A" * 54, "é" * 20, "A" * 201])
def test_a_cursor_that_is_not_ours_is_refused(agency: Agency, cursor: str) -> None:
    assert stranger().get(cursor).status_code == 400


def test_pages_are_bounded_and_say_that_there_is_more(agency: Agency) -> None:
    outside = stranger()
    assets = [published(agency) for _ in range(5)]
    first = outside.get(outside.cursor, limit=2).json()
    assert (len(first["results"]), first["more"]) == (2, True)
    assert [asset for _, asset, _ in outside.news(limit=2)] == [asset.pk for asset in assets]
    assert outside.get(outside.cursor, limit=501).status_code == 400
    assert outside.get(outside.cursor, page=1).status_code == 400


def test_who_has_the_answer_is_told_so(agency: Agency) -> None:
    outside = stranger()
    answer = outside.get(outside.cursor)
    again = outside.client.get("/api/v1/changes", {"since": outside.cursor}, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    published(agency)
    again = outside.client.get("/api/v1/changes", {"since": outside.cursor}, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 200


def test_what_is_older_than_the_feed_reaches_back_has_expired(agency: Agency) -> None:
    outside, late = stranger(), stranger()
    published(agency)
    assert len(outside.news()) == 1
    ChangeEntry.objects.update(sealed_at=datetime.now(UTC) - timedelta(days=31))
    assert prune_changes() == 1
    assert prune_changes() == 0
    assert outside.news() == []
    assert late.get(late.cursor).json()["code"] == "cursor_expired"


def test_a_change_that_is_committed_late_gets_a_later_place(transactional_db: None) -> None:
    agency = make_agency()
    outside = stranger()
    slow, quick = published(agency), published(agency)
    assert len(outside.news()) == 2
    changed, go_on = threading.Event(), threading.Event()

    def long_transaction() -> None:
        try:
            with transaction.atomic():
                change(slow, place="Huế")
                changed.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=long_transaction)
    writer.start()
    assert changed.wait(20)
    change(quick, place="Huế")
    assert outside.news() == [("updated", quick.pk, True)]
    go_on.set()
    writer.join()
    assert outside.news() == [("updated", slow.pk, True)]
    numbers = list(ChangeEntry.objects.order_by("sequence").values_list("sequence", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert ChangesState.objects.get().last == len(numbers)


def test_a_change_that_was_rolled_back_is_none(transactional_db: None) -> None:
    agency = make_agency()
    asset = published(agency)
    outside = stranger()
    with transaction.atomic():
        change(asset, audience=Audience.AGENCY)
        transaction.set_rollback(True)
    assert outside.news() == []


def test_what_was_seen_only_between_two_sealings_is_still_taken_back(transactional_db: None) -> None:
    """Somebody may have come upon it in a list."""
    agency = make_agency()
    outside = stranger()
    asset = published(agency, audience=Audience.AGENCY)
    change(asset, audience=Audience.PUBLIC)
    change(asset, audience=Audience.AGENCY)
    assert ChangePending.objects.count() == 3
    assert ("visibility_lost", asset.pk, False) in outside.news()


def test_states_inside_a_transaction_were_never_seen(transactional_db: None) -> None:
    agency = make_agency()
    outside = stranger()
    asset = published(agency, audience=Audience.AGENCY)
    with transaction.atomic():
        change(asset, audience=Audience.PUBLIC)
        change(asset, audience=Audience.AGENCY)
    assert outside.news() == []


def test_sealers_at_once_number_each_change_once(transactional_db: None) -> None:
    agency = make_agency()
    for _ in range(30):
        published(agency)
    barrier = threading.Barrier(4)

    def seal() -> None:
        try:
            barrier.wait(20)
            seal_all_changes(wait=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = list(ChangeEntry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, 31))
    assert len({entry.asset_id for entry in entries}) == 30
