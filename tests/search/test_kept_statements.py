"""Parts of a search's statements are written once for an asker. They say what is so when they run."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assets.models import Asset
from assets.models.search import SearchEntry
from assets.search import search
from assets.search.matches import _written as written
from assets.search.query import SearchQuery
from assets.search.query_language import parse
from assets.search.ranking import scored, scores_of
from assets.states import Kind
from permissions.actor import Actor
from permissions.models import Agency
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_user
from tests.search.conftest import EVERYBODY_S, say

pytestmark = pytest.mark.django_db


def found(actor: Actor, **asked: Any) -> set[Any]:
    return {hit.asset_id for hit in search(actor=actor, query=SearchQuery(words="lũ quét", **asked)).hits}


def test_what_is_closed_between_two_searches_of_one_reader_is_not_found_again() -> None:
    reader = actor_in(make_agency(), Role.VIEWER)
    shown = say("lũ quét", kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    assert found(reader) == {shown.pk}
    Asset.objects.filter(pk=shown.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    assert found(reader) == set()
    Asset.objects.filter(pk=shown.pk).update(embargo_until=None, audience=Audience.AGENCY)
    assert found(reader) == set()
    Asset.objects.filter(pk=shown.pk).update(audience=Audience.NETWORK)
    assert found(reader) == {shown.pk}


def test_an_agency_that_moves_below_the_reader_s_or_away_takes_its_works_along() -> None:
    operator = Actor(user_id=make_user(platform_role=PlatformRole.OPERATOR).pk, platform_role=PlatformRole.OPERATOR)
    top, elsewhere = make_agency(), make_agency()
    child = make_agency(parent=elsewhere)
    reader, inside = actor_in(top), say("lũ quét", agency=child, audience=Audience.AGENCY)
    assert found(reader) == set()
    move_agency(agency_id=child.pk, parent_id=top.pk, by=operator)
    assert found(reader) == {inside.pk}
    move_agency(agency_id=child.pk, parent_id=elsewhere.pk, by=operator)
    assert found(reader) == set()


def test_filters_by_value_have_statements_of_their_own_and_those_that_look_something_up_have_none(
    agency: Agency,
) -> None:
    shown = say("lũ quét", agency=agency, urgency=2)
    written.cache_clear()
    for _ in range(2):
        assert found(EVERYBODY_S) == {shown.pk}
        assert found(EVERYBODY_S, urgency=2) == {shown.pk}
        assert found(EVERYBODY_S, urgency=1) == set()
    assert written.cache_info().misses == 3
    assert found(EVERYBODY_S, agency=agency) == {shown.pk}
    assert found(EVERYBODY_S, language="vi") == {shown.pk}
    assert found(EVERYBODY_S, language="en") == set()
    assert written.cache_info().misses == 3


@pytest.mark.parametrize("words", ["lũ quét", "lu quet", '"lũ quét"', "山洪 lũ", "lũ -bão", "title:lũ"])
def test_scores_of_a_few_works_are_those_of_the_rows(words: str) -> None:
    for title in ("lũ quét ở Lào Cai", "lu quet", "quét lũ", "山洪暴发, lũ quét"):
        say(title, caption="Nước lũ lên nhanh")
    rows, now = SearchEntry.objects.all(), 1_795_000_000_000
    said = dict(scored(rows, parse(words), now=now).values_list("asset_id", "score"))
    few = [row.pk for row in rows[:3]]
    assert dict(scores_of(few, parse(words), now=now)) == {pk: said[pk] for pk in few}
    assert len(set(said.values())) > 1
