"""An article shows the current version of each work, and says that it was corrected."""

import pytest
from django.test import Client

from tests.factories import make_agency
from tests.versions.flow import API, act, corrected, person, public_photo

pytestmark = pytest.mark.django_db


def test_a_corrected_work_is_in_the_article_at_once() -> None:
    agency = make_agency(code="VGP", review_steps=1)
    photo, (_, own), (_, other) = public_photo(agency), person(agency), person(agency)
    agency.review_steps = 0
    agency.save()
    said = {"title": "Tin", "body": f'<p>Một</p><figure data-asset="{photo.pk}"></figure>'}
    values = {"agency": "VGP", "kind": "article", "audience": "public", "texts": {"vi": said}}
    made = own.post(f"{API}/assets", values, format="json").json()
    assert own.post(f"{API}/assets/{made['id']}/publish").status_code == 200
    agency.review_steps = 1
    agency.save()
    url = f"{API}/assets/{made['id']}/article"
    before = Client().get(url)
    first = photo.current_version
    assert first is not None
    assert f"/{first.pk}/" in before.content.decode()
    assert "Đính chính" not in before.content.decode()

    second = corrected(own, photo)

    assert Client().get(url, headers={"If-None-Match": before["ETag"]}).status_code == 304, "it waits, unseen"
    assert act(other, photo, "versions/2/confirm").status_code == 200
    after = Client().get(url, headers={"If-None-Match": before["ETag"]})
    page = after.content.decode()
    assert after.status_code == 200
    assert f"/{second.pk}/" in page
    assert f"/{first.pk}/" not in page
    assert '<small class="corrected">Đính chính ngày ' in page
    assert "Đính chính ngày " in Client().get(url, {"format": "text"}).content.decode()
    work = Client().get(url, {"format": "ninjs"}).json()["associations"][0]
    photo.refresh_from_db()
    assert photo.corrected_at is not None
    assert work["versioncreated"].startswith(f"{photo.corrected_at:%Y-%m-%dT%H:%M}")
    embedded = Client().get(f"/embed/{made['id']}").content.decode()
    assert f"/{second.pk}/" in embedded
