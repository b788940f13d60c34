"""From a file of any accepted type to renditions, by way of the real child process."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from permissions.errors import InfrastructureError
from tests.media_samples import sklearn_photos
from tests.transcoding.pictures.making import (
    exiftool,
    gradient,
    pdf_of_one_page,
    processed,
    profiles,
    saved,
    svg,
    tag_with_exiftool,
)
from transcoding.pictures.process import process_picture
from transcoding.results import MediaRejected, ProcessingResult
from transcoding.sandbox import Interrupted
from transcoding.sniff import Sniffed, sniff


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference per channel, 0–255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def opened(result: ProcessingResult, folder: Path, profile: str) -> Image.Image:
    (rendition,) = [each for each in result.renditions if each.profile == profile]
    image = Image.open(folder / rendition.path)
    image.load()
    assert image.size == (rendition.width, rendition.height)
    return image


def test_a_real_photo_gets_every_rendition_of_its_size(tmp_path: Path) -> None:
    percents: list[int] = []
    result = processed(sklearn_photos()[0], tmp_path / "out", on_progress=percents.append)
    expected = {"w320.webp", "w320.jpg", "w320.avif", "w640.webp", "w640.jpg"}
    expected |= {"crop-16x9.webp", "crop-4x3.webp", "crop-1x1.webp", "crop-9x16.webp"}
    assert profiles(result) == expected
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected
    assert (result.width, result.height) == (640, 427)
    assert percents == sorted(set(percents))
    assert percents[-1] == 100
    assert len(result.placeholder) == 28
    assert len(result.perceptual_hash) == 64
    assert result.colours
    for rendition in result.renditions:
        assert sniff(tmp_path / "out" / rendition.path).media_type == rendition.media_type
    original = Image.open(sklearn_photos()[0])
    for profile in ("w640.webp", "w640.jpg"):
        assert difference(opened(result, tmp_path / "out", profile), original) < 5


def test_the_same_photo_smaller_has_nearly_the_same_perceptual_hash(tmp_path: Path) -> None:
    china, flower = sklearn_photos()
    small = saved(tmp_path, Image.open(china).resize((300, 200)), "small.jpg", quality=60)
    hashes = [processed(path, tmp_path / str(n)).perceptual_hash for n, path in enumerate((china, small, flower))]
    distances = [(int(hashes[0], 16) ^ int(other, 16)).bit_count() for other in hashes[1:]]
    assert distances[0] <= 31
    assert distances[1] > 90


@pytest.mark.parametrize("name", ["p.jpg", "p.png", "p.webp", "p.tiff", "p.gif", "p.avif", "p.heic"])
def test_every_accepted_type_keeps_its_picture(tmp_path: Path, name: str) -> None:
    picture = gradient(700, 400)
    if name.endswith("heic"):
        import pillow_heif

        pillow_heif.from_pillow(picture).save(tmp_path / name, quality=90)
    else:
        picture.save(tmp_path / name, **({"quality": 95} if name[2:] in {"jpg", "webp", "avif"} else {}))
    result = processed(tmp_path / name, tmp_path / "out", kind="infographic")
    assert profiles(result) == {"w320.webp", "w320.jpg", "w320.avif", "w640.webp", "w640.jpg", "full.webp", "full.jpg"}
    assert difference(opened(result, tmp_path / "out", "full.jpg"), picture) < (7 if name.endswith("gif") else 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = gradient(400, 240)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    result = processed(saved(tmp_path, stored, "p.jpg", exif=exif, quality=95), tmp_path / "out")
    assert (result.width, result.height) == (400, 240)
    assert difference(opened(result, tmp_path / "out", "full.jpg"), upright) < 3
    assert "EXIF:Orientation" not in exiftool(tmp_path / "out" / "full.jpg")


def test_a_large_jpeg_is_shrunk_while_decoding_with_no_visible_loss(tmp_path: Path) -> None:
    picture = Image.open(sklearn_photos()[0]).resize((4800, 3200), Image.Resampling.LANCZOS)
    result = processed(saved(tmp_path, picture, "large.jpg", quality=95), tmp_path / "out")
    wanted = picture.resize((1920, 1280), Image.Resampling.LANCZOS)
    assert difference(opened(result, tmp_path / "out", "w1920.jpg"), wanted) < 3
    assert result.facts["peak_rss"] < 150 * 2**20


def test_transparency_stays_in_webp_and_avif_and_lies_on_white_in_jpeg(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (400, 400), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 200, 400))
    result = processed(saved(tmp_path, picture, "p.png"), tmp_path / "out", kind="infographic")
    for profile in ("full.webp", "w320.webp", "w320.avif"):
        image = opened(result, tmp_path / "out", profile).convert("RGBA")
        assert image.getpixel((10, 10))[3] == 0  # type: ignore[index]
        assert image.getpixel((image.width - 10, 10))[3] == 255  # type: ignore[index]
    jpeg = opened(result, tmp_path / "out", "full.jpg")
    assert min(jpeg.getpixel((10, 10))) > 250  # type: ignore[arg-type, type-var]
    assert result.facts["transparent"] is True


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "I;16", "CMYK"])
def test_pixels_of_every_mode_are_read(tmp_path: Path, mode: str) -> None:
    picture = (
        Image.new("L", (40, 30), 255) if mode == "1" else gradient(40, 30).convert(mode if mode != "I;16" else "I")
    )
    if mode == "I;16":
        picture = Image.new("I;16", (40, 30), 65535)
    suffix = "tiff" if mode in {"CMYK", "I;16", "1"} else "png"
    if mode == "PA":
        picture = gradient(40, 30).convert("RGBA").convert("PA")
        suffix = "tiff"
    result = processed(
        saved(tmp_path, picture.convert(mode) if mode == "1" else picture, f"p.{suffix}"), tmp_path / "out"
    )
    assert profiles(result) == {"full.webp", "full.jpg", "full.avif"}


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 700), (7000, 3), (319, 319), (3, 20_000)])
def test_odd_sizes_are_served_and_never_enlarged(tmp_path: Path, size: tuple[int, int]) -> None:
    result = processed(saved(tmp_path, gradient(*size), "p.png"), tmp_path / "out")
    assert (result.width, result.height) == size
    assert all(each.width <= size[0] and each.height <= size[1] for each in result.renditions)  # type: ignore[operator]
    assert len(result.perceptual_hash) == 64
    for each in result.renditions:
        opened(result, tmp_path / "out", each.profile)


def test_a_huge_panorama_fits_the_limits(tmp_path: Path) -> None:
    panorama = gradient(30_000, 4_000)
    result = processed(saved(tmp_path, panorama, "p.jpg", quality=80), tmp_path / "out")
    assert opened(result, tmp_path / "out", "w1920.webp").size == (1920, 256)


def test_an_svg_is_drawn_at_every_width_with_its_texts(tmp_path: Path) -> None:
    body = "<title>Tăng trưởng</title><desc>Cột cao dần</desc><rect width='200' height='200' fill='#00ff00'/>"
    (tmp_path / "chart.svg").write_bytes(svg(body))
    result = processed(tmp_path / "chart.svg", tmp_path / "out", kind="infographic")
    assert {"w1920.webp", "w1280.jpg", "w320.avif"} <= profiles(result)
    image = opened(result, tmp_path / "out", "w1920.webp")
    assert image.size == (1920, 960)
    assert image.convert("RGBA").getpixel((480, 480)) == pytest.approx((0, 255, 0, 255), abs=3)
    assert image.convert("RGBA").getpixel((1440, 480))[3] == 0  # type: ignore[index]
    assert (result.metadata.title, result.metadata.alt_text) == ("Tăng trưởng", "Cột cao dần")
    assert result.facts["vector"] is True


def test_the_first_page_of_a_pdf_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(pdf_of_one_page())
    result = processed(tmp_path / "report.pdf", tmp_path / "out", kind="infographic")
    image = opened(result, tmp_path / "out", "w1920.jpg")
    assert image.size == (1920, 960)
    assert image.getpixel((900, 500)) == pytest.approx((255, 0, 0), abs=4)
    assert (result.metadata.title, result.metadata.author) == ("Gross domestic product", "General Statistics Office")
    assert result.facts["pages"] == 1


def test_no_place_no_camera_and_no_text_of_the_original_leaks_into_a_rendition(tmp_path: Path) -> None:
    source = saved(tmp_path, gradient(400, 300), "p.jpg")
    secret = "do-not-tell"
    tag_with_exiftool(
        source,
        "-GPSLatitude=21.03", "-GPSLatitudeRef=N", "-GPSLongitude=105.85", "-GPSLongitudeRef=E",
        f"-EXIF:Artist={secret}", f"-XMP-dc:Creator={secret}", f"-IPTC:By-line={secret}", f"-Comment={secret}",
        f"-EXIF:SerialNumber={secret}", "-XMP-exif:GPSLatitude=21.03", f"-EXIF:UserComment={secret}",
        "-XMP-iptcExt:LocationCreatedGPSLatitude=21.03",
    )  # fmt: skip
    assert exiftool(source)["EXIF:GPSLatitude"] == 21.03
    result = processed(source, tmp_path / "out")
    for rendition in result.renditions:
        path = tmp_path / "out" / rendition.path
        tags = exiftool(path)
        leaked = [
            tag
            for tag in tags
            if "GPS" in tag or tag.split(":")[0] in {"EXIF", "XMP", "IPTC", "Photoshop", "Composite:GPS"}
        ]
        assert leaked == []
        assert secret.encode() not in path.read_bytes()
    assert "21.03" not in repr(result)
    assert result.metadata.author == secret


def test_jpegs_carry_a_small_srgb_profile(tmp_path: Path) -> None:
    result = processed(saved(tmp_path, gradient(400, 300), "p.png"), tmp_path / "out")
    tags = exiftool(tmp_path / "out" / "full.jpg")
    assert tags["ICC_Profile:ProfileDescription"] == "sRGB"
    assert len(opened(result, tmp_path / "out", "full.jpg").info["icc_profile"]) < 3000


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    source = sklearn_photos()[1]
    one, other = processed(source, tmp_path / "1"), processed(source, tmp_path / "2")
    for rendition in one.renditions:
        assert (tmp_path / "1" / rendition.path).read_bytes() == (tmp_path / "2" / rendition.path).read_bytes()
    assert (one.perceptual_hash, one.placeholder) == (other.perceptual_hash, other.placeholder)


def test_a_file_that_does_not_fit_the_kind_is_not_even_opened(tmp_path: Path) -> None:
    with pytest.raises(MediaRejected) as refusal:
        process_picture(
            tmp_path / "none",
            sniffed=Sniffed(media_type="video/mp4", family="video"),
            kind="photo",
            workdir=tmp_path,
            on_progress=lambda _: None,
        )
    assert refusal.value.reason == "type_does_not_fit_kind"


def test_a_vanished_original_is_the_machines_fault(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError):
        process_picture(
            tmp_path / "none",
            sniffed=Sniffed(media_type="image/png", family="picture"),
            kind="photo",
            workdir=tmp_path,
            on_progress=lambda _: None,
        )


def test_processing_stops_when_the_worker_does(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        processed(sklearn_photos()[0], tmp_path / "out", cancelled=lambda: True)


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "green", "blue")]
    source = io.BytesIO()
    frames[0].save(source, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    (tmp_path / "a.webp").write_bytes(source.getvalue())
    result = processed(tmp_path / "a.webp", tmp_path / "out")
    assert opened(result, tmp_path / "out", "full.jpg").getpixel((25, 25)) == pytest.approx((254, 0, 0), abs=4)
