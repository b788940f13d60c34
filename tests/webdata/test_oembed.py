"""The oEmbed provider: found from the page, within the room that is asked for, for everybody alike."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client

from api.presenters import embed_url
from assets.models import Asset, Licence
from assets.states import Kind
from mediacenter.web.oembed import Room, frame_size
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.webdata.conftest import TEXTS, make_work
from tests.webdata.test_jsonld import Blocks

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
HOUR = timedelta(hours=1)
TYPES = {
    Kind.PHOTO: "photo", Kind.INFOGRAPHIC: "rich", Kind.VIDEO: "video", Kind.AUDIO: "rich", Kind.ARTICLE: "rich",
}  # fmt: skip
EVIL = "\"><script>alert(1)</script> ]]> & \x01\x0b\ufffe 'x"


def ask(asset: Asset | str, **query: Any) -> Any:
    url = asset if isinstance(asset, str) else f"{SITE}/embed/{asset.pk}"
    return Client().get("/oembed", {"url": url, **query})


@pytest.mark.parametrize("kind", list(Kind))
def test_a_client_finds_the_answer_from_the_page_in_both_formats(agency: Agency, kind: Kind) -> None:
    asset = make_work(agency, kind)
    page = Client().get(f"/embed/{asset.pk}?lang=en")
    links = {each["type"]: each["href"] for each in Blocks(page.content.decode()).links if each.get("type")}
    json_url, xml_url = links["application/json+oembed"], links["text/xml+oembed"]
    assert json_url is not None
    assert xml_url is not None
    assert f'<{json_url}>; rel="alternate"; type="application/json+oembed"' in page["Link"]
    answer = Client().get(json_url.removeprefix(SITE))
    said = answer.json()
    assert (said["version"], said["type"], said["title"]) == ("1.0", TYPES[kind], TEXTS["en"]["title"])
    assert (said["author_name"], answer["Content-Language"]) == ("VGP/Nhật Bắc", "en")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    if kind != Kind.PHOTO:
        assert f'src="{SITE}/embed/{asset.pk}?lang=en"' in said["html"]
    xml = Client().get(xml_url.removeprefix(SITE))
    assert xml["Content-Type"] == "text/xml; charset=utf-8"
    assert {each.tag: each.text for each in fromstring(xml.content)} == {
        name: str(value) for name, value in said.items()
    }


@pytest.mark.parametrize("room", [(None, None), (400, None), (None, 300), (320, 180), (200, 120), (100, 90), (1, 1)])
@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_larger_than_the_room(agency: Agency, kind: Kind, room: tuple[int | None, int | None]) -> None:
    width, height = room
    query = {name: value for name, value in (("maxwidth", width), ("maxheight", height)) if value}
    said = ask(make_work(agency, kind), **query).json()
    for name in ("", "thumbnail_"):
        assert said.get(f"{name}width", 0) <= (width or 10_000)
        assert said.get(f"{name}height", 0) <= (height or 10_000)
    assert said["width"] >= 1
    assert len({"thumbnail_url", "thumbnail_width", "thumbnail_height"} & set(said)) in {0, 3}
    assert ("url" in said) == (said["type"] == "photo")
    if said["type"] != "photo":
        assert f'width="{said["width"]}" height="{said["height"]}"' in said["html"]


def test_a_photo_is_the_largest_picture_that_fits(agency: Agency) -> None:
    photo = make_work(agency, Kind.PHOTO)
    assert [ask(photo, maxwidth=most).json()["width"] for most in (10_000, 1280, 1279, 320)] == [1280, 1280, 320, 320]
    assert ask(photo, maxwidth=319).json()["type"] == "rich"


@pytest.mark.parametrize(
    ("ratio", "height", "room", "size"),
    [
        (0.5625, 456, (None, None), (640, 456)), (0.5625, 456, (320, None), (320, 276)),
        (0.5625, 456, (None, 276), (320, 276)), (None, 160, (None, 100), (640, 100)), (0.5, 416, (300, 50), (160, 50)),
    ],
)  # fmt: skip
def test_frames_keep_the_picture_whole_where_there_is_room(
    ratio: float | None, height: int, room: tuple[int | None, int | None], size: tuple[int, int]
) -> None:
    assert frame_size(ratio, height, Room(width=room[0], height=room[1])) == size


@pytest.mark.parametrize(
    "fields",
    [
        {"state": AssetState.DRAFT}, {"state": AssetState.ARCHIVED}, {"audience": Audience.NETWORK},
        {"embargo_until": datetime(2100, 1, 1, tzinfo=UTC)}, {"rights_end": datetime(2020, 1, 1, tzinfo=UTC)},
        {"state": AssetState.WITHDRAWN, "audience": Audience.AGENCY}, {"release_required": True},
    ],
)  # fmt: skip
def test_what_is_not_public_looks_like_nothing_also_with_a_token(agency: Agency, fields: dict[str, Any]) -> None:
    asset = make_work(agency, Kind.PHOTO, **fields)
    unknown = ask(f"{SITE}/embed/{uuid4()}")
    token = embed_url(asset).partition("?")[2]
    for answer in (ask(asset), ask(f"{SITE}/assets/{asset.pk}"), ask(f"{SITE}/embed/{asset.pk}?{token}")):
        assert (answer.status_code, answer.content) == (404, unknown.content)


def test_what_was_withdrawn_is_gone_and_what_may_not_be_embedded_is_refused(agency: Agency, settings: Any) -> None:
    withdrawn = ask(make_work(agency, Kind.PHOTO, state=AssetState.WITHDRAWN))
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (410, "withdrawn")
    press = Licence.objects.filter(press_only=True).first()
    refused = ask(make_work(agency, Kind.PHOTO, licence_terms=press))
    assert (refused.status_code, refused.json()["code"]) == (403, "press_use_only")
    settings.TERRITORY_HEADER = "X-Country"
    here = make_work(agency, Kind.PHOTO, territories=["VN"])
    url = f"/oembed?url={SITE}/embed/{here.pk}"
    assert Client(headers={"X-Country": "FR"}).get(url).status_code == 403
    shown = Client(headers={"X-Country": "VN"}).get(url)
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store")
    assert {answer["Cache-Control"] for answer in (withdrawn, refused)} == {"no-store"}


def test_no_cache_outlives_the_rights(agency: Agency) -> None:
    lasting = ask(make_work(agency, Kind.VIDEO))
    assert (lasting["Cache-Control"], lasting.json()["cache_age"]) == ("public, max-age=60", 60)
    ending = ask(make_work(agency, Kind.VIDEO, rights_end=datetime.now(UTC) + timedelta(seconds=20)))
    assert ending.json()["cache_age"] < 20
    assert int(ending["Cache-Control"].rpartition("=")[2]) < 20


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://127.0.0.1:8000", "http://127.0.0.1:8001/embed/{id}", "https://127.0.0.1:8000/embed/{id}",
        "http://evil.example/embed/{id}", "http://127.0.0.1:8000@evil.example/embed/{id}", "//127.0.0.1:8000",
        "http://127.0.0.1:8000/embed/{id}/x", "http://127.0.0.1:8000/api/v1/assets/{id}", "http://[", "/embed/{id}",
        "http://127.0.0.1:8000/embed/{id}?x=" + "a" * 2000, "http://127.0.0.1:8000/embed/\x00", "data:,x",
    ],
)  # fmt: skip
def test_other_addresses_are_none_of_ours(agency: Agency, url: str) -> None:
    answer = ask(url.replace("{id}", str(make_work(agency, Kind.PHOTO).pk)))
    assert answer.status_code == (404 if url else 400)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"format": "xml"}, 200), ({"format": "yaml"}, 501), ({"maxwidth": "0"}, 400), ({"maxwidth": "-1"}, 400),
        ({"maxheight": "1e3"}, 400), ({"maxheight": "٣"}, 400), ({"maxwidth": "10001"}, 400), ({"maxwidth": ""}, 200),
        ({"dnt": "1", "colour": "red"}, 200),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_used_are_refused_and_parameters_of_others_are_passed_over(
    agency: Agency, query: dict[str, str], status: int
) -> None:
    answer = ask(make_work(agency, Kind.PHOTO), **query)
    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("kind", list(Kind))
def test_hostile_words_break_neither_the_frame_nor_the_xml(agency: Agency, kind: Kind) -> None:
    asset = make_work(agency, kind, texts={"vi": {"title": EVIL}}, credit_line=EVIL)
    said = ask(asset).json()
    assert said["title"] == EVIL
    frame = Blocks(said.get("html", ""))
    assert frame.scripts == 0
    xml = fromstring(ask(asset, format="xml").content)
    assert xml.findtext("title") == EVIL.translate({1: None, 11: None, 0xFFFE: None})


def test_the_address_may_be_quoted_end_in_a_slash_or_be_the_library_s(agency: Agency) -> None:
    asset = make_work(agency, Kind.VIDEO)
    for url in (f"{SITE}/assets/{asset.pk}", f"{SITE}/embed/{asset.pk}/", f"{SITE}/embed/{asset.pk}?lang=zh#t=3"):
        answer = Client().get(f"/oembed?url={quote(url, safe='')}&maxwidth=320")
        assert answer.status_code == 200, url
    assert answer.json()["title"] == TEXTS["zh"]["title"]
    assert Client().post("/oembed").status_code == 405
