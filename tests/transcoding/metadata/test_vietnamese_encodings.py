"""Vietnamese text in every encoding it comes in, both ways, and other languages left alone."""

import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.metadata import vietnamese_tables as tables
from transcoding.metadata.encodings import decode_text, repair_text
from transcoding.metadata.syllables import is_syllable, score

TEXTS = [
    "Hà Nội",
    "Huế",
    "Đà Nẵng",
    "Đắk Lắk",
    "Phú Quốc",
    "Nguyễn Văn Ước",
    "Ảnh: TTXVN",
    "Thủ tướng Chính phủ chủ trì họp báo",
    "Lễ khánh thành cầu Nhật Tân",
    "Bão số 9 đổ bộ vào Quảng Ngãi",
    "Ủy ban nhân dân tỉnh Thừa Thiên Huế",
    "Kỳ họp thứ 8, Quốc hội khóa XV",
    "khuỷu tay nguệch ngoạc, quý khách nghỉ ngơi",
]
ENCODERS = {
    "tcvn3": tables.encode_tcvn3,
    "viscii": tables.encode_viscii,
    "vni": tables.encode_vni,
    "windows-1258": tables.encode_cp1258,
}
DECODERS = {
    "tcvn3": tables.decode_tcvn3,
    "viscii": tables.decode_viscii,
    "vni": tables.decode_vni,
    "windows-1258": tables.decode_cp1258,
}
ICONV = {"tcvn3": "TCVN5712-1", "viscii": "VISCII", "windows-1258": "CP1258"}
LETTERS = [
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
] + ["đ", "Đ"]


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("text", TEXTS)
def test_bytes_of_every_old_encoding_are_told_apart_and_decoded(text: str, encoding: str) -> None:
    decoded = decode_text(ENCODERS[encoding](text))
    assert decoded.text == text
    assert decoded.encoding == encoding


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_once_misread_as_western_is_repaired(text: str, encoding: str) -> None:
    data = ENCODERS[encoding](text)
    try:
        misread = data.decode("cp1252")
    except UnicodeDecodeError:
        misread = data.decode("latin-1")
    assert repair_text(misread) == text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_decoded_with_and_without_marks(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)).text == text
    assert decode_text(unicodedata.normalize("NFD", text).encode(encoding)).text == text


@pytest.mark.parametrize("text", TEXTS)
def test_doubly_encoded_utf8_is_repaired(text: str) -> None:
    misread = text.encode().decode("latin-1")
    assert repair_text(misread) == text
    assert decode_text(misread.encode()).text == text
    sloppy = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())
    assert repair_text(sloppy) == text


@pytest.mark.parametrize("text", TEXTS)
def test_good_vietnamese_is_left_alone(text: str) -> None:
    assert repair_text(text) == text
    assert score(text) > 0


@pytest.mark.parametrize(
    "text",
    [
        "Théâtre à côté", "José Müller", "São Paulo", "Zürich", "Łódź", "naïve café", "Ångström", "Señor Núñez", "né",
        "© 2024 Reuters", "Malmö – Göteborg", "Curaçao", "Côte d’Ivoire",
        "Emmanuel Macron à l’Élysée", "Bogotá", "Pelé",
        "İstanbul", "東京", "façade “quoted” text", "À la carte", "Hôtel de Ville", "½ × 3 = 1½",
        "20 °C", "Привет", "中國",
    ],
)  # fmt: skip
def test_other_languages_are_left_alone(text: str) -> None:
    assert repair_text(text) == text
    assert decode_text(text.encode()).text == text
    try:
        western = text.encode("cp1252")
    except UnicodeEncodeError:
        return
    assert decode_text(western).text == text


@pytest.mark.parametrize("encoding", ["viscii", "vni", "windows-1258"])
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_goes_both_ways(letter: str, encoding: str) -> None:
    assert DECODERS[encoding](ENCODERS[encoding](letter)) == letter


@pytest.mark.parametrize("letter", [letter for letter in LETTERS if letter.islower()])
def test_every_small_letter_goes_both_ways_in_tcvn3(letter: str) -> None:
    assert tables.decode_tcvn3(tables.encode_tcvn3(letter)) == letter


@pytest.mark.parametrize("encoding", ICONV)
def test_our_tables_agree_with_iconv(encoding: str) -> None:
    if shutil.which("iconv") is None:
        pytest.skip("no iconv here to compare with")
    text = "".join(letter for letter in LETTERS if encoding != "tcvn3" or letter.islower())
    data = ENCODERS[encoding](text)
    theirs = subprocess.run(
        ["iconv", "-f", ICONV[encoding], "-t", "UTF-8"], input=data, capture_output=True, check=True
    )
    assert unicodedata.normalize("NFC", theirs.stdout.decode()) == text
    assert DECODERS[encoding](data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"H\xb5 N\xe9I", "Hà NỘI"), (b"HU\xd5", "HUẾ"), (b"\xa7\xb5 N\xbdng", "Đà Nẵng"), (b"H\xb5 N\xe9i", "Hà Nội")],
)
def test_tcvn3_set_in_a_capitals_font_becomes_capitals(data: bytes, text: str) -> None:
    assert tables.decode_tcvn3(data) == text


@pytest.mark.parametrize("letter", ["€", "中", "Ω"])
def test_letters_that_an_encoding_lacks_are_an_error(letter: str) -> None:
    for encode in ENCODERS.values():
        if letter == "€" and encode in {tables.encode_vni, tables.encode_cp1258}:
            continue
        with pytest.raises(ValueError, match=r".+"):
            encode(letter)


def test_a_letter_cut_in_two_by_a_length_limit_is_dropped() -> None:
    assert decode_text("Hà Nội".encode()[:-2]).text == "Hà N"


def test_rubbish_is_decoded_to_something() -> None:
    assert decode_text(b"\x81\x8d\x8f\x90").encoding == "windows-1252"
    assert decode_text(b"").text == ""
    assert decode_text(b"\0\0\0").text == ""


@given(st.binary(max_size=300))
def test_no_bytes_fail(data: bytes) -> None:
    text = decode_text(data).text
    assert unicodedata.is_normalized("NFC", text)
    text.encode("utf-8", "surrogatepass")


@given(st.text(max_size=200))
def test_repairing_twice_changes_nothing_more(text: str) -> None:
    once = repair_text(text)
    assert repair_text(repair_text(once)) == repair_text(once)


POSSIBLE = "nghiêng quyển khuỷu giặt oẳn yêu thuở hươu chuối ngoéo quạch đắk uỷ ủy hoà hòa"


@pytest.mark.parametrize("word", POSSIBLE.split())
def test_possible_syllables_are_recognised(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["viöt", "fé", "strà", "àá", "ồồ", "zã", "hàt", "hảc", "müller", "sóo", "cộte"])
def test_impossible_syllables_are_recognised(word: str) -> None:
    assert not is_syllable(word)
