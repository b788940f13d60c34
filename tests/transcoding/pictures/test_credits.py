"""Credits in renditions are read alike by another program, in three languages, and nothing else comes with them."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from tests.media_samples import sklearn_photos
from tests.transcoding.pictures.making import processed, tag_with_exiftool
from tests.transcoding.pictures.test_private_metadata import SECRET, private_source
from transcoding.pictures.credits import MAX_BYTES, Credits, xmp_of
from transcoding.pictures.wanted import Wanted, take_wanted, write_wanted
from transcoding.results import EmbeddedMetadata

CREDITS = Credits(
    reference="VGP-20261121-P0042",
    language="vi",
    creator="Nguyễn Thị Ánh Tuyết",
    credit_line="Nhật Bắc/VGP",
    source="Cổng Thông tin điện tử Chính phủ",
    copyright_notice="© 2026 Cổng Thông tin điện tử Chính phủ",
    usage_terms="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    alt_texts={
        "vi": "Cầu Long Biên lúc bình minh, “nhìn từ” bờ bãi & sông <Hồng>",
        "en": "Long Biên bridge at dawn",
        "zh": "黎明时分的龙编桥",
    },
)


def xmp_tags(path: Path) -> dict[str, object]:
    done = subprocess.run(
        ["exiftool", "-json", "-XMP:all", "-G1", str(path)], capture_output=True, check=True, timeout=60
    )
    (tags,) = json.loads(done.stdout)
    return {name: value for name, value in tags.items() if name.startswith("XMP-") and name != "XMP-x:XMPToolkit"}


EXPECTED = {
    "XMP-dc:Creator": CREDITS.creator,
    "XMP-dc:Rights": CREDITS.copyright_notice,
    "XMP-dc:Rights-vi": CREDITS.copyright_notice,
    "XMP-dc:Identifier": CREDITS.reference,
    "XMP-photoshop:Credit": CREDITS.credit_line,
    "XMP-photoshop:Source": CREDITS.source,
    "XMP-photoshop:TransmissionReference": CREDITS.reference,
    "XMP-xmpRights:UsageTerms": CREDITS.usage_terms,
    "XMP-xmpRights:UsageTerms-vi": CREDITS.usage_terms,
    "XMP-iptcCore:AltTextAccessibility": CREDITS.alt_texts["vi"],
    "XMP-iptcCore:AltTextAccessibility-vi": CREDITS.alt_texts["vi"],
    "XMP-iptcCore:AltTextAccessibility-en": CREDITS.alt_texts["en"],
    "XMP-iptcCore:AltTextAccessibility-zh": CREDITS.alt_texts["zh"],
}


def test_every_rendition_names_its_maker_in_three_languages(tmp_path: Path) -> None:
    result = processed(sklearn_photos()[0], tmp_path / "out", wanted=Wanted(credits=CREDITS))
    types = {rendition.media_type for rendition in result.renditions}
    assert types == {"image/jpeg", "image/webp", "image/avif"}
    for rendition in result.renditions:
        found = xmp_tags(tmp_path / "out" / rendition.path)
        assert found == EXPECTED, rendition.profile


def test_without_the_policy_nothing_is_written(tmp_path: Path) -> None:
    result = processed(sklearn_photos()[0], tmp_path / "out")
    for rendition in result.renditions:
        assert xmp_tags(tmp_path / "out" / rendition.path) == {}


def test_what_nobody_said_is_taken_from_the_file_and_what_people_said_is_not(tmp_path: Path) -> None:
    source = tmp_path / "p.jpg"
    source.write_bytes(sklearn_photos()[0].read_bytes())
    tag_with_exiftool(
        source, "-XMP-dc:Creator=Trần Văn Đức", "-XMP-photoshop:Credit=của tệp", "-XMP-dc:Rights=© của tệp",
        "-XMP-iptcCore:AltTextAccessibility=Cây cầu",
    )  # fmt: skip
    said = Credits(reference="A-1", language="vi", credit_line="của người")
    processed(source, tmp_path / "out", wanted=Wanted(credits=said))
    found = xmp_tags(tmp_path / "out" / "w640.jpg")
    assert found["XMP-dc:Creator"] == "Trần Văn Đức"
    assert found["XMP-photoshop:Credit"] == "của người"
    assert found["XMP-dc:Rights"] == "© của tệp"
    assert found["XMP-iptcCore:AltTextAccessibility-vi"] == "Cây cầu"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif", "heic"])
def test_credits_open_no_door_for_private_metadata(tmp_path: Path, suffix: str) -> None:
    source = private_source(tmp_path, suffix)
    said = Credits(reference="A-1", language="vi", creator="Ảnh: VGP")
    result = processed(source, tmp_path / "out", wanted=Wanted(credits=said))
    for rendition in result.renditions:
        data = (tmp_path / "out" / rendition.path).read_bytes()
        assert SECRET.encode() not in data
        assert b"GPS" not in data
        assert set(xmp_tags(tmp_path / "out" / rendition.path)) == {
            "XMP-dc:Creator", "XMP-dc:Identifier", "XMP-photoshop:TransmissionReference",
        }  # fmt: skip


def test_the_file_s_words_fill_only_gaps() -> None:
    metadata = EmbeddedMetadata(author="b", credit_line="b", alt_text="b", usage_terms="b", source="b")
    filled = Credits(reference="r", language="vi", creator="a", alt_texts={"en": "a"}).filled_from(metadata)
    assert (filled.creator, filled.credit_line, filled.usage_terms) == ("a", "b", "b")
    assert filled.alt_texts == {"en": "a", "vi": "b"}
    kept = Credits(reference="r", language="vi", alt_texts={"vi": "a"}).filled_from(metadata)
    assert kept.alt_texts == {"vi": "a"}


@given(st.text(), st.dictionaries(st.sampled_from(["vi", "en", "zh"]), st.text()))
def test_any_words_make_well_formed_xml_that_says_only_them(word: str, alt_texts: dict[str, str]) -> None:
    packet = xmp_of(Credits(reference="r", language="vi", creator=word, alt_texts=alt_texts))
    root = fromstring(packet.decode())
    assert len(packet) <= MAX_BYTES
    assert "http://www.w3.org/1999/02/22-rdf-syntax-ns#" in root[0].tag


def test_very_long_words_still_fit_into_a_jpeg(tmp_path: Path) -> None:
    long = "Việt Nam " * 20_000
    said = Credits(
        reference="r", language="vi", creator=long, credit_line=long, source=long, copyright_notice=long,
        usage_terms=long, alt_texts={"vi": long, "en": long, "zh": "国" * 100_000},
    )  # fmt: skip
    assert len(xmp_of(said)) <= MAX_BYTES
    processed(sklearn_photos()[0], tmp_path / "out", wanted=Wanted(credits=said))
    assert str(xmp_tags(tmp_path / "out" / "w640.jpg")["XMP-dc:Creator"]).startswith("Việt Nam Việt")


def test_credits_are_handed_on_as_they_are(tmp_path: Path) -> None:
    wanted = Wanted(credits=replace(CREDITS, people=("Lê B", "王小明")))
    write_wanted(tmp_path, wanted)
    assert take_wanted(tmp_path) == wanted
