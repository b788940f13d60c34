"""How soon a film can be watched after a worker took it up, beside the time that its whole ladder takes.

    python -m pytest -s tests/bench/bench_first_frame.py    # BENCH_SECONDS=60 BENCH_SIZE=1920x1080 BENCH_LONG=10800

The first test runs a film of ``BENCH_SECONDS`` to its end: the ratio of the first playable frame (its row is written,
its objects are stored) to the wall time of the ladder's own run, and where the time before went. Goal: at most 0.1.
The second takes up a film of ``BENCH_LONG`` seconds (a minute, repeated) and stops when its first picture can be
watched. Goal: 30 s. Both are given to the worker's own function, with a real PostgreSQL and a folder as store; the
frames are counted from the moment at which the job begins.
"""

import functools
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assets.models import AssetVersion
from assets.states import Kind
from tests.bench.bench_video import make_source
from tests.factories import make_asset, make_version
from transcoding import processing
from transcoding.ffmpeg.tools import versions
from transcoding.growing import beginning, stream
from transcoding.processing import process
from transcoding.retry import Stopped
from transcoding.video import encode
from transcoding.video import process as video

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(0)]
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
SIZE = os.environ.get("BENCH_SIZE", "1920x1080")
LONG = int(os.environ.get("BENCH_LONG", "10800"))
WANTED_RATIO, WANTED_SECONDS = 0.1, 30.0
STEPS = (
    (processing, "show_beginning", "beginning shown before the fetch"),
    (processing, "fetch", "fetching and hashing"),
    (processing, "_verify", "checking what it is"),
    (video, "admit", "probing"),
    (encode, "measure", "loudness"),
    (encode, "judge_source", "may it be copied"),
    (encode, "show_from", "first seconds alone"),
    (encode, "fit_to_content", "look"),
    (encode, "run", "encoder's runs"),
)


@dataclass
class Clock:
    """When what began and ended, in seconds since the job began; ``first`` is the first playable frame."""

    begun: float = field(default_factory=time.monotonic)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    first: float | None = None

    @property
    def now(self) -> float:
        return time.monotonic() - self.begun

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def measured(*args: Any, **named: Any) -> Any:
            begin = self.now
            try:
                return work(*args, **named)
            finally:
                self.spans[name] = (begin, self.now)

        return measured

    def noted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **named: Any) -> Any:
            result = work(*args, **named)
            self.first = self.now if self.first is None else self.first
            return result

        return measured

    def report(self, title: str) -> None:
        lines = [f"| {name} | {begin:.2f} | {end:.2f} |" for name, (begin, end) in self.spans.items()]
        first = "never" if self.first is None else f"{self.first:.2f}"
        head = [f"\n{title}: first playable after {first} s", "| step | from | to |", "|---|---|---|"]
        print("\n".join([*head, *lines]))  # noqa: T201 - a report for people


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    versions()  # asked once in a worker's life
    clock = Clock()
    for module, name, title in STEPS:
        monkeypatch.setattr(module, name, clock.timed(title, getattr(module, name)))
    monkeypatch.setattr(stream, "add_segments", clock.noted(stream.add_segments))
    return clock


def version_of(path: Path) -> AssetVersion:
    return make_version(make_asset(kind=Kind.VIDEO), original=path, filename="film.mp4")


def test_a_film_is_watched_long_before_its_ladder_is_done(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    make_source(path, size=SIZE, seconds=SECONDS)
    version = version_of(path)
    clock.begun = time.monotonic()
    assert process(version.pk, worker="bench", retries=0) == "ready"
    clock.report(f"{SECONDS} s of {SIZE}")
    begin, end = clock.spans["encoder's runs"]
    assert clock.first is not None
    ratio = clock.first / (end - begin)
    print(f"ladder {end - begin:.1f} s, ratio {ratio:.3f}, goal {WANTED_RATIO}")  # noqa: T201
    assert ratio <= WANTED_RATIO or SECONDS < 60


def test_a_long_film_is_watched_before_it_is_fetched(clock: Clock, tmp_path: Path) -> None:
    minute, path = tmp_path / "minute.mp4", tmp_path / "long.mp4"
    make_source(minute, size=SIZE, seconds=60 if LONG >= 600 else 10)
    repeat = ["-stream_loop", "-1", "-i", str(minute), "-t", str(LONG), "-c", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *repeat, str(path)], check=True)
    version = version_of(path)
    size = path.stat().st_size
    path.unlink()
    clock.begun = time.monotonic()
    with pytest.raises(Stopped):
        process(version.pk, worker="bench", retries=0, stopping=lambda: clock.first is not None)
    clock.report(f"{LONG} s of {SIZE}, {size / 1e9:.2f} GB, at least {beginning.LEAST_SECONDS:.0f} s for a head start")
    assert clock.first is not None
    assert clock.first <= WANTED_SECONDS
