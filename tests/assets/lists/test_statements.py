"""Statements of lists are written once and kept: they say what the lists are now, and nothing of an earlier asker."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.lists.newest import Newest
from assets.lists.sought import Wanted
from assets.lists.statements import _written as written
from assets.lists.statements import first_ids
from assets.models import Asset
from assets.queries import newest
from assets.search.query import SearchQuery
from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.models import Agency
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    written.cache_clear()


def ids(rows: Newest, count: int = 50) -> list[UUID]:
    return [work.id for work in rows[0:count]]


def contributor(*agencies: Agency) -> Actor:
    grants = tuple(Grant(agency_id=each.pk, path=each.path, role=Role.CONTRIBUTOR) for each in agencies)
    return Actor(user_id=UUID(int=1), grants=grants)


def test_the_usual_list_is_written_once_for_all_who_see_the_same() -> None:
    shown = [make_ready_asset(state=AssetState.PUBLISHED, audience=Audience.PUBLIC).pk for _ in range(3)]
    for _ in range(3):
        assert ids(newest(ANONYMOUS, SearchQuery())) == shown[::-1]
    assert (written.cache_info().misses, written.cache_info().hits) == (1, 2)


def test_pages_share_a_statement_and_each_has_its_own_bounds() -> None:
    shown = [make_ready_asset(state=AssetState.PUBLISHED, audience=Audience.PUBLIC).pk for _ in range(5)][::-1]
    rows = newest(ANONYMOUS, SearchQuery())
    assert ids(rows.filter(id__lt=shown[0]), 2) == shown[1:3]
    assert ids(rows.filter(id__lt=str(shown[2])), 2) == shown[3:5]
    assert ids(rows.order_by("id").filter(id__gt=shown[3]), 2) == [shown[2], shown[1]]
    assert ids(rows.filter(id__lt=shown[0]).filter(id__gt=shown[3])) == shown[1:3]
    assert ids(rows.filter(id__lt=shown[3]).filter(id__lt=shown[0])) == shown[4:]
    assert written.cache_info().misses == 4


def test_another_right_or_another_filter_is_another_statement() -> None:
    agency, other = make_agency(), make_agency()
    draft, secret = make_asset(agency=agency).pk, make_asset(agency=other).pk
    assert ids(newest(actor_in(agency), SearchQuery())) == [draft]
    assert ids(newest(actor_in(other), SearchQuery())) == [secret]
    assert ids(newest(contributor(agency, other), SearchQuery())) == [secret, draft]
    assert ids(newest(actor_in(agency), SearchQuery(kind="video"))) == []
    assert ids(newest(actor_in(agency), SearchQuery(kind="photo"))) == [draft]
    assert ids(newest(actor_in(agency), SearchQuery(state="published"))) == []
    assert ids(newest(actor_in(agency), SearchQuery(agency=other))) == []
    assert ids(newest(ANONYMOUS, SearchQuery())) == []


def test_what_moves_below_an_agency_and_away_is_in_the_next_list() -> None:
    operator = Actor(user_id=make_user().pk, platform_role=PlatformRole.OPERATOR)
    top, elsewhere = make_agency(), make_agency()
    child = make_agency(parent=elsewhere)
    draft = make_asset(agency=child).pk
    assert ids(newest(contributor(top), SearchQuery())) == []
    move_agency(agency_id=child.pk, parent_id=top.pk, by=operator)
    assert ids(newest(contributor(top), SearchQuery())) == [draft]
    move_agency(agency_id=child.pk, parent_id=elsewhere.pk, by=operator)
    assert ids(newest(contributor(top), SearchQuery())) == []


def test_what_looks_something_up_is_written_anew_each_time() -> None:
    """Words and albums are conditions that other rows fulfil; so are subtrees that are too large to be named."""
    rows = newest(ANONYMOUS, SearchQuery(words="cầu"))
    assert rows[0:5] == []
    by_hand = Newest(actor=ANONYMOUS, wanted=Wanted(further=lambda rows: rows.filter(kind="photo")))
    assert by_hand[0:5] == []
    assert written.cache_info().currsize == 0


def test_a_list_of_nothing_asks_nothing_of_the_assets() -> None:
    nobody = Actor(user_id=UUID(int=1), scopes=frozenset())
    with CaptureQueriesContext(connection) as captured:
        assert newest(nobody, SearchQuery())[0:5] == []
    assert [query for query in captured if "assets_asset" in query["sql"]] == []


def test_kept_and_new_statements_find_the_same() -> None:
    agency = make_agency()
    make_asset(agency=agency)
    shown = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    for actor in (ANONYMOUS, actor_in(agency), actor_in(agency, Role.VIEWER)):
        rows = newest(actor, SearchQuery())
        sought = rows._sought(10)
        fresh = rows.ids(10)
        assert fresh is not None
        assert first_ids(sought, ()) == [row["first"] for row in fresh]
        assert shown.pk in first_ids(sought, ())
    assert Asset.objects.count() == 2
