"""Results are exactly what the policy allows of what fits; counts, offers and corrections tell nothing else."""

import time
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset, AssetText
from assets.search import candidates, did_you_mean, facets, refresh_entries, search, suggestions
from assets.search.analysis import MONTHS
from assets.search.entries import passages_of
from assets.search.query import Order, SearchQuery
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind
from permissions.actor import Actor
from permissions.policy import can
from permissions.vocabulary import Action
from tests.permissions.test_policy_agreement import (
    World,
    build_actor,
    build_agencies,
    build_assets,
    database_now,
    worlds,
)
from tests.search.conftest import EVERYBODY_S, say

pytestmark = pytest.mark.django_db

WORDS = ("bão lũ", "lũ quét", "bão tan", "hội nghị")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds(), order=st.sampled_from(Order), enough=st.sampled_from([2, 300]), size=st.sampled_from([1, 3, 24]))
def test_every_world_s_searches_hold_exactly_what_the_policy_allows(
    world: World, order: Order, enough: int, size: int
) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.search.searching.ENOUGH", enough)
        now = database_now()
        agencies = build_agencies(world)
        build_assets(world, agencies, now)
        _say(patch)
        for number, plan in enumerate(world.actors):
            actor = build_actor(plan, number, agencies, now)
            rows = Asset.objects.with_policy_facts().prefetch_related("texts")
            visible = [asset for asset in rows if can(actor, Action.VIEW, asset, now=asset.database_now)]
            for words in ("bão", "lu", '"lũ quét"', "-tan bao", "bão OR quét", ""):
                wanted = {asset.pk for asset in visible if _fits(words, asset.texts.all()[0].title)}
                assert set(_found(actor, words, order, size)) == wanted, words
            _tell_nothing_else(actor, visible)
        transaction.set_rollback(True)


def _say(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("assets.search.entries.keep_terms", lambda _: None)
    texts = [
        AssetText(asset=asset, language="vi", title=f"{WORDS[place % 4]} số{place}")
        for place, asset in enumerate(Asset.objects.order_by("pk"))
    ]
    AssetText.objects.bulk_create(texts)
    refresh_entries([text.asset_id for text in texts])
    for text in texts:
        keep_terms(terms_of(passages_of(text.asset)))


def _fits(words: str, title: str) -> bool:
    return {
        "bão": "bão" in title,
        "lu": "lũ" in title,
        '"lũ quét"': "lũ quét" in title,
        "-tan bao": "bão" in title and "tan" not in title,
        "bão OR quét": "bão" in title or "quét" in title,
        "": True,
    }[words]


def _found(actor: Actor, words: str, order: Order, size: int) -> list[object]:
    found: list[object] = []
    after = None
    while True:
        page = search(actor=actor, query=SearchQuery(words=words, order=order), size=size, after=after)
        found += [hit.asset_id for hit in page.hits]
        assert len(page.hits) <= size
        after = page.next
        if after is None:
            assert len(found) == len(set(found))
            return found


def _tell_nothing_else(actor: Actor, visible: list[Asset]) -> None:
    titles = [asset.texts.all()[0].title for asset in visible]
    said = {word for title in titles for word in title.split()}
    counted = facets(actor=actor, query=SearchQuery(words="bão"))
    assert counted.total.count == sum("bão" in title for title in titles)
    assert sum(one.count for one in counted.counts["state"]) == counted.total.count
    for prefix in ("so", "lu", "ba", "qu"):
        assert set(suggestions(actor=actor, prefix=prefix, size=20)) <= said
    assert did_you_mean(actor=actor, words="quett") in ({"quét"} if "quét" in said else {None})


def test_a_count_is_exact_up_to_its_bound_and_says_that_there_may_be_more_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(7):
        say(f"Cầu {number}", kind=Kind.PHOTO if number else Kind.AUDIO)
    asked = SearchQuery(words="cầu")
    cases = (
        (10, 20, {"photo": (6, False), "audio": (1, False)}),
        (5, 7, {"photo": (5, True), "audio": (1, False)}),
        (6, 7, {"photo": (6, False), "audio": (1, False)}),
        (6, 6, {"photo": (6, True)}),
    )
    for most, sample, wanted in cases:
        monkeypatch.setattr("assets.search.counting.MOST_COUNTED", most)
        monkeypatch.setattr("assets.search.counting.SAMPLE", sample)
        kinds = {one.value: (one.count, one.more) for one in facets(actor=EVERYBODY_S, query=asked).counts["kind"]}
        assert kinds == wanted, (most, sample)


def test_of_many_matches_only_the_newest_are_counted_and_every_count_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        say(f"Cầu {number}", kind=Kind.PHOTO if number else Kind.AUDIO)
    monkeypatch.setattr("assets.search.counting.SAMPLE", 3)
    counted = facets(actor=EVERYBODY_S, query=SearchQuery(words="cầu"))
    assert (counted.total.count, counted.total.more) == (3, True)
    assert [(one.value, one.count, one.more) for one in counted.counts["kind"]] == [("photo", 3, True)]


def months_of(lexemes: str) -> list[int]:
    """The spans of a month that these lexemes are."""
    found: list[int] = []
    for lexeme in lexemes.replace("'", "").split(" | "):
        bits, number = lexeme.removeprefix("t").split("/")
        many = 1 << (int(bits) - MONTHS)
        found += range(int(number) * many, (int(number) + 1) * many)
    return found


@pytest.mark.parametrize("share", [0, 4, 60, 299])
@pytest.mark.parametrize("newest", [1 << 41, 1_795_000_000_000, 1_795_300_000_000, (1 << 47) - 1])
def test_slices_are_all_of_time_each_older_than_the_one_before(newest: int, share: int) -> None:
    part = candidates.first_slice(newest, newest)
    assert part.end is not None
    assert part.end > newest >> MONTHS
    found, parts = share, [part]
    while part.begin is not None:
        part = candidates.slice_before(part.begin, spent=newest / (1 << MONTHS) - part.begin, found=found, enough=300)
        parts.append(part)
        found += share if found + share < 300 else 0
    assert all(newer.begin == older.end for newer, older in pairwise(parts))
    for one in parts[:-1]:
        assert one.begin is not None
        assert one.end is not None
        assert months_of(one.lexemes) == list(range(one.begin, one.end))
    assert (parts[-1].begin, parts[-1].lexemes) == (None, "")


def test_the_more_is_found_the_shorter_is_the_slice_before() -> None:
    lengths = []
    for found in (10, 50, 100, 200, 290):
        part = candidates.slice_before(418, spent=1.0, found=found, enough=300)
        lengths.append(418 - (part.begin or 0))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == 1


def of_time(milliseconds: int, number: int) -> UUID:
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | number)


@pytest.mark.parametrize("enough", [2, 7, 300])
@pytest.mark.parametrize("words", ["cầu", '"cầu long biên"', "long biên -hồ", ""])
def test_works_of_ten_years_are_each_on_one_page(words: str, enough: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of a clock that is wrong by two centuries, and of the first day that there is."""
    monkeypatch.setattr("assets.search.searching.ENOUGH", enough)
    monkeypatch.setattr("assets.search.searching._window.__kwdefaults__", {"enough": enough})
    year = 31_557_600_000
    now = int(time.time() * 1000)
    moments = [now - year * number // 9 for number in range(60)] + [7_258_118_400_000, 1]
    made = {say(f"Cầu Long Biên {n}", pk=of_time(at, n)).pk for n, at in enumerate(moments)}
    found: list[UUID] = []
    after = None
    for _ in range(30):
        page = search(actor=EVERYBODY_S, query=SearchQuery(words=words), size=5, after=after)
        found += [hit.asset_id for hit in page.hits]
        after = page.next
        if after is None:
            break
    assert sorted(found) == sorted(made)
