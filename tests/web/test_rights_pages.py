"""What the pages say of rights before anybody runs into them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from assets.models import Asset, Collection, Licence, Release
from assets.models.rights import ReleaseKind
from assets.states import Kind
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import make_agency, make_asset, make_collection, make_ready_asset, make_rendition
from tests.web.conftest import SignedIn
from tests.web.forms import edited

pytestmark = pytest.mark.django_db


def published(**fields: Any) -> Asset:
    """A ready photo for everybody, with a JPEG to take away."""
    more = {name: fields.pop(name) for name in ("licence_terms", "territories", "embargo_until") if name in fields}
    asset = make_ready_asset(state=AssetState.PUBLISHED, **fields)
    Asset.objects.filter(pk=asset.pk).update(audience=Audience.PUBLIC, **more)
    assert asset.current_version is not None
    make_rendition(asset.current_version, profile="w1280.jpg", media_type="image/jpeg", width=1280, height=960)
    return asset


def licence(code: str) -> Licence:
    return Licence.objects.get(code=code, agency=None)


def page(client: Client, asset: Asset, rest: str = "") -> str:
    answer = client.get(f"/assets/{asset.pk}{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_the_licence_allows_and_why_not_the_rest(signed_in: SignedIn) -> None:
    asset = published(licence_terms=licence("cc-by-nc-nd-4.0"), credit_line="VGP/Nhật Bắc")
    seen = page(signed_in(make_agency(), Role.VIEWER), asset)
    assert "Credit: VGP/Nhật Bắc. Licence: CC BY-NC-ND 4.0 (NonCommercial, NoDerivatives)." in seen
    assert 'href="https://creativecommons.org/licenses/by-nc-nd/4.0/"' in seen
    assert "The licence does not allow this to be altered, cropped or built upon." in seen
    assert "The licence does not allow commercial use." in seen
    assert f'href="/assets/{asset.pk}/download/w1280.jpg"' in seen
    assert 'id="snippet"' in seen


def test_a_download_that_would_be_refused_is_a_disabled_button_with_the_reason(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset = published(licence_terms=licence("press-use-only"))
    outsider = signed_in(agency, Role.VIEWER)
    agency.memberships.all().delete()  # a person without any agency is signed in and no member of the network
    seen = page(outsider, asset)
    assert 'disabled aria-describedby="why-not-download"' in seen
    assert 'id="why-not-download">The licence allows press use only' in seen
    assert f"/assets/{asset.pk}/download/" not in seen
    assert 'id="snippet"' not in seen
    assert outsider.get(f"/assets/{asset.pk}/download/w1280.jpg").status_code == 403


def test_the_keeper_reads_when_the_embargo_ends(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset = published(agency=agency, embargo_until=datetime.now(UTC) + timedelta(days=1))
    assert page(signed_in(agency), asset).count("This is under embargo until ") == 5


def test_in_another_territory_there_is_the_reason_instead_of_the_picture(signed_in: SignedIn, settings: Any) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    asset = published(territories=["VN"])
    client = signed_in(make_agency(), Role.VIEWER)
    assert "/media/public/" in page(client, asset)
    answer = client.get(f"/assets/{asset.pk}", headers={"X-Country": "US"})
    assert "/media/" not in answer.content.decode()
    assert "This may not be used where you are, only in: VN." in answer.content.decode()


@pytest.mark.parametrize("audience", [Audience.NETWORK, Audience.SHARED, Audience.AGENCY])
def test_in_another_territory_no_list_gives_away_what_the_page_withholds(
    signed_in: SignedIn, settings: Any, audience: Audience
) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    owner, other = make_agency(), make_agency()
    terms = {"audience": audience, "territories": ["VN"], "place": "cau"}
    asset = make_ready_asset(agency=owner, state=AssetState.PUBLISHED, shared_with=(other,), **terms)
    album = make_collection(asset, agency=owner)
    Collection.objects.filter(pk=album.pk).update(audience=Audience.NETWORK)
    reader = signed_in(owner, Role.VIEWER) if audience == Audience.AGENCY else signed_in(other, Role.EDITOR)
    lists = ["/", f"/collections/{album.pk}", f"/assets/{asset.pk}/versions"]
    seen = {country: _asked(reader, lists, country) for country in ("VN", "US")}
    if audience != Audience.AGENCY:  # the picker of an article's editor
        article = make_asset(agency=other, kind=Kind.ARTICLE, texts={"vi": {"title": "Tin"}})
        form = {"query": "cau", "find": "1", "body_vi": f'<figure data-asset="{asset.pk}"></figure>', "preview": "1"}
        for country, pages in seen.items():
            sent = reader.post(f"/assets/{article.pk}/edit", form, headers={"X-Country": country})
            pages["picker"] = sent.content.decode()
    assert all(str(asset.pk) in text for pages in seen.values() for text in pages.values())
    assert [name for name, text in seen["VN"].items() if "/media/" not in text] == []
    assert [name for name, text in seen["US"].items() if "/media/" in text] == []


def test_a_territory_hides_nothing_from_those_who_keep_the_work(signed_in: SignedIn, settings: Any) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    owner = make_agency()
    asset = make_ready_asset(agency=owner, state=AssetState.IN_REVIEW, territories=["VN"])
    seen = _asked(signed_in(owner, Role.EDITOR), ["/", f"/assets/{asset.pk}/versions"], "US")
    assert all("/media/" in text for text in seen.values())


def _asked(client: Client, paths: list[str], country: str) -> dict[str, str]:
    answers = {path: client.get(path, headers={"X-Country": country}) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.content.decode() for path, answer in answers.items()}


def test_the_edit_page_chooses_the_licence_and_its_words_follow(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset, client = make_asset(agency=agency, licence="tự do"), signed_in(agency)
    chosen = licence("cc-by-4.0")
    assert edited(client, asset, licence_terms=str(chosen.pk), territories="vn, la").status_code == 302
    asset.refresh_from_db()
    assert (asset.licence_terms, asset.licence, asset.territories) == (chosen, chosen.name_vi, ["LA", "VN"])
    assert edited(client, asset, author="Lê An").status_code == 302
    asset.refresh_from_db()
    assert (asset.licence_terms, asset.author) == (chosen, "Lê An")
    assert edited(client, asset, licence_terms="").status_code == 302
    asset.refresh_from_db()
    assert (asset.licence_terms, asset.licence) == (None, "")
    assert edited(client, asset, licence="CC0 1.0 (Public Domain Dedication)", release_required="on").status_code == 302
    asset.refresh_from_db()
    assert (asset.licence_terms, asset.release_required) == (licence("cc0-1.0"), True)
    refused = edited(client, asset, territories="ZZ")
    assert refused.status_code == 400
    assert "These are no country codes: ZZ." in refused.content.decode()


def test_a_release_is_attached_and_withdrawn_on_the_edit_page(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset, client = published(agency=agency), signed_in(agency, Role.EDITOR)
    sent = {"kind": "model", "name": "Trần <b>Bình</b>", "is_minor": "on", "reference": "HS-7"}
    assert client.post(f"/assets/{asset.pk}/releases", sent).status_code == 302
    seen = page(client, asset, "/edit")
    assert "Trần &lt;b&gt;Bình&lt;/b&gt;" in seen
    assert "HS-7" in seen
    release = Release.objects.get(asset=asset)
    assert release.is_minor
    outsider = signed_in(make_agency())
    assert outsider.get(f"/assets/{asset.pk}").status_code == 200
    assert client.post(f"/assets/{asset.pk}/releases/{release.pk}/withdraw").status_code == 302
    assert outsider.get(f"/assets/{asset.pk}").status_code == 404
    assert "A release for this asset has ended or was withdrawn" in page(client, asset)
    again = client.post(f"/assets/{asset.pk}/releases/{release.pk}/withdraw", follow=True)
    assert "This release was withdrawn before." in again.content.decode()


def test_a_release_that_says_nothing_sound_is_explained(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset, client = make_asset(agency=agency), signed_in(agency)
    sent = {"kind": "property", "name": "Nhà cổ", "is_minor": "on"}
    answer = client.post(f"/assets/{asset.pk}/releases", sent, follow=True)
    assert "A property has no age." in answer.content.decode()
    answer = client.post(f"/assets/{asset.pk}/releases", {"kind": "property"}, follow=True)
    assert "Person or property" in answer.content.decode()
    assert not Release.objects.exists()


def test_those_who_may_not_edit_attach_no_release(signed_in: SignedIn) -> None:
    agency = make_agency()
    asset = published(agency=agency)
    release = Release.objects.create(asset=asset, kind=ReleaseKind.MODEL, name="An")
    for client in (signed_in(agency, Role.VIEWER), signed_in(agency, Role.CONTRIBUTOR), signed_in(make_agency())):
        sent = {"kind": "model", "name": "x"}
        assert client.post(f"/assets/{asset.pk}/releases", sent).status_code == 403
        assert client.post(f"/assets/{asset.pk}/releases/{release.pk}/withdraw").status_code == 403
    assert "An" not in page(signed_in(agency, Role.VIEWER), asset).split('id="rights"')[1]
