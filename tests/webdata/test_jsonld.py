"""Works as JSON-LD, by the API and in the page that others frame."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from api.jsonld import iso_duration
from assets.models import Asset, Licence
from assets.states import Kind, Language
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_text
from tests.webdata.conftest import TEXTS, make_work

pytestmark = pytest.mark.django_db
API = "/api/v1/assets"
TYPES = {
    Kind.PHOTO: "ImageObject", Kind.INFOGRAPHIC: "ImageObject", Kind.VIDEO: "VideoObject", Kind.AUDIO: "AudioObject",
    Kind.ARTICLE: "NewsArticle",
}  # fmt: skip
ALWAYS = (
    "@context", "@id", "url", "name", "inLanguage", "license", "creditText", "copyrightNotice", "acquireLicensePage",
    "dateCreated", "dateModified", "datePublished", "publisher", "creator", "conditionsOfAccess", "keywords", "about",
)  # fmt: skip
MEDIA = ("contentUrl", "encodingFormat", "contentSize", "embedUrl", "uploadDate")
ASKED: dict[Kind, tuple[str, ...]] = {
    Kind.PHOTO: (*MEDIA, "width", "height", "thumbnailUrl"),
    Kind.INFOGRAPHIC: (*MEDIA, "width", "height", "thumbnailUrl", "isBasedOn"),
    Kind.VIDEO: (*MEDIA, "duration", "description", "thumbnailUrl", "caption"),
    Kind.AUDIO: (*MEDIA, "duration", "caption"),
    Kind.ARTICLE: ("headline", "wordCount"),
}
TIMES = {name: {"type": "string", "format": "date-time"} for name in ("dateCreated", "datePublished", "uploadDate")}
EVIL = "</script><script>alert(1)</script><!--<script>\u2028&amp;"


class Blocks(HTMLParser):
    """What a reader of the page finds: data blocks and links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.scripts = 0
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.scripts += tag == "script"
        self._inside = tag == "script" and said.get("type") == "application/ld+json"
        if tag == "link":
            self.links.append(said)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.blocks.append(data)


def in_page(asset: Asset, query: str = "") -> tuple[Any, Blocks]:
    answer = Client().get(f"/embed/{asset.pk}{query}")
    return answer, Blocks(answer.content.decode())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_says_what_searchers_ask_for_alike_by_api_and_in_the_page(
    agency: Agency, kind: Kind, language: str
) -> None:
    asset = make_work(agency, kind)
    answer = Client().get(f"{API}/{asset.pk}/jsonld", {"language": language})
    said = answer.json()
    assert answer["Content-Type"] == "application/ld+json"
    assert said["@type"] == TYPES[kind]
    assert [name for name in (*ALWAYS, *ASKED[kind]) if not said.get(name)] == []
    assert (said["name"], said["license"]) == (TEXTS[language]["title"], asset.licence_terms.url)
    Draft202012Validator({"properties": TIMES}, format_checker=FormatChecker()).validate(said)
    assert {each["inLanguage"] for each in said["workTranslation"]} == {"vi", "en", "zh-Hans"} - {said["inLanguage"]}
    page, found = in_page(asset, f"?lang={language}")
    assert [json.loads(block) for block in found.blocks] == [said]
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "PT0S"), (0.04, "PT0.04S"), (1.5, "PT1.5S"), (59.9996, "PT1M"), (60, "PT1M"), (61, "PT1M1S"),
        (3600, "PT1H"), (3661.5, "PT1H1M1.5S"), (90_000, "PT25H"), (12.345, "PT12.345S"),
    ],
)  # fmt: skip
def test_durations_are_exact_by_iso_8601(seconds: float, said: str) -> None:
    assert iso_duration(seconds) == said
    hours, minutes, rest = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", said).groups()  # type: ignore[union-attr]
    total = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(rest or 0)
    assert total == pytest.approx(seconds, abs=0.0005)


def test_the_whole_work_is_its_content_and_no_crop_or_poster(agency: Agency) -> None:
    photo = Client().get(f"{API}/{make_work(agency, Kind.PHOTO).pk}/jsonld").json()
    film = Client().get(f"{API}/{make_work(agency, Kind.VIDEO).pk}/jsonld").json()
    assert photo["contentUrl"].endswith("/full.webp")
    assert photo["width"] == {"@type": "QuantitativeValue", "value": 1280, "unitCode": "E37"}
    assert film["contentUrl"].endswith("/download.mp4")
    assert (film["duration"], film["thumbnailUrl"].rpartition("/")[2]) == ("PT1H1M1.5S", "poster.jpg")
    assert film["caption"][0]["inLanguage"] == "vi"


def test_the_figures_behind_an_infographic_are_a_dataset_whose_csv_is_there(agency: Agency) -> None:
    data = Client().get(f"{API}/{make_work(agency, Kind.INFOGRAPHIC).pk}/jsonld").json()["isBasedOn"]
    assert (data["@type"], data["name"], data["variableMeasured"]) == ("Dataset", "Vốn", ["Năm", "Tỷ"])
    csv = Client().get(data["distribution"][0]["contentUrl"].removeprefix("http://127.0.0.1:8000"))
    assert (csv.status_code, csv["Content-Type"]) == (200, "text/csv; charset=utf-8")


def test_an_article_names_only_the_works_that_everybody_may_see(agency: Agency) -> None:
    shown, hidden = make_work(agency, Kind.PHOTO), make_work(agency, Kind.PHOTO, audience=Audience.AGENCY)
    article = make_work(agency, Kind.ARTICLE, texts={})
    make_text(
        article, title="Tin", body="".join(f'<figure data-asset="{each.pk}"></figure>' for each in (shown, hidden))
    )
    for said in (
        Client().get(f"{API}/{article.pk}/jsonld").json(), json.loads(in_page(article)[1].blocks[0]),
    ):  # fmt: skip
        assert [each["@id"].rpartition("/")[2] for each in said["associatedMedia"]] == [str(shown.pk)]
        assert len(said["image"]) == 1


@pytest.mark.parametrize("kind", list(Kind))
def test_hostile_words_stay_words(agency: Agency, kind: Kind) -> None:
    asset = make_work(agency, kind, texts={"vi": {"title": EVIL, "caption": EVIL, "alt_text": EVIL}}, place=EVIL)
    calm = in_page(make_work(agency, kind))[1]
    _, found = in_page(asset)
    assert found.scripts == calm.scripts
    said = json.loads(found.blocks[0])
    assert (said["name"], said["contentLocation"]["name"]) == (EVIL, EVIL)
    assert "<" not in found.blocks[0]


def test_what_not_everybody_may_embed_has_no_description_in_a_page(agency: Agency) -> None:
    press = Licence.objects.filter(press_only=True).first()
    assert press is not None
    for fields in ({"licence_terms": press}, {"audience": Audience.AGENCY}, {"state": AssetState.WITHDRAWN}):
        answer, found = in_page(make_work(agency, Kind.PHOTO, **fields))
        assert (answer.status_code >= 400, found.blocks, answer.get("Link")) == (True, [], None)


def test_pages_name_their_other_languages(agency: Agency) -> None:
    _, found = in_page(make_work(agency, Kind.PHOTO))
    languages = {each["hreflang"] for each in found.links if each.get("hreflang")}
    assert languages == {"vi", "en", "zh-Hans", "x-default"}
