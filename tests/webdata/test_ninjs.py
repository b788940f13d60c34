"""Every kind of work as ninjs 3.0, for whoever asks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from assets.models import Asset
from assets.states import Kind, Language
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_text
from tests.webdata.conftest import TEXTS, make_work
from tests.webdata.ninjs_3_0 import SCHEMA

pytestmark = pytest.mark.django_db
VALID = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
API = "/api/v1/assets"
TYPES = {
    Kind.PHOTO: "picture", Kind.INFOGRAPHIC: "graphic", Kind.VIDEO: "video", Kind.AUDIO: "audio", Kind.ARTICLE: "text",
}  # fmt: skip


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_valid_in_every_language(agency: Agency, kind: Kind, language: str) -> None:
    asset = make_work(agency, kind)
    answer = Client().get(f"{API}/{asset.pk}/ninjs", {"language": language})
    said = answer.json()
    VALID.validate(said)
    assert (said["type"], said["pubStatus"]) == (TYPES[kind], "usable")
    assert said["headlines"][0]["value"] == TEXTS[language]["title"]
    assert said["language"] == answer["Content-Language"] == ("zh-Hans" if language == "zh" else language)
    assert said["copyrightNotice"] == "VGP/Nhật Bắc"
    assert said["rightsInfo"]["linkedRights"].startswith("https://creativecommons.org/")
    assert [each["value"] for each in said["descriptions"]] == [TEXTS[language]["caption"], TEXTS[language]["alt_text"]]


def test_the_terms_are_in_the_language_of_the_document_whoever_asks(agency: Agency) -> None:
    asset = make_work(agency, Kind.PHOTO)
    said = Client(headers={"Accept-Language": "vi"}).get(f"{API}/{asset.pk}/ninjs?language=en").json()
    assert said["usageTerms"].startswith("Credit: VGP/Nhật Bắc.")
    assert said["infoSources"] == [{"name": "Government Portal"}]


def test_a_film_has_its_files_and_captions_as_renditions_and_no_parts_of_a_player(agency: Agency) -> None:
    said = Client().get(f"{API}/{make_work(agency, Kind.VIDEO).pk}/ninjs").json()
    assert {each["name"] for each in said["renditions"]} == {"download.mp4", "poster.jpg", "captions-vi"}
    assert all(each["href"].startswith("http") for each in said["renditions"])


def test_an_article_has_the_works_that_the_reader_may_see_as_associations(agency: Agency) -> None:
    shown, hidden = make_work(agency, Kind.PHOTO), make_work(agency, Kind.PHOTO, audience=Audience.AGENCY)
    body = "".join(f'<figure data-asset="{each.pk}"></figure>' for each in (shown, hidden))
    article = make_work(agency, Kind.ARTICLE, texts={})
    make_text(article, title="Tin", caption="Tóm tắt", body=f"<p>Thân</p>{body}")
    said = Client().get(f"{API}/{article.pk}/ninjs").json()
    VALID.validate(said)
    assert [each["uri"].rpartition("/")[2] for each in said["associations"]] == [str(shown.pk)]
    assert said["associations"][0]["renditions"]
    assert "<p>Thân</p>" in said["bodies"][0]["value"]
    assert said["descriptions"] == [{"role": "lead", "contentType": "text/plain", "value": "Tóm tắt"}]


def test_moments_are_said_and_who_follows_the_work_learns_that_it_is_not_usable(
    agency: Agency, client_for: ClientFor
) -> None:
    later = datetime(2100, 1, 2, tzinfo=UTC)
    editor = client_for(agency, Role.EDITOR)
    draft = make_work(agency, Kind.PHOTO, state=AssetState.DRAFT, rights_end=later, embargo_until=later)
    said = editor.get(f"{API}/{draft.pk}/ninjs").json()
    VALID.validate(said)
    assert (said["pubStatus"], said["expires"], said["embargoed"]) == ("withheld", *["2100-01-02T00:00:00Z"] * 2)
    withdrawn = make_work(agency, Kind.PHOTO, state=AssetState.WITHDRAWN)
    assert editor.get(f"{API}/{withdrawn.pk}/ninjs").json()["pubStatus"] == "canceled"


@pytest.mark.parametrize("form", ["ninjs", "jsonld"])
def test_what_one_may_not_see_is_not_there_and_unknown_parameters_are_refused(agency: Agency, form: str) -> None:
    hour = timedelta(hours=1)
    for fields in (
        {"state": AssetState.DRAFT}, {"audience": Audience.AGENCY}, {"embargo_until": datetime.now(UTC) + hour},
        {"rights_end": datetime.now(UTC) - hour}, {"state": AssetState.WITHDRAWN},
    ):  # fmt: skip
        assert Client().get(f"{API}/{make_work(agency, Kind.PHOTO, **fields).pk}/{form}").status_code == 404, fields
    shown = make_work(agency, Kind.PHOTO, texts={"vi": {"title": "Cầu"}})
    assert Client().get(f"{API}/{shown.pk}/{form}?language=zh").status_code == 404
    for query in ("language=fr", "colour=red", "language=vi&language=en"):
        assert Client().get(f"{API}/{shown.pk}/{form}?{query}").status_code == 400, query


@pytest.mark.parametrize("form", ["ninjs", "jsonld"])
@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.ARTICLE])
def test_the_etag_holds_until_something_changes_signed_or_not(
    agency: Agency, client_for: ClientFor, kind: Kind, form: str
) -> None:
    for audience in (Audience.PUBLIC, Audience.AGENCY):
        asset, editor = make_work(agency, kind, audience=audience), client_for(agency, Role.EDITOR)
        url = f"{API}/{asset.pk}/{form}"
        first = editor.get(url)
        assert editor.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
        Asset.objects.filter(pk=asset.pk).update(author="Lan")
        again = editor.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again["ETag"] != first["ETag"]) == (200, True)


def test_another_agency_s_works_have_addresses_only_for_who_may_take_them(
    agency: Agency, client_for: ClientFor
) -> None:
    asset = make_work(agency, Kind.PHOTO, audience=Audience.NETWORK)
    reader = client_for(make_agency(code="BAO"), Role.VIEWER)
    said = reader.get(f"{API}/{asset.pk}/ninjs").json()
    assert all("/media/s/" in each["href"] for each in said["renditions"])
    lasting = reader.get(f"{API}/{asset.pk}/jsonld").json()
    assert not {"contentUrl", "thumbnailUrl", "embedUrl"} & set(lasting)
