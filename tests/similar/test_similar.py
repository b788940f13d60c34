"""Pictures that look alike: found by their hashes, the nearest first, within the rights of who looks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion, Fingerprint
from assets.similar import FARTHEST, finding, keep_missing
from assets.similar.bands import bits_of
from assets.usecases.assets_withdraw import withdraw_asset
from mediacenter.commands.reindex import command
from mediacenter.tasks import write_search_entries
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import actor_in, make_agency, make_ready_asset, make_text, make_version
from tests.media_samples import sklearn_photos
from tests.web.conftest import SignedIn
from transcoding.processing import process

pytestmark = pytest.mark.django_db
API = "/api/v1/assets"
PUBLIC = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}
ONE = "5a" * 32
"""Some hash of 256 bits."""


def turned(digest: str, bits: int) -> str:
    """The hash with so many of its bits turned, spread over all of it."""
    return f"{int(digest, 16) ^ sum(1 << (place * 8) for place in range(bits)):064x}"


def pictured(digest: str, *, quality: int = 100, keep: bool = True, **fields: Any) -> Asset:
    """A work whose picture has this hash."""
    asset = make_ready_asset(**fields)
    assert asset.current_version is not None
    AssetVersion.objects.filter(pk=asset.current_version.pk).update(
        perceptual_hash=digest, facts={"perceptual_hash_quality": quality}
    )
    if keep:
        keep_missing()
    return asset


def found(client: Client | APIClient, asset: Asset, **asked: Any) -> list[tuple[str, int]]:
    answer = client.get(f"{API}/{asset.pk}/similar", asked)
    assert answer.status_code == 200, answer.content
    return [(row["id"], row["distance"]) for row in answer.json()["results"]]


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", review_steps=0)


def jpeg(image: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def test_the_same_photo_smaller_and_compressed_anew_is_found_and_another_is_not(agency: Agency) -> None:
    china, flower = (Image.open(path) for path in sklearn_photos())
    smaller = china.resize((400, 267), Image.Resampling.LANCZOS)
    versions = []
    for original in (jpeg(china, 90), jpeg(smaller, 45), jpeg(flower, 90)):
        version = make_version(make_ready_asset(agency=agency, **PUBLIC), original=original)
        assert process(version.pk, worker="test", retries=0) == "ready"
        versions.append(version)
    first, second, other = (version.asset for version in versions)
    ((nearest, distance),) = found(Client(), first)
    assert nearest == str(second.pk)
    assert 0 <= distance <= FARTHEST
    assert found(Client(), second) == [(str(first.pk), distance)]
    assert found(Client(), other) == []


def test_the_nearest_come_first_and_none_beyond_the_bound(agency: Agency) -> None:
    here = pictured(ONE, agency=agency, **PUBLIC)
    others = {bits: pictured(turned(ONE, bits), agency=agency, **PUBLIC) for bits in (FARTHEST, 3, FARTHEST + 1, 12)}
    assert found(Client(), here) == [(str(others[bits].pk), bits) for bits in (3, 12, FARTHEST)]
    assert found(Client(), here, within=12) == [(str(others[bits].pk), bits) for bits in (3, 12)]
    assert found(Client(), here, within=0) == []
    assert found(Client(), here, size=1) == [(str(others[3].pk), 3)]
    twin = pictured(ONE, agency=agency, **PUBLIC)
    assert found(Client(), here, within=0) == [(str(twin.pk), 0)]


def hidden() -> dict[str, Callable[[], dict[str, Any]]]:
    later = datetime.now(UTC) + timedelta(days=1)
    return {
        "draft": lambda: {"audience": Audience.PUBLIC},
        "of the agency": lambda: {**PUBLIC, "audience": Audience.AGENCY},
        "under embargo": lambda: {**PUBLIC, "embargo_until": later},
        "past its rights": lambda: {**PUBLIC, "rights_end": datetime.now(UTC) - timedelta(minutes=1)},
        "without its release": lambda: {**PUBLIC, "release_required": True},
    }


@pytest.mark.parametrize("case", hidden())
def test_what_one_may_not_see_is_not_even_counted(case: str, agency: Agency, client_for: ClientFor) -> None:
    here, shown = pictured(ONE, agency=agency, **PUBLIC), pictured(turned(ONE, 9), agency=agency, **PUBLIC)
    nearer = pictured(turned(ONE, 2), agency=agency, **hidden()[case]())
    assert found(Client(), here, size=1) == [(str(shown.pk), 9)]
    own = client_for(agency, Role.AGENCY_ADMIN)
    assert found(own, here) == [(str(nearer.pk), 2), (str(shown.pk), 9)]
    assert Client().get(f"{API}/{nearer.pk}/similar").status_code == 404


def test_withdrawn_works_are_not_found_any_more(agency: Agency) -> None:
    here, near = (pictured(turned(ONE, bits), agency=agency, **PUBLIC) for bits in (0, 5))
    assert found(Client(), here) == [(str(near.pk), 5)]
    withdraw_asset(asset_id=near.pk, by=actor_in(agency, Role.AGENCY_ADMIN), reason="Sai người")
    assert found(Client(), here) == []
    assert Client().get(f"{API}/{uuid4()}/similar").status_code == 404


def test_flat_pictures_have_no_likes(agency: Agency) -> None:
    good = pictured(ONE, agency=agency, **PUBLIC)
    flat = pictured(ONE, quality=20, agency=agency, **PUBLIC)
    assert found(Client(), flat) == []
    assert found(Client(), good) == []


def test_a_picture_that_thousands_share_is_bounded(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_WEIGHED", 3)
    here = pictured(ONE, agency=agency, **PUBLIC)
    for bits in (7, 8, 9, 10):
        pictured(turned(ONE, bits), agency=agency, **PUBLIC)
    assert [distance for _, distance in found(Client(), here)] == [7, 8]  # the picture itself is one of three


@pytest.mark.parametrize("asked", [{"within": 32}, {"within": -1}, {"size": 0}, {"size": 51}, {"size": "x"}, {"a": 1}])
def test_what_cannot_be_asked_is_named(asked: dict[str, Any], agency: Agency) -> None:
    here = pictured(ONE, agency=agency, **PUBLIC)
    answer = Client().get(f"{API}/{here.pk}/similar", asked)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(asked)


def test_pictures_from_before_get_their_fingerprints_while_the_site_runs(agency: Agency) -> None:
    here, near = (pictured(turned(ONE, bits), keep=False, agency=agency, **PUBLIC) for bits in (0, 4))
    assert found(Client(), here) == []
    assert keep_missing(most=1) == 1
    assert write_search_entries(0).endswith(", 1 fingerprints")
    assert found(Client(), here) == [(str(near.pk), 4)]
    Fingerprint.objects.all().delete()
    ran = CliRunner().invoke(command, ["--quiet"], catch_exceptions=False)
    assert "2 fingerprints of pictures written." in ran.output
    assert {row.bits for row in Fingerprint.objects.all()} == {bits_of(turned(ONE, bits)) for bits in (0, 4)}


def test_the_page_shows_them(agency: Agency, signed_in: SignedIn) -> None:
    here, near, secret = (
        pictured(turned(ONE, bits), agency=agency, **fields)
        for bits, fields in ((0, PUBLIC), (5, PUBLIC), (6, {"audience": Audience.AGENCY}))
    )
    make_text(near, title="Cầu Nhật Tân")
    alone = pictured("00" * 32, agency=agency, **PUBLIC)
    colleague, other = signed_in(agency, Role.EDITOR), signed_in(make_agency(), Role.EDITOR)

    def shown(client: Client, asset: Asset) -> list[bool]:
        page = client.get(f"/assets/{asset.pk}").content.decode()
        return ['id="similar"' in page, "Cầu Nhật Tân" in page, f"/assets/{secret.pk}" in page]

    assert shown(colleague, here) == [True, True, True]
    assert shown(other, here) == [True, True, False]
    assert shown(colleague, alone) == [False, False, False]
