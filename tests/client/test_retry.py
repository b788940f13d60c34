import threading
import time

import pytest

from mediacenter.client.answers import ApiError, ServerUnreachable
from mediacenter.client.retry import Patience, Stopped, parse_retry_after, seconds_before
from mediacenter.client.wording import AGAIN, explain


@pytest.mark.parametrize(("attempt", "shortest", "longest"), [(1, 0.25, 0.5), (2, 0.5, 1), (4, 2, 4), (30, 10, 20)])
def test_waits_double_up_to_twenty_seconds(attempt: int, shortest: float, longest: float) -> None:
    assert seconds_before(attempt, asked=None, jitter=0) == shortest
    assert seconds_before(attempt, asked=None, jitter=1) == longest


@pytest.mark.parametrize(("asked", "waits"), [(7, 7), (0, 0), (10_000, 300)])
def test_the_servers_wish_is_honoured_within_reason(asked: float, waits: float) -> None:
    assert seconds_before(5, asked=asked, jitter=0.3) == waits


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, None), ("12", 12), ("-3", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_retry_after_is_seconds(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_patience_ends_before_a_wait_that_would_go_beyond_it() -> None:
    patience = Patience(seconds=0.2, stop=threading.Event())
    assert patience.wait(asked=0.05)
    assert not patience.wait(asked=30)


def test_stopping_ends_a_wait_at_once() -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        Patience(seconds=60, stop=stop).wait(asked=30)
    assert time.monotonic() - begun < 5


def test_a_refusal_names_its_fields_and_what_to_do() -> None:
    problem = {"code": "role_too_low", "detail": "Your role does not allow this.", "errors": {"agency": ["Not yours."]}}
    code, sentence = explain(ApiError.of(403, problem))
    assert code == "role_too_low"
    assert sentence == (
        "Your role does not allow this. agency: Not yours. Ask an administrator of the agency for the role Contributor."
    )


def test_an_answer_of_something_in_between_is_still_an_error_with_a_code() -> None:
    error = ApiError.of(502, None)
    assert (error.code, error.detail) == ("http_502", "The server answered 502.")


def test_a_silent_server_is_explained_with_how_to_go_on() -> None:
    assert explain(ServerUnreachable("It does not answer.")) == ("unreachable", f"It does not answer. {AGAIN}")
