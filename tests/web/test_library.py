"""The grid: what is in it, what is not, filters and pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from assets.search import refresh_search_text
from assets.states import Kind, VersionState
from mediacenter.web.presentation import agencies as offering
from mediacenter.web.views import library
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import make_agency, make_asset, make_attempt, make_ready_asset, make_version
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def titles(client: Client, query: str = "") -> list[str]:
    return [card.words.title for card in client.get(f"/{query}").context["cards"]]


def titled(agency: Agency, title: str, **fields: object) -> Asset:
    asset = make_asset(agency=agency, texts={"vi": {"title": title}}, **fields)
    refresh_search_text(asset)
    return asset


def test_it_shows_what_one_may_see_newest_first(signed_in: SignedIn) -> None:
    mine, theirs = make_agency(), make_agency()
    for agency, title in ((mine, "một"), (theirs, "bí mật"), (mine, "hai")):
        titled(agency, title)
    assert titles(signed_in(mine)) == ["hai", "một"]


def test_what_is_shared_with_several_agencies_of_the_reader_is_shown_once_and_on_the_pages_together(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "PAGE_SIZE", 4)
    ministry = make_agency()
    departments = tuple(make_agency(parent=ministry) for _ in range(2))
    shared = {"state": AssetState.PUBLISHED, "audience": Audience.SHARED, "shared_with": departments}
    for number in range(1, 11):
        titled(make_agency(), str(number), kind=Kind.ARTICLE, **shared)
    reader = signed_in(ministry, Role.VIEWER)
    found, query = [], ""
    while True:
        context = reader.get(f"/?{query}").context
        found.append([card.words.title for card in context["cards"]])
        query = context["older"]
        if not query:
            break
    assert found == [["10", "9", "8", "7"], ["6", "5", "4", "3"], ["2", "1"]]


def test_titles_are_text_and_never_markup(signed_in: SignedIn) -> None:
    agency = make_agency()
    titled(agency, '<script>alert(1)</script>"><img src=x onerror=alert(1)>')
    page = signed_in(agency).get("/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_search_finds_words_without_their_diacritics(signed_in: SignedIn) -> None:
    agency = make_agency()
    titled(agency, "Cầu Mỹ Thuận 2")
    titled(agency, "Chợ nổi Cái Răng")
    assert titles(signed_in(agency), "?search=my+thuan") == ["Cầu Mỹ Thuận 2"]
    assert titles(signed_in(agency), "?search=không+có") == []


def test_filters_by_kind_state_and_agency_with_what_is_below_it(signed_in: SignedIn) -> None:
    ministry = make_agency()
    department, other = make_agency(parent=ministry), make_agency(parent=ministry)
    titled(department, "ảnh")
    titled(department, "phim", kind=Kind.VIDEO)
    titled(other, "khác")
    reader = signed_in(ministry)
    assert titles(reader, "?kind=video") == ["phim"]
    assert titles(reader, f"?agency={department.pk}") == ["phim", "ảnh"]
    assert titles(reader, f"?agency={ministry.pk}") == ["khác", "phim", "ảnh"]
    assert titles(reader, "?state=published") == []


def test_in_a_large_network_one_types_the_agency_and_few_rows_are_fetched(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "MOST_OFFERED", 3)
    ministry = make_agency(code="MIN", name_vi="Bộ Một", name_en="Ministry")
    below = [make_agency(code=f"B{number}", parent=ministry, name_vi=f"Sở {number}") for number in range(5)]
    make_agency(code="FAR", name_vi="Xa")
    titled(below[1], "một")
    titled(below[2], "hai")
    reader = signed_in(ministry)
    with CaptureQueriesContext(connection) as asked:
        answer = reader.get("/")
    of_agencies = (query["sql"] for query in asked if query["sql"].startswith('SELECT "permissions_agency"."id"'))
    lists = [sql for sql in of_agencies if "name_vi" in sql]
    assert [sql.rpartition("LIMIT ")[2] for sql in lists] == ["4", "3"]  # never all of them
    page = answer.content.decode()
    offered = re.findall(r'<option value="(B\d|MIN|FAR)"', page)
    assert (len(offered), offered[0], "FAR" in offered) == (3, "MIN", False)
    assert 'list="agencies-offered"' in page
    for said in ("B1", "b1", below[1].pk, "Sở 1", "sở 1"):
        answer = reader.get("/", {"agency": said})
        assert [card.words.title for card in answer.context["cards"]] == ["một"], said
        assert 'name="agency" value="B1"' in answer.content.decode()
    assert titles(reader, "?agency=ministry") == ["hai", "một"]
    assert titles(reader, "?agency=FAR") == []
    for said in ("Sở", "nowhere"):  # more than one, none
        answer = reader.get("/", {"agency": said})
        assert [card.words.title for card in answer.context["cards"]] == ["hai", "một"], said
        assert "Give its code" in answer.content.decode()


def test_a_small_network_is_a_list_with_the_chosen_one(signed_in: SignedIn) -> None:
    agency = make_agency(code="MIN", name_en="Ministry")
    page = signed_in(agency).get("/", {"agency": agency.pk}).content.decode()
    assert '<option value="MIN" selected>Ministry</option>' in page
    assert "agencies-offered" not in page


@pytest.mark.parametrize(
    "query", ["?kind=nonsense", "?agency=x", "?older_than=1", "?search=%00", "?search=" + "a" * 900]
)
def test_an_unusable_filter_is_left_out(signed_in: SignedIn, query: str) -> None:
    agency = make_agency()
    titled(agency, "một")
    assert titles(signed_in(agency), query) == ["một"]


def test_pages_lead_on_and_back_without_gaps(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PAGE_SIZE", 2)
    agency = make_agency()
    for number in range(5):
        titled(agency, str(number))
    reader = signed_in(agency)
    first = reader.get("/?kind=photo")
    second = reader.get(f"/?{first.context['older']}")
    third = reader.get(f"/?{second.context['older']}")
    shown = [[card.words.title for card in page.context["cards"]] for page in (first, second, third)]
    assert shown == [["4", "3"], ["2", "1"], ["0"]]
    assert (first.context["newer"], third.context["older"]) == ("", "")
    back = reader.get(f"/?{third.context['newer']}")
    assert [card.words.title for card in back.context["cards"]] == ["2", "1"]
    assert "kind=photo" in second.context["older"]


def test_an_empty_library_says_what_to_do(signed_in: SignedIn) -> None:
    page = signed_in(make_agency()).get("/").content.decode()
    assert "Nothing here yet" in page
    assert 'href="/upload"' in page


def test_a_tile_tells_how_far_the_processing_is(signed_in: SignedIn) -> None:
    agency = make_agency()
    make_attempt(make_version(make_asset(agency=agency), state=VersionState.PROCESSING), progress=42)
    make_version(make_asset(agency=agency), state=VersionState.REJECTED)
    page = re.sub(r"\s+", " ", signed_in(agency).get("/").content.decode())
    assert "Processing 42 %" in page
    assert "Rejected" in page


def test_the_number_of_queries_does_not_grow_with_the_page(
    signed_in: SignedIn, django_assert_max_num_queries: object
) -> None:
    agency = make_agency()
    reader = signed_in(agency)
    for _ in range(12):
        make_ready_asset(agency=agency)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert len(titles(reader)) == 12


def test_people_elsewhere_see_it_once_it_is_public_and_not_before_its_embargo(signed_in: SignedIn) -> None:
    asset = make_ready_asset(agency=make_agency(), texts={"vi": {"title": "tin"}}, audience=Audience.PUBLIC)
    elsewhere = signed_in(make_agency(), Role.AGENCY_ADMIN)
    assert titles(elsewhere) == []
    now = datetime.now(UTC)
    Asset.objects.filter(pk=asset.pk).update(
        state="published", published_at=now, embargo_until=now + timedelta(hours=1)
    )
    assert titles(elsewhere) == []
    Asset.objects.filter(pk=asset.pk).update(embargo_until=now - timedelta(seconds=1))
    assert titles(elsewhere) == ["tin"]
