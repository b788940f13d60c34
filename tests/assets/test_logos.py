"""The logo of an agency: chosen among its own public pictures, shown as long as everybody may see it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.test import Client
from django.utils.translation import override

from assets.logos import logo_of
from assets.models import AgencyLogo, Asset, AssetVersion
from assets.states import Kind, VersionState
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.assets_purge import purge_due
from assets.usecases.logos_set import LogoUnusable, set_logo
from permissions.errors import NotAllowed, RevisionChanged
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_member,
    make_ready_asset,
    make_token,
)

pytestmark = pytest.mark.django_db
PUBLIC = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


@pytest.fixture
def moh() -> Agency:
    return make_agency(code="MOH", name_vi="Bộ Y tế", parent=make_agency(code="GOV"))


def sign(agency: Agency, **fields: Any) -> Asset:
    words = {"vi": {"title": "Dấu hiệu", "alt_text": "Chữ thập đỏ"}}
    return make_ready_asset(agency=agency, **{**PUBLIC, "texts": words, **fields})


@pytest.fixture
def logo(moh: Agency) -> Asset:
    """The logo of the ministry."""
    asset = sign(moh)
    AgencyLogo.objects.create(agency=moh, asset=asset)
    return asset


def change(asset: Asset, **columns: Any) -> None:
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        Asset.objects.filter(pk=asset.pk).update(**columns)


def test_an_administrator_chooses_it_by_reference_or_id_and_takes_it_away(moh: Agency) -> None:
    first, second = sign(moh), sign(moh, kind=Kind.INFOGRAPHIC)
    by = actor_in(moh, Role.AGENCY_ADMIN)
    set_logo(agency_id=moh.pk, by=by, work=f" {first.reference.lower()} ")
    shown = logo_of(moh)
    assert shown is not None
    assert (shown.asset, shown.width) == (first, 64)
    assert f"/media/public/{first.pk}/" in shown.url
    changed = set_logo(agency_id=moh.pk, by=by, work=str(second.pk))
    assert set_logo(agency_id=moh.pk, by=by, work=second.reference).revision == changed.revision
    set_logo(agency_id=moh.pk, by=by, work=None)
    assert logo_of(moh) is None
    events = AuditEvent.objects.filter(act="agency.logo_set", target=moh.pk).order_by("id")
    told = [(event.data["before"], event.data["after"]) for event in events]
    assert told == [
        (None, first.reference),
        (first.reference, second.reference),
        (second.reference, None),
    ]


def test_it_takes_the_right_to_the_other_settings_and_their_revision(moh: Agency) -> None:
    asset = sign(moh)
    for role in (Role.EDITOR, Role.VIEWER):
        with pytest.raises(NotAllowed):
            set_logo(agency_id=moh.pk, by=actor_in(moh, role), work=str(asset.pk))
    with pytest.raises(NotAllowed):
        set_logo(agency_id=moh.pk, by=actor_in(make_agency(), Role.AGENCY_ADMIN), work=str(asset.pk))
    with pytest.raises(RevisionChanged):
        set_logo(agency_id=moh.pk, by=actor_in(moh, Role.AGENCY_ADMIN), work=str(asset.pk), revision=7)
    assert logo_of(moh) is None


UNUSABLE: dict[str, dict[str, Any]] = {
    "a draft": {"state": AssetState.DRAFT},
    "for the network alone": {"audience": Audience.NETWORK},
    "withdrawn": {"state": AssetState.WITHDRAWN},
    "under embargo": {"embargo_until": datetime(2100, 1, 1, tzinfo=UTC)},
    "its rights over": {"rights_end": datetime(2020, 1, 1, tzinfo=UTC)},
    "for some countries": {"territories": ["VN"]},
    "without its release": {"release_required": True},
    "a film": {"kind": Kind.VIDEO},
}


@pytest.mark.parametrize("columns", UNUSABLE.values(), ids=UNUSABLE)
def test_what_not_everybody_may_see_is_neither_chosen_nor_shown(
    moh: Agency, logo: Asset, columns: dict[str, Any]
) -> None:
    """Judged at the moment of use; what was chosen stays, and does not hinder the other settings."""
    assert logo_of(moh) is not None
    change(logo, **columns)
    assert logo_of(moh) is None
    by = actor_in(moh, Role.AGENCY_ADMIN)
    kept = set_logo(agency_id=moh.pk, by=by, work=logo.reference, fields={"name_en": "Health"})
    assert kept.name_en == "Health"
    AgencyLogo.objects.all().delete()
    with pytest.raises(LogoUnusable) as refusal:
        set_logo(agency_id=moh.pk, by=by, work=str(logo.pk), fields={"name_en": "not this"})
    assert refusal.value.reason == "logo_unusable"
    assert list(refusal.value.data["fields"]) == ["logo"]
    moh.refresh_from_db()
    assert moh.name_en == "Health"  # all or nothing


def test_a_work_of_others_or_one_not_to_be_known_is_refused(moh: Agency) -> None:
    by = actor_in(moh, Role.AGENCY_ADMIN)
    parent = moh.parent
    assert parent is not None
    sentences = {
        str(sign(parent).pk): "itself",
        make_ready_asset().reference: "no such",
        str(uuid4()): "no such",
        "MOH\x00": "no such",
        make_asset(agency=moh).reference: "published",
    }
    for work, words in sentences.items():
        with override("en"), pytest.raises(LogoUnusable, match=words):
            set_logo(agency_id=moh.pk, by=by, work=work)


def test_a_file_in_processing_or_without_a_picture_is_not_shown(moh: Agency, logo: Asset) -> None:
    versions = AssetVersion.objects.filter(pk=logo.current_version_id)
    versions.update(hidden=True)
    assert logo_of(moh) is None
    versions.update(hidden=False)
    assert logo_of(moh) is not None
    assert logo.current_version is not None
    logo.current_version.renditions.all().delete()
    assert logo_of(moh) is None
    with pgtrigger.ignore("assets.AssetVersion:version_state"):
        versions.update(state=VersionState.PROCESSING)
    assert logo_of(moh) is None


def test_with_the_asset_the_logo_goes(moh: Agency, logo: Asset, settings) -> None:
    deleted = {"deleted_at": datetime.now(UTC) - settings.TRASH_LIFETIME - timedelta(days=1), "deletion_reason": "x"}
    change(logo, state=AssetState.WITHDRAWN, **deleted)
    assert logo_of(moh) is None
    assert purge_due() == 1
    assert not AgencyLogo.objects.exists()


def test_a_merged_agency_leaves_its_sign_and_the_other_keeps_its_own(moh: Agency, logo: Asset) -> None:
    other = make_agency(parent=moh.parent)
    own = sign(other)
    AgencyLogo.objects.create(agency=other, asset=own)
    above = moh.parent
    assert above is not None
    merge_agency(agency_id=moh.pk, into_id=other.pk, by=actor_in(above, Role.AGENCY_ADMIN))
    assert [row.asset for row in AgencyLogo.objects.all()] == [own]


# --- Over HTTP


def test_the_api_takes_and_answers_it_with_the_etag(moh: Agency) -> None:
    asset = sign(moh)
    admin = bearer(make_token(user=make_member(moh, Role.AGENCY_ADMIN))[1])
    url = "/api/v1/agencies/MOH"
    read = admin.get(url)
    assert read.json()["logo_url"] is None
    body = {"logo": asset.reference, "name_en": "Health"}
    changed = admin.patch(url, body, format="json", headers={"If-Match": read["ETag"]})
    assert changed.status_code == 200, changed.content
    assert changed.json()["logo_url"].endswith("/w320.webp")
    assert changed.json()["administration"]["logo"]["reference"] == asset.reference
    assert changed.json()["names"]["en"] == "Health"
    stranger = bearer(make_token(user=make_member(make_agency(), Role.VIEWER))[1])
    assert stranger.get(url).json()["logo_url"] == changed.json()["logo_url"]
    change(asset, state=AssetState.WITHDRAWN)
    hidden = admin.get(url)
    assert hidden.json()["logo_url"] is None
    assert hidden.json()["administration"]["logo"]["reference"] == asset.reference
    assert hidden["ETag"] != changed["ETag"]
    assert admin.patch(url, {"logo": None}, format="json").json()["administration"]["logo"] is None
    refused = admin.patch(url, {"logo": asset.reference}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "logo_unusable")
    assert list(refused.json()["errors"]) == ["logo"]


def signed_in(agency: Agency, role: Role) -> Client:
    client = Client(headers={"accept-language": "vi"})
    client.force_login(make_member(agency, role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the settings, unchanged."""
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    return {"revision": revision[1], "name_vi": "Bộ Y tế", "quota_warn_percent": "80", "review_steps": ""}


def test_the_page_sets_it_and_says_what_is_wrong(moh: Agency) -> None:
    asset, admin = sign(moh), signed_in(moh, Role.AGENCY_ADMIN)
    form = form_of(admin.get("/agencies/MOH").content.decode())
    wrong = admin.post("/agencies/MOH", {**form, "logo": "MOH-1"})
    assert wrong.status_code == 400
    assert "id_logo_error" in wrong.content.decode()
    assert admin.post("/agencies/MOH", {**form, "logo": asset.reference}).status_code == 302
    page = admin.get("/agencies/MOH").content.decode()
    assert f'value="{asset.reference}"' in page
    assert 'class="logo"' in page
    assert 'alt="Chữ thập đỏ" lang="vi"' in page


def test_it_stands_beside_the_agency_on_its_page_its_assets_and_their_embeds(moh: Agency, logo: Asset) -> None:
    work = sign(moh)
    viewer = signed_in(moh, Role.VIEWER)
    pages = ("/agencies/MOH", f"/assets/{work.pk}", f"/embed/{work.pk}")
    for path in pages:
        assert re.search(rf'<img class="logo" src="[^"]*/media/public/{logo.pk}/', viewer.get(path).content.decode())
    logo.texts.update(alt_text="")
    assert 'alt="Biểu trưng: Bộ Y tế"' in viewer.get("/agencies/MOH").content.decode()
    change(logo, embargo_until=datetime(2100, 1, 1, tzinfo=UTC))
    for path in pages:
        answer = viewer.get(path)
        assert answer.status_code == 200
        assert 'class="logo"' not in answer.content.decode()


def test_a_cached_embed_outlives_neither_the_work_s_rights_nor_those_of_the_logo(
    client: Client, moh: Agency, logo: Asset
) -> None:
    work = sign(moh)
    assert client.get(f"/embed/{work.pk}")["Cache-Control"] == "public, max-age=60"
    change(logo, rights_end=datetime.now(UTC) + timedelta(seconds=30))
    age = int(client.get(f"/embed/{work.pk}")["Cache-Control"].removeprefix("public, max-age="))
    assert age <= 30
