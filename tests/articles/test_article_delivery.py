"""Articles over HTTP: each work is judged for the reader at the moment of reading."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from assets.models import ArticleReference, Asset, Licence, Revision
from assets.states import Kind
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import (
    make_agency,
    make_asset,
    make_attempt,
    make_member,
    make_membership,
    make_ready_asset,
    make_rendition,
    make_text,
    make_token,
    make_version,
)
from tests.web.conftest import SignedIn
from tests.web.forms import edited

pytestmark = pytest.mark.django_db
ASSETS = "/api/v1/assets"
HOUR = timedelta(hours=1)
PUBLISHED = {"state": AssetState.PUBLISHED}
EVERYBODY = {**PUBLISHED, "audience": Audience.PUBLIC}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def author(agency: Agency) -> APIClient:
    return bearer(make_token(user=make_member(agency, Role.EDITOR))[1])


def figure(asset: Asset | UUID | str, caption: str = "") -> str:
    key = asset.pk if isinstance(asset, Asset) else asset
    return f'<figure data-asset="{key}"><figcaption>{caption}</figcaption></figure>'


def write(client: APIClient, body: str, *, title: str = "Cầu mới", lead: str = "Tóm tắt", **more: Any) -> Any:
    texts = {"vi": {"title": title, "caption": lead, "body": body}, **more.pop("texts", {})}
    return client.post(ASSETS, {"agency": "VGP", "kind": "article", "texts": texts, **more}, format="json")


def published(client: APIClient, body: str, *, audience: str = "public", **more: Any) -> str:
    made = write(client, body, audience=audience, **more)
    assert made.status_code == 201, made.content
    url = f"{ASSETS}/{made.json()['id']}"
    assert client.post(f"{url}/publish").status_code == 200
    return url


def read(client: Client | APIClient, url: str, form: str = "html", **query: str) -> Any:
    return client.get(f"{url}/article", {"format": form, **query})


def test_an_article_shows_works_with_its_own_captions(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(
        agency=agency, credit_line="Ảnh: Lan", texts={"vi": {"title": "Cầu", "alt_text": "Cầu dây"}}, **EVERYBODY
    )
    url = published(author, f"<h2>Mở</h2><p>Một <b>hai</b></p>{figure(photo, 'Lễ <i>thông xe</i>')}")
    page = read(Client(), url).content.decode()
    assert page.startswith('<article lang="vi"><h1>Cầu mới</h1><p class="lead">Tóm tắt</p><h2>Mở</h2>')
    assert "/media/public/" in page
    assert 'alt="Cầu dây"' in page
    assert "<figcaption>Lễ <em>thông xe</em> <small>Ảnh: Lan</small></figcaption>" in page
    plain = read(Client(), url, "text")
    assert plain["Content-Type"] == "text/plain; charset=utf-8"
    text, _, shown = plain.content.decode().rpartition("\n\n[")
    assert text == "Cầu mới\n\nTóm tắt\n\nMở\n\nMột hai"
    assert shown.endswith(": Lễ thông xe (Ảnh: Lan)]\n")
    assert [row.asset_id for row in ArticleReference.objects.all()] == [photo.pk]


def test_a_reason_given_on_the_page_tells_the_readers_of_articles_of_the_correction(
    signed_in: SignedIn, author: APIClient, agency: Agency
) -> None:
    photo = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu", "alt_text": "Cầu"}}, **EVERYBODY)
    url, editor = published(author, figure(photo)), signed_in(agency, Role.EDITOR)
    assert edited(editor, photo, title_vi="Cầu mới").status_code == 302
    assert "corrected" not in read(Client(), url).content.decode(), "without a reason it is a small thing"
    assert edited(editor, photo, author="Lan", reason="Sai tên tác giả").status_code == 302
    photo.refresh_from_db()
    assert photo.corrected_at is not None
    assert Revision.objects.filter(asset=photo).latest("number").reason == "Sai tên tác giả"
    assert '<small class="corrected">Đính chính ngày' in read(Client(), url).content.decode()
    before = photo.corrected_at
    form = editor.get(f"/assets/{photo.pk}/translate/en").context["form"]
    said = {"revision": form["revision"].value(), "title": "Bridge", "reason": "Thiếu bản dịch"}
    assert editor.post(f"/assets/{photo.pk}/translate/en", said).status_code == 302
    photo.refresh_from_db()
    assert photo.corrected_at > before
    draft = make_asset(agency=agency)
    assert "reason" not in editor.get(f"/assets/{draft.pk}/edit").context["form"].fields


def test_a_withdrawn_work_is_a_notice_at_once_and_the_etag_changes(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(agency=agency, texts={"vi": {"title": "Sai người"}}, **EVERYBODY)
    url = published(author, f"<p>x</p>{figure(photo, 'Chú thích')}")
    before = read(Client(), url)
    assert read(Client(headers={"If-None-Match": before["ETag"]}), url).status_code == 304
    answer = author.post(f"{ASSETS}/{photo.pk}/withdraw", {"reason": "Sai người"}, format="json")
    assert answer.status_code == 200
    for form in ("html", "text", "ninjs"):
        after = read(Client(headers={"If-None-Match": before["ETag"]}), url, form)
        said = after.content.decode()
        assert after.status_code == 200
        for word in ("Sai người", "Chú thích", str(photo.pk), photo.reference, "/media/"):
            assert word not in said, (form, word)
        assert "đã bị" in said or "withdrawn" in said
    assert author.get(f"{url}/article").content.count(b'class="gone"') == 1


@pytest.mark.parametrize(
    ("window", "notices"),
    [("embargo_until", {-1 * HOUR: 0, -3 * HOUR: 1}), ("rights_end", {-1 * HOUR: 1, -3 * HOUR: 0})],
)
def test_of_a_work_withdrawn_two_hours_ago_readers_hear_who_could_see_it_until_then(
    author: APIClient, agency: Agency, window: str, notices: dict[timedelta, int]
) -> None:
    photo = make_ready_asset(agency=agency, **EVERYBODY)
    url = published(author, f"<p>x</p>{figure(photo)}")
    now = datetime.now(UTC)
    put_away = {"state": AssetState.WITHDRAWN, "published_at": now - 4 * HOUR, "withdrawn_at": now - 2 * HOUR}
    for moment, said in notices.items():
        Asset.objects.filter(pk=photo.pk).update(**put_away, **{window: now + moment})
        assert read(Client(), url).content.count(b'class="gone"') == said, moment


def test_terms_that_keep_a_work_from_where_the_reader_is_are_said_in_its_place(
    author: APIClient, agency: Agency, settings: Any
) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    photo = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu"}}, territories=["VN"], **EVERYBODY)
    url = published(author, f"<p>x</p>{figure(photo, 'Chú thích')}")
    here, there = Client(headers={"X-Country": "VN"}), Client(headers={"X-Country": "FR"})
    assert read(here, url)["ETag"] != read(there, url)["ETag"]
    for form in ("html", "text", "ninjs"):
        assert "Chú thích" in read(here, url, form).content.decode()
        said = read(there, url, form).content.decode()
        assert "Chú thích" not in said
        assert "/media/" not in said
        assert "VN" in said, "where it may be shown"


def test_files_of_a_work_for_the_press_are_not_offered_to_everybody(author: APIClient, agency: Agency) -> None:
    licence = Licence.objects.get(code="press-use-only")
    photo = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu"}}, licence_terms=licence, **EVERYBODY)
    url = published(author, f"<p>x</p>{figure(photo)}")
    assert "<img" in read(Client(), url).content.decode(), "it may be looked at"
    assert read(Client(), url, "ninjs").json()["associations"][0]["renditions"] == []
    assert read(author, url, "ninjs").json()["associations"][0]["renditions"] != []


def test_a_correction_is_shown_at_once(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(agency=agency, **EVERYBODY)
    url = published(author, figure(photo))
    before = read(Client(), url)
    version = make_version(photo, state="ready", number=2)
    version.attempt = make_attempt(version, state="succeeded", progress=100).pk
    version.save()
    make_rendition(version, width=64, height=48)
    after = read(Client(), url)
    assert str(version.pk) in after.content.decode()
    assert before["ETag"] != after["ETag"]


INVISIBLE: tuple[dict[str, Any], ...] = (
    {"state": AssetState.DRAFT},
    {**PUBLISHED, "audience": Audience.AGENCY},
    {**PUBLISHED, "audience": Audience.NETWORK},
    {**EVERYBODY, "embargo_until": datetime.now(UTC) + 24 * HOUR},
    {**EVERYBODY, "rights_end": datetime.now(UTC) - HOUR},
    {"state": AssetState.WITHDRAWN, "audience": Audience.AGENCY},
    {"state": AssetState.WITHDRAWN, "audience": Audience.PUBLIC, "embargo_until": datetime.now(UTC) + 24 * HOUR},
    {"state": AssetState.ARCHIVED, "audience": Audience.PUBLIC},
)
"""What makes a work that everybody saw one that not everybody may know."""


def become(photo: Asset, fields: dict[str, Any]) -> None:
    if fields["state"] == AssetState.DRAFT:  # there is no shorter way back
        Asset.objects.filter(pk=photo.pk).update(state=AssetState.WITHDRAWN)
    Asset.objects.filter(pk=photo.pk).update(**fields)


@pytest.mark.parametrize("form", ["html", "text", "ninjs"])
@pytest.mark.parametrize("fields", INVISIBLE)
def test_nothing_of_an_invisible_work_is_ever_sent(
    author: APIClient, agency: Agency, fields: dict[str, Any], form: str
) -> None:
    texts = {"vi": {"title": "Bí mật", "alt_text": "Kín đáo"}}
    photo = make_ready_asset(agency=agency, texts=texts, credit_line="Mật vụ", **EVERYBODY)
    url = published(author, f"<p>Trước</p>{figure(photo, 'riêng')}<p>Sau</p>")
    become(photo, fields)
    said = read(Client(), url, form).content.decode()
    for word in (
        str(photo.pk),
        photo.reference,
        "Bí mật",
        "Kín đáo",
        "Mật vụ",
        "/media/",
        "riêng",
        "withdrawn",
        "gone",
    ):
        assert word not in said, word
    assert "Trước" in said
    assert "Sau" in said


@pytest.mark.parametrize("fields", [*INVISIBLE, {"state": AssetState.WITHDRAWN, "audience": Audience.PUBLIC}])
def test_nothing_of_an_invisible_work_is_in_the_answer_about_the_article(
    author: APIClient, agency: Agency, fields: dict[str, Any]
) -> None:
    photo = make_ready_asset(agency=agency, **EVERYBODY)
    english = {"en": {"title": "Bridge", "body": figure(photo, "riêng")}}
    url = published(author, f"<p>Trước</p>{figure(photo, 'riêng')}<p>Sau</p>", texts=english)
    become(photo, fields)
    stranger = bearer(make_token(user=make_member(make_agency(), Role.EDITOR))[1])
    for reader in (Client(), stranger):
        knows = reader is stranger and fields.get("audience") == Audience.NETWORK
        bodies = {language: text["body"] for language, text in reader.get(url).json()["texts"].items()}
        shown = figure(photo, "riêng") if knows else ""
        assert bodies == {"vi": f"<p>Trước</p>{shown}<p>Sau</p>", "en": shown}
        for word, count in (("riêng", 0), ("trước", 1)):
            assert len(reader.get(ASSETS, {"search": word, "kind": "article"}).json()["results"]) == count, word
    assert author.get(url).json()["texts"]["en"]["body"] == figure(photo, "riêng"), "who may mend it needs all of it"


def test_of_a_withdrawn_work_the_body_keeps_the_place_for_those_who_know_it_and_no_words(
    author: APIClient,
) -> None:
    owner = make_agency()
    photo = make_ready_asset(agency=owner, **EVERYBODY)
    url = published(author, figure(photo, "Sai người"))
    Asset.objects.filter(pk=photo.pk).update(state=AssetState.WITHDRAWN)
    said = bearer(make_token(user=make_member(owner, Role.EDITOR))[1]).get(url).json()
    assert said["texts"]["vi"]["body"] == f'<figure data-asset="{photo.pk}"></figure>'


def test_what_held_only_an_invisible_work_is_not_there_either(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(agency=agency)
    hidden = f"<ol><li>{figure(photo, 'riêng')}</li><li>a</li></ol><blockquote>{figure(photo)}</blockquote>"
    urls = published(author, hidden), published(author, "<ol><li>a</li></ol>")
    for form in ("html", "text"):
        first, second = (read(Client(), url, form).content for url in urls)
        assert first == second
    bodies = [Client().get(url).json()["texts"]["vi"]["body"] for url in urls]
    assert bodies == ["<ol><li>a</li></ol>"] * 2


def test_an_article_without_a_work_and_one_with_an_invisible_work_look_the_same(
    author: APIClient, agency: Agency
) -> None:
    photo = make_ready_asset(agency=agency)
    hidden = published(author, f"<p>Trước</p>{figure(photo)}")
    without = published(author, "<p>Trước</p>", title="Cầu mới")
    assert read(Client(), hidden).content == read(Client(), without).content


def test_a_work_that_does_not_exist_and_one_that_may_not_be_seen_are_refused_alike(author: APIClient) -> None:
    answers = []
    for key in (make_ready_asset().pk, uuid4()):
        answer = write(author, figure(key))
        assert answer.status_code == 400
        body = answer.json()
        assert body["references"] == [str(key)]
        answers.append({**body, "references": None})
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "reference_unusable"
    assert not Asset.objects.filter(kind=Kind.ARTICLE).exists()


def test_articles_in_articles_and_things_that_are_no_ids_are_refused(author: APIClient, agency: Agency) -> None:
    other = make_asset(agency=agency, kind=Kind.ARTICLE)
    for key in (other.pk, "../../etc/passwd", "1"):
        answer = write(author, figure(key))
        assert (answer.status_code, answer.json()["code"]) == (400, "reference_unusable")
    many = write(author, "".join(figure(uuid4()) for _ in range(201)))
    assert (many.status_code, many.json()["code"]) == (400, "too_many_references")


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.NETWORK])
def test_works_of_others_are_shown_as_far_as_their_licence_lets_them_be_reused(
    author: APIClient, audience: Audience
) -> None:
    owner = make_agency()
    for licence in (None, *Licence.objects.all()):
        photo = make_ready_asset(agency=owner, **PUBLISHED, audience=audience, licence_terms=licence)
        answer = write(author, figure(photo))
        if licence is None or licence.allows_redistribution or licence.press_only:
            assert answer.status_code == 201, (licence, answer.content)
            continue
        said = answer.json()
        assert (answer.status_code, said["code"]) == (400, "reference_refused"), licence
        verdict = author.get(f"{ASSETS}/{photo.pk}/rights").json()["uses"]["reuse"]
        assert said["references"] == [str(photo.pk)]
        assert said["reason"] == verdict["reason"] == "redistribution_forbidden"
        assert said["licence"] == verdict["data"]["licence"] == licence.code
        assert photo.reference in said["errors"]["body"][0]


def test_ones_own_works_and_those_that_are_shown_already_are_not_asked_for_again(
    author: APIClient, agency: Agency
) -> None:
    owner, closed = make_agency(), Licence.objects.get(code="all-rights-reserved")
    own = make_ready_asset(agency=agency, licence_terms=closed, **EVERYBODY)
    photo = make_ready_asset(agency=owner, **EVERYBODY)
    made = write(author, figure(photo))
    assert made.status_code == 201
    Asset.objects.filter(pk=photo.pk).update(licence_terms=closed)
    more = {"texts": {"vi": {"body": f"<p>sửa</p>{figure(photo)}{figure(own)}"}}}
    assert author.patch(f"{ASSETS}/{made.json()['id']}", more, format="json").status_code == 200
    two = write(author, figure(own) + figure(photo) + figure(photo)).json()
    assert (two["code"], two["references"]) == ("reference_refused", [str(photo.pk)])


def test_no_state_hides_what_a_licence_forbids(agency: Agency) -> None:
    owner = make_agency()
    person = make_member(agency, Role.EDITOR)
    make_membership(user=person, agency=owner, role=Role.EDITOR)
    client = bearer(make_token(user=person)[1])
    closed = Licence.objects.get(code="all-rights-reserved")
    embargo = {**EVERYBODY, "embargo_until": datetime.now(UTC) + 24 * HOUR}
    for fields in ({}, embargo):
        assert write(client, figure(make_ready_asset(agency=owner, **fields))).status_code == 201, "prepared before"
        refused = write(client, figure(make_ready_asset(agency=owner, licence_terms=closed, **fields)))
        assert refused.json()["code"] == "reference_refused"


def test_who_mends_a_word_need_not_see_every_picture(author: APIClient, agency: Agency) -> None:
    other = make_agency()
    photo = make_ready_asset(agency=other, state=AssetState.PUBLISHED, audience=Audience.NETWORK)
    made = write(author, f"<p>sia</p>{figure(photo)}").json()
    Asset.objects.filter(pk=photo.pk).update(audience=Audience.AGENCY)
    said = {"texts": {"vi": {"body": f"<p>sai</p>{figure(photo)}"}, "en": {"title": "T", "body": figure(photo)}}}
    assert author.patch(f"{ASSETS}/{made['id']}", said, format="json").status_code == 200
    places = set(ArticleReference.objects.values_list("language", "asset_id", "position"))
    assert places == {("vi", photo.pk, 1), ("en", photo.pk, 1)}
    author.patch(f"{ASSETS}/{made['id']}", {"texts": {"en": {"title": "", "body": ""}}}, format="json")
    assert ArticleReference.objects.count() == 1


def test_used_in_names_the_articles_that_the_asker_may_see(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(agency=agency, **EVERYBODY)
    url = published(author, figure(photo) + figure(photo))
    draft = write(author, figure(photo), title="Nháp").json()
    mine = [row["id"] for row in author.get(f"{ASSETS}/{photo.pk}/used-in").json()["results"]]
    assert mine == [draft["id"], url.rpartition("/")[2]]
    theirs = [row["id"] for row in Client().get(f"{ASSETS}/{photo.pk}/used-in").json()["results"]]
    assert theirs == [url.rpartition("/")[2]]
    assert Client().get(f"{ASSETS}/{uuid4()}/used-in").status_code == 404


def test_videos_play_and_non_public_works_are_signed_for_whoever_may_see_them(
    author: APIClient, agency: Agency
) -> None:
    video = make_asset(agency=agency, kind=Kind.VIDEO)
    version = make_version(video, state="ready")
    version.attempt = make_attempt(version, state="succeeded", progress=100).pk
    version.save()
    make_rendition(version, profile="download.mp4", media_type="video/mp4", width=640, height=360)
    make_rendition(version, profile="poster.jpg", media_type="image/jpeg", width=640, height=360)
    made = write(author, figure(video)).json()
    page = author.get(f"{ASSETS}/{made['id']}/article").content.decode()
    assert '<video controls preload="none" poster="' in page
    assert "/media/s/" in page
    assert "/media/public/" not in page


NAMES = (
    "uri", "type", "representationtype", "version", "firstcreated", "versioncreated", "contentcreated", "embargoed",
    "expires", "pubstatus", "language", "by", "copyrightnotice", "usageterms",
)  # fmt: skip
NINJS = {
    "type": "object",
    "required": ["uri", "type", "standard", "headlines", "bodies", "associations"],
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "string"} for name in NAMES},
        "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
        "standard": {"required": ["name", "version", "schema"]},
        **{
            name: {
                "type": "array",
                "items": {
                    "required": ["value"],
                    "additionalProperties": False,
                    "properties": {key: {} for key in ("role", "contenttype", "value", "charcount", "wordcount")},
                },
            }
            for name in ("headlines", "bodies", "descriptions")
        },
        "places": {"items": {"required": ["name"]}},
        "subjects": {"items": {"required": ["name"]}},
        "altids": {"items": {"additionalProperties": False, "properties": {"role": {}, "value": {}}}},
        "associations": {
            "items": {
                "required": ["name", "uri"],
                "properties": {
                    "type": {"enum": ["picture", "graphic", "video", "audio"]},
                    "renditions": {
                        "items": {
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                key: {}
                                for key in ("name", "href", "contenttype", "sizeinbytes", "width", "height", "duration")
                            },
                        }
                    },
                },
            }
        },
    },
}
"""What ``article_ninjs`` may say, in the names of the published schema of ninjs 2.1."""


def test_ninjs_has_the_field_names_of_version_2_1(author: APIClient, agency: Agency) -> None:
    photo = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu"}}, **EVERYBODY)
    url = published(
        author, f"<p>x</p>{figure(photo, 'Chú thích')}", keywords=["cầu"], place="Huế", author="Lan", licence="CC BY"
    )
    said = json.loads(read(Client(), url, "ninjs").content)
    Draft202012Validator(NINJS).validate(said)
    assert (said["type"], said["pubstatus"], said["language"]) == ("text", "usable", "vi")
    assert said["headlines"][0]["value"] == "Cầu mới"
    association = said["associations"][0]
    assert association["uri"].endswith(f"/assets/{photo.pk}")
    assert association["descriptions"][0]["value"] == "Chú thích"
    assert association["renditions"][0]["href"].endswith("/w320.webp")


def test_languages_and_formats_are_chosen_by_the_query(author: APIClient, agency: Agency) -> None:
    url = published(author, "<p>x</p>", texts={"en": {"title": "New bridge", "body": "<p>y</p>"}})
    assert read(Client(), url, language="en").content.decode() == (
        '<article lang="en"><h1>New bridge</h1><p>y</p></article>'
    )
    assert read(Client(), url, language="en")["Content-Language"] == "en"
    assert read(Client(), url, language="zh").status_code == 404
    assert read(Client(), url, "pdf").status_code == 400
    assert Client().get(f"{url}/article?colour=red").json()["code"] == "unknown_field"
    photo = make_ready_asset(agency=agency, **EVERYBODY)
    assert read(Client(), f"{ASSETS}/{photo.pk}").status_code == 404


def test_what_was_written_past_the_use_case_is_harmless_when_read(author: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency, kind=Kind.ARTICLE, **EVERYBODY)
    evil = '<script>alert(1)</script><p onclick="x()">a</p><figure data-asset="\'><img src=x onerror=x()>"></figure>'
    make_text(asset, title="<b>&", caption="<i>", body=evil)
    page = read(Client(), f"{ASSETS}/{asset.pk}").content.decode()
    assert page == '<article lang="vi"><h1>&lt;b&gt;&amp;</h1><p class="lead">&lt;i&gt;</p><p>a</p></article>'


def test_writing_is_recorded_with_the_states_of_the_texts(author: APIClient) -> None:
    made = write(author, "<p>x</p>").json()
    author.patch(f"{ASSETS}/{made['id']}", {"texts": {"en": {"title": "T"}}}, format="json")
    event = AuditEvent.objects.get(act="asset.edited", target=made["id"])
    assert event.data["text_states"] == {"en": "translated"}
