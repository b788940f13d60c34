"""What files say of themselves reaches the right field, from real files written by exiftool and Pillow."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tests.transcoding.pictures.making import gradient, processed, saved, tag_with_exiftool
from transcoding.metadata.embedded import from_ffprobe_tags, read_embedded
from transcoding.metadata.mapping import ASSUMED_ZONE, FIELDS, map_fields, parse_date
from transcoding.metadata.text import plain_text
from transcoding.metadata.vietnamese_tables import encode_cp1258, encode_tcvn3, encode_vni
from transcoding.metadata.xmp import read_xmp
from transcoding.results import EmbeddedMetadata

HANOI = timezone(timedelta(hours=7))


def read(path: Path) -> EmbeddedMetadata:
    with Image.open(path) as image:
        return read_embedded(image)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return saved(tmp_path, gradient(40, 30), "photo.jpg")


def test_a_fully_described_press_photo(photo: Path) -> None:
    tag_with_exiftool(
        photo,
        "-XMP-photoshop:Headline=Khánh thành cầu Nhật Tân", "-XMP-dc:Title=VGP-20261121-P0042",
        "-XMP-dc:Description=Thủ tướng cắt băng khánh thành.", "-XMP-iptcCore:AltTextAccessibility=Bốn người cầm kéo",
        "-XMP-dc:Creator=Nguyễn Văn A", "-XMP-dc:Creator=Trần B", "-XMP-photoshop:Credit=VGP",
        "-XMP-photoshop:Source=Báo Chính phủ",
        "-XMP-dc:Rights=© Báo Chính phủ", "-XMP-xmpRights:UsageTerms=Chỉ dùng cho báo chí",
        "-XMP-dc:Subject=cầu", "-XMP-dc:Subject=Hà Nội", "-XMP-dc:Subject=Cầu", "-XMP-photoshop:Urgency=3",
        "-XMP-iptcExt:PersonInImage=Phạm Văn D, Bộ trưởng", "-XMP-iptcExt:PersonInImage=王小明",
        "-XMP-photoshop:City=Hà Nội", "-XMP-photoshop:Country=Việt Nam", "-XMP-iptcCore:Location=Cầu Nhật Tân",
        "-XMP-photoshop:DateCreated=2026:11:21 09:30:00+07:00",
    )  # fmt: skip
    metadata = read(photo)
    assert metadata.title == "Khánh thành cầu Nhật Tân"
    assert metadata.caption == "Thủ tướng cắt băng khánh thành."
    assert metadata.alt_text == "Bốn người cầm kéo"
    assert metadata.author == "Nguyễn Văn A, Trần B"
    assert (metadata.credit_line, metadata.source) == ("VGP", "Báo Chính phủ")
    assert (metadata.copyright_notice, metadata.usage_terms) == ("© Báo Chính phủ", "Chỉ dùng cho báo chí")
    assert metadata.keywords == ("cầu", "Hà Nội")
    assert metadata.people == ("Phạm Văn D, Bộ trưởng", "王小明")
    assert metadata.place == "Cầu Nhật Tân, Hà Nội, Việt Nam"
    assert metadata.event_date == datetime(2026, 11, 21, 9, 30, tzinfo=HANOI)
    assert metadata.urgency == 3


def test_iim_alone_fills_the_fields(photo: Path) -> None:
    tag_with_exiftool(
        photo,
        "-IPTC:CodedCharacterSet=UTF8", "-IPTC:Headline=Lễ hội", "-IPTC:Caption-Abstract=Dòng một\nDòng hai",
        "-IPTC:By-line=Lê C",
        "-IPTC:Credit=TTXVN", "-IPTC:Source=TTXVN", "-IPTC:CopyrightNotice=TTXVN", "-IPTC:Keywords=lễ hội",
        "-IPTC:Keywords=Huế",
        "-IPTC:City=Huế", "-IPTC:Country-PrimaryLocationName=Việt Nam", "-IPTC:DateCreated=2025:04:30",
        "-IPTC:TimeCreated=08:00:00+00:00", "-IPTC:Urgency=1",
    )  # fmt: skip
    metadata = read(photo)
    assert (metadata.title, metadata.caption, metadata.author) == ("Lễ hội", "Dòng một\nDòng hai", "Lê C")
    assert metadata.keywords == ("lễ hội", "Huế")
    assert metadata.place == "Huế, Việt Nam"
    assert metadata.event_date == datetime(2025, 4, 30, 8, tzinfo=UTC)
    assert (metadata.credit_line, metadata.source, metadata.urgency) == ("TTXVN", "TTXVN", 1)


def test_exif_alone_fills_the_fields(photo: Path) -> None:
    tag_with_exiftool(
        photo,
        "-EXIF:ImageDescription=Chợ nổi", "-EXIF:Artist=Phạm D", "-EXIF:Copyright=VNA",
        "-EXIF:XPTitle=Chợ nổi Cái Răng",
        "-EXIF:XPKeywords=chợ;sông", "-EXIF:DateTimeOriginal=2024:02:03 04:05:06", "-EXIF:Make=Canon",
    )  # fmt: skip
    metadata = read(photo)
    assert (metadata.title, metadata.caption) == ("Chợ nổi Cái Răng", "Chợ nổi")
    assert (metadata.author, metadata.copyright_notice) == ("Phạm D", "VNA")
    assert metadata.keywords == ("chợ", "sông")
    assert metadata.event_date == datetime(2024, 2, 3, 4, 5, 6, tzinfo=ASSUMED_ZONE)
    assert metadata.raw["exif"]["Make"] == ["Canon"]


def test_xmp_comes_before_iim_before_exif(photo: Path) -> None:
    tag_with_exiftool(photo, "-EXIF:Artist=exif", "-EXIF:Copyright=exif", "-EXIF:ImageDescription=exif")
    tag_with_exiftool(photo, "-IPTC:By-line=iim", "-IPTC:CopyrightNotice=iim")
    tag_with_exiftool(photo, "-XMP-dc:Creator=xmp")
    metadata = read(photo)
    assert (metadata.author, metadata.copyright_notice, metadata.caption) == ("xmp", "iim", "exif")


def test_iim_changed_after_the_xmp_comes_first(photo: Path) -> None:
    tag_with_exiftool(photo, "-IPTC:Headline=old", "-XMP-photoshop:Headline=old", "-Photoshop:IPTCDigest=new")
    assert read(photo).title == "old"
    tag_with_exiftool(photo, "-IPTC:Headline=new")
    assert read(photo).title == "new"


@pytest.mark.parametrize("encode", [encode_tcvn3, encode_vni, encode_cp1258, str.encode])
def test_iim_in_an_undeclared_encoding_is_read_as_a_whole(tmp_path: Path, photo: Path, encode: object) -> None:
    texts = {
        "City": "Huế",
        "Headline": "Lễ khánh thành cầu",
        "By-line": "Đỗ Văn Lý",
        "Caption-Abstract": "Ảnh chụp tại tỉnh",
    }
    arguments = []
    for name, text in texts.items():
        (tmp_path / name).write_bytes(encode(text))  # type: ignore[operator]
        arguments.append(f"-IPTC:{name}<={tmp_path / name}")
    tag_with_exiftool(photo, "-charset", "iptc=latin", "-charset", "latin", *arguments)
    metadata = read(photo)
    assert (metadata.title, metadata.author, metadata.place) == ("Lễ khánh thành cầu", "Đỗ Văn Lý", "Huế")
    assert metadata.caption == "Ảnh chụp tại tỉnh"


def test_exif_text_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = encode_tcvn3("Lễ khánh thành cầu")
    exif[0x013B] = "Nguyễn Văn A".encode()
    metadata = read(saved(tmp_path, gradient(9, 9), "p.jpg", exif=exif))
    assert (metadata.caption, metadata.author) == ("Lễ khánh thành cầu", "Nguyễn Văn A")


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_a_user_comment_in_either_byte_order_is_read(tmp_path: Path, order: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "Chợ nổi".encode(order)
    assert read(saved(tmp_path, gradient(9, 9), "p.jpg", exif=exif)).caption == "Chợ nổi"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_xmp_is_found_in_every_container(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path, gradient(20, 20), f"p.{suffix}")
    tag_with_exiftool(path, "-XMP-photoshop:Headline=Hà Nội")
    assert read(path).title == "Hà Nội"


def test_xmp_is_found_in_heic_and_avif(tmp_path: Path) -> None:
    import pillow_heif

    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Headline="Hue"/>
      </rdf:RDF></x:xmpmeta>"""
    saved(tmp_path, gradient(64, 64), "p.avif", xmp=packet)
    heif = pillow_heif.from_pillow(gradient(64, 64))
    heif.info["xmp"] = packet
    heif.save(tmp_path / "p.heic")
    for name in ("p.avif", "p.heic"):
        result = processed(tmp_path / name, tmp_path / f"{name}-out")
        assert result.metadata.title == "Hue"


def test_the_vietnamese_alternative_is_preferred(photo: Path) -> None:
    captions = {"": "default", "-en": "English", "-vi": "Tiếng Việt"}
    tag_with_exiftool(photo, *(f"-XMP-dc:Description{language}={text}" for language, text in captions.items()))
    assert read(photo).caption == "Tiếng Việt"


def test_a_location_structure_becomes_one_line(photo: Path) -> None:
    tag_with_exiftool(
        photo,
        "-XMP-iptcExt:LocationShownSublocation=Hồ Gươm", "-XMP-iptcExt:LocationShownCity=Hà Nội",
        "-XMP-iptcExt:LocationShownCountryName=Việt Nam", "-XMP-photoshop:City=Huế",
    )  # fmt: skip
    assert read(photo).place == "Hồ Gươm, Hà Nội, Việt Nam"


def test_png_texts_are_read(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Title", "Biểu đồ")
    texts.add_text("Author", "Tổng cục Thống kê".encode().decode("latin-1"))
    metadata = read(saved(tmp_path, gradient(9, 9), "p.png", pnginfo=texts))
    assert (metadata.title, metadata.author) == ("Biểu đồ", "Tổng cục Thống kê")


def test_coordinates_and_serial_numbers_are_nowhere(photo: Path) -> None:
    tag_with_exiftool(
        photo,
        "-GPSLatitude=21.0285", "-GPSLatitudeRef=N", "-GPSLongitude=105.8542", "-GPSLongitudeRef=E", "-GPSAltitude=12",
        "-XMP-exif:GPSLatitude=21.0285", "-XMP-exif:GPSLongitude=105.8542", "-EXIF:SerialNumber=SN12345",
        "-XMP-aux:SerialNumber=SN12345", "-EXIF:OwnerName=Private Person",
        "-XMP-iptcExt:LocationShownGPSLatitude=21.0285",
        "-XMP-iptcExt:LocationShownCity=Hà Nội",
    )  # fmt: skip
    metadata = read(photo)
    assert metadata.place == "Hà Nội"
    for secret in ("21.0", "21,", "105.8", "105,", "GPS", "SN12345", "Private Person"):
        assert secret not in repr(metadata)


@pytest.mark.parametrize("caption", ["OLYMPUS DIGITAL CAMERA         ", "SAMSUNG CAMERA PICTURES"])
def test_what_a_camera_writes_is_no_caption(tmp_path: Path, caption: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = caption
    assert read(saved(tmp_path, gradient(9, 9), "p.jpg", exif=exif)).caption == ""


def test_hostile_text_comes_out_plain_and_short(photo: Path) -> None:
    attack = "<script>alert(1)</script><scr<b>ipt>\x07\u202eevil\u0000 " + "x" * 9_000
    tag_with_exiftool(photo, f"-XMP-dc:Title={attack.replace(chr(0), '')}", "-XMP-dc:Description=" + "á" * 15_000)
    metadata = read(photo)
    assert len(metadata.title) <= 500
    assert len(metadata.caption) == 10_000
    for bad in ("<script", "<b", "\x07", "\u202e"):
        assert bad not in metadata.title


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"<", b"not xml", b"<a/>" * 2, os.urandom(500), b"\xff\xfe<\0",
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 100_000,
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description/></rdf:RDF>',
        b"<x>" + b" " * 3_000_000 + b"</x>",
    ],
)  # fmt: skip
@pytest.mark.timeout(60)  # what grows with the square of the length takes longer than any load explains
def test_broken_and_hostile_xmp_counts_as_absent(packet: bytes) -> None:
    assert read_xmp(packet) == {}


def test_thousands_of_keywords_are_cut_off(photo: Path) -> None:
    items = "".join(f"<rdf:li>k{n}</rdf:li>" for n in range(5000))
    packet = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<rdf:Description><dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF>"
    )
    assert len(map_fields({"xmp": read_xmp(packet)}).keywords) == 100


def test_xmp_in_utf16_is_read() -> None:
    packet = (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"><rdf:Description photoshop:Headline="Hà Nội"/></rdf:RDF>'
    )
    assert read_xmp(packet.encode("utf-16"))["photoshop:Headline"] == ("Hà Nội",)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-21T09:30:00+07:00", datetime(2026, 11, 21, 9, 30, tzinfo=HANOI)),
        ("2026-11-21T02:30:00.123456Z", datetime(2026, 11, 21, 2, 30, tzinfo=UTC)),
        ("2026:11:21 09:30:00", datetime(2026, 11, 21, 9, 30, tzinfo=HANOI)),
        ("20261121 093000+0700", datetime(2026, 11, 21, 9, 30, tzinfo=HANOI)),
        ("D:20261121093000+07'00'", datetime(2026, 11, 21, 9, 30, tzinfo=HANOI)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=HANOI)),
        ("2026-11-21T09:30-05:30", datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=-5.5)))),
        ("0000:00:00 00:00:00", None), ("1900-13-01", None), ("9999-01-01", None), ("1500-01-01", None),
        ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_dates_of_every_writer_are_read(text: str, wanted: datetime | None) -> None:
    assert parse_date(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("1", 1), ("8", 8), ("0", None), ("9", None), ("high", None), ("", None), ("٣", None)]
)
def test_urgency_is_one_to_eight(text: str, wanted: int | None) -> None:
    assert map_fields({"iim": {"2:10": (text,)} if text else {}}).urgency == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<b>bold</b> & plain", "bold & plain"),
        ("<a href='x'>", ""),
        ("<<b>script>x", "x"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("Hà Nội", "Hà Nội"),
        ("a\u202eb\u2066c", "abc"),
        ("  many   spaces \n here ", "many spaces here"),
    ],
)
def test_plain_text_is_only_text(text: str, wanted: str) -> None:
    assert plain_text(text) == wanted


@pytest.mark.timeout(60)
def test_no_text_makes_cleaning_slow() -> None:
    assert len(plain_text("<a" * 500_000, most=10_000)) <= 10_000
    assert len(plain_text("<" * 500_000, most=10_000)) <= 10_000


def test_tags_of_recordings_reach_the_fields() -> None:
    metadata = from_ffprobe_tags(
        {
            "TITLE": "Thời sự tối".encode().decode("latin-1"),
            "artist": "Đài Truyền hình",
            "comment": "Bản tin 19 giờ",
            "Copyright": "VTV",
            "keywords": "thời sự, bản tin",
            "creation_time": "2026-11-21T12:00:00.000000Z",
            "com.apple.quicktime.location.ISO6709": "+21.0285+105.8542/",
            "location": "+21.0285+105.8542/",
            "encoder": "Lavf59",
        }
    )
    assert metadata.title == "Thời sự tối"
    assert (metadata.author, metadata.caption, metadata.copyright_notice) == (
        "Đài Truyền hình",
        "Bản tin 19 giờ",
        "VTV",
    )
    assert metadata.keywords == ("thời sự", "bản tin")
    assert metadata.event_date == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert "105" not in repr(metadata)


def test_a_recording_without_tags_says_nothing() -> None:
    assert from_ffprobe_tags({}) == EmbeddedMetadata()


def test_the_documented_table_is_the_one_in_use() -> None:
    document = (Path(__file__).parents[3] / "docs" / "metadata.md").read_text()
    for name, where in FIELDS.items():
        row = next(line for line in document.splitlines() if line.startswith(f"| `{name}` |"))
        shown = [
            source.replace("xmp ", "XMP ").replace("iim ", "IIM ").replace("exif ", "Exif ") for source in where.sources
        ]
        positions = [row.index(source) for source in shown]
        assert positions == sorted(positions), name
