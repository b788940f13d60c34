"""The pages: an agency's terms, and the form before a download, as people without JavaScript meet them."""

import pytest

from assets.models import UsageStatement
from permissions.models import Agency, AgencyTerms, TermsAcceptance
from permissions.vocabulary import Audience, Role
from tests.factories import make_agency, make_collection
from tests.terms.asking import WORDS, asks, work_of
from tests.web.conftest import SignedIn, text

pytestmark = pytest.mark.django_db


def test_an_administrator_writes_terms_and_asks_for_them(paper: Agency, signed_in: SignedIn) -> None:
    chief, address = signed_in(paper, Role.AGENCY_ADMIN), f"/agencies/{paper.code}/terms"
    assert "No terms were written yet." in text(chief, address)
    assert chief.post(address, {"vi": " ", "en": "x"}).status_code == 400
    assert chief.post(address, {"vi": "Ghi nguồn <b>", "en": "Name us"}).status_code == 302
    page = text(chief, address)
    assert "Version 1" in page
    assert "Name us" in page
    assert chief.post(address, {"vi": "Ghi nguồn <b>", "en": "Name us"}).status_code == 302
    assert AgencyTerms.objects.count() == 1
    reader = signed_in(make_agency(), Role.VIEWER, language="zh-hans")
    page = text(reader, address)
    assert "Ghi nguồn &lt;b&gt;" in page
    assert 'name="vi"' not in page
    assert reader.post(address, {"vi": "x"}).status_code == 403


def test_terms_are_read_and_accepted_on_their_page(owner: Agency, paper: Agency, signed_in: SignedIn) -> None:
    reader, address = signed_in(paper, Role.VIEWER), f"/agencies/{owner.code}/terms"
    assert 'value="accept"' in text(reader, address)
    assert reader.post(address, {"act": "accept", "version": "7"}).status_code == 302
    assert not TermsAcceptance.objects.exists()
    assert reader.post(address, {"act": "accept", "version": "1"}).status_code == 302
    page = text(reader, address)
    assert "You accepted this version" in page
    assert 'value="accept"' not in page
    assert 'value="accept"' not in text(signed_in(owner, Role.VIEWER), address)


def test_the_page_of_a_work_says_that_something_is_asked(owner: Agency, paper: Agency, signed_in: SignedIn) -> None:
    work = work_of(owner)
    page = text(signed_in(paper, Role.VIEWER), f"/assets/{work.pk}")
    assert "You are asked to accept terms and to say what for." in page
    assert " download>" not in page  # or the browser would save the form
    own = text(signed_in(owner, Role.VIEWER), f"/assets/{work.pk}")
    assert "You are asked" not in own
    assert " download>" in own


def test_who_is_asked_for_nothing_sees_no_form(owner: Agency, signed_in: SignedIn) -> None:
    work = work_of(owner)
    answer = signed_in(owner, Role.VIEWER).get(f"/assets/{work.pk}/download/w320.webp")
    assert (answer.status_code, "/media/" in answer["Location"]) == (302, True)


def test_the_form_shows_the_terms_and_what_was_said_of_the_work_before(
    owner: Agency, paper: Agency, signed_in: SignedIn
) -> None:
    work, reader = work_of(owner), signed_in(paper, Role.VIEWER)
    address = f"/assets/{work.pk}/download/w320.webp"
    page = text(reader, address)
    assert WORDS.splitlines()[0] in page
    terms = AgencyTerms.objects.get()
    begun = reader.post(address, {f"accept-{terms.pk}": "1", "statement": "Bài về <cầu>"}).content.decode()
    assert 'http-equiv="refresh"' in begun
    assert "/media/" in begun
    assert "Bài về &lt;cầu&gt;" in text(reader, address)
    uses = text(signed_in(owner, Role.CONTRIBUTOR), f"/assets/{work.pk}")
    assert "Bài về &lt;cầu&gt;" in uses


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_album_that_is_not_to_be_seen_is_not_there(owner: Agency, signed_in: SignedIn, method: str) -> None:
    album = make_collection(work_of(owner))
    reader = signed_in(make_agency(), Role.VIEWER)
    assert getattr(reader, method)(f"/collections/{album.pk}/download").status_code == 404


def test_an_album_of_one_s_own_comes_at_once(owner: Agency, signed_in: SignedIn) -> None:
    album = make_collection(work_of(owner))
    answer = signed_in(owner, Role.VIEWER).get(f"/collections/{album.pk}/download")
    assert answer["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_what_may_not_be_taken_is_refused_before_anything_is_asked(
    owner: Agency, paper: Agency, signed_in: SignedIn
) -> None:
    work, reader = work_of(owner), signed_in(paper, Role.VIEWER)
    assert reader.get(f"/assets/{work.pk}/download/original").status_code == 403
    assert reader.post(f"/assets/{work.pk}/download/original", {"statement": "abc"}).status_code == 403
    assert reader.get(f"/assets/{work.pk}/download/w9.webp").status_code == 404
    hidden = work_of(owner, audience=Audience.AGENCY)
    assert reader.get(f"/assets/{hidden.pk}/download/w320.webp").status_code == 404
    assert not UsageStatement.objects.exists()


def test_the_settings_of_the_agency_switch_it(owner: Agency, signed_in: SignedIn) -> None:
    asks(owner)
    chief = signed_in(owner, Role.AGENCY_ADMIN)
    page = text(chief, f"/agencies/{owner.code}")
    assert 'name="asks_terms"' in page
    form = {"revision": "1", "name_vi": "x", "quota_warn_percent": "80", "asks_terms": "yes", "asks_statement": "no"}
    assert chief.post(f"/agencies/{owner.code}", form).status_code == 302
    owner.refresh_from_db()
    assert (owner.asks_terms, owner.asks_statement) == (True, False)
