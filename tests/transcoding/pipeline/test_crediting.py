"""Which words go into renditions: those of the asset when it is processed, where its agency wants it."""

from pathlib import Path

import pytest

from assets.models import AssetText
from assets.states import TextState
from assets.storage import get_store
from tests import factories
from tests.api.conftest import client_for
from tests.transcoding.pictures.test_credits import xmp_tags
from transcoding.crediting import credits_of
from transcoding.processing import process

pytestmark = pytest.mark.django_db
__all__ = ["client_for"]


def test_a_rendition_in_the_store_names_its_maker(tmp_path: Path) -> None:
    asset = factories.make_asset(author="Trần Văn Đức", credit_line="VGP", licence="Chỉ dùng cho báo chí")
    factories.make_text(asset, title="Cầu", alt_text="Cây cầu")
    version = factories.make_version(asset, original=factories.jpeg(width=700, height=400))
    assert process(version.pk, worker="test", retries=0) == "ready"
    for profile in ("w640.jpg", "w320.webp", "crop-1x1.webp"):
        path = tmp_path / profile
        with get_store().open(version.renditions.get(profile=profile).key) as stored:
            path.write_bytes(stored.read())
        found = xmp_tags(path)
        assert found["XMP-dc:Creator"] == "Trần Văn Đức"
        assert found["XMP-photoshop:TransmissionReference"] == asset.reference
        assert found["XMP-xmpRights:UsageTerms"] == "Chỉ dùng cho báo chí"
        assert found["XMP-iptcCore:AltTextAccessibility-vi"] == "Cây cầu"


def test_the_policy_comes_from_the_nearest_agency_that_says_it() -> None:
    top = factories.make_agency()
    middle = factories.make_agency(parent=top, embed_credits=False)
    below = factories.make_agency(parent=middle)
    own = factories.make_agency(parent=middle, embed_credits=True)
    written = [credits_of(factories.make_asset(agency=each).pk) is not None for each in (top, middle, below, own)]
    assert written == [True, False, False, True]


def test_machine_translations_are_not_put_into_anybody_s_mouth() -> None:
    asset = factories.make_asset()
    factories.make_text(asset, title="a", alt_text="một")
    factories.make_text(asset, language="en", title="a", alt_text="one")
    factories.make_text(asset, language="zh", title="a", alt_text="一")
    AssetText.objects.filter(asset=asset, language="en").update(state=TextState.TRANSLATED)
    AssetText.objects.filter(asset=asset, language="zh").update(state=TextState.MACHINE)
    found = credits_of(asset.pk)
    assert found is not None
    assert found.alt_texts == {"vi": "một", "en": "one"}


def test_an_administrator_sets_the_policy_by_api(client_for) -> None:
    from permissions.vocabulary import Role

    agency = factories.make_agency()
    client = client_for(agency, Role.AGENCY_ADMIN)
    url = f"/api/v1/agencies/{agency.code}"
    before = client.get(url).json()["administration"]
    assert (before["embed_credits"], before["embed_credits_now"]) == (None, True)
    for value in (False, True, None):
        answer = client.patch(url, {"embed_credits": value}, format="json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["administration"]["embed_credits"] is value
    assert client.patch(url, {"embed_credits": "perhaps"}, format="json").status_code == 400
    assert client_for(agency, Role.EDITOR).patch(url, {"embed_credits": False}, format="json").status_code == 403
