"""How Vietnamese a text looks: whether its marked words are syllables that the language can have.

A wrong decoding of Vietnamese nearly never makes possible syllables, so counting them tells encodings apart.
"""

import re
import unicodedata

from permissions.marks import composed

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ONSET = "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
_NUCLEUS = (
    "(?:uyê|uya|uyu|oai|oao|oay|oeo|iêu|yêu|uôi|ươi|ươu|uây|iê|yê|ia|ya|ua|uâ|uê|ui|uy|uơ|uô|ưa|ưi|ưu|ươ|iu|"
    "oa|oă|oe|oi|ôi|ơi|ai|ao|au|ay|âu|ây|eo|êu|[aăâeêioôơuưy])"
)
_CODA = "(?:ch|ng|nh|[ckmnpt])?"  # k: place names of the highlands (Đắk Lắk)
_SYLLABLE = re.compile(_ONSET + _NUCLEUS + _CODA + r"\Z")
_STOPPED = re.compile(r"(?:ch|[ckpt])\Z")
_WORD = re.compile(r"[^\W\d_]+")
_STOP_TONES = frozenset("\u0301\u0323")

# the commonest marked syllables of news text: they decide between two readings that are both possible
_COMMON = frozenset(
    """
    và của là có được cho các những người trong không đã với để một này khi từ đến về ông bà năm ngày tại vào
    sẽ còn việt đất nước chính phủ thủ tướng bộ trưởng tỉnh thành phố hà nội hồ chí đà nẵng huế cần thơ quốc
    hội chủ tịch phó ủy ban nhân dân đảng nguyễn trần lê phạm đặng bùi đỗ võ ngô dương lý ảnh hội nghị họp hợp
    tác phát triển kinh tế xã xây dựng đầu tư giáo dục y sức khỏe môi trường công nghệ thông tin đường cầu
    biển đảo núi sông lũ bão mưa đồng đại học văn hóa thể thao du lịch lễ tết tháng giờ sáng chiều tối đêm
    quân đội
    """.split()  # noqa: SIM905 -- a list of 150 words, one a line, is no better to read
)


def score(text: str) -> float:
    """Sum over the words with non-ASCII letters: 1 for a possible syllable, 1.5 for a common one, -1 for anything else.

    Control and unassigned characters count -1 each. 0 for plain ASCII.
    """
    total = sum(word_score(word) for word in words_with_marks(text))
    odd = (character for character in text if character not in "\t\n\r")
    return total - sum(unicodedata.category(character) in {"Cc", "Cn", "Co"} for character in odd)


def words_with_marks(text: str) -> list[str]:
    """The words of ``text`` that have a letter outside ASCII, in NFC."""
    return [word for word in _WORD.findall(composed(text)) if not word.isascii()]


def word_score(word: str) -> float:
    """1.5, 1 or -1 for one word in NFC, by :func:`score`'s rule."""
    if not (word.islower() or word.isupper() or word.istitle() or _starts_upper(word)):
        return -1.0
    lower = word.lower()
    if lower in _COMMON:
        return 1.5
    return 1.0 if is_syllable(lower) else -1.0


def is_syllable(word: str) -> bool:
    """Whether ``word`` (lower case) can be a Vietnamese syllable: onset, nucleus, coda, at most one tone that fits."""
    decomposed = unicodedata.normalize("NFD", word)
    tones = [character for character in decomposed if character in _TONES]
    if len(tones) > 1:
        return False
    toneless = unicodedata.normalize("NFC", "".join(character for character in decomposed if character not in _TONES))
    if _SYLLABLE.match(toneless) is None:
        return False
    return not _STOPPED.search(toneless) or (bool(tones) and tones[0] in _STOP_TONES)


def _starts_upper(word: str) -> bool:
    return word[0].isupper() and word[1:].islower()
