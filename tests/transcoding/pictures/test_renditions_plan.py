"""Which sizes a picture is offered in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.pictures.renditions import MAX_HEIGHT, plan


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((6000, 4000), {"w320": (320, 213), "w640": (640, 427), "w1280": (1280, 853), "w1920": (1920, 1280)}),
        ((1920, 1080), {"w320": (320, 180), "w640": (640, 360), "w1280": (1280, 720), "w1920": (1920, 1080)}),
        ((800, 600), {"w320": (320, 240), "w640": (640, 480), "full": (800, 600)}),
        ((320, 10), {"w320": (320, 10)}),
        ((1, 1), {"full": (1, 1)}),
        ((40_000, 10), {"w320": (320, 1), "w640": (640, 1), "w1280": (1280, 1), "w1920": (1920, 1)}),
        ((2000, 40_000), {"w320": (320, 6400), "w640": (640, 12_800), "w1280": (819, 16_383)}),
        ((100, 50_000), {"full": (33, 16_383)}),
    ],
)
def test_sizes_by_rule(size: tuple[int, int], expected: dict[str, tuple[int, int]]) -> None:
    assert {each.profile: (each.width, each.height) for each in plan(*size)} == expected


@given(width=st.integers(1, 100_000), height=st.integers(1, 100_000))
def test_nothing_is_enlarged_nothing_is_empty_and_sizes_rise(width: int, height: int) -> None:
    sizes = plan(width, height)
    assert sizes
    assert all(1 <= each.width <= min(width, 1920) and 1 <= each.height <= min(height, MAX_HEIGHT) for each in sizes)
    areas = [each.width * each.height for each in sizes]
    assert areas == sorted(set(areas))
