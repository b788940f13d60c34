"""What words find, and in which order, in three languages."""

import base64
import json
import time
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from assets.search import candidates, did_you_mean, search, searching, suggestions
from assets.search.candidates import newest_candidates
from assets.search.conditions import Conditions
from assets.search.cursors import Cursor, written
from assets.search.matches import matching
from assets.search.query import Order, SearchQuery
from assets.search.query_language import QueryUnreadable
from assets.states import Kind
from permissions.errors import Invalid
from permissions.vocabulary import AssetState
from tests.factories import actor_in, make_agency, make_asset, make_track
from tests.search.conftest import EVERYBODY_S, say, titles

pytestmark = pytest.mark.django_db


def test_words_are_found_with_and_without_diacritics_and_those_written_alike_come_first() -> None:
    say("Bắn pháo hoa")
    say("Bán đảo Sơn Trà")
    say("Ban ngày")
    say("Bạn bè")
    assert titles("bán")[0] == "Bán đảo Sơn Trà"
    assert sorted(titles("bán")) == sorted(titles("ban")) == ["Ban ngày", "Bán đảo Sơn Trà", "Bạn bè", "Bắn pháo hoa"]


def test_titles_come_before_captions_and_captions_before_bodies() -> None:
    say("một", body="<p>Lễ hội đền Hùng</p>", kind=Kind.ARTICLE)
    say("hai", caption="Lễ hội đền Hùng")
    say("Lễ hội đền Hùng")
    say("bốn", caption="không")
    assert titles("lễ hội") == ["Lễ hội đền Hùng", "hai", "một"]


def test_words_of_two_syllables_rank_what_says_them_together_and_find_what_says_them_apart() -> None:
    say("Kinh tế hội nhập, nghị quyết mới")
    say("Hội nghị kinh tế")
    assert titles("hội nghị") == ["Hội nghị kinh tế", "Kinh tế hội nhập, nghị quyết mới"]
    assert titles('"hội nghị"') == ["Hội nghị kinh tế"]


def test_phrases_are_found_whatever_language_they_stand_in() -> None:
    say("President Hồ Chí Minh visits Hà Nội", language="en")
    say("Phỏng vấn New York Times tại Huế")
    say("Minh Chí Hồ")
    say("习近平访问河内市", language="zh")
    say("Bản tin 河内 hôm nay")
    assert titles('"ho chi minh"') == titles('"Hồ Chí Minh"') == ["President Hồ Chí Minh visits Hà Nội"]
    assert titles('"new york times"') == ["Phỏng vấn New York Times tại Huế"]
    assert sorted(titles("河内")) == ["Bản tin 河内 hôm nay", "习近平访问河内市"]
    assert titles("河内市") == ["习近平访问河内市"]
    assert titles("访") == ["习近平访问河内市"]


def test_words_of_a_run_of_chinese_are_found_apart_and_those_that_stand_so_come_first() -> None:
    for title in ("高速铁路从岘港到河内", "高速铁路河内段", "河内的铁路", "河内铁路与高速公路", "高雄速递铁人路过河内"):
        say(title, language="zh")
    assert titles("高速铁路河内") == ["高速铁路河内段", "高速铁路从岘港到河内", "河内铁路与高速公路"]
    assert titles('"高速铁路河内"') == ["高速铁路河内段"]
    assert titles("高速铁路")[-1] == "河内铁路与高速公路"
    assert titles("高雄河") == []


def test_a_phrase_does_not_go_from_one_text_into_the_next() -> None:
    say("Hồ Gươm", caption="Hà Nội mùa thu")
    assert titles('"gươm hà nội"') == []
    assert titles('"hà nội mùa thu"') == ["Hồ Gươm"]
    assert titles('"nội hà thu"') == []


def test_english_plurals_find_singulars_and_the_reverse() -> None:
    say("Bridges over the river", language="en")
    say("A bridge in Hue", language="en")
    assert titles("bridge")[0] == "A bridge in Hue"
    assert sorted(titles("bridges")) == sorted(titles("bridge")) == ["A bridge in Hue", "Bridges over the river"]


def test_operators_take_out_offer_and_ask_fields() -> None:
    flood = say("Bão lũ miền Trung", place="Quảng Bình", author="Trần Văn A", keywords=["thiên tai", "mưa"])
    say("Bão lụt", kind=Kind.VIDEO, place="Huế")
    say("Bão tan")
    for words, found in (
        ("bão -lũ", ["Bão tan", "Bão lụt"]),
        ("bão lũ OR lụt", ["Bão lụt", "Bão lũ miền Trung"]),
        ("bão -kind:photo", ["Bão lụt"]),
        ("kind:video", ["Bão lụt"]),
        ("place:huế OR kind:audio", ["Bão lụt"]),
        ('place:"quảng bình"', ["Bão lũ miền Trung"]),
        ("title:quảng", []),
        ("by:trần", ["Bão lũ miền Trung"]),
        ('keyword:"thiên tai"', ["Bão lũ miền Trung"]),
        (f"ref:{flood.reference}", ["Bão lũ miền Trung"]),
        (f"ref:{flood.agency.code}-*", ["Bão lũ miền Trung"]),
        (f"agency:{flood.agency.code}", ["Bão lũ miền Trung"]),
        ("quảng bìn*", ["Bão lũ miền Trung"]),
        ("lang:en", []),
        ('-"bão lũ miền" bão', ["Bão tan", "Bão lụt"]),
        ("urgency:5 tan", ["Bão tan"]),
    ):
        assert sorted(titles(words)) == sorted(found), words


@pytest.mark.parametrize(
    "words", ['"open', "OR x", "x OR", "x OR OR y", "hue:red", "kind:picture", "urgency:9", "x " * 30, "-kind:x"]
)
def test_what_is_no_query_is_refused_and_not_changed(words: str) -> None:
    with pytest.raises(QueryUnreadable) as refused:
        search(actor=EVERYBODY_S, query=SearchQuery(words=words))
    assert refused.value.reason == "query_unreadable"


@pytest.mark.parametrize(
    "words", ["()", "Lễ: 10:30", "x' OR 1=1 --", "a'b\\c", "🎉", "…", "-", "%_", "x/y", "'a' & !'b'"]
)
def test_punctuation_is_no_error(words: str) -> None:
    search(actor=EVERYBODY_S, query=SearchQuery(words=words))


def test_pages_hold_every_match_once_whatever_comes_and_goes_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "ENOUGH", 7)
    monkeypatch.setattr("assets.search.searching.ENOUGH", 7)
    made = [say(f"Cầu số {number}", caption="cầu " * (number % 4)) for number in range(20)]
    for order in ("relevance", "newest", "taken", "best"):
        query = SearchQuery(words="cầu", order=order)
        first = search(actor=EVERYBODY_S, query=query, size=4)
        new, seen = say("Cầu mới"), [hit.asset_id for hit in first.hits]
        gone = next(asset for asset in made if asset.pk in seen)
        gone.deleted_at, after = gone.created_at, first.next
        gone.save(update_fields=["deleted_at"])
        while after:
            page = search(actor=EVERYBODY_S, query=query, size=4, after=after)
            seen += [hit.asset_id for hit in page.hits]
            after = page.next
        assert len(seen) == len(set(seen)), order
        assert set(seen) - {new.pk} == {asset.pk for asset in made}, order
        gone.deleted_at = None
        gone.save(update_fields=["deleted_at"])
        new.delete()
    for cursor in ("x", "e30", first.next + "AA" if first.next else "", "é"):
        with pytest.raises(Invalid):
            search(actor=EVERYBODY_S, query=SearchQuery(words="cầu"), after=cursor or "x")


def test_what_is_said_in_a_film_is_found_once_its_captions_are_published() -> None:
    film = say("Phim", kind=Kind.VIDEO)
    make_track(film, words="Chào mừng quý vị", state="draft")
    say("Phim hai")
    from assets.search import refresh_search_text

    refresh_search_text(film)
    assert titles("chào mừng") == []
    film.tracks.update(state="published")
    refresh_search_text(film)
    assert titles("chào mừng") == ["Phim"]
    assert titles("phim has:captions") == titles("phim", has_captions=True) == ["Phim"]


def test_words_with_an_error_find_what_was_meant() -> None:
    say("Thủ tướng dự hội nghị")
    say("Nghỉ lễ")
    say("International conference", language="en")
    for typed, meant in (("thủ tuơngg", "thủ tướng"), ("conferense", "conference"), ("internatoinal", "international")):
        page = search(actor=EVERYBODY_S, query=SearchQuery(words=typed))
        assert (page.did_you_mean, len(page.hits)) == (meant, 1), typed
    assert did_you_mean(actor=EVERYBODY_S, words="hội ngịh") == "hội nghị"
    assert did_you_mean(actor=EVERYBODY_S, words="hội nghị") is None
    assert did_you_mean(actor=EVERYBODY_S, words="qqqqq") is None
    assert did_you_mean(actor=EVERYBODY_S, words="-lễ conferense") == "-lễ conference"


def test_suggestions_complete_names_before_words_and_the_last_word() -> None:
    say("Cầu Long Biên mùa hạ", place="Cầu Long Biên", keywords=["Cần Thơ", "河内"])
    assert suggestions(actor=EVERYBODY_S, prefix="cau lo") == ("Cầu Long Biên",)
    assert suggestions(actor=EVERYBODY_S, prefix="Cầ")[:2] == ("Cần Thơ", "Cầu Long Biên")
    assert suggestions(actor=EVERYBODY_S, prefix="long mù") == ("long mùa",)
    assert suggestions(actor=EVERYBODY_S, prefix="河") == ("河内",)
    assert suggestions(actor=EVERYBODY_S, prefix="c") == suggestions(actor=EVERYBODY_S, prefix="%") == ()


def test_what_others_keep_to_themselves_is_neither_found_nor_offered_nor_meant() -> None:
    mine = make_agency()
    say("Kế hoạch mật", keywords=["hồ sơ mật"])
    say("Kế toán", agency=mine)
    reader = actor_in(mine)
    assert titles("mật", actor=reader) == []
    assert suggestions(actor=reader, prefix="hồ s") == suggestions(actor=reader, prefix="mậ") == ()
    assert did_you_mean(actor=reader, words="hoachh") is None
    assert did_you_mean(actor=EVERYBODY_S, words="hoachh") == "hoạch"
    assert suggestions(actor=reader, prefix="kế") == ("kế",)


def test_filters_keep_what_they_say() -> None:
    below = make_agency(parent=make_agency())
    say("Một", agency=below, urgency=2)
    say("Hai", kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience="public", place="Hội An")
    assert titles("", agency=below.parent) == ["Một"]
    assert titles("", urgency=3) == ["Một"]
    assert titles("", state="published") == titles("", audience="public") == titles("", place="hoi an") == ["Hai"]
    assert titles("", language="en") == titles("", min_width=1) == titles("", orientation="square") == []
    assert titles("một OR hai", kind="photo", order="taken") == ["Một"]


def test_a_page_takes_few_queries() -> None:
    for number in range(5):
        say(f"Cầu {number}")
    make_asset()
    with CaptureQueriesContext(connection) as captured:
        search(actor=EVERYBODY_S, query=SearchQuery(words="cầu"))
    assert len(captured) <= 7


def test_a_cursor_that_was_made_up_is_refused() -> None:
    everything = base64.urlsafe_b64encode(json.dumps({"now": 1_764_000_000_000, "last": "0" * 32}).encode()).decode()
    for text in (everything, everything.rstrip("="), f"{everything}.x", written(Cursor(now=0))[:-1], "."):
        with translation.override("en"), pytest.raises(Invalid, match="not one of ours"):
            search(actor=EVERYBODY_S, query=SearchQuery(words="cầu"), after=text)


def test_the_cursor_of_another_search_ranks_no_more_than_its_own_window_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window of a rare word may be all of time: a common word has more matches in it than are ever ranked."""
    monkeypatch.setattr(searching, "MOST_RANKED", 6)
    oldest = say("rare")
    for number in range(20):
        say(f"common {number}")
    mine = written(Cursor(now=int(time.time() * 1000), last=oldest.pk))
    page = search(actor=EVERYBODY_S, query=SearchQuery(words="common"), size=50, after=mine)
    assert 0 < len(page.hits) <= 6


def test_first_moments_and_last_ids_are_no_error() -> None:
    say("cầu")
    for cursor in (Cursor(now=0), Cursor(now=0, below=UUID(int=0)), Cursor(now=1, asset=UUID(int=0), score=1.0)):
        for order in Order:
            with suppress(Invalid):  # an answer or a refusal, both are right
                search(actor=EVERYBODY_S, query=SearchQuery(words="cầu", order=order), after=written(cursor))


def test_after_quiet_weeks_the_newest_slice_is_not_empty() -> None:
    """Else all that is older would be asked at once."""
    for number in range(5):
        say(f"Cầu {number}")
    in_two_years = int(time.time() * 1000) + 2 * 365 * 86_400_000
    with CaptureQueriesContext(connection) as captured:
        found = newest_candidates(matching(EVERYBODY_S, Conditions()), newest=in_two_years, enough=3)
    assert len(found) == 3
    assert len(captured) == 2  # the newest entry, and its slice
