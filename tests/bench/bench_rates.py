"""What counting costs a request: the same request with and without, by turns, in one process.

    python -m pytest -s tests/bench/bench_rates.py            # BENCH_REQUESTS=300 BENCH_ROUNDS=7

Each count is a transaction of its own, as in the product; medians of rounds are compared.
"""

import os
import statistics
import time

import pytest
from django.test import Client

from api.throttling import ActorRateThrottle
from permissions.rates import take

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "300"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
PATH = "/api/v1/assets"


def milliseconds(client: Client) -> float:
    begin = time.perf_counter()
    for _ in range(REQUESTS):
        assert client.get(PATH).status_code == 200
    return (time.perf_counter() - begin) * 1000 / REQUESTS


@pytest.mark.django_db(transaction=True)
def test_counting_costs_less_than_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    with_counts: list[float] = []
    without: list[float] = []
    for _ in range(ROUNDS):
        for rate, times in (("1000000/min", with_counts), (None, without)):
            monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": rate, "actor": rate})
            times.append(milliseconds(client))
    begin = time.perf_counter()
    for _ in range(REQUESTS):
        take(name="bench", limit=1_000_000, seconds=60)
    alone = (time.perf_counter() - begin) * 1000 / REQUESTS
    counted, bare = statistics.median(with_counts), statistics.median(without)
    print(f"\n{counted:.2f} ms with, {bare:.2f} ms without, ratio {counted / bare:.3f}; alone {alone:.3f} ms")  # noqa: T201
    assert alone < 1
