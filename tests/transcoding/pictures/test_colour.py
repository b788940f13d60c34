"""Colours come out as what they were meant to be, judged by the published formulas and not by the code under test."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.transcoding.pictures.making import exiftool, gradient, processed, saved
from transcoding.pictures import icc
from transcoding.pictures.colour import to_eight_bits, to_srgb
from transcoding.results import MediaRejected

# RGB to CIE XYZ at D65, as published: IEC 61966-2-1; SMPTE EG 432-1; Adobe RGB (1998), 4.3.5.3
SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
P3_TO_XYZ = np.array([[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929], [0.0, 0.04511, 1.04394]])
ADOBE_TO_XYZ = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])

COLOURS = [
    (128, 128, 128),
    (200, 100, 50),
    (90, 160, 120),
    (60, 70, 180),
    (250, 250, 250),
    (10, 10, 10),
    (180, 120, 160),
]


def srgb_curve(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055)


def expected_srgb(colour: tuple[int, int, int], to_xyz: np.ndarray, gamma: float | None) -> np.ndarray:
    v = np.array(colour) / 255
    linear = v**gamma if gamma else np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return np.clip(srgb_curve(np.linalg.inv(SRGB_TO_XYZ) @ to_xyz @ linear), 0, 1) * 255


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    ("space", "to_xyz", "gamma"),
    [(icc.DISPLAY_P3, P3_TO_XYZ, None), (icc.ADOBE_RGB, ADOBE_TO_XYZ, 2.19921875), (icc.SRGB, SRGB_TO_XYZ, None)],
    ids=["P3", "Adobe RGB", "sRGB"],
)
def test_wide_colours_become_srgb_by_the_published_formulas(
    colour: tuple[int, int, int], space: icc.ColourSpace, to_xyz: np.ndarray, gamma: float | None
) -> None:
    converted = to_srgb(Image.new("RGB", (2, 2), colour), profile=icc.profile(space))
    assert converted.source_space == space.name
    assert np.abs(np.array(converted.image.getpixel((0, 0))) - expected_srgb(colour, to_xyz, gamma)).max() <= 1.5


def test_a_wide_photo_is_converted_all_the_way_to_the_rendition(tmp_path: Path) -> None:
    flat = Image.new("RGB", (400, 400), (90, 160, 120))
    source = saved(tmp_path, flat, "p.png", icc_profile=icc.profile(icc.DISPLAY_P3))
    processed(source, tmp_path / "out")
    wanted = expected_srgb((90, 160, 120), P3_TO_XYZ, None)
    for name in ("full.jpg", "full.webp", "w320.avif"):
        with Image.open(tmp_path / "out" / name) as image:
            assert np.abs(np.array(image.convert("RGB").getpixel((200, 200))) - wanted).max() <= 4


def test_our_profiles_are_read_alike_by_another_program(tmp_path: Path) -> None:
    path = saved(tmp_path, gradient(8, 8), "p.png", icc_profile=icc.profile(icc.DISPLAY_P3))
    tags = exiftool(path)
    assert tags["ICC_Profile:ProfileDescription"] == "Display P3"
    red = [float(value) for value in str(tags["ICC_Profile:RedMatrixColumn"]).split()]
    assert red == pytest.approx([0.51512, 0.2412, -0.00105], abs=0.001)  # as in Apple's own profile


def test_adobe_rgb_named_only_by_exif_is_taken_for_it() -> None:
    colour = (90, 160, 120)
    converted = to_srgb(Image.new("RGB", (1, 1), colour), profile=None, interoperability_index="R03")
    wanted = expected_srgb(colour, ADOBE_TO_XYZ, 2.19921875)
    assert np.abs(np.array(converted.image.getpixel((0, 0))) - wanted).max() <= 1.5


def test_no_profile_means_srgb_and_changes_nothing() -> None:
    converted = to_srgb(gradient(50, 50), profile=None)
    assert converted.image.tobytes() == gradient(50, 50).tobytes()
    assert converted.source_space == "sRGB assumed"


def test_an_srgb_profile_by_any_name_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert to_srgb(gradient(50, 50), profile=profile).image.tobytes() == gradient(50, 50).tobytes()


@pytest.mark.parametrize("profile", [b"rubbish", b"\0" * 200, icc.profile(icc.SRGB)[:300], b"x" * 9_000_000])
def test_a_broken_profile_is_passed_over(profile: bytes) -> None:
    converted = to_srgb(gradient(20, 20), profile=profile)
    assert converted.image.tobytes() == gradient(20, 20).tobytes()


def test_a_profile_of_other_channels_is_passed_over() -> None:
    converted = to_srgb(Image.new("CMYK", (2, 2), (0, 0, 0, 0)), profile=icc.profile(icc.DISPLAY_P3))
    assert converted.source_space == "CMYK without profile"
    assert converted.image.getpixel((0, 0)) == (255, 255, 255)


def test_transparency_survives_conversion() -> None:
    picture = Image.new("RGBA", (2, 1), (90, 160, 120, 255))
    picture.putpixel((1, 0), (90, 160, 120, 7))
    converted = to_srgb(picture, profile=icc.profile(icc.ADOBE_RGB)).image
    assert converted.mode == "RGBA"
    assert converted.getchannel("A").tobytes() == bytes([255, 7])
    assert converted.getpixel((0, 0))[:3] != (90, 160, 120)  # type: ignore[index]


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    assert to_srgb(Image.new("RGBA", (2, 2), (1, 2, 3, 255)), profile=None).image.mode == "RGB"


def test_cmyk_without_profile_keeps_its_hues(tmp_path: Path) -> None:
    sheet = Image.new("CMYK", (40, 10), (255, 0, 0, 0))
    sheet.paste((0, 255, 0, 0), (10, 0, 20, 10))
    sheet.paste((0, 0, 255, 0), (20, 0, 30, 10))
    sheet.paste((0, 0, 0, 255), (30, 0, 40, 10))
    result = processed(saved(tmp_path, sheet, "p.tiff"), tmp_path / "out", kind="infographic")
    assert result.facts["mode"] == "CMYK"
    with Image.open(tmp_path / "out" / "full.jpg") as image:
        cyan, magenta, yellow, black = (image.getpixel((x, 5)) for x in (5, 15, 25, 35))
    assert cyan == pytest.approx((0, 255, 255), abs=50)
    assert magenta == pytest.approx((255, 0, 255), abs=50)
    assert yellow == pytest.approx((255, 255, 0), abs=60)
    assert max(black) < 30  # type: ignore[arg-type, type-var]


def test_an_adobe_cmyk_jpeg_is_not_inverted(tmp_path: Path) -> None:
    result = processed(saved(tmp_path, Image.new("CMYK", (40, 40), (0, 0, 0, 20)), "p.jpg"), tmp_path / "out")
    assert result.facts["colour_space"] == "CMYK without profile"
    with Image.open(tmp_path / "out" / "full.jpg") as image:
        assert min(image.getpixel((20, 20))) > 220  # type: ignore[arg-type, type-var]


def icc_profile(device: bytes, colours: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC v2 profile of nothing but these tags and a name."""
    name = b"made for a test\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 78, **tags}
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for signature, data in tags.items():
        table += signature + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(">I4sI", start + len(body), b"\0" * 4, 0x02400000) + device + colours + connection
    head = head.ljust(36, b"\0") + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def lab_to_srgb(lab: tuple[float, float, float]) -> np.ndarray:
    """CIELAB under D50 by CIE 15:2004, Bradford's adaptation to D65, then IEC 61966-2-1."""
    fy = (lab[0] + 16) / 116
    f = np.array([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.9642, 1.0, 0.8249]
    d50_to_d65 = np.array(
        [[0.9555766, -0.0230393, 0.0631636], [-0.0282895, 1.0099416, 0.0210077], [0.0122982, -0.0204830, 1.3299098]]
    )
    return np.clip(srgb_curve(np.linalg.inv(SRGB_TO_XYZ) @ d50_to_d65 @ xyz), 0, 1) * 255


INKS = {
    (0, 0, 0, 0): (100, 0, 0),
    (255, 0, 0, 0): (60, -20, -25),
    (0, 255, 0, 0): (50, 40, 0),
    (0, 0, 255, 0): (85, 0, 50),
    (255, 255, 0, 0): (35, 10, -30),
    (0, 255, 255, 0): (55, 35, 30),
}


def press_profile() -> bytes:
    """A press whose solid inks have the CIELAB values of INKS; anything with black is black."""
    corners = b""
    for corner in range(16):
        inks = tuple(255 * (corner >> bit & 1) for bit in (3, 2, 1, 0))
        lightness, a, b = INKS.get(inks, (0, 0, 0))  # type: ignore[call-overload]
        corners += bytes([round(lightness * 2.55), a + 128, b + 128])
    ramp, unit = bytes(range(256)), struct.pack(">9i", *(65536 if n % 4 == 0 else 0 for n in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + ramp * 4 + corners + ramp * 3
    return icc_profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


@pytest.mark.parametrize(("inks", "lab"), INKS.items())
def test_cmyk_is_converted_by_its_profile(inks: tuple[int, int, int, int], lab: tuple[int, int, int]) -> None:
    converted = to_srgb(Image.new("CMYK", (2, 2), inks), profile=press_profile())
    assert converted.source_space == "made for a test"
    assert np.abs(np.array(converted.image.getpixel((0, 0))) - lab_to_srgb(lab)).max() <= 2.5


def test_grey_is_converted_by_its_profile() -> None:
    gamma_one = icc_profile(
        b"mntr", b"GRAY", b"XYZ ", {b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 256) + b"\0\0"}
    )
    converted = to_srgb(Image.new("L", (1, 1), 55), profile=gamma_one)
    wanted = srgb_curve(np.array(55 / 255)) * 255
    assert np.abs(np.array(converted.image.getpixel((0, 0))) - wanted).max() <= 1.5


def test_cielab_pixels_become_srgb() -> None:
    converted = to_srgb(Image.new("LAB", (1, 1), (136, 128, 128)), profile=None)
    assert converted.source_space == "CIELAB"
    assert np.abs(np.array(converted.image.getpixel((0, 0))) - lab_to_srgb((53.3, 0, 0))).max() <= 2


@pytest.mark.parametrize(("value", "eight_bits"), [(0, 0), (65535, 255), (32896, 128), (257, 1)])
def test_sixteen_bit_greys_keep_their_lightness(tmp_path: Path, value: int, eight_bits: int) -> None:
    picture = Image.new("I;16", (8, 8), value)
    assert to_eight_bits(picture).getpixel((0, 0)) == eight_bits
    big_endian = Image.frombytes("I;16B", (2, 2), value.to_bytes(2, "big") * 4)
    assert to_eight_bits(big_endian).getpixel((0, 0)) == eight_bits
    processed(saved(tmp_path, picture, "p.png"), tmp_path / "out", kind="infographic")
    with Image.open(tmp_path / "out" / "full.jpg") as image:
        assert abs(image.getpixel((4, 4))[0] - eight_bits) <= 1  # type: ignore[index]


def test_sixteen_bit_colours_keep_their_values(tmp_path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + struct.pack(">3H", 51400, 25700, 12850) * 16) * 16
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0))
    (tmp_path / "p.png").write_bytes(png + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    processed(tmp_path / "p.png", tmp_path / "out", kind="infographic")
    with Image.open(tmp_path / "out" / "full.jpg") as image:
        assert image.getpixel((8, 8)) == pytest.approx((200, 100, 50), abs=3)


@pytest.mark.parametrize(("values", "wanted"), [((0.0, 1.0), 255), ((0.0, 200.0), 200), ((0.0, 65535.0), 255)])
def test_floating_point_greys_are_read_by_their_range(values: tuple[float, float], wanted: int) -> None:
    picture = Image.new("F", (2, 1), values[0])
    picture.putpixel((1, 0), values[1])
    assert to_eight_bits(picture).tobytes() == bytes([0, wanted])


@pytest.mark.parametrize("value", [-5.0, 1e9, float("nan")])
def test_greys_without_a_known_range_are_refused(value: float) -> None:
    with pytest.raises(MediaRejected) as refusal:
        to_eight_bits(Image.new("F", (2, 2), value))
    assert refusal.value.reason == "pixels_not_supported"


def test_profiles_are_the_same_bytes_each_time_and_valid() -> None:
    assert icc.profile(icc.SRGB) == icc.profile(icc.SRGB)
    read = ImageCms.ImageCmsProfile(io.BytesIO(icc.profile(icc.ADOBE_RGB)))
    assert ImageCms.getProfileDescription(read).strip() == "Adobe RGB (1998)"
