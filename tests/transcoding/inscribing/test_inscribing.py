"""Words written into a copy are read back by exiftool in three languages, and what the file shows is the same."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.transcoding.pictures.making import gradient, tag_with_exiftool
from tests.transcoding.pictures.test_credits import CREDITS, EXPECTED
from transcoding.inscribing.formats import FORMATS, edits_for
from transcoding.inscribing.splice import Copied, Edit, FileSource, Plan, Unwritable, plan_of
from transcoding.pictures.credits import Credits

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TITLES = {"vi": "Cầu Long Biên lúc bình minh", "en": "Long Biên bridge at dawn", "zh": "黎明时分的龙编桥"}
CAPTIONS = {
    "vi": "Sương sớm trên sông Hồng, “đẹp” & <yên>",
    "en": "Morning mist over the Red River",
    "zh": "红河上的晨雾",
}
TERMS = {"vi": "Ghi công 4.0", "en": "Attribution 4.0", "zh": "署名 4.0"}
PEOPLE = ("Nguyễn Thị Ánh & <con>", "王小明")
WORDS = replace(CREDITS, titles=TITLES, captions=CAPTIONS, terms=TERMS, usage_terms=TERMS["vi"], people=PEOPLE)
IN_CHINESE = replace(
    WORDS,
    language="zh",
    creator="阮氏映雪",
    credit_line="越南政府门户网站",
    source="政府门户网站",
    copyright_notice="© 2026 政府",
    usage_terms=TERMS["zh"],
)
XMP = {
    **EXPECTED,
    "XMP-iptcExt:PersonInImage": list(PEOPLE),
    "XMP-dc:Title": TITLES["vi"],
    **{f"XMP-dc:Title-{language}": text for language, text in TITLES.items()},
    "XMP-photoshop:Headline": TITLES["vi"],
    "XMP-dc:Description": CAPTIONS["vi"],
    **{f"XMP-dc:Description-{language}": text for language, text in CAPTIONS.items()},
    "XMP-xmpRights:UsageTerms": TERMS["vi"],
    **{f"XMP-xmpRights:UsageTerms-{language}": text for language, text in TERMS.items()},
}
IIM = {
    "IPTC:ObjectName": TITLES["vi"],
    "IPTC:Headline": TITLES["vi"],
    "IPTC:By-line": WORDS.creator,
    "IPTC:Credit": WORDS.credit_line,
    "IPTC:CopyrightNotice": WORDS.copyright_notice,
    "IPTC:Caption-Abstract": CAPTIONS["vi"],
    "IPTC:OriginalTransmissionReference": WORDS.reference,
}


def inscribed(path: Path, media_type: str, words: Credits = WORDS) -> Path:
    """A copy of ``path`` beside it, as it would be delivered."""
    with path.open("rb") as file:
        plan = plan_of(edits_for(media_type, FileSource(file, path.stat().st_size), words), size=path.stat().st_size)
    copy = path.with_stem(f"{path.stem}-inscribed")
    copy.write_bytes(delivered(plan, path.read_bytes()))
    assert copy.stat().st_size == plan.size
    return copy


def delivered(plan: Plan, data: bytes, start: int = 0, length: int | None = None) -> bytes:
    pieces = plan.window(start, plan.size - start if length is None else length)
    return b"".join(
        piece if isinstance(piece, bytes) else data[piece.start : piece.start + piece.length] for piece in pieces
    )


def tags(path: Path) -> dict[str, object]:
    done = subprocess.run(
        ["exiftool", "-json", "-G1", "-a", "-charset", "UTF8", str(path)], capture_output=True, check=True, timeout=60
    )
    (found,) = json.loads(done.stdout)
    assert "ExifTool:Warning" not in found, found["ExifTool:Warning"]
    assert "ExifTool:Error" not in found
    return {name: value for name, value in found.items() if not name.startswith(("System:", "ExifTool:"))}


def xmp_in(found: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if name.startswith("XMP-") and name != "XMP-x:XMPToolkit"}


def jpeg(folder: Path) -> Path:
    path = folder / "p.jpg"
    gradient(320, 200).save(path, quality=90, icc_profile=SRGB)
    tag_with_exiftool(
        path, "-EXIF:Artist=Trần Văn Đức", "-XMP-dc:Title=của tệp", "-IPTC:City=Hà Nội", "-Photoshop:URL=x"
    )
    return path


def plain_jpeg(folder: Path) -> Path:
    path = folder / "p.jpg"
    gradient(64, 48).save(path, progressive=True)
    return path


def png(folder: Path) -> Path:
    path = folder / "p.png"
    gradient(200, 120, "RGBA").save(path)
    tag_with_exiftool(path, "-XMP-dc:Title=của tệp")
    return path


def lossy_webp(folder: Path) -> Path:
    path = folder / "p.webp"
    gradient(201, 121).save(path)
    return path


def lossless_webp(folder: Path) -> Path:
    path = folder / "p.webp"
    picture = gradient(200, 120, "RGBA")
    picture.putalpha(picture.getchannel("R"))
    picture.save(path, lossless=True)
    return path


def extended_webp(folder: Path) -> Path:
    path = folder / "p.webp"
    gradient(200, 120).save(path, icc_profile=SRGB, xmp=b"<x:xmpmeta/>")
    return path


def tiff(folder: Path) -> Path:
    path = folder / "p.tif"
    gradient(200, 120).save(path, compression="tiff_lzw")
    tag_with_exiftool(path, "-XMP-dc:Title=của tệp", "-IPTC:City=Hà Nội")
    return path


def big_endian_tiff_of_two_pages(folder: Path) -> Path:
    path = folder / "p.tif"
    first, second = gradient(200, 120), gradient(100, 60)
    first.save(path, save_all=True, append_images=[second])
    tag_with_exiftool(path, "-ExifByteOrder=Big-endian", "-EXIF:Artist=x")
    return path


def big_tiff(folder: Path) -> Path:
    path = folder / "p.tif"
    gradient(200, 120).save(path, big_tiff=True)
    return path


PICTURES: list[tuple[str, Callable[[Path], Path]]] = [
    ("image/jpeg", jpeg),
    ("image/jpeg", plain_jpeg),
    ("image/png", png),
    ("image/webp", lossy_webp),
    ("image/webp", lossless_webp),
    ("image/webp", extended_webp),
    ("image/tiff", tiff),
    ("image/tiff", big_endian_tiff_of_two_pages),
    ("image/tiff", big_tiff),
]
each_picture = pytest.mark.parametrize(("media_type", "made"), PICTURES, ids=[made.__name__ for _, made in PICTURES])


def frames(path: Path) -> list[tuple[str, tuple[int, int], bytes]]:
    with Image.open(path) as picture:
        found = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            found.append((picture.mode, picture.size, picture.tobytes()))
    return found


@each_picture
def test_exiftool_reads_every_written_word_back_and_no_pixel_differs(
    media_type: str, made: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = made(tmp_path)
    copy = inscribed(source, media_type)
    found = tags(copy)
    assert xmp_in(found) == XMP
    if media_type in {"image/jpeg", "image/tiff"}:
        assert {name: found.get(name) for name in IIM} == IIM
        assert "IPTC:City" not in found
    assert frames(copy) == frames(source)


@each_picture
def test_chinese_is_read_back_as_it_was_written(media_type: str, made: Callable[[Path], Path], tmp_path: Path) -> None:
    found = tags(inscribed(made(tmp_path), media_type, IN_CHINESE))
    assert found["XMP-dc:Title"] == TITLES["zh"]
    assert found["XMP-photoshop:Credit"] == IN_CHINESE.credit_line
    assert found["XMP-dc:Creator"] == IN_CHINESE.creator
    assert found["XMP-xmpRights:UsageTerms"] == TERMS["zh"]
    if media_type in {"image/jpeg", "image/tiff"}:
        assert found["IPTC:By-line"] == IN_CHINESE.creator
        assert found["IPTC:Caption-Abstract"] == CAPTIONS["zh"]


@each_picture
def test_words_are_replaced_and_not_heaped_up(media_type: str, made: Callable[[Path], Path], tmp_path: Path) -> None:
    once = inscribed(made(tmp_path), media_type)
    twice = inscribed(once, media_type, IN_CHINESE)
    assert twice.read_bytes().count(b"<x:xmpmeta") == 1 or media_type == "image/tiff"
    assert xmp_in(tags(twice))["XMP-dc:Title"] == TITLES["zh"]


def test_a_jpeg_keeps_its_exif_its_profile_and_other_programs_resources(tmp_path: Path) -> None:
    source = jpeg(tmp_path)
    copy = inscribed(source, "image/jpeg")
    before, after = tags(source), tags(copy)
    assert after["IFD0:Artist"] == "Trần Văn Đức"
    assert after["Photoshop:URL"] == before["Photoshop:URL"]
    assert after["Photoshop:IPTCDigest"] == after["File:CurrentIPTCDigest"]
    with Image.open(source) as old, Image.open(copy) as new:
        assert new.info["icc_profile"] == old.info["icc_profile"]
        assert new.info["exif"] == old.info["exif"]


def film(path: Path, *options: str) -> Path:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=2", "-f", "lavfi", "-i"]
    command += ["sine=d=2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata", "title=của tệp"]
    subprocess.run([*command, "-metadata", "genre=news", *options, str(path)], check=True, timeout=60)
    return path


def packets(path: Path) -> bytes:
    """Every packet's place in time and checksum."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0", "-c", "copy", "-f", "framemd5", "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=["index-last", "index-first"])
@pytest.mark.parametrize("words", [WORDS, IN_CHINESE], ids=["vi", "zh"])
def test_a_film_says_the_words_and_every_packet_is_where_its_index_says(
    options: tuple[str, ...], words: Credits, tmp_path: Path
) -> None:
    source = film(tmp_path / "f.mp4", *options)
    copy = inscribed(source, "video/mp4", words)
    found = tags(copy)
    assert packets(copy) == packets(source)
    assert found["XMP-dc:Title"] == words.titles[words.language]
    assert found["XMP-dc:Title-zh"] == TITLES["zh"]
    assert found["XMP-iptcCore:AltTextAccessibility-vi"] == WORDS.alt_texts["vi"]
    assert found["ItemList:Title"] == words.titles[words.language]
    assert found["ItemList:Artist"] == words.creator
    assert found["ItemList:Copyright"] == words.copyright_notice
    assert found["ItemList:Description"] == words.captions[words.language]
    assert found["ItemList:Comment"] == words.usage_terms
    assert found["ItemList:Genre"] == "news"
    again = inscribed(copy, "video/mp4", words)
    assert packets(again) == packets(source)
    assert again.stat().st_size == copy.stat().st_size


def test_a_film_in_fragments_is_refused(tmp_path: Path) -> None:
    source = film(tmp_path / "f.mp4", "-movflags", "+frag_keyframe+empty_moov")
    with pytest.raises(Unwritable):
        inscribed(source, "video/mp4")


@each_picture
def test_a_file_that_is_cut_or_of_another_kind_is_refused_or_stays_within_bounds(
    media_type: str, made: Callable[[Path], Path], tmp_path: Path
) -> None:
    whole = made(tmp_path).read_bytes()
    path = tmp_path / "broken"
    for other in FORMATS.keys() - {media_type, "audio/mp4"}:
        path.write_bytes(whole)
        with pytest.raises(Unwritable):
            inscribed(path, other)
    for length in (0, 1, 7, 12, 20, 40, len(whole) // 2):
        path.write_bytes(whole[:length])
        try:
            inscribed(path, media_type)
        except Unwritable:
            continue


@settings(deadline=None)
@given(
    size=st.integers(0, 60),
    edits=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.binary(max_size=9)), max_size=4),
    start=st.integers(0, 90),
    length=st.integers(0, 90),
)
def test_a_window_of_a_plan_is_that_part_of_the_whole(
    size: int, edits: list[tuple[int, int, bytes]], start: int, length: int
) -> None:
    data = bytes(range(size))
    try:
        plan = plan_of([Edit(at=at, removed=removed, inserted=new) for at, removed, new in edits], size=size)
    except Unwritable:
        return
    whole = delivered(plan, data)
    assert len(whole) == plan.size
    assert delivered(plan, data, start, length) == whole[start : start + length]
    assert all(isinstance(piece, bytes | Copied) for piece in plan.pieces)
