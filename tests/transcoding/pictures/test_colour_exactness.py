"""Renditions show the colours of their source within ΔE₀₀ 1 of what the published formulas say, by whatever way they
came: real profiles (those inside Pillow's test pictures), CMYK by a table, eight and sixteen bits."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.media_samples import pillow_images
from tests.transcoding.pictures.ciede2000 import Lab, difference
from tests.transcoding.pictures.making import exiftool, gradient, processed, profiles, saved
from tests.transcoding.pictures.test_colour import ADOBE_TO_XYZ, P3_TO_XYZ, SRGB_TO_XYZ, lab_to_srgb, press_profile

D65_TO_D50 = np.array(
    [[1.0478112, 0.0228866, -0.0501270], [0.0295424, 0.9904844, -0.0170491], [-0.0092345, 0.0150436, 0.7521316]]
)
PATCH = 48
Curve = Callable[[np.ndarray], np.ndarray]

# the colours of skin, sky, leaves, flowers, flags and greys, as a reporter meets them
COLOURS = [
    (115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67), (133, 128, 177), (103, 189, 170),
    (214, 126, 44), (80, 91, 166), (193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46),
    (56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31), (187, 86, 149), (200, 30, 30),
    (243, 243, 242), (200, 200, 200), (160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52), (20, 20, 20),
]  # fmt: skip


def srgb_decoded(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def adobe_decoded(values: np.ndarray) -> np.ndarray:
    return values**2.19921875


def lab_of(colour: tuple[float, ...], to_xyz: np.ndarray, decoded: Curve, *, most: int = 255) -> Lab:
    """CIELAB under D50 of an RGB colour, by the published numbers of its space (CIE 15:2004)."""
    xyz = D65_TO_D50 @ to_xyz @ decoded(np.array(colour) / most) / np.array([0.9642, 1.0, 0.8249])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return float(116 * f[1] - 16), float(500 * (f[0] - f[1])), float(200 * (f[1] - f[2]))


def srgb_lab(colour: tuple[float, ...]) -> Lab:
    return lab_of(colour, SRGB_TO_XYZ, srgb_decoded)


def chart(colours: list[tuple[int, ...]], mode: str = "RGB") -> Image.Image:
    """A row of flat patches."""
    image = Image.new(mode, (PATCH * len(colours), PATCH))
    for number, colour in enumerate(colours):
        image.paste(colour, (PATCH * number, 0, PATCH * (number + 1), PATCH))
    return image


def shown(path: Path, count: int) -> list[Lab]:
    """What the middle of each patch of a rendition looks like, by the profile that the rendition carries."""
    with Image.open(path) as image:
        carried = image.info.get("icc_profile")
        if carried:
            name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(carried)))
            assert name.strip() == "sRGB"
        pixels = np.asarray(image.convert("RGB"), dtype=float)
    step = pixels.shape[1] / count
    middle = pixels.shape[0] // 2
    found = []
    for number in range(count):
        at = int(step * (number + 0.5))
        found.append(srgb_lab(tuple(pixels[middle - 4 : middle + 4, at - 4 : at + 4].mean(axis=(0, 1)))))
    return found


def assert_exact(source: Path, folder: Path, wanted: list[Lab]) -> None:
    for kind in ("photo", "infographic"):
        result = processed(source, folder / kind, kind=kind)
        assert {"full.webp", "full.jpg"} <= profiles(result)
        for name in ("full.webp", "full.jpg"):
            found = shown(folder / kind / name, len(wanted))
            differences = [difference(*pair) for pair in zip(wanted, found, strict=True)]
            assert max(differences) <= 1, (kind, name, [round(each, 2) for each in differences])


def stored(path: Path, count: int) -> list[tuple[int, ...]]:
    """The values of the patches in a lossy source: what its encoder made of them is what it shows."""
    with Image.open(path) as image:
        return [image.getpixel((PATCH * n + PATCH // 2, PATCH // 2)) for n in range(count)]  # type: ignore[misc]


def carried_by(name: str) -> bytes:
    """The profile inside one of Pillow's test pictures."""
    with Image.open(pillow_images() / name) as image:
        profile: bytes = image.info["icc_profile"]
    return profile


REAL = {
    "sRGB IEC61966-2.1": ("rgb.jpg", SRGB_TO_XYZ, srgb_decoded),
    "Display P3": ("frame_size.mpo", P3_TO_XYZ, srgb_decoded),
    "Adobe RGB (1998)": ("xmp_test.jpg", ADOBE_TO_XYZ, adobe_decoded),
}


def inside_srgb(to_xyz: np.ndarray, decoded: Curve) -> list[tuple[int, ...]]:
    """Those of the colours that sRGB can show: what it cannot, no rendition can."""
    linear = [np.linalg.inv(SRGB_TO_XYZ) @ to_xyz @ decoded(np.array(each) / 255) for each in COLOURS]
    return [each for each, light in zip(COLOURS, linear, strict=True) if light.min() >= 0 and light.max() <= 1]


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("suffix", ["png", "tiff", "jpg"])
def test_a_wide_source_looks_as_its_profile_says(tmp_path: Path, name: str, suffix: str) -> None:
    sample, to_xyz, decoded = REAL[name]
    colours = inside_srgb(to_xyz, decoded)
    assert len(colours) >= 18
    options = {"quality": 100, "subsampling": "4:4:4"} if suffix == "jpg" else {}
    source = saved(tmp_path, chart(colours), f"p.{suffix}", icc_profile=carried_by(sample), **options)
    wanted = [lab_of(each, to_xyz, decoded) for each in stored(source, len(colours))]
    assert_exact(source, tmp_path, wanted)


@pytest.mark.parametrize("name", REAL)
def test_a_source_of_sixteen_bits_looks_as_its_profile_says(tmp_path: Path, name: str) -> None:
    sample, to_xyz, decoded = REAL[name]
    colours = [tuple(min(65535, channel * 257 + 100) for channel in each) for each in inside_srgb(to_xyz, decoded)]
    rows = b"".join(struct.pack(">3H", *colour) * PATCH for colour in colours)
    source = tmp_path / "p.png"
    source.write_bytes(png16(PATCH * len(colours), PATCH, rows, carried_by(sample)))
    assert_exact(source, tmp_path, [lab_of(each, to_xyz, decoded, most=65535) for each in colours])


def png16(width: int, height: int, row: bytes, profile: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    head += chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress((b"\0" + row) * height)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("suffix", ["tiff", "jpg"])
def test_a_cmyk_source_looks_as_its_profile_says(tmp_path: Path, suffix: str) -> None:
    inks = {
        (0, 0, 0, 0): (100, 0, 0), (255, 255, 0, 0): (35, 10, -30), (0, 255, 255, 0): (55, 35, 30),
        (0, 0, 255, 0): (85, 0, 50), (0, 255, 0, 0): (50, 40, 0), (255, 0, 0, 0): (60, -20, -25),
    }  # fmt: skip
    wanted: list[Lab] = [tuple(float(value) for value in lab) for lab in inks.values()]  # type: ignore[misc]
    assert all(0 < channel < 255 for lab in wanted[1:] for channel in lab_to_srgb(lab)), "inside what sRGB can show"
    source = saved(tmp_path, chart(list(inks), "CMYK"), f"p.{suffix}", icc_profile=press_profile(), quality=100)
    assert_exact(source, tmp_path, wanted)


def test_the_smallest_rendition_is_exact_too(tmp_path: Path) -> None:
    sample, to_xyz, decoded = REAL["Display P3"]
    colours = inside_srgb(to_xyz, decoded)[:6]
    source = saved(tmp_path, chart(colours), "p.png", icc_profile=carried_by(sample))
    processed(source, tmp_path / "out", kind="infographic")
    wanted = [lab_of(each, to_xyz, decoded) for each in colours]
    for name in ("full.avif", "w320.avif"):
        if (tmp_path / "out" / name).exists():
            pairs = zip(wanted, shown(tmp_path / "out" / name, len(wanted)), strict=True)
            assert max(difference(*pair) for pair in pairs) <= 1


def test_every_rendition_says_that_it_is_srgb(tmp_path: Path) -> None:
    source = saved(tmp_path, gradient(700, 500), "p.jpg", icc_profile=carried_by("frame_size.mpo"))
    result = processed(source, tmp_path / "out")
    for each in result.renditions:
        tags = exiftool(tmp_path / "out" / each.path)
        if each.media_type == "image/avif":
            assert (tags["QuickTime:ColorPrimaries"], tags["QuickTime:TransferCharacteristics"]) == (1, 13)
        else:
            assert tags["ICC_Profile:ProfileDescription"] == "sRGB"
            assert (tmp_path / "out" / each.path).read_bytes().count(b"acsp") == 1


# supplementary test data of the paper: Lab, Lab, ΔE₀₀
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412), ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669), ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977), ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "published"), PUBLISHED)
def test_the_measure_is_the_published_one(one: Lab, other: Lab, published: float) -> None:
    assert difference(one, other) == pytest.approx(published, abs=0.0001)
    assert difference(other, one) == pytest.approx(published, abs=0.0001)
