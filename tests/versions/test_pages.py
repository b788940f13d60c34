"""The pages of versions and history."""

import pytest
from django.test import Client

from assets.models import Correction
from assets.states import Kind
from permissions.vocabulary import Role
from tests.factories import make_agency, make_asset, make_ready_asset
from tests.versions.flow import API, corrected, detail, person, public_photo
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_a_correction_is_confirmed_on_the_page_of_versions(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=1)
    asset, (maker, own), other = public_photo(agency), person(agency), signed_in(agency, Role.EDITOR)
    corrected(own, asset)
    page = other.get(f"/assets/{asset.pk}/versions").content.decode()
    assert "Waits for confirmation" in page
    assert "Sai người trong ảnh" in page
    assert maker.full_name in page
    assert f'action="/assets/{asset.pk}/versions/2/confirm"' in page
    assert "version 2 is to take the place of this file." in other.get(f"/assets/{asset.pk}").content.decode()
    answer = other.post(f"/assets/{asset.pk}/versions/2/confirm", follow=True)
    assert "Confirmed: this is the current version now." in answer.content.decode()
    assert detail(Client(), asset)["version"]["number"] == 2
    assert "Corrected on" in other.get(f"/assets/{asset.pk}").content.decode()


def test_a_correction_is_declined_on_the_page_and_its_maker_sees_why(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=1)
    asset, (maker, own), other = public_photo(agency), person(agency), signed_in(agency, Role.EDITOR)
    corrected(own, asset)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(maker, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(f"/assets/{asset.pk}/versions").content.decode()
    assert f'action="/assets/{asset.pk}/versions/2/confirm"' not in page, "nobody confirms their own"
    assert "Take back" in page
    assert browser.post(f"/assets/{asset.pk}/versions/2/confirm").status_code == 403
    other.post(f"/assets/{asset.pk}/versions/2/decline", {"reason": "Ảnh mờ"})
    assert "Ảnh mờ" in browser.get(f"/assets/{asset.pk}/versions").content.decode()
    assert Correction.objects.get().state == "declined"


def test_two_revisions_stand_side_by_side_and_the_texts_of_one_come_back(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=0)
    asset = public_photo(agency, texts={"vi": {"title": "Cầu <b>cũ</b>"}})
    (_, client), editor = person(agency), signed_in(agency, Role.EDITOR)
    client.patch(f"{API}/assets/{asset.pk}", {"texts": {"vi": {"title": "Cầu <b>mới</b>"}}}, format="json")
    corrected(client, asset)
    page = editor.get(f"/assets/{asset.pk}/diff?from=3&to=1").content.decode()
    assert "Cầu &lt;b&gt;<del>cũ</del>&lt;/b&gt;" in page
    assert "Cầu &lt;b&gt;<ins>mới</ins>&lt;/b&gt;" in page
    assert page.count("diff-picture") == 2
    assert "Nothing differs" in editor.get(f"/assets/{asset.pk}/diff?from=1&to=1").content.decode()
    answer = editor.post(f"/assets/{asset.pk}/revisions/1/restore", {"reason": "Như cũ"}, follow=True)
    assert "Earlier texts restored" in answer.content.decode()
    assert detail(client, asset)["texts"]["vi"]["title"] == "Cầu <b>cũ</b>"
    editor.post(f"/assets/{asset.pk}/versions/1/restore", {"reason": "Bản đầu đúng"})
    assert detail(client, asset)["version"]["number"] == 1
    for query in ("", "?from=1", "?from=x&to=1", "?from=1&to=99"):
        assert editor.get(f"/assets/{asset.pk}/diff{query}").status_code == 404
    assert editor.post(f"/assets/{asset.pk}/versions/1/forget").status_code == 404


def test_texts_do_not_come_back_over_what_somebody_wrote_after_the_page_was_loaded(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=0)
    asset = public_photo(agency, texts={"vi": {"title": "Cũ"}})
    (_, client), editor = person(agency), signed_in(agency, Role.EDITOR)
    client.patch(f"{API}/assets/{asset.pk}", {"texts": {"vi": {"title": "Mới"}}}, format="json")
    page = editor.get(f"/assets/{asset.pk}/diff?from=1&to=2").content.decode()
    assert 'name="revision" value="2"' in page
    client.patch(f"{API}/assets/{asset.pk}", {"texts": {"vi": {"title": "Mới nhất"}}}, format="json")
    answer = editor.post(f"/assets/{asset.pk}/revisions/1/restore", {"revision": "2"}, follow=True)
    assert "Somebody changed this in the meantime" in answer.content.decode()
    assert detail(client, asset)["texts"]["vi"]["title"] == "Mới nhất"


def test_the_page_to_replace_a_file_is_for_those_who_may(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=1)
    asset, editor = public_photo(agency), signed_in(agency, Role.EDITOR)
    page = editor.get(f"/assets/{asset.pk}/replace").content.decode()
    assert f'name="asset" value="{asset.pk}"' in page
    assert "somebody else confirms it first" in page
    assert signed_in(agency, Role.CONTRIBUTOR).get(f"/assets/{asset.pk}/replace").status_code == 403
    article = make_asset(agency=agency, kind=Kind.ARTICLE)
    assert editor.get(f"/assets/{article.pk}/replace")["Location"] == f"/assets/{article.pk}/versions"
    assert "Files" not in editor.get(f"/assets/{article.pk}/versions").content.decode()


def test_outsiders_see_the_versions_that_were_published_and_no_history(signed_in: SignedIn) -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own), stranger = public_photo(agency), person(agency), signed_in(make_agency(), Role.EDITOR)
    corrected(own, asset)
    page = stranger.get(f"/assets/{asset.pk}/versions").content.decode()
    assert "Version 1" in page
    assert "Version 2" not in page
    assert "History of the content" not in page
    assert stranger.get(f"/assets/{asset.pk}/diff?from=1&to=2").status_code == 403
    assert stranger.get(f"/assets/{make_ready_asset(agency=agency).pk}/versions").status_code == 404
    assert stranger.get(f"/assets/{asset.pk}/download/w320.webp?version=1").status_code == 302
    assert stranger.get(f"/assets/{asset.pk}/download/w320.webp?version=2").status_code == 404
