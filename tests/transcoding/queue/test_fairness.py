"""Properties of the order in which work is served: shares, urgency, and that nothing starves."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.fairness import BACKGROUND, HEAD_STARTS, HOUR, LOWEST, line_of, priority_of
from assets.states import Kind
from tests.transcoding.queue.line import NOW, Queue

COSTS = st.floats(min_value=1, max_value=250)
ONE_SECOND = 1.0
"""Priorities are whole seconds."""


def test_an_agency_that_brings_five_thousand_films_does_not_hold_up_another() -> None:
    queue = Queue()
    for _ in range(5000):
        queue.add("large", cost=60)
    for _ in range(1000):
        queue.serve()

    films = [queue.add("small", cost=60) for _ in range(3)]

    served = [queue.serve() for _ in range(8)]
    assert [item for item in served if item.agency == "small"] == films
    assert served.index(films[0]) <= 1
    assert Counter(item.agency for item in served[:6]) == {"small": 3, "large": 3}


@pytest.mark.parametrize("speed", [0.25, 1.0, 8.0])
def test_shares_do_not_depend_on_how_fast_the_pool_is(speed: float) -> None:
    queue = Queue(speed=speed)
    for _ in range(500):
        queue.add("first", cost=60)
    for _ in range(200):
        queue.serve()
    for _ in range(200):
        queue.add("second", cost=60)

    assert Counter(queue.serve().agency for _ in range(100)) == {"first": 50, "second": 50}


@given(
    lines=st.lists(st.lists(COSTS, min_size=30, max_size=60), min_size=2, max_size=5),
    begin=st.integers(min_value=0, max_value=20),
)
@settings(max_examples=60, deadline=None)
def test_agencies_that_wait_get_the_same_work_done_but_for_one_film_each(lines: list[list[float]], begin: int) -> None:
    queue = Queue()
    for number, costs in enumerate(lines):
        for cost in costs:
            queue.add(str(number), cost=cost)
    for _ in range(begin):
        queue.serve()
    largest = max(cost for costs in lines for cost in costs)
    done: Counter[str] = Counter({str(number): 0.0 for number in range(len(lines))})  # type: ignore[type-var]

    while all(any(item.agency == agency for item in queue.waiting) for agency in done):
        item = queue.serve()
        done[item.agency] += item.cost  # type: ignore[assignment]
        assert max(done.values()) - min(done.values()) <= 2 * largest + 2 * ONE_SECOND


@given(
    arrivals=st.lists(st.tuples(st.sampled_from("abcdefgh"), COSTS, st.integers(1, 8)), min_size=1, max_size=120),
    urgency=st.integers(1, 8),
    cost=st.floats(min_value=1, max_value=20_000),
)
@settings(max_examples=60, deadline=None)
def test_nothing_waits_for_more_than_its_lag_and_the_head_starts(
    arrivals: list[tuple[str, float, int]], urgency: int, cost: float
) -> None:
    """Whatever others bring, for ever: once the clock has passed its finish by all head starts, it has been served."""
    queue = Queue()
    queue.add("someone", cost=1)
    patient = queue.add("patient", cost=cost, urgency=urgency)
    most = max(HEAD_STARTS.values()) - HEAD_STARTS[urgency]
    step = 0
    while patient in queue.waiting:
        agency, other_cost, other_urgency = arrivals[step % len(arrivals)]
        queue.add(agency, cost=other_cost + 600, urgency=other_urgency)
        queue.serve()
        step += 1
        assert queue.reading is not None
        assert patient not in queue.waiting or queue.reading <= patient.finish + most + 21_000


def test_new_agencies_with_urgent_clips_for_ever_do_not_starve_what_is_routine() -> None:
    queue = Queue()
    routine = queue.add("routine", cost=600)
    queue.add("first", cost=60, urgency=1)
    count = 0
    while routine in queue.waiting:
        count += 1
        queue.add(f"agency {count}", cost=60, urgency=1)
        queue.serve()

    always_waiting = 2
    """Lines with urgent work: each film moves the clock on by its length, divided among them."""
    assert count * 60 <= always_waiting * (HEAD_STARTS[1] + 600 + 60)


def test_an_urgent_clip_goes_before_everything_that_waits_less_than_its_head_start() -> None:
    queue = Queue()
    for _ in range(1000):
        queue.add("own", cost=60)
    clip = queue.add("own", cost=60, urgency=2)

    assert queue.serve() == clip


def test_who_calls_everything_urgent_has_no_more_than_the_head_start_of_it() -> None:
    queue = Queue()
    for _ in range(5000):
        queue.add("loud", cost=60, urgency=1)
    queue.add("quiet", cost=60)

    before_quiet = 0
    while queue.serve().agency == "loud":
        before_quiet += 1
    assert before_quiet * 60 <= HEAD_STARTS[1] + 60


def test_a_photo_goes_before_the_agency_s_own_conference_and_so_does_a_clip() -> None:
    queue = Queue()
    conference = queue.add("own", cost=4 * HOUR)
    clip, photo = queue.add("own", cost=40), queue.add("own", cost=1, kind=Kind.PHOTO)

    assert list(queue.serve_all()) == [photo, clip, conference]


def test_a_long_film_is_overtaken_by_its_own_length_at_most() -> None:
    queue = Queue()
    long = queue.add("long", cost=HOUR)
    served = 0.0
    number = 0
    while True:
        number += 1
        queue.add(f"agency {number}", cost=100)
        item = queue.serve()
        if item == long:
            break
        served += item.cost
    assert served <= HOUR + 200


def test_a_quiet_queue_begins_anew() -> None:
    queue = Queue()
    for _ in range(100):
        queue.add("busy", cost=60)
    list(queue.serve_all())
    queue.now += 24 * HOUR

    later = queue.add("busy", cost=60)

    assert later.finish == queue.now + 60


@given(finish=st.floats(min_value=NOW, max_value=NOW + 20 * 365 * 24 * HOUR), urgency=st.integers(1, 8))
def test_every_place_is_behind_letters_and_maintenance_and_before_background_work(finish: float, urgency: int) -> None:
    for kind in Kind:
        assert BACKGROUND < LOWEST <= priority_of(finish, kind=kind, urgency=urgency) <= -100


def test_lines_are_by_urgency_then_kind_then_length() -> None:
    assert line_of(kind=Kind.PHOTO, urgency=3, cost=1) == "urgent"
    assert line_of(kind=Kind.INFOGRAPHIC, urgency=4, cost=1) == "pictures"
    assert line_of(kind=Kind.VIDEO, urgency=5, cost=300) == "short"
    assert line_of(kind=Kind.AUDIO, urgency=5, cost=301) == "long"
