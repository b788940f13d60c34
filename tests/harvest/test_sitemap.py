"""What search engines are told: exactly the pages that everybody may see, and which answers they may keep."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.robotparser import RobotFileParser
from uuid import UUID

import pgtrigger
import pytest
from django.db.models.functions import Now
from django.test import Client

from api.presenters import embed_url
from api.throttling import ActorRateThrottle
from assets.harvest import sitemap
from assets.harvest.sitemap import START, cut_into_pages, pages
from assets.models import Asset, Licence, SitemapPage
from assets.models.rights import LicenceKind
from assets.states import Kind
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_asset, make_text
from tests.harvest.sitemaps import Entry, read
from tests.webdata.conftest import agency, make_work

__all__ = ["agency"]

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
HOUR = timedelta(hours=1)
ONE_TEXT = {"vi": {"title": "Cầu"}}


def photo(owner: Agency, **fields: Any) -> Asset:
    return make_work(owner, Kind.PHOTO, **{"texts": ONE_TEXT, **fields})


def turn(asset: Asset, **columns: Any) -> None:
    """As it is to be now, by whatever way."""
    with pgtrigger.ignore("assets.Asset:asset_state"):
        Asset.objects.filter(pk=asset.pk).update(**columns)


def listed_pages() -> list[str]:
    answer = Client().get("/sitemap.xml")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return [each.address for each in read(answer.content, site=SITE, root="sitemapindex", entry="sitemap")]


def entries_of(page: str) -> list[Entry]:
    answer = Client().get(urlsplit(page).path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return read(answer.content, site=SITE)


def entries() -> Iterator[Entry]:
    for page in listed_pages():
        yield from entries_of(page)


def work_in(address: str) -> UUID:
    return UUID(urlsplit(address).path.removeprefix("/embed/"))


def named() -> list[UUID]:
    """The works that the whole sitemap names, each once."""
    return list(dict.fromkeys(work_in(each.address) for each in entries()))


# --- What is named ----------------------------------------------------------------------------------------------------


def hidden_works(home: Agency) -> list[Asset]:
    """Works of every sort whose page a stranger somewhere does not get."""
    gone = {"state": AssetState.WITHDRAWN}
    press = Licence.objects.filter(kind=LicenceKind.PRESS_USE).first()
    assert press is not None
    return [
        photo(home, embargo_until=Now() + HOUR),
        photo(home, rights_end=Now() - HOUR),
        photo(home, audience=Audience.NETWORK),
        photo(home, audience=Audience.AGENCY),
        photo(home, state=AssetState.APPROVED),
        photo(home, territories=["VN"]),
        photo(home, **gone),
        photo(home, licence_terms=press),
    ]


def test_every_page_that_is_named_is_there_for_everybody_and_no_other_is(agency: Agency) -> None:
    shown = [make_work(agency, kind) for kind in Kind]
    hidden = hidden_works(agency)
    cut_into_pages()
    found = list(entries())
    assert sorted({work_in(each.address) for each in found}) == sorted(work.pk for work in shown)
    assert len(found) == 3 * len(shown)
    client = Client()
    for each in found:
        answer = client.get(each.address.removeprefix(SITE))
        page = answer.content.decode()
        assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "all"), each.address
        assert 'content="noindex"' not in page
        assert f'<link rel="canonical" href="{each.address}">' in page
        alternates = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page)
        assert dict(alternates) == each.languages
        assert set(each.languages) == {"vi", "en", "zh-Hans", "x-default"}
    raw = b"".join(client.get(urlsplit(page).path).content for page in listed_pages()).decode()
    for work in hidden:
        assert str(work.pk) not in raw
        assert client.get(f"/embed/{work.pk}").get("X-Robots-Tag") == "noindex"


def test_it_follows_the_clock_withdrawals_and_limits_without_waiting_for_anybody(agency: Agency) -> None:
    first, second, third, waiting = (photo(agency) for _ in range(4))
    turn(waiting, embargo_until=Now() + HOUR)
    cut_into_pages()
    assert named() == [first.pk, second.pk, third.pk]
    turn(first, state=AssetState.WITHDRAWN, withdrawn_at=Now())
    turn(second, rights_end=Now())
    turn(third, territories=["VN"])
    assert named() == []  # nobody has sealed or cut since
    turn(waiting, embargo_until=Now())
    cut_into_pages()
    assert named() == [waiting.pk]


def test_a_page_that_says_when_it_changed_says_so_of_withdrawals_too(agency: Agency) -> None:
    first, _second = photo(agency), photo(agency)
    cut_into_pages()
    ((_, before),) = pages()
    turn(first, state=AssetState.WITHDRAWN, withdrawn_at=Now())
    cut_into_pages()
    ((_, after),) = pages()
    assert before is not None
    assert after is not None
    assert after > before
    assert next(each.changed for each in entries()) < after


def test_addresses_of_a_work_are_one_for_each_language_that_it_has(agency: Agency) -> None:
    plain, foreign = photo(agency), photo(agency, texts={"en": {"title": "Bridge"}, "zh": {"title": "桥"}})
    bare = make_work(agency, Kind.PHOTO, texts={})
    cut_into_pages()
    assert [each.address for each in entries()] == [
        f"{SITE}/embed/{plain.pk}",
        f"{SITE}/embed/{foreign.pk}?lang=en",
        f"{SITE}/embed/{foreign.pk}?lang=zh",
        f"{SITE}/embed/{bare.pk}",
    ]
    for address in (f"/embed/{plain.pk}?lang=en", f"/embed/{plain.pk}?lang=zh"):
        assert f'<link rel="canonical" href="{SITE}/embed/{plain.pk}">' in Client().get(address).content.decode()
    assert f'rel="canonical" href="{SITE}/embed/{foreign.pk}?lang=' in (
        Client().get(f"/embed/{foreign.pk}").content.decode()
    )


def test_pictures_and_films_are_told_with_files_that_everybody_may_fetch(agency: Agency) -> None:
    picture = make_work(agency, Kind.PHOTO, texts=ONE_TEXT)
    end = Now() + 24 * HOUR
    film = make_work(agency, Kind.VIDEO, rights_end=end)
    cut_into_pages()
    told = {each.address: each for each in entries()}
    (image,) = told[f"{SITE}/embed/{picture.pk}"].pictures
    assert re.fullmatch(rf"{SITE}/media/public/{picture.pk}/\S+\.webp", image)
    said = told[f"{SITE}/embed/{film.pk}?lang=en"].film
    assert (said["title"], said["description"], said["duration"]) == ("My Thuan 2 bridge", "The opening", "3662")
    assert said["player_loc"] == f"{SITE}/embed/{film.pk}"
    assert said["publication_date"] == "2026-11-20T00:00:00Z"
    assert all(f"/media/public/{film.pk}/" in said[name] for name in ("thumbnail_loc", "content_loc"))
    assert "expiration_date" in said
    assert told[f"{SITE}/embed/{film.pk}"].film["player_loc"] == f"{SITE}/embed/{film.pk}?lang=vi"


def test_words_are_text_and_never_markup(agency: Agency) -> None:
    make_work(agency, Kind.VIDEO, texts={"vi": {"title": "<b>&\x0b]]>" + "ả" * 200, "caption": "<script>"}})
    cut_into_pages()
    (entry,) = entries()
    assert entry.film["title"].startswith("<b>&]]>ả")
    assert len(entry.film["title"]) <= 100
    assert entry.film["description"] == "<script>"


# --- Pages of it ------------------------------------------------------------------------------------------------------


def test_pages_are_ranges_that_together_name_everything_once(agency: Agency) -> None:
    works = [photo(agency) for _ in range(7)]
    turn(works[2], state=AssetState.WITHDRAWN, withdrawn_at=Now())
    turn(works[4], audience=Audience.AGENCY)
    ids = [work.pk for number, work in enumerate(works) if number not in {2, 4}]
    assert cut_into_pages(size=2) == 3
    found = listed_pages()
    assert [work_in_page for page in found for work_in_page in (len(entries_of(page)),)] == [2, 2, 1]
    assert named() == ids
    assert not any(str(work.pk) in page for work in works for page in found)
    new = photo(agency)
    again = [photo(agency) for _ in range(3)]
    cut_into_pages(size=4)
    assert len(listed_pages()) == 3
    assert named() == [*ids, new.pk, *(work.pk for work in again)]
    assert entries_of(found[1]), "the address of an hour ago"


def test_works_that_came_after_the_cut_are_at_the_end_of_it_up_to_a_bound(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [photo(agency) for _ in range(3)]
    cut_into_pages(size=2)
    late = photo(agency)
    assert named() == [work.pk for work in works]
    sitemap.seal_all_changes(wait=True)
    assert named() == [work.pk for work in (*works, late)]
    monkeypatch.setattr(sitemap, "MOST", 1)
    assert named() == [works[0].pk, works[2].pk]


def test_it_is_cut_anew_only_when_something_changed(agency: Agency) -> None:
    work = photo(agency)
    assert cut_into_pages() == cut_into_pages() == 1
    SitemapPage.objects.update(first=UUID(int=7))  # to be known again
    cut_into_pages()
    assert SitemapPage.objects.filter(first=UUID(int=7)).exists()
    turn(work, place="Huế")
    cut_into_pages()
    assert not SitemapPage.objects.filter(first=UUID(int=7)).exists()


def test_all_works_are_named_before_anybody_has_cut(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    monkeypatch.setattr(sitemap.cut_into_pages, "__kwdefaults__", {"size": 2})
    works = [photo(agency) for _ in range(5)]
    assert not SitemapPage.objects.exists()
    assert named() == [work.pk for work in works]
    assert len(listed_pages()) == 3


def test_an_empty_warehouse_has_a_sitemap_with_nothing_in_it() -> None:
    assert cut_into_pages() == 0
    assert listed_pages() == [f"{SITE}/sitemap/{START}.xml"]
    assert named() == []


def test_no_page_asks_more_questions_for_more_works(
    agency: Agency, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    photo(agency)
    cut_into_pages()
    Client().get(f"/sitemap/{START}.xml")
    with django_assert_max_num_queries(30) as asked:
        Client().get(f"/sitemap/{START}.xml")
    for _ in range(4):
        photo(agency)
    cut_into_pages()
    with django_assert_num_queries(len(asked)):
        assert len(entries_of(f"/sitemap/{START}.xml")) == 5


# --- How it is answered -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sitemap.xml", f"/sitemap/{START}.xml"])
def test_caches_ask_again_by_an_etag_that_changes_with_what_is_said(agency: Agency, path: str) -> None:
    work = photo(agency)
    cut_into_pages()
    first = Client().get(path)
    assert first["Cache-Control"] == "public, max-age=60"
    assert not first.cookies
    assert "Cookie" not in first.get("Vary", "")
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert Client().head(path)["ETag"] == first["ETag"]
    turn(work, state=AssetState.WITHDRAWN, withdrawn_at=Now())
    cut_into_pages()
    changed = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)
    assert Client().post(path).status_code == 405


def test_no_cache_keeps_a_page_beyond_the_rights_of_any_work_in_it(agency: Agency) -> None:
    photo(agency)
    photo(agency, rights_end=Now() + timedelta(seconds=30))
    cut_into_pages()
    said = Client().get(f"/sitemap/{START}.xml")["Cache-Control"]
    assert 0 < int(said.removeprefix("public, max-age=")) <= 30


def test_who_asks_too_often_is_told_when_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": "2/min", "actor": "2/min"})
    answers = [Client().get(path) for path in ("/sitemap.xml", f"/sitemap/{START}.xml", "/sitemap.xml")]
    assert [each.status_code for each in answers] == [200, 200, 503]
    assert int(answers[2]["Retry-After"]) > 0


def allows(robots: str, address: str) -> bool:
    """RFC 9309, section 2.2.2: the longest pattern that fits holds, and Allow where two are as long."""
    rules = [(line.split(": ", 1)[1], line.startswith("Allow")) for line in robots.splitlines() if "llow: " in line]
    fitting = [
        (len(pattern), allowed)
        for pattern, allowed in rules
        if re.match(re.escape(pattern).replace(r"\*", ".*"), address)
    ]
    return max(fitting, default=(0, True))[1]


def test_robots_are_told_where_the_sitemap_is_and_what_is_not_for_them(agency: Agency) -> None:
    answer = Client().get("/robots.txt")
    said = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    reader = RobotFileParser()
    reader.parse(said.splitlines())
    assert reader.site_maps() == [f"{SITE}/sitemap.xml"]
    work = photo(agency, audience=Audience.NETWORK)
    token = embed_url(work).removeprefix(SITE)
    assert "t" in parse_qs(urlsplit(token).query)
    open_to_all = [f"/embed/{work.pk}", f"/embed/{work.pk}?lang=en", "/sitemap.xml", f"/sitemap/{START}.xml",
                   f"/media/public/{work.pk}/x.webp", "/static/css/base.css"]  # fmt: skip
    closed = ["/", "/login", f"/assets/{work.pk}", "/api/v1/assets", "/oai?verb=Identify", "/oembed?url=x",
              "/media/s/x/y", "/store/x", "/account", "/oauth/token"]  # fmt: skip
    assert [path for path in open_to_all if not (reader.can_fetch("*", path) and allows(said, path))] == []
    assert [path for path in closed if reader.can_fetch("*", path) or allows(said, path)] == []
    assert not allows(said, token)
    assert not allows(said, f"/embed/{work.pk}?lang=vi&t=x")


# --- What may be kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", True),
        ("?lang=vi", True),
        ("?lang=en", True),
        ("?lang=zh", True),
        ("?lang=fr", False),
        ("?lang=en&lang=vi", False),
        ("?version=1", False),
        ("?t=x", False),
        ("?lang=en&utm_source=x", False),
        ("?q=", False),
    ],
)
def test_search_engines_keep_the_page_of_a_public_work_under_its_own_addresses_alone(
    agency: Agency, query: str, kept: bool
) -> None:
    answer = Client().get(f"/embed/{make_work(agency, Kind.PHOTO).pk}{query}")
    assert answer.status_code == 200
    assert answer["X-Robots-Tag"] == ("all" if kept else "noindex")
    assert ('<meta name="robots" content="noindex">' in answer.content.decode()) is not kept


def test_a_page_that_a_token_opens_or_that_a_country_may_not_see_is_kept_by_nobody(agency: Agency) -> None:
    inner, limited = photo(agency, audience=Audience.NETWORK), photo(agency, territories=["VN"])
    for address in (embed_url(inner).removeprefix(SITE), f"/embed/{limited.pk}"):
        answer = Client().get(address)
        assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex")
        assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_everything_else_is_kept_by_nobody() -> None:
    draft = make_asset()
    make_text(draft, title="Nháp")
    for path in ("/", "/login", f"/embed/{draft.pk}", "/api/v1/assets", "/oai?verb=Identify", "/oembed", "/nowhere"):
        assert Client().get(path)["X-Robots-Tag"] == "noindex", path
    for path in ("/static/css/base.css", f"/media/public/{draft.pk}/x.webp"):
        assert "X-Robots-Tag" not in Client().head(path).headers, path
