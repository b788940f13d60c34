"""What is expected of a file: by what was measured, else by the start values."""

import pytest

from assets.models import ProcessingSpeed
from assets.speeds import START_PER_SECOND, cost_of, rate_at, record_speed
from assets.states import Kind

MB = 1_000_000


@pytest.mark.parametrize(
    ("height", "known", "rate"),
    [
        (1080, {}, START_PER_SECOND),
        (2160, {}, START_PER_SECOND * 4),
        (108, {}, START_PER_SECOND * 0.02),
        (720, {720: 0.5, 1080: 9.0}, 0.5),
        (2160, {1080: 2.0, 360: 0.1}, 8.0),
        (480, {240: 0.1, 720: 1.8}, 0.4),
        (0, {0: 0.03}, 0.03),
    ],
)
def test_a_height_that_was_never_measured_is_taken_from_the_nearest_by_its_pixels(
    height: int, known: dict[int, float], rate: float
) -> None:
    assert rate_at(height, known) == pytest.approx(rate)


@pytest.mark.django_db
def test_the_first_run_replaces_the_start_value_and_later_ones_move_the_mean() -> None:
    assert cost_of(kind=Kind.VIDEO, size=100 * MB, seconds=None, height=None) == pytest.approx(85)

    record_speed(kind=Kind.VIDEO, size=100 * MB, seconds=60, height=1080, took=50)
    assert cost_of(kind=Kind.VIDEO, size=200 * MB, seconds=None, height=None) == pytest.approx(100)
    assert cost_of(kind=Kind.VIDEO, size=1, seconds=120, height=1080) == pytest.approx(100)

    record_speed(kind=Kind.VIDEO, size=100 * MB, seconds=60, height=1080, took=150)
    assert cost_of(kind=Kind.VIDEO, size=200 * MB, seconds=None, height=None) == pytest.approx(200)
    assert ProcessingSpeed.objects.get(by="duration").runs == 2


@pytest.mark.django_db
def test_many_runs_are_forgotten_slowly() -> None:
    for _ in range(200):
        record_speed(kind=Kind.PHOTO, size=10 * MB, seconds=None, height=3000, took=10)
    for _ in range(60):
        record_speed(kind=Kind.PHOTO, size=10 * MB, seconds=None, height=3000, took=20)

    assert cost_of(kind=Kind.PHOTO, size=10 * MB, seconds=None, height=None) == pytest.approx(20, rel=0.05)
    assert ProcessingSpeed.objects.count() == 1, "a picture has no length"


@pytest.mark.django_db
def test_small_files_say_nothing_of_large_ones() -> None:
    record_speed(kind=Kind.PHOTO, size=2000, seconds=None, height=48, took=0.5)

    assert cost_of(kind=Kind.PHOTO, size=2000, seconds=None, height=None) == 1.0
    assert cost_of(kind=Kind.PHOTO, size=10 * MB, seconds=None, height=None) == pytest.approx(5)


@pytest.mark.django_db
def test_heights_and_sounds_are_kept_apart() -> None:
    record_speed(kind=Kind.VIDEO, size=MB, seconds=10, height=360, took=2)
    record_speed(kind=Kind.VIDEO, size=MB, seconds=10, height=1080, took=20)
    record_speed(kind=Kind.AUDIO, size=MB, seconds=100, height=None, took=5)

    assert cost_of(kind=Kind.VIDEO, size=1, seconds=100, height=360) == pytest.approx(20)
    assert cost_of(kind=Kind.VIDEO, size=1, seconds=100, height=1080) == pytest.approx(200)
    assert cost_of(kind=Kind.AUDIO, size=1, seconds=1000, height=0) == pytest.approx(50)
