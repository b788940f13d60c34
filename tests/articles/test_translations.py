"""Where each language stands beside the original, the translator's work, and the parity gate."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from assets.models import Asset
from assets.states import Kind, TextState
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_text, make_token
from tests.web.conftest import SignedIn
from tests.web.forms import edited

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def client(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency, Role.EDITOR)


def say(client: APIClient, asset: Asset, **texts: Any) -> Any:
    return client.patch(f"/api/v1/assets/{asset.pk}", {"texts": texts}, format="json")


def states(asset: Asset) -> dict[str, tuple[str, int | None]]:
    return {text.language: (text.state, text.source_revision) for text in asset.texts.all()}


def test_translations_go_stale_when_the_original_changes_and_only_then(client: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    say(client, asset, vi={"title": "Cầu"}, en={"title": "Bridge"}, zh={"title": "桥", "state": "machine"})
    assert states(asset) == {"vi": ("original", None), "en": ("translated", 1), "zh": ("machine", 1)}
    say(client, asset, vi={"title": "Cầu"}, en={"caption": "A bridge"})
    assert states(asset) == {"vi": ("original", None), "en": ("translated", 1), "zh": ("machine", 1)}
    say(client, asset, vi={"title": "Cầu mới"})
    assert states(asset) == {"vi": ("original", None), "en": ("stale", 1), "zh": ("stale", 1)}
    said = say(client, asset, en={"title": "New bridge"}).json()["texts"]["en"]
    assert (said["state"], said["source_revision"], said["revision"]) == ("translated", 2, 3)
    say(client, asset, vi={"title": "Cầu cũ"}, en={"title": "Old bridge"})
    assert states(asset) == {"vi": ("original", None), "en": ("translated", 3), "zh": ("stale", 1)}


def test_a_person_stands_for_a_translation_and_a_program_cannot(client: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    program = bearer(make_token(agency=agency, role=Role.EDITOR)[1])
    say(program, asset, vi={"title": "Cầu"}, en={"title": "Bridge", "state": "machine"})
    refused = say(program, asset, en={"state": "translated"})
    assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
    assert states(asset)["en"] == ("machine", 1)
    assert say(client, asset, en={"state": "translated"}).json()["texts"]["en"]["state"] == "translated"
    assert say(client, asset, en={"state": "stale"}).status_code == 400
    event = AuditEvent.objects.filter(act="asset.edited", target=asset.pk).first()
    assert event is not None
    assert event.data["text_states"] == {"en": "translated"}


def test_another_original_language_leaves_one_original(client: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    say(client, asset, vi={"title": "Cầu"}, en={"title": "Bridge"})
    client.patch(f"/api/v1/assets/{asset.pk}", {"original_language": "en"}, format="json")
    assert {language: state for language, (state, _) in states(asset).items()} == {"vi": "translated", "en": "original"}


def test_the_list_of_work_holds_what_one_may_edit(client_for: ClientFor, agency: Agency) -> None:
    lacking = make_asset(agency=agency, texts={"vi": {"title": "Thiếu"}})
    stale = make_asset(agency=agency, texts={"vi": {"title": "Cũ"}})
    make_text(stale, language="en", title="Old", state=TextState.STALE, source_revision=1)
    done = make_asset(agency=agency, texts={"vi": {"title": "Xong"}})
    make_text(done, language="en", title="Done", state=TextState.TRANSLATED)
    make_asset(agency=agency)  # says nothing yet
    english = make_asset(agency=agency, original_language="en", texts={"en": {"title": "E"}})
    published = make_ready_asset(
        agency=agency, texts={"vi": {"title": "Ra"}}, state=AssetState.PUBLISHED, audience=Audience.PUBLIC
    )
    make_ready_asset(texts={"vi": {"title": "Người khác"}}, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)

    def listed(reader: APIClient, query: str) -> list[tuple[str, str]]:
        rows = reader.get(f"/api/v1/translations?{query}").json()["results"]
        return [(row["asset"]["id"], row["state"]) for row in rows]

    editor, contributor = client_for(agency, Role.EDITOR), client_for(agency)
    ids = {name: str(asset.pk) for name, asset in (("lacking", lacking), ("stale", stale), ("published", published))}
    assert listed(editor, "language=en") == [
        (ids["published"], "missing"),
        (ids["stale"], "stale"),
        (ids["lacking"], "missing"),
    ]
    assert listed(contributor, "language=en&agency=VGP") == [(ids["stale"], "stale"), (ids["lacking"], "missing")]
    assert listed(editor, "language=en&state=stale") == [(ids["stale"], "stale")]
    assert listed(editor, "language=en&state=machine") == []
    assert listed(editor, "language=vi") == [(str(english.pk), "missing")]
    assert listed(client_for(agency, Role.VIEWER), "language=en") == []
    assert editor.get("/api/v1/translations").status_code == 400
    assert APIClient().get("/api/v1/translations?language=en").status_code == 401


def test_pages_list_the_work_and_save_a_translation_beside_the_original(signed_in: SignedIn, agency: Agency) -> None:
    asset = make_asset(agency=agency, texts={"vi": {"title": "Cầu", "caption": "<b>Chú thích"}})
    make_text(asset, language="en", title="Bridge?", state=TextState.MACHINE)
    editor = signed_in(agency, Role.EDITOR)
    assert "Machine translation" in editor.get("/translations?language=en").content.decode()
    url = f"/assets/{asset.pk}/translate/en"
    page = editor.get(url).content.decode()
    assert "&lt;b&gt;Chú thích" in page
    assert "Save as checked" in page
    assert editor.post(url, {"revision": 1, "title": "Bridge?", "caption": "", "alt_text": ""}).status_code == 302
    assert states(asset)["en"] == ("translated", 1)
    assert editor.post(url, {"revision": 1, "title": "x"}).status_code == 400, "somebody else changed it"
    for path in ("vi", "fr"):
        assert editor.get(f"/assets/{asset.pk}/translate/{path}").status_code == 404
    assert signed_in(make_agency(), Role.EDITOR).get(url).status_code == 404
    assert "Bridge?" not in editor.get("/translations?language=en").content.decode()


POLICY = {"requirements": {"public": {"vi": ["title", "alt_text"], "en": ["title"]}}}


def test_publication_waits_for_the_texts_that_the_agency_asks_for(client: APIClient, client_for: ClientFor) -> None:
    parent = make_agency(code="GOV")
    child = make_agency(code="SUB", parent=parent)
    admin = client_for(parent, Role.AGENCY_ADMIN)
    assert (
        admin.put("/api/v1/agencies/GOV/parity", POLICY, format="json").json()["requirements"] == POLICY["requirements"]
    )
    editor = client_for(child, Role.EDITOR)
    held = editor.get("/api/v1/agencies/SUB/parity").json()
    assert (held["of"]["code"], held["requirements"]) == ("GOV", POLICY["requirements"])
    asset = make_ready_asset(agency=child, texts={"vi": {"title": "Cầu"}}, audience=Audience.PUBLIC)
    make_text(asset, language="en", title="Bridge", state=TextState.MACHINE)
    refused = editor.post(f"/api/v1/assets/{asset.pk}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "texts_missing")
    assert refused.json()["missing"] == [
        {"language": "vi", "field": "alt_text", "why": "empty"},
        {"language": "en", "field": "title", "why": "machine"},
    ]
    say(editor, asset, vi={"alt_text": "Cầu dây"}, en={"title": "The bridge"})
    assert editor.post(f"/api/v1/assets/{asset.pk}/publish").status_code == 200


def test_a_narrow_audience_is_free_and_widening_it_later_is_not(client: APIClient, client_for: ClientFor) -> None:
    agency = make_agency(code="GOV")
    client_for(agency, Role.AGENCY_ADMIN).put("/api/v1/agencies/GOV/parity", POLICY, format="json")
    editor = client_for(agency, Role.EDITOR)
    asset = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu"}}, audience=Audience.NETWORK)
    url = f"/api/v1/assets/{asset.pk}"
    assert editor.post(f"{url}/publish").status_code == 200
    widened = editor.patch(url, {"audience": "public"}, format="json")
    assert (widened.status_code, widened.json()["code"]) == (409, "texts_missing")
    asset.refresh_from_db()
    assert asset.audience == Audience.NETWORK
    corrected = say(editor, asset, vi={"title": "Cầu mới"})
    assert corrected.status_code == 200, "a correction never waits"


def test_what_is_published_is_corrected_by_the_form_that_sends_its_audience_again(
    signed_in: SignedIn, client_for: ClientFor
) -> None:
    agency = make_agency(code="GOV")
    client_for(agency, Role.AGENCY_ADMIN).put("/api/v1/agencies/GOV/parity", POLICY, format="json")
    texts = {"vi": {"title": "Cấu mới", "alt_text": "Cầu dây"}, "en": {"title": "New bridge"}}
    asset = make_ready_asset(agency=agency, texts=texts, audience=Audience.PUBLIC)
    editor, api = signed_in(agency, Role.EDITOR), client_for(agency, Role.EDITOR)
    assert api.post(f"/api/v1/assets/{asset.pk}/publish").status_code == 200
    saved = edited(editor, asset, title_vi="Cầu mới")
    assert saved.status_code == 302, saved.content.decode()
    assert states(asset)["en"][0] == "stale", "the typo made the translation out of date"
    same = {"audience": "public", "texts": {"vi": {"title": "Cầu rất mới"}}}
    assert api.patch(f"/api/v1/assets/{asset.pk}", same, format="json").status_code == 200
    assert edited(editor, asset, audience="network").status_code == 302
    refused = edited(editor, asset, audience="public", alt_text_vi="")
    assert refused.status_code == 400
    assert "Texts are missing for this audience: Vietnamese: Text alternative, English: Title." in (
        refused.content.decode()
    )


def test_an_agency_of_its_own_mind_and_what_cannot_be_said_of_a_kind(client_for: ClientFor) -> None:
    parent = make_agency(code="GOV")
    child = make_agency(code="SUB", parent=parent)
    admin = client_for(parent, Role.AGENCY_ADMIN)
    everything = {"requirements": {"agency": {"vi": ["title", "alt_text", "body", "caption"]}}}
    admin.put("/api/v1/agencies/GOV/parity", everything, format="json")
    article = make_asset(agency=child, kind=Kind.ARTICLE, texts={"vi": {"title": "Tin"}})
    editor = client_for(child, Role.EDITOR)
    refused = editor.post(f"/api/v1/assets/{article.pk}/publish").json()
    assert [gap["field"] for gap in refused["missing"]] == ["caption", "body"], "an article has no alt text"
    admin.put("/api/v1/agencies/SUB/parity", {"requirements": {}}, format="json")
    assert editor.post(f"/api/v1/assets/{article.pk}/publish").status_code == 200
    assert admin.delete("/api/v1/agencies/SUB/parity").json()["of"]["code"] == "GOV"
    for bad in ({"public": {"fr": ["title"]}}, {"everybody": {"vi": ["title"]}}, {"public": {"vi": ["colour"]}}):
        assert admin.put("/api/v1/agencies/GOV/parity", {"requirements": bad}, format="json").status_code == 400
    assert editor.put("/api/v1/agencies/SUB/parity", POLICY, format="json").json()["code"] == "role_too_low"
    assert AuditEvent.objects.filter(act="agency.parity_set").count() == 3


def test_without_a_policy_nothing_is_asked_for(client: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, audience=Audience.PUBLIC)
    assert client.post(f"/api/v1/assets/{asset.pk}/publish").status_code == 200
    assert client.get("/api/v1/agencies/VGP/parity").json() == {"requirements": {}, "of": None}
    assert make_member(agency).is_active
