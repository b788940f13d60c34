"""Crops have their shape, hold the focal point, and are never enlarged; the guess finds what stands out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.media_samples import sklearn_photos
from tests.transcoding.pictures.making import exiftool, gradient, processed, profiles, saved
from transcoding.pictures.crops import LEAST, SHAPES, SHORTER_SIDE, plan_crops, window
from transcoding.pictures.focus import MIDDLE, guess_focus
from transcoding.pictures.wanted import Wanted, take_wanted, write_wanted

sides = st.integers(1, 20_000)
shares = st.floats(0, 1)


@given(sides, sides, shares, shares, st.sampled_from(sorted(SHAPES)))
def test_a_window_is_inside_has_its_shape_and_holds_the_point(
    width: int, height: int, x: float, y: float, name: str
) -> None:
    shape = SHAPES[name]
    left, top, right, bottom = window((width, height), shape, (x, y))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height, "none larger would fit"
    wanted = shape[0] / shape[1]
    assert abs((right - left) - (bottom - top) * wanted) <= max(1.0, wanted)
    assert left - 1 <= x * width <= right + 1
    assert top - 1 <= y * height <= bottom + 1


@given(sides, sides, shares, shares)
def test_no_crop_is_enlarged_or_tiny(width: int, height: int, x: float, y: float) -> None:
    for crop in plan_crops((width, height), (x, y)):
        left, top, right, bottom = window((width, height), crop.shape, (x, y))
        assert crop.width <= right - left
        assert crop.height <= bottom - top
        assert LEAST <= min(crop.width, crop.height) <= SHORTER_SIDE


def test_a_full_size_photo_has_the_four_crops_in_their_sizes() -> None:
    sizes = {crop.profile: (crop.width, crop.height) for crop in plan_crops((1920, 1280), (0.5, 0.5))}
    assert sizes == {
        "crop-16x9.webp": (1280, 720),
        "crop-4x3.webp": (960, 720),
        "crop-1x1.webp": (720, 720),
        "crop-9x16.webp": (720, 1280),
    }


@pytest.mark.parametrize(
    ("x", "box"), [(0.0, (0, 0, 1280, 1280)), (0.5, (320, 0, 1600, 1280)), (1.0, (640, 0, 1920, 1280))]
)
def test_a_square_goes_where_the_point_is_and_stays_inside(x: float, box: tuple[int, ...]) -> None:
    assert window((1920, 1280), (1, 1), (x, 0.5)) == box


def spotted(width: int, height: int, x: float, y: float) -> Image.Image:
    """Grey, with one small bright thing full of edges."""
    image = Image.new("RGB", (width, height), (120, 120, 120))
    draw = ImageDraw.Draw(image)
    side = min(width, height) // 8
    for step in range(0, side, 8):
        at = x * width - side / 2 + step, y * height - side / 2 + step
        draw.rectangle((at[0], at[1], at[0] + side - step, at[1] + side - step), fill=(255, 40 + step % 3 * 100, 0))
    return image


@pytest.mark.parametrize(("x", "y"), [(0.2, 0.3), (0.8, 0.25), (0.5, 0.5), (0.3, 0.8), (0.85, 0.75)])
def test_the_guess_finds_the_only_thing_there_is(x: float, y: float) -> None:
    found = guess_focus(spotted(640, 427, x, y))
    assert found == (pytest.approx(x, abs=0.08), pytest.approx(y, abs=0.08))


@pytest.mark.parametrize("size", [(1, 1), (640, 2), (3, 500), (640, 427)])
def test_where_there_is_nothing_to_see_the_guess_is_the_middle(size: tuple[int, int]) -> None:
    assert guess_focus(Image.new("RGB", size, (90, 120, 40))) == MIDDLE


def test_the_guess_finds_the_flower(tmp_path: Path) -> None:
    result = processed(sklearn_photos()[1], tmp_path / "out")
    assert 0.4 <= result.facts["guessed_focus_x"] <= 0.75
    assert 0.3 <= result.facts["guessed_focus_y"] <= 0.75


def corner_colour(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[return-value]


def test_crops_are_cut_around_the_point_that_is_given(tmp_path: Path) -> None:
    halves = Image.new("RGB", (1600, 600), (200, 0, 0))
    halves.paste((0, 0, 200), (800, 0, 1600, 600))
    source = saved(tmp_path, halves, "p.png")
    for x, wanted in ((0.1, (200, 0, 0)), (0.9, (0, 0, 200))):
        folder = tmp_path / str(x)
        result = processed(source, folder, wanted=Wanted(focus=(x, 0.5)))
        assert {"crop-16x9.webp", "crop-1x1.webp", "w1280.jpg"} <= profiles(result)
        for name in ("crop-1x1.webp", "crop-9x16.webp"):
            assert corner_colour(folder / name) == pytest.approx(wanted, abs=4)


def test_only_the_crops_are_made_where_only_they_are_wanted(tmp_path: Path) -> None:
    result = processed(sklearn_photos()[0], tmp_path / "out", wanted=Wanted(focus=(0.5, 0.5), only_crops=True))
    assert profiles(result) == {"crop-16x9.webp", "crop-4x3.webp", "crop-1x1.webp", "crop-9x16.webp"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == profiles(result)


def test_a_tiny_photo_has_none_and_that_is_no_fault(tmp_path: Path) -> None:
    source = saved(tmp_path, gradient(100, 80), "p.png")
    result = processed(source, tmp_path / "out", wanted=Wanted(only_crops=True))
    assert result.renditions == ()


def test_infographics_are_not_cut(tmp_path: Path) -> None:
    result = processed(sklearn_photos()[0], tmp_path / "out", kind="infographic")
    assert not [name for name in profiles(result) if name.startswith("crop-")]
    assert "guessed_focus_x" not in result.facts


def test_crops_are_srgb_say_so_and_carry_nothing_else(tmp_path: Path) -> None:
    processed(sklearn_photos()[0], tmp_path / "out")
    tags = exiftool(tmp_path / "out" / "crop-1x1.webp")
    assert tags["ICC_Profile:ProfileDescription"] == "sRGB"
    assert {tag.split(":")[0] for tag in tags}.isdisjoint({"EXIF", "XMP", "IPTC"})


def test_what_is_wanted_is_handed_on_and_taken_away(tmp_path: Path) -> None:
    wanted = Wanted(focus=(0.25, 1.0), only_crops=True)
    write_wanted(tmp_path, wanted)
    assert take_wanted(tmp_path) == wanted
    assert not list(tmp_path.iterdir())
