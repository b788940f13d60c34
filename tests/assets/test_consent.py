"""The two columns that sum up the releases say at every later moment what the releases themselves say."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from assets.consent import Consent, consent_of, covered_until, subject_of

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Term:
    name: str
    kind: str = "model"
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        return min((m for m in (self.valid_until, self.withdrawn_at) if m is not None), default=None)

    def holds(self, moment: datetime) -> bool:
        """The rule itself."""
        begun = self.valid_from is None or self.valid_from <= moment
        until = self.valid_until is None or moment < self.valid_until
        return begun and until and (self.withdrawn_at is None or moment < self.withdrawn_at)


def at(day: float | None) -> datetime | None:
    return None if day is None else START + day * DAY


days = st.one_of(st.none(), st.integers(0, 40))
additions = st.tuples(st.just("add"), st.sampled_from(["An", "Bình"]), days, days)
withdrawals = st.tuples(st.just("withdraw"), st.integers(0, 9), st.none(), st.none())
steps = st.lists(st.tuples(st.integers(0, 5), st.one_of(additions, additions, withdrawals)), min_size=1, max_size=8)


def apply(terms: list[Term], step: tuple[object, ...], now: datetime) -> list[Term]:
    """What the use cases do, with their rules."""
    act, who, first, last = step
    if act == "withdraw":
        index = int(str(who))
        if index >= len(terms) or terms[index].withdrawn_at is not None:
            return terms
        chosen = terms[index]
        later = [t for t in terms if t.name == chosen.name and t.valid_from is not None and t.valid_from > now]
        gone = [chosen, *later]
        return [replace(t, withdrawn_at=now) if t in gone and t.withdrawn_at is None else t for t in terms]
    new = Term(name=str(who), valid_from=at(first), valid_until=at(last))  # type: ignore[arg-type]
    if new.valid_until is not None and new.valid_until <= (new.valid_from or now):
        return terms
    if new.valid_from is not None and new.valid_from > now:
        same = [t for t in terms if t.name == new.name]
        reached = covered_until(same, now) if same else now
        if not same or (reached is not None and reached < new.valid_from):
            return terms
    return [*terms, new]


@settings(max_examples=300, deadline=None)
@given(steps=steps)
def test_the_summary_holds_until_the_next_change(steps: list[tuple[int, tuple[object, ...]]]) -> None:
    terms: list[Term] = []
    day = 0
    for wait, step in steps:
        day += wait
        now = START + day * DAY
        terms = apply(terms, step, now)
        consent = consent_of(terms, now)
        assert consent.given == bool(terms)
        for half_days in range(2 * day, 90):
            moment = START + half_days * DAY / 2
            uncovered = any(
                not any(term.holds(moment) for term in terms if term.name == name) for name in {t.name for t in terms}
            )
            closed = consent.ends_at is not None and consent.ends_at <= moment
            assert closed == uncovered, (moment, terms)
        event("covered" if consent.ends_at is None or consent.ends_at > now else "closed")


def test_nobody_s_release_is_no_consent_and_no_end() -> None:
    assert consent_of([], START) == Consent(given=False, ends_at=None)


def test_the_first_of_several_people_to_withdraw_ends_it_for_all() -> None:
    terms = [Term(name="An"), Term(name="Bình", withdrawn_at=START), Term(name="Chi", valid_until=START + DAY)]
    assert consent_of(terms, START) == Consent(given=True, ends_at=START)


def test_a_new_release_of_the_same_person_mends_it() -> None:
    terms = [Term(name="An", withdrawn_at=START - DAY), Term(name="An", valid_until=START + DAY)]
    assert consent_of(terms, START) == Consent(given=True, ends_at=START + DAY)


def test_names_differ_by_diacritics_and_kind_but_not_by_case_and_spaces() -> None:
    assert subject_of(Term(name="Nguyễn Văn Hùng")) == subject_of(Term(name=" nguyễn  văn HÙNG "))
    assert subject_of(Term(name="Nguyễn Văn Hùng")) != subject_of(Term(name="Nguyễn Văn Hưng"))
    assert subject_of(Term(name="An")) != subject_of(Term(name="An", kind="consent"))
