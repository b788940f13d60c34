"""Lists as Atom and Media RSS, read by feedparser, which knows nothing of us."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from defusedxml import ElementTree
from django.test import Client

from assets.models import Asset, Licence
from assets.models.rights import LicenceKind
from assets.search import refresh_search_text
from assets.states import Kind
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_ready_asset, make_rendition

pytestmark = pytest.mark.django_db
ATOM, MRSS = "/api/v1/feeds/atom", "/api/v1/feeds/mrss"
BOTH = pytest.mark.parametrize("path", [ATOM, MRSS])
HOUR = timedelta(hours=1)
PUBLIC: dict[str, Any] = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}
HOSTILE = {
    "markup": "<script>alert(1)</script> & ]]> <!-- x --> &lt;",
    "entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "quotes": "\"'`\\ ' onload=x",
    "controls": "bell \x07 escape \x1b unit \x1f end \x7f next \x85",
    "not characters": "a\ufffeb\uffffc",
    "beyond the first plane": "\U0001f1fb\U0001f1f3 \U00020000 e\u0301 \u202eright to left",
}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", name_vi="Cổng thông tin", name_en="Portal")


def parsed(path: str, client: Client | None = None, **headers: str) -> Any:
    answer = (client or Client()).get(path, headers=headers)
    assert answer.status_code == 200, answer.content
    found = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    return found


def ids(path: str, client: Client | None = None) -> list[str]:
    return [entry.id.removeprefix("urn:uuid:") for entry in parsed(path, client).entries]


def in_both(query: str = "") -> Iterator[Any]:
    for path in (ATOM, MRSS):
        yield parsed(path + query)


def test_a_reader_finds_the_words_the_agency_the_terms_and_the_page_of_a_work(agency: Agency) -> None:
    asset = make_ready_asset(
        agency=agency,
        texts={"vi": {"title": "Cầu mới", "caption": "Khánh thành"}, "en": {"title": "New bridge"}},
        keywords=["giao thông"],
        credit_line="Nguyễn An/VGP",
        **PUBLIC,
    )
    for feed in in_both():
        (entry,) = feed.entries
        assert entry.title == "Cầu mới"
        assert entry.summary == "Khánh thành"
        assert entry.author == "Cổng thông tin"
        assert entry.id == f"urn:uuid:{asset.pk}"
        assert entry.link.endswith(f"/assets/{asset.pk}")
        assert [tag.term for tag in entry.tags] == ["photo", "giao thông"]
    assert "Nguyễn An/VGP" in parsed(ATOM).entries[0].rights
    assert parsed(MRSS).entries[0].media_credit[0]["content"] == "Nguyễn An/VGP"


def test_words_are_those_of_the_language_that_is_asked_for_and_say_which_it_is(agency: Agency) -> None:
    texts = {"vi": {"title": "Cầu"}, "en": {"title": "Bridge"}, "zh": {"title": "桥"}}
    make_ready_asset(agency=agency, texts=texts, **PUBLIC)
    assert parsed(ATOM + "?language=zh").entries[0].title == "桥"
    assert parsed(ATOM + "?language=zh").entries[0].title_detail.language == "zh-Hans"
    assert parsed(ATOM, **{"Accept-Language": "en"}).entries[0].title == "Bridge"


@BOTH
def test_a_stranger_reads_what_is_public_now_and_nothing_else(path: str, agency: Agency) -> None:
    now = datetime.now(UTC)
    shown = make_ready_asset(agency=agency, **PUBLIC)
    make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.NETWORK)
    make_ready_asset(agency=agency)
    make_ready_asset(agency=agency, embargo_until=now + HOUR, **PUBLIC)
    make_ready_asset(agency=agency, rights_end=now - timedelta(seconds=1), **PUBLIC)
    make_ready_asset(agency=agency, **PUBLIC | {"state": AssetState.WITHDRAWN})
    assert ids(path) == [str(shown.pk)]


@BOTH
def test_a_token_reads_what_it_sees_without_files_that_not_everybody_may_fetch(
    path: str, agency: Agency, client_for: ClientFor
) -> None:
    draft = make_ready_asset(agency=agency)
    client = client_for(agency, Role.EDITOR)
    feed = parsed(path, client)
    assert [entry.id for entry in feed.entries] == [f"urn:uuid:{draft.pk}"]
    assert b"/media/" not in client.get(path).content
    assert ids(path, client_for(make_agency(), Role.EDITOR)) == []


def test_files_of_a_public_work_can_be_passed_on_with_their_size_and_type(agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, **PUBLIC)
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="w640.webp", width=640, height=480)
    (atom,), (mrss,) = (feed.entries for feed in in_both())
    content = {each["url"]: each for each in mrss.media_content}
    assert {each["href"] for each in atom.enclosures} == set(content)
    assert len(content) == version.renditions.count()
    wide = next(each for each in content.values() if each.get("width") == "640")
    assert (wide["type"], wide["medium"], wide["height"]) == ("image/webp", "image", "480")
    assert mrss.media_thumbnail[0]["url"] in content


def test_a_licence_that_forbids_passing_on_leaves_the_thumbnail_and_takes_the_files(agency: Agency) -> None:
    licence = Licence.objects.create(
        agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Riêng", allows_redistribution=False
    )
    asset = make_ready_asset(agency=agency, **PUBLIC)
    assert parsed(ATOM).entries[0].enclosures
    Asset.objects.filter(pk=asset.pk).update(licence_terms=licence)
    (atom,), (mrss,) = (feed.entries for feed in in_both())
    assert atom.enclosures == []
    assert "media_content" not in mrss
    assert mrss.media_thumbnail


@BOTH
def test_the_filters_of_lists_hold_and_what_lists_refuse_is_refused(
    path: str, agency: Agency, client_for: ClientFor
) -> None:
    below = make_agency(code="SUB", parent=agency)
    photo = make_asset(agency=agency, kind=Kind.ARTICLE, texts={"vi": {"title": "Cầu Long Biên"}}, **PUBLIC)
    other = make_asset(agency=below, kind=Kind.ARTICLE, texts={"en": {"title": "Harbour"}}, **PUBLIC)
    for asset in (photo, other):
        refresh_search_text(asset)
    assert ids(path + "?agency=SUB", client_for(agency, Role.VIEWER)) == [str(other.pk)]
    assert ids(path + "?language=en") == [str(other.pk)]
    assert ids(path + "?search=long bien") == [str(photo.pk)]
    assert ids(path + "?kind=video") == []
    for query in ("?kind=x", "?agency=NOPE", "?unknown=1", "?kind=photo&kind=video", "?cursor=x"):
        answer = Client().get(path + query)
        assert answer.status_code == 400, query
        assert answer["Content-Type"] == "application/problem+json"


@BOTH
def test_older_works_are_reached_page_by_page_and_the_name_of_the_feed_stays(path: str, agency: Agency) -> None:
    works = [make_asset(agency=agency, kind=Kind.ARTICLE, **PUBLIC) for _ in range(5)]
    found, address, names = [], f"{path}?page_size=2", set()
    while address:
        feed = parsed(address)
        found += [entry.id for entry in feed.entries]
        names.add(feed.feed.get("id") or feed.feed.link)
        following = [link.href for link in feed.feed.links if link.rel == "next"]
        address = "?".join(urlsplit(following[0])[2:4]) if following else ""
    assert found == [f"urn:uuid:{work.pk}" for work in reversed(works)]
    assert len(names) == 1


@BOTH
def test_an_etag_holds_until_a_work_changes_or_goes(path: str, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, **PUBLIC)
    client = Client()
    first = client.get(path)
    assert {"Authorization", "Cookie", "Accept-Language"} <= {name.strip() for name in first["Vary"].split(",")}
    assert first["Cache-Control"] == "private, no-cache"
    held = {"If-None-Match": first["ETag"]}
    again = client.get(path, headers=held)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Asset.objects.filter(pk=asset.pk).update(rights_end=datetime.now(UTC) - timedelta(seconds=1))
    gone = client.get(path, headers=held)
    assert gone.status_code == 200
    assert str(asset.pk).encode() not in gone.content


@BOTH
@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_breaks_a_feed_or_becomes_markup_of_it(path: str, name: str, agency: Agency) -> None:
    text = HOSTILE[name]
    make_ready_asset(
        agency=agency,
        texts={"vi": {"title": text, "caption": text}},
        keywords=[text],
        credit_line=text,
        **PUBLIC,
    )
    root = ElementTree.fromstring(Client().get(path).content)
    said = {element.tag.rpartition("}")[2]: element.text for element in root.iter() if not len(element)}
    kept = "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
    assert kept in {said.get("summary"), said.get("description")}
    assert not [element for element in root.iter() if element.tag.endswith("script")]


@BOTH
def test_a_feed_without_works_is_a_feed(path: str) -> None:
    feed = parsed(path)
    assert feed.entries == []
    assert feed.feed.title == "Media Center"
    assert Client().get(path)["ETag"] == Client().get(path)["ETag"]
