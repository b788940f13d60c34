"""Words for made-up works: a vocabulary of each language, drawn as people use words.

How often a word is said falls with its rank (Zipf; B. Mandelbrot's shift of 2.7). The first ranks are what public
bodies photograph; the long tail is made of Vietnamese syllables, English-looking stems and pairs of common Chinese
characters. Deterministic.
"""

import random
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from permissions.marks import composed
from tests.bench.world import WORDS
from tests.search.collection import PEOPLE, PLACES, TOPICS

SIZE = 24_000
"""Words of one language."""
SHIFT = 2.7
_ONSETS = [
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gh",
    "gi",
    "h",
    "kh",
    "l",
    "m",
    "n",
    "nh",
    "ng",
    "ph",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
]
_RIMES = [
    "a",
    "ai",
    "an",
    "ang",
    "anh",
    "ao",
    "ay",
    "ăn",
    "ăng",
    "âm",
    "ân",
    "âu",
    "ây",
    "e",
    "em",
    "en",
    "eo",
    "ê",
    "êm",
    "ên",
    "ênh",
    "i",
    "ia",
    "iên",
    "iêu",
    "im",
    "in",
    "inh",
    "o",
    "oa",
    "oai",
    "oan",
    "oi",
    "on",
    "ong",
    "ô",
    "ôi",
    "ôm",
    "ôn",
    "ông",
    "ơ",
    "ơi",
    "ơn",
    "u",
    "ua",
    "ui",
    "un",
    "ung",
    "ươi",
    "ươn",
    "ương",
    "ưa",
    "ưng",
    "uyên",
    "uôn",
    "uông",
]
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_STEMS = [
    "tra",
    "mar",
    "con",
    "ver",
    "lin",
    "port",
    "stan",
    "gar",
    "wel",
    "den",
    "mor",
    "pel",
    "cor",
    "san",
    "fer",
    "ten",
    "bri",
    "hal",
    "ros",
    "vin",
    "cal",
    "don",
    "ster",
    "mil",
]
_ENDS = ["t", "n", "der", "ing", "ton", "ment", "ly", "al", "er", "ive", "ure", "ist", "ance", "le", "ry"]
_CHARACTERS = (
    "人大国中会市民社地区发展水路工农业经济文化教育学校医院交通建设电力能源科技环境森林海河山城乡村镇港口机场铁桥"
    "公园体育艺术音乐节日春夏秋冬新老年青少儿妇女军警消防安全生产食品药物健康旅游贸易出口进合作外交领导主席总理部长"
)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """``words`` by rank; ``weights`` are cumulated, as ``random.choices`` takes them."""

    words: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, dice: random.Random, count: int) -> list[str]:
        return dice.choices(self.words, cum_weights=self.weights, k=count)


@cache
def vocabulary(language: str) -> Vocabulary:
    dice = random.Random(f"words of {language}")
    real = [topic.called(language) for topic in TOPICS]
    if language == "vi":
        real = [*(word for word, _ in WORDS), *real]
    words = dict.fromkeys(real)
    while len(words) < SIZE:
        words[_MADE[language](dice)] = None
    weights = accumulate(1 / (rank + SHIFT) for rank in range(1, SIZE + 1))
    return Vocabulary(words=tuple(words), weights=tuple(weights))


def _vietnamese(dice: random.Random) -> str:
    return f"{_syllable(dice)} {_syllable(dice)}"


def _syllable(dice: random.Random) -> str:
    rime = dice.choice(_RIMES)
    vowel = next(place for place, letter in enumerate(rime) if letter not in "ngmchty")
    return composed(dice.choice(_ONSETS) + rime[: vowel + 1] + dice.choice(_TONES) + rime[vowel + 1 :])


def _english(dice: random.Random) -> str:
    return "".join(dice.choices(_STEMS, k=dice.choice((1, 2, 2, 3)))) + dice.choice(_ENDS)


def _chinese(dice: random.Random) -> str:
    return "".join(dice.choices(_CHARACTERS, k=dice.choice((2, 2, 2, 4))))


_MADE = {"vi": _vietnamese, "en": _english, "zh": _chinese}


def sentence(dice: random.Random, language: str, words: int) -> str:
    drawn = vocabulary(language).draw(dice, words)
    text = "".join(drawn) if language == "zh" else " ".join(drawn)
    return text[:1].upper() + text[1:]


def place(dice: random.Random) -> str:
    """A commune of a province; the first provinces have more than the others."""
    province = PLACES[int(len(PLACES) * dice.random() ** 1.6)]
    commune = vocabulary("vi").words[200 + int(3000 * dice.random() ** 2)]
    return f"{commune.title()}, {province.vi}" if dice.random() < 0.6 else province.vi


def person(dice: random.Random) -> str:
    if dice.random() < 0.3:
        return dice.choice(PEOPLE)
    family = dice.choice(("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi"))
    return f"{family} {vocabulary('vi').words[100 + int(4000 * dice.random() ** 2)].title()}"
