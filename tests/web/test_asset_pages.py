"""One asset's pages: looking, editing, publishing, withdrawing, downloading; and what others get."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client

from assets.models import Asset
from assets.states import Kind, VersionState
from assets.usecases.assets_edit import edit_asset
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_attempt,
    make_ready_asset,
    make_rendition,
    make_version,
)
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db

ROUTES = [
    ("get", ""),
    ("get", "/edit"),
    ("post", "/edit"),
    ("post", "/publish"),
    ("post", "/withdraw"),
    ("get", "/download/original"),
    ("get", "/download/w320.webp"),
]


def publish(asset: Asset, **fields: object) -> Asset:
    Asset.objects.filter(pk=asset.pk).update(state=AssetState.PUBLISHED, published_at=datetime.now(UTC), **fields)
    asset.refresh_from_db()
    return asset


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_agencys_asset_looks_like_none(signed_in: SignedIn, method: str, path: str) -> None:
    asset = make_ready_asset()
    stranger = signed_in(make_agency(), Role.AGENCY_ADMIN)
    answers = [getattr(stranger, method)(f"/assets/{identity}{path}") for identity in (asset.pk, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert asset.reference not in answers[0].content.decode()
    asset.refresh_from_db()
    assert asset.revision == 1


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_strangers_are_sent_to_sign_in_whether_it_exists_or_not(client: Client, method: str, path: str) -> None:
    for identity in (make_ready_asset().pk, uuid4()):
        answer = getattr(client, method)(f"/assets/{identity}{path}")
        assert answer["Location"].startswith("/login?next=/assets/")


@pytest.mark.parametrize("path", ["/edit", "/publish", "/withdraw"])
def test_forms_without_their_token_are_refused(signed_in: SignedIn, path: str) -> None:
    asset = make_ready_asset()
    editor = signed_in(asset.agency, Role.EDITOR, enforce_csrf_checks=True)
    assert editor.post(f"/assets/{asset.pk}{path}").status_code == 403


def test_texts_are_shown_in_each_language_and_never_as_markup(signed_in: SignedIn) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    asset = make_asset(
        kind=Kind.ARTICLE,
        credit_line=evil,
        keywords=[evil],
        texts={
            "vi": {"title": evil, "caption": evil, "alt_text": evil, "body": f"<p onclick=x>Thân bài</p>{evil}"},
            "en": {"title": "Opening"},
        },
    )
    page = signed_in(asset.agency).get(f"/assets/{asset.pk}").content.decode()
    assert "alert(1)</script>" not in page
    assert "<img src=x" not in page
    assert "<p onclick" not in page
    assert "<p>Thân bài</p>" in page
    assert 'lang="vi"' in page


def test_publishing_takes_an_editor_and_writes_the_audit_event(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    assert signed_in(asset.agency, Role.CONTRIBUTOR).post(f"/assets/{asset.pk}/publish").status_code == 403
    answer = signed_in(asset.agency, Role.EDITOR).post(f"/assets/{asset.pk}/publish", follow=True)
    assert "Published." in answer.content.decode()
    asset.refresh_from_db()
    assert asset.state == AssetState.PUBLISHED
    assert AuditEvent.objects.filter(target=asset.pk, act="asset.published").count() == 1


def test_a_refusal_is_a_page_with_the_policys_sentence(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    answer = signed_in(asset.agency).post(f"/assets/{asset.pk}/publish")
    assert answer.status_code == 403
    assert "Your role in this agency does not allow this" in answer.content.decode()


def test_withdrawing_takes_a_reason_and_shows_it(signed_in: SignedIn) -> None:
    asset = publish(make_ready_asset())
    editor = signed_in(asset.agency, Role.EDITOR)
    assert "Say why" in editor.post(f"/assets/{asset.pk}/withdraw", {"reason": " "}, follow=True).content.decode()
    page = editor.post(f"/assets/{asset.pk}/withdraw", {"reason": "Sai người trong ảnh"}, follow=True)
    assert "Sai người trong ảnh" in page.content.decode()
    asset.refresh_from_db()
    assert asset.state == AssetState.WITHDRAWN


def revision_in(page: str, action: str) -> str:
    """What the form for this act says that it was made for."""
    found = re.search(rf'action="{action}">.*?name="revision" value="(\d+)"', page)
    assert found, action
    return found[1]


@pytest.mark.parametrize(
    ("act", "state"), [("publish", AssetState.DRAFT), ("delete", AssetState.DRAFT), ("withdraw", AssetState.PUBLISHED)]
)
def test_what_somebody_changed_after_the_page_was_loaded_is_not_acted_on_unseen(
    signed_in: SignedIn, act: str, state: AssetState
) -> None:
    asset = make_ready_asset(state=state, texts={"vi": {"title": "Cầu"}})
    editor, address = signed_in(asset.agency, Role.EDITOR), f"/assets/{asset.pk}"
    seen = revision_in(editor.get(address).content.decode(), f"{address}/{act}")
    colleague = actor_in(asset.agency, Role.EDITOR)
    edit_asset(asset_id=asset.pk, by=colleague, fields={}, texts={"vi": {"title": "Khác hẳn"}})
    answer = editor.post(f"{address}/{act}", {"reason": "Sai", "revision": seen}, follow=True)
    assert "Somebody changed this in the meantime" in answer.content.decode()
    asset.refresh_from_db()
    assert (asset.state, asset.in_trash) == (state, False)
    now = revision_in(answer.content.decode(), f"{address}/{act}")
    assert now != seen
    assert editor.post(f"{address}/{act}", {"reason": "Sai", "revision": now}).status_code == 302
    asset.refresh_from_db()
    assert asset.in_trash or asset.state != state


def form_of(client: Client, asset: Asset, **changes: str) -> dict[str, str]:
    """What a browser sends back of the edit form, with some fields changed."""
    form = client.get(f"/assets/{asset.pk}/edit").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, [])} | changes


def test_editing_saves_texts_credits_and_audience(signed_in: SignedIn) -> None:
    asset = make_ready_asset(texts={"vi": {"title": "Cũ"}})
    editor = signed_in(asset.agency)
    changes = {
        "title_vi": "Mới",
        "title_en": "New",
        "credit_line": "VGP/Nhật Bắc",
        "keywords": "cầu, giao thông, cầu",
        "audience": Audience.NETWORK,
        "embargo_until": "2030-01-02T03:04",
    }
    answer = editor.post(f"/assets/{asset.pk}/edit", form_of(editor, asset, **changes))
    assert answer.status_code == 302
    asset.refresh_from_db()
    assert (asset.credit_line, asset.keywords) == ("VGP/Nhật Bắc", ["cầu", "giao thông"])
    assert asset.audience == Audience.NETWORK
    assert asset.embargo_until == datetime(2030, 1, 1, 20, 4, tzinfo=UTC)  # typed in Hanoi's time
    assert {text.language: text.title for text in asset.texts.all()} == {"vi": "Mới", "en": "New"}


def test_somebody_elses_change_is_not_overwritten(signed_in: SignedIn) -> None:
    asset = make_ready_asset(texts={"vi": {"title": "Cũ"}})
    editor = signed_in(asset.agency)
    late = form_of(editor, asset, title_vi="Muộn")
    Asset.objects.filter(pk=asset.pk).update(revision=2)
    answer = editor.post(f"/assets/{asset.pk}/edit", late)
    assert answer.status_code == 400
    assert "Muộn" in answer.content.decode()
    assert asset.texts.get().title == "Cũ"


def test_what_the_rules_refuse_is_said_at_the_field(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    editor = signed_in(asset.agency)
    answer = editor.post(f"/assets/{asset.pk}/edit", form_of(editor, asset, audience=Audience.SHARED))
    assert answer.status_code == 400
    assert answer.context["form"].errors["shared_with"]


def test_downloads_lead_to_a_signed_attachment(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="w640.jpg", media_type="image/jpeg", width=640, height=480)
    member = signed_in(asset.agency)
    page = member.get(f"/assets/{asset.pk}").content.decode()
    assert f"/assets/{asset.pk}/download/w640.jpg" in page
    assert f"/assets/{asset.pk}/download/original" in page
    for profile in ("w640.jpg", "original"):
        answer = member.get(f"/assets/{asset.pk}/download/{profile}")
        assert answer.status_code == 302
        assert "/media/s/" in answer["Location"]
    assert member.get(f"/assets/{asset.pk}/download/w9999.jpg").status_code == 404


def test_the_originals_facts_are_for_those_with_the_right(signed_in: SignedIn) -> None:
    asset = publish(make_ready_asset(), audience=Audience.PUBLIC)
    assert asset.current_version is not None
    reader = signed_in(make_agency(), Role.EDITOR)
    page = reader.get(f"/assets/{asset.pk}").content.decode()
    assert asset.current_version.sha256 not in page
    assert "download/original" not in page
    assert reader.get(f"/assets/{asset.pk}/download/original").status_code == 403


def test_a_rejection_says_what_was_wrong_and_offers_no_publishing(signed_in: SignedIn) -> None:
    asset = make_version(make_asset(), state=VersionState.REJECTED, rejection_message="Save it as JPEG.").asset
    page = signed_in(asset.agency, Role.EDITOR).get(f"/assets/{asset.pk}").content.decode()
    assert "Save it as JPEG." in page
    assert f"/assets/{asset.pk}/publish" not in page


def test_processing_is_shown_with_its_progress(signed_in: SignedIn) -> None:
    version = make_version(make_asset(), state=VersionState.PROCESSING)
    make_attempt(version, progress=42)
    page = signed_in(version.asset.agency).get(f"/assets/{version.asset_id}").content.decode()
    assert '<progress max="100" value="42"' in page
    assert f'data-processing="/api/v1/assets/{version.asset_id}"' in page


def test_pages_for_people_are_not_kept_by_caches_or_framed(signed_in: SignedIn) -> None:
    asset = make_ready_asset()
    answer = signed_in(asset.agency).get(f"/assets/{asset.pk}")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
