"""Lists write their answers without serializers: what they say is what the document says of them."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.test.utils import override_settings
from django.utils import translation

from api.bulk import summaries
from api.listed_presenters import summary_of
from api.presenters import asset_summary, for_lists
from api.serializers.outputs import AssetSummary
from api.shaping import Include, Shape
from assets.lists.listed import listed
from assets.models import Asset
from permissions.actor import ANONYMOUS, Actor
from permissions.vocabulary import PlatformRole
from tests.assets.lists.conftest import owner, works  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db

AUDITOR = Actor(user_id=UUID(int=1), platform_role=PlatformRole.AUDITOR)


def unsigned(said: dict[str, Any]) -> dict[str, Any]:
    """Signatures hold the second of the clock."""
    thumbnail = said["thumbnail"]
    path = thumbnail and re.sub(r"/media/s/[^/]+/", "/media/s/…/", thumbnail["url"])
    return {**said, "thumbnail": thumbnail and {**thumbnail, "url": path}}


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
def test_a_summary_is_what_its_serializer_would_make_of_it(works: list[Asset], language: str) -> None:  # noqa: F811
    rows = for_lists(Asset.objects.all()).in_bulk()
    with translation.override(language):
        for work in listed(AUDITOR, [work.pk for work in works]):
            said = summary_of(AUDITOR, work, territory=None)
            assert said == AssetSummary(said).data
            assert list(said) == list(AssetSummary().fields)
            assert unsigned(said) == unsigned(asset_summary(AUDITOR, rows[work.id], territory=None))
            assert json.loads(json.dumps(said)) == said


def test_what_is_included_stands_beside_the_same_summary(works: list[Asset]) -> None:  # noqa: F811
    found = listed(AUDITOR, [work.pk for work in works])
    plain = summaries(AUDITOR, found, shape=Shape(), territory=None)
    for include in Include:
        more = summaries(AUDITOR, found, shape=Shape(include=frozenset({include})), territory=None)
        told = [{name: value for name, value in each.items() if name != include} for each in more]
        assert list(map(unsigned, told)) == list(map(unsigned, plain))
        assert all(include in each for each in more)


def test_the_title_is_in_the_reader_s_language_and_never_empty(works: list[Asset]) -> None:  # noqa: F811
    ids = [work.pk for work in works]

    def titles(language: str) -> list[str]:
        with translation.override(language):
            return [summary_of(AUDITOR, work, territory=None)["title"] for work in listed(AUDITOR, ids)]

    assert titles("en")[0] == "Long Bien bridge"
    assert titles("zh-hans")[0] == "龙边桥"
    assert titles("vi")[1] == "Long Bien bridge", "the only one that there is"
    assert all(titles("vi"))


@override_settings(TERRITORY_HEADER="X-Country")
def test_a_thumbnail_is_for_those_who_may_look(works: list[Asset]) -> None:  # noqa: F811
    here = Actor(user_id=UUID(int=1), platform_role=PlatformRole.OPERATOR)
    (limited,) = listed(here, [works[2].pk])
    assert summary_of(here, limited, territory="VN")["thumbnail"]
    assert summary_of(here, limited, territory=None)["thumbnail"]
    assert summary_of(here, limited, territory="US")["thumbnail"] is None
    assert summary_of(AUDITOR, limited, territory="US")["thumbnail"], "who keeps works is not bound"
    (public,) = listed(ANONYMOUS, [works[0].pk])
    assert "/media/public/" in summary_of(ANONYMOUS, public, territory=None)["thumbnail"]["url"]
