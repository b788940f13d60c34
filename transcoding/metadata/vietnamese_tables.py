"""The eight-bit encodings of Vietnamese from before Unicode.

TCVN 5712:1993 (of which the "ABC" fonts, TCVN3, use the small letters), VISCII 1.1 (RFC 1456), VNI for Windows.
Windows-1258 is Python's own ``cp1258``. Encoders exist beside the decoders, so that tests can go both ways.
"""

import re
import unicodedata

from permissions.marks import composed

_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ"
    "ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ"
    "\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịò"
    "Ổỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ"
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "Õắằặấầẩậẽẹếềểễệố"
    "ồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ"
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉ"
    "đựòóôõỏọụùúũủýợỮ"
)

# VNI writes a base letter and then its marks as one more letter of Windows-1252
_VNI_MARKS = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_SINGLE = {"ì": "ì", "í": "í", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ"}


def _vni_table() -> dict[str, str]:
    table = dict(_VNI_SINGLE)
    for base, letter in {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ô": "ơ", "ö": "ư"}.items():
        table |= {base + code: letter + mark for code, mark in _VNI_MARKS.items()}
    for base in "aeo":
        table |= {base + code: base + "\u0302" + mark for code, mark in _VNI_CIRCUMFLEX.items()}
    table |= {"a" + code: "a\u0306" + mark for code, mark in _VNI_BREVE.items()}
    composed = {code: unicodedata.normalize("NFC", letter) for code, letter in table.items()}
    capitals = {code.upper(): letter.upper() for code, letter in composed.items()}
    titled = {code[0].upper() + code[1:]: letter.upper() for code, letter in composed.items()}
    return composed | titled | capitals


_VNI = _vni_table()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_VNI_REVERSE = {letter: code for code, letter in sorted(_VNI.items(), key=lambda item: item[0].isupper())}

_TCVN_DECODE = {128 + index: letter for index, letter in enumerate(_TCVN_HIGH)}
_VISCII_DECODE = _VISCII_LOW | {128 + index: letter for index, letter in enumerate(_VISCII_HIGH)}
_WORD = re.compile(r"[^\W\d_]+")


def decode_tcvn3(data: bytes) -> str:
    """TCVN3 to NFC. Capitals with tones have no codes in its fonts: small letters among ASCII capitals are raised."""
    text = composed(data.decode("latin-1").translate(_TCVN_DECODE))
    return _WORD.sub(lambda word: _raised(word[0]), text)


def encode_tcvn3(text: str) -> bytes:
    """NFC to TCVN3; ValueError for letters it does not have."""
    return _encode(text, {letter: code for code, letter in _TCVN_DECODE.items()})


def decode_viscii(data: bytes) -> str:
    """VISCII 1.1 (RFC 1456) to NFC."""
    return composed(data.decode("latin-1").translate(_VISCII_DECODE))


def encode_viscii(text: str) -> bytes:
    """NFC to VISCII; ValueError for letters it does not have."""
    return _encode(text, {letter: code for code, letter in _VISCII_DECODE.items()})


def decode_vni(data: bytes) -> str:
    """VNI (Windows) to NFC; UnicodeDecodeError where it is not even Windows-1252."""
    return _VNI_PATTERN.sub(lambda found: _VNI[found[0]], data.decode("cp1252"))


def encode_vni(text: str) -> bytes:
    """NFC to VNI (Windows); UnicodeEncodeError for letters it does not have."""
    return "".join(_VNI_REVERSE.get(letter, letter) for letter in text).encode("cp1252")


def decode_cp1258(data: bytes) -> str:
    """Windows-1258, which writes tones as combining marks, to NFC; UnicodeDecodeError for undefined bytes."""
    return composed(data.decode("cp1258"))


def encode_cp1258(text: str) -> bytes:
    """NFC to Windows-1258: the tone is split off where the letter has no code of its own."""
    return b"".join(_cp1258_letter(letter) for letter in text)


def _cp1258_letter(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        decomposed = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in decomposed if mark in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in tone))
        return (base + tone).encode("cp1258")


def _encode(text: str, table: dict[str, int]) -> bytes:
    codes = [table.get(letter, ord(letter)) for letter in text]
    foreign = [
        letter for letter, code in zip(text, codes, strict=True) if code > 255 or (code > 127 and letter not in table)
    ]
    if foreign:
        raise ValueError(f"no code for {foreign[0]!r}")
    return bytes(codes)


def _raised(word: str) -> str:
    ascii_letters = [letter for letter in word if letter.isascii()]
    in_capitals = bool(ascii_letters) and all(letter.isupper() for letter in ascii_letters)
    # "Hµ" is Hà, one capital in front of a small letter; "NéI" and "viÖT" are set in the capitals font
    return word.upper() if in_capitals and not word[1:].islower() else word
