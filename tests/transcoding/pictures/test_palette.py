"""Colours are called what people call them."""

import pytest
from PIL import Image, ImageColor

from assets.states import Colour
from tests.media_samples import sklearn_photos
from transcoding.pictures.palette import colours_of

NAMED = {
    Colour.RED: ("red", "crimson", "firebrick", "maroon", "#da251d"),
    Colour.ORANGE: ("orange", "darkorange", "#f28c1e"),
    Colour.YELLOW: ("yellow", "gold", "#ffff00", "khaki"),
    Colour.GREEN: ("green", "lime", "forestgreen", "seagreen", "darkgreen"),
    Colour.BLUE: ("blue", "navy", "steelblue", "skyblue", "royalblue"),
    Colour.PURPLE: ("purple", "indigo", "darkviolet", "rebeccapurple"),
    Colour.PINK: ("pink", "hotpink", "lightpink", "deeppink"),
    Colour.BROWN: ("saddlebrown", "sienna", "#654321", "chocolate"),
    Colour.BLACK: ("black", "#0a0a0a", "#101418"),
    Colour.GREY: ("grey", "silver", "dimgrey", "slategrey"),
    Colour.WHITE: ("white", "snow", "whitesmoke"),
}


@pytest.mark.parametrize(("colour", "said"), [(colour, said) for colour, names in NAMED.items() for said in names])
def test_a_picture_of_one_tone_is_called_by_its_name(colour: Colour, said: str) -> None:
    found = colours_of(Image.new("RGB", (60, 40), ImageColor.getrgb(said)))
    assert found[0] == colour, found


def test_the_flag_is_red_and_its_star_is_too_small_until_it_is_larger() -> None:
    flag = Image.new("RGB", (90, 60), "#da251d")
    flag.paste("#ffff00", (40, 25, 50, 35))
    assert colours_of(flag) == (Colour.RED,)
    flag.paste("#ffff00", (30, 15, 60, 45))
    assert colours_of(flag) == (Colour.RED, Colour.YELLOW)


def test_a_picture_without_any_other_colour_is_black_and_white() -> None:
    photo = Image.open(sklearn_photos()[0])
    assert Colour.BLACK_AND_WHITE not in colours_of(photo)
    assert colours_of(photo.convert("L").convert("RGB"))[-1] == Colour.BLACK_AND_WHITE


def test_real_photos_are_of_what_one_sees_in_them() -> None:
    china, flower = (colours_of(Image.open(path)) for path in sklearn_photos())
    assert {Colour.ORANGE, Colour.GREEN} < set(flower)
    assert {Colour.GREY, Colour.WHITE} < set(china)


def test_what_is_transparent_has_no_colour() -> None:
    logo = Image.new("RGBA", (50, 50), (255, 0, 0, 0))
    assert colours_of(logo) == ()
    logo.paste((0, 0, 255, 255), (10, 10, 40, 40))
    assert colours_of(logo) == (Colour.BLUE,)


def test_the_smallest_pictures_have_colours_too() -> None:
    assert colours_of(Image.new("RGB", (1, 1), "blue")) == (Colour.BLUE,)
    assert colours_of(Image.new("RGB", (4000, 1), "green")) == (Colour.GREEN,)
