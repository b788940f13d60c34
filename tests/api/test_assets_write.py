"""Changing assets over HTTP: articles, edits, publishing, withdrawing, processing again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion
from assets.states import Kind, VersionState
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_asset, make_ready_asset, make_token, make_user, make_version

pytestmark = pytest.mark.django_db
ASSETS = "/api/v1/assets"
HOUR = timedelta(hours=1)
HOSTILE = (
    '<h2 onclick="x()">Tin</h2><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:x()">a</a>'
    '<a href="https://example.vn" target="_blank">b</a><iframe src="//e"></iframe><p style="x">c</p><svg/onload=x>'
)
CLEAN = (
    '<h2>Tin</h2><a rel="noopener noreferrer nofollow">a</a>'
    '<a href="https://example.vn" rel="noopener noreferrer nofollow">b</a><p>c</p>'
)


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", default_credit_line="VGP")


@pytest.fixture
def editor(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency, Role.EDITOR)


@pytest.fixture
def contributor(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def article(client: APIClient, **more: Any) -> Any:
    said = {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "Tin", "body": HOSTILE}}, **more}
    return client.post(ASSETS, said, format="json")


def events(act: str, asset: Asset) -> list[dict[str, Any]]:
    return [event.data for event in AuditEvent.objects.filter(act=act, target=asset.pk)]


def test_an_article_is_kept_without_anything_hostile(contributor: APIClient) -> None:
    made = article(contributor, keywords=["a"], urgency=2)
    assert made.status_code == 201, made.content
    asset = Asset.objects.get(pk=made.json()["id"])
    assert made.json()["texts"]["vi"]["body"] == CLEAN == asset.texts.get().body
    assert (asset.state, asset.credit_line, asset.urgency, asset.keywords) == ("draft", "VGP", 2, ["a"])
    assert made["ETag"].startswith('"1-')
    assert len(events("asset.created", asset)) == 1
    asset.texts.update(body=HOSTILE)  # written past the use case: rendering cleans again
    assert contributor.get(f"{ASSETS}/{asset.pk}").json()["texts"]["vi"]["body"] == CLEAN


def test_an_article_needs_a_title_a_right_and_a_scope_to_read(client_for: ClientFor, agency: Agency) -> None:
    contributor = client_for(agency)
    for more, field in (
        ({"texts": {"vi": {"title": " "}}}, "texts"),
        ({"texts": {"en": {"title": "x"}}}, "texts"),
        ({"audience": "shared"}, "audience"),
        ({"kind": "photo"}, "kind"),
        ({"urgency": 9}, "urgency"),
        ({"embargo_until": "tomorrow"}, "embargo_until"),
        ({"rights_end": "9999-12-31T23:59:59Z"}, "rights_end"),
        ({"keywords": ["x"] * 101}, "keywords"),
    ):
        answer = article(contributor, **more)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), more
    assert code_of(article(client_for(agency, Role.VIEWER))) == (403, "role_too_low")
    assert code_of(article(client_for(agency, scopes=(Scope.UPLOAD,)))) == (403, "scope_missing")
    assert code_of(article(client_for(agency, scopes=(Scope.READ,)))) == (403, "scope_missing")
    assert not Asset.objects.exists()


def test_an_edit_changes_what_is_sent_and_nothing_else(contributor: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency, texts={"vi": {"title": "Cầu", "caption": "Cũ"}}, author="Lan")
    url, other = f"{ASSETS}/{asset.pk}", make_agency(code="BTC")
    said = {
        "texts": {"vi": {"caption": "Mới"}, "en": {"title": "Bridge"}},
        "audience": "shared",
        "shared_with": ["BTC", str(other.pk)],
        "place": "Hà Nội",
        "embargo_until": "2030-01-01T00:00:00+07:00",
    }
    done = contributor.patch(url, said, format="json")
    assert done.status_code == 200, done.content
    body = done.json()
    assert (body["texts"]["vi"]["title"], body["texts"]["vi"]["caption"]) == ("Cầu", "Mới")
    assert (body["author"], body["place"], body["languages"]) == ("Lan", "Hà Nội", ["en", "vi"])
    assert [a["code"] for a in body["shared_with"]] == ["BTC"]
    assert (body["revision"], body["may"]["edit"]) == (2, {"allowed": True, "reason": None})
    assert events("asset.edited", asset)[0]["changed"]["place"] == ["", "Hà Nội"]
    assert contributor.get(f"{ASSETS}?search=ha noi").json()["results"][0]["id"] == str(asset.pk)
    assert contributor.patch(url, {"texts": {"en": {"title": ""}}}, format="json").json()["languages"] == ["vi"]


def test_a_shared_audience_needs_somebody_to_share_with(contributor: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    answer = contributor.patch(f"{ASSETS}/{asset.pk}", {"audience": "shared"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["shared_with"])
    asset.refresh_from_db()
    assert (asset.audience, asset.revision) == (Audience.AGENCY, 1)


def test_an_edit_of_what_somebody_else_changed_is_refused(contributor: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    url = f"{ASSETS}/{asset.pk}"
    held = contributor.get(url)["ETag"]

    def patch(author: str, etag: str) -> Any:
        return contributor.patch(url, {"author": author}, format="json", headers={"If-Match": etag})

    assert patch("Lan", held).status_code == 200
    late = patch("Hoa", held)
    assert (code_of(late), late.json()["revision"]) == ((412, "precondition_failed"), 2)
    assert patch("Hoa", "*").status_code == 200
    for made_up in ("²", '"²-x"', "x", '"' + "9" * 5000 + '"', '"-1"', '"3", "4"'):
        assert code_of(patch("Hoa", made_up)) == (412, "precondition_failed"), made_up
    asset.refresh_from_db()
    assert (asset.author, asset.revision) == ("Hoa", 3)


def test_who_may_edit_in_which_state(contributor: APIClient, editor: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    url = f"{ASSETS}/{asset.pk}"
    assert code_of(contributor.patch(url, {"author": "x"}, format="json")) == (403, "wrong_state")
    assert editor.patch(url, {"author": "x"}, format="json").status_code == 200
    assert code_of(Client().patch(url, '{"author": "x"}', content_type="application/json")) == (401, "not_signed_in")
    _, secret = make_token(user=make_user(platform_role=PlatformRole.AUDITOR))
    assert code_of(bearer(secret).patch(url, {"author": "x"}, format="json")) == (403, "role_too_low")


def test_publishing_waits_for_the_file_to_be_checked_and_processed(editor: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency, audience=Audience.PUBLIC)
    version = make_version(asset)
    url = f"{ASSETS}/{asset.pk}/publish"
    assert code_of(editor.post(url)) == (403, "not_verified")
    AssetVersion.objects.filter(pk=version.pk).update(state=VersionState.REJECTED, rejection_code="truncated")
    assert code_of(editor.post(url)) == (403, "not_processed")
    AssetVersion.objects.filter(pk=version.pk).update(state=VersionState.RECEIVED, rejection_code="")
    version.verified_at, version.sha256, version.media_type = datetime.now(UTC), "0" * 64, "image/jpeg"
    version.state = VersionState.PROCESSING
    version.save()
    assert code_of(editor.post(url)) == (403, "not_processed")
    version.state = VersionState.READY
    version.save()
    done = editor.post(url)
    assert (done.status_code, done.json()["state"]) == (200, "published")
    asset.refresh_from_db()
    assert asset.published_at is not None
    assert len(events("asset.published", asset)) == 1
    assert code_of(editor.post(url)) == (403, "wrong_state")
    assert Client().get(f"{ASSETS}/{asset.pk}").status_code == 200


def test_publishing_takes_an_editor_and_the_revision_one_read(
    editor: APIClient, contributor: APIClient, client_for: ClientFor, agency: Agency
) -> None:
    asset = make_ready_asset(agency=agency)
    url = f"{ASSETS}/{asset.pk}/publish"
    assert code_of(contributor.post(url)) == (403, "role_too_low")
    narrow = client_for(agency, Role.EDITOR, scopes=(Scope.READ, Scope.WRITE))
    assert code_of(narrow.post(url)) == (403, "scope_missing")
    assert code_of(editor.post(url, headers={"If-Match": '"7-x"'})) == (412, "precondition_failed")
    assert code_of(editor.post(url, {"state": "published"}, format="json")) == (400, "unknown_field")
    assert editor.post(url, {}, format="json").status_code == 200


def test_withdrawn_it_is_gone_for_the_public_at_once(editor: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency)
    client = Client()
    client.raise_request_exception = True
    editor.patch(f"{ASSETS}/{asset.pk}", {"audience": "public"}, format="json")
    shown = editor.post(f"{ASSETS}/{asset.pk}/publish").json()
    media = shown["thumbnail"]["url"].removeprefix("http://127.0.0.1:8000")
    assert media.startswith("/media/public/")
    fetched = client.get(media)
    assert (fetched.status_code, fetched["Cache-Control"]) == (200, "public, max-age=60")
    assert b"".join(fetched) == b"w320.webp"  # type: ignore[arg-type]

    url = f"{ASSETS}/{asset.pk}/withdraw"
    assert list(editor.post(url, {"reason": " "}, format="json").json()["errors"]) == ["reason"]
    done = editor.post(url, {"reason": "Sai tên"}, format="json")
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert events("asset.withdrawn", asset) == [{"before": "published", "after": "withdrawn", "reason": "Sai tên"}]
    gone = client.get(media)
    assert (code_of(gone), gone["Cache-Control"]) == ((410, "withdrawn"), "no-store")
    assert client.head(media).status_code == 410
    assert client.get(f"{ASSETS}/{asset.pk}").status_code == 404
    assert code_of(editor.post(url, {"reason": "x"}, format="json")) == (403, "wrong_state")
    assert code_of(editor.patch(f"{ASSETS}/{asset.pk}", {"author": "x"}, format="json")) == (403, "wrong_state")


def test_no_cache_outlives_the_rights(agency: Agency) -> None:
    end = datetime.now(UTC) + timedelta(seconds=20)
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC, rights_end=end)
    media = Client().get(f"{ASSETS}/{asset.pk}").json()["thumbnail"]["url"].removeprefix("http://127.0.0.1:8000")
    age = int(Client().get(media)["Cache-Control"].rpartition("=")[2])
    assert 0 <= age <= 20


def test_what_was_withdrawn_under_embargo_never_was(agency: Agency) -> None:
    asset = make_ready_asset(
        agency=agency,
        state=AssetState.WITHDRAWN,
        audience=Audience.PUBLIC,
        published_at=datetime.now(UTC),
        embargo_until=datetime.now(UTC) + timedelta(hours=1),
    )
    key = asset.current_version.renditions.get().key  # type: ignore[union-attr]
    assert code_of(Client().get(f"/media/public/{key.removeprefix('renditions/')}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("window", "status"),
    [
        ({"embargo_until": -1 * HOUR}, 404),
        ({"embargo_until": -3 * HOUR}, 410),
        ({"rights_end": -1 * HOUR}, 410),
        ({"rights_end": -3 * HOUR}, 410),
        ({"rights_end": -5 * HOUR}, 404),
        ({"embargo_until": -3 * HOUR, "rights_end": -3.5 * HOUR}, 404),
        ({"has_release": True, "consent_ends": -1 * HOUR}, 410),
        ({"has_release": True, "consent_ends": -5 * HOUR}, 404),
        ({"release_required": True}, 404),
    ],
)
def test_what_was_withdrawn_two_hours_ago_is_gone_if_it_had_been_there_since_its_publication_four_hours_ago(
    agency: Agency, window: dict[str, Any], status: int
) -> None:
    now = datetime.now(UTC)
    asset = make_ready_asset(
        agency=agency,
        state=AssetState.WITHDRAWN,
        audience=Audience.PUBLIC,
        published_at=now - 4 * HOUR,
        withdrawn_at=now - 2 * HOUR,
        **{name: now + value if isinstance(value, timedelta) else value for name, value in window.items()},
    )
    key = asset.current_version.renditions.get().key  # type: ignore[union-attr]
    for path in (f"/media/public/{key.removeprefix('renditions/')}", f"/embed/{asset.pk}"):
        assert Client().get(path).status_code == status, path


def test_the_moment_of_a_withdrawal_is_kept(editor: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED)
    assert editor.post(f"{ASSETS}/{asset.pk}/withdraw", {"reason": "Sai tên"}, format="json").status_code == 200
    asset.refresh_from_db()
    assert asset.withdrawn_at == asset.updated_at


def test_a_rejected_file_gets_another_run(contributor: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    version = make_version(asset, state=VersionState.REJECTED)
    url = f"{ASSETS}/{asset.pk}/reprocess"
    done = contributor.post(url)
    assert (done.status_code, done.json()["processing"]["state"]) == (202, "received")
    assert ProcrastinateJob.objects.filter(lock=f"version:{version.pk}").count() == 1
    assert len(events("asset.reprocessed", asset)) == 1
    assert code_of(contributor.post(url)) == (409, "illegal_transition")
    words = make_asset(agency=agency, kind=Kind.ARTICLE)
    assert code_of(contributor.post(f"{ASSETS}/{words.pk}/reprocess")) == (404, "not_found")
