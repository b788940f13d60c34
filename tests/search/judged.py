"""Queries over the fixed collection with what each one asks for, and how well an asset answers it.

The grade follows from how the collection was composed, never from what a search returned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

from tests.search.collection import Composed

AT = 10


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A query: its words, the language that the asker reads, and what it wants (empty: does not matter)."""

    group: str
    words: str
    language: str
    topic: str = ""
    place: str = ""
    person: str = ""
    without: str = ""
    """a place that must not be named"""

    def grade(self, asset: Composed) -> int:
        """3: the subject; 2 is not given; 1: all of it is named, but beside the subject; 0: not what is wanted, or in a
        language that the asker did not ask in. Names alone are read in Vietnamese and in English alike."""
        names_only = not self.topic and self.language != "zh"
        read = {"vi", "en"} if names_only else {self.language}
        if not read & set(asset.languages) or self.without in (asset.place.key, asset.beside.key):
            return 0
        grades = [3]
        if self.topic:
            grades.append(_role(self.topic, asset.topic.key, asset.passing.key if asset.report else ""))
        if self.place:
            grades.append(_role(self.place, asset.place.key, asset.beside.key))
        if self.person:
            grades.append(3 if self.person == asset.person else 0)
        return min(grades)


def _role(wanted: str, subject: str, named: str) -> int:
    return 3 if wanted == subject else int(wanted == named)


def ndcg(found: Sequence[int], possible: Sequence[int]) -> float:
    """Normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen 2002, gain ``2**grade - 1``)."""
    return _gain(found) / _gain(sorted(possible, reverse=True))


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / log2(rank + 2) for rank, grade in enumerate(grades[:AT]))


def judged() -> Iterator[Judged]:
    """All queries."""
    for group, language, lines in QUERIES:
        for line in lines.strip().splitlines():
            words, topic, place, person, without = (
                part.strip() for part in (line + "|" * (4 - line.count("|"))).split("|")
            )
            yield Judged(
                group=group, language=language, words=words, topic=topic, place=place, person=person, without=without
            )


# words | topic | place | person | without
QUERIES = (
    (
        "written rightly",
        "vi",
        """
lũ lụt|flood
bán hàng nông sản|sale
bàn giao nhà tình nghĩa|handover
bản làng|village
ban chỉ đạo|committee
bà mẹ anh hùng|mothers
hội nghị kinh tế|conference
kinh tế hội nhập|harmony
Hà Nội||hanoi
Hà Nam||hanam
Sơn La||sonla
Lạng Sơn||langson
lũ lụt Hà Nam|flood|hanam
khánh thành cầu Hải Phòng|bridge|haiphong
khai giảng Sơn La|school|sonla
tiêm chủng Lạng Sơn|vaccine|langson
bóng đá nữ Quảng Ninh|football|quangninh
quần đảo Quảng Ngãi|island|quangngai
trồng rừng Quảng Nam|forest|quangnam
điện gió Cà Mau|power|camau
chuyển đổi số Huế|digital|hue
biên phòng Lào Cai|border|laocai
cà phê Đà Lạt|coffee|dalat
di sản Ninh Bình|heritage|ninhbinh
""",
    ),
    (
        "without diacritics",
        "vi",
        """
lu lut|flood
ban hang nong san|sale
ban giao nha tinh nghia|handover
ban lang vung cao|village
ban chi dao phong chay|committee
ba me anh hung|mothers
hoi nghi kinh te|conference
kinh te hoi nhap|harmony
ha nam||hanam
son la||sonla
lang son||langson
hai duong||haiduong
duong sat cao toc ha noi|railway|hanoi
khanh thanh cau da nang|bridge|danang
thu hoach lua can tho|rice|cantho
dien gio ca mau|power|camau
cho hoa xuan hue|market|hue
bien phong dien bien|border|dienbien
quan dao quang ngai|island|quangngai
trong rung lai chau|forest|laichau
""",
    ),
    (
        "wrong diacritics",
        "vi",
        """
lủ lụt|flood
bản hàng nông sản|sale
bán giao nhà tình nghĩa|handover
bán làng vùng cao|village
bà mẹ anh húng|mothers
hôi nghị kinh tế|conference
di sãn văn hoá|heritage
đường sắc cao tốc hà nội|railway|hanoi
trông rừng quảng nam|forest|quangnam
chuyễn đổi số hải dương|digital|haiduong
cà phe đà lạt|coffee|dalat
Ha Nội bóng đá|football|hanoi
Sơn Lá thu hoạch lúa|rice|sonla
Lang Sơn biên phòng|border|langson
""",
    ),
    (
        "typing errors",
        "vi",
        """
tiêm chủmg trẻ em|vaccine
bàn giao nhà tìnhh nghĩa|handover
khánh thànhh cầu|bridge
chuyểnn đổi số|digital
khai giảngg Huế|school|hue
quảngg ninh||quangninh
đường sắtt Hà Nam|railway|hanam
thu hoạhc lúa|rice
trồng rừnng Sơn La|forest|sonla
hội nghịj kinh tế|conference
""",
    ),
    (
        "typing errors",
        "en",
        """
vacination|vaccine
rice harvst|rice
archipelgo|island
footbal Hue|football|hue
brigde opening|bridge
heritge Hanoi|heritage|hanoi
digital transfromation|digital
economic conferense|conference
""",
    ),
    (
        "phrases",
        "vi",
        """
"hội nghị kinh tế"|conference
"kinh tế hội nhập"|harmony
"bán hàng"|sale
"bàn giao"|handover
"bản làng vùng cao"|village
"ban chỉ đạo" "Hà Nội"|committee|hanoi
"Sơn La"||sonla
"Lạng Sơn" "lũ lụt"|flood|langson
"cà phê xuất khẩu"|coffee
"di san van hoa"|heritage
"ha nam" "dien gio"|power|hanam
"bà mẹ"|mothers
""",
    ),
    (
        "people",
        "vi",
        """
Trần Văn Bình|||Trần Văn Bình
Trần Văn Bính|||Trần Văn Bính
Nguyễn Thị Hoa|||Nguyễn Thị Hoa
Nguyễn Thị Hòa|||Nguyễn Thị Hòa
"Lê Minh Đức"|||Lê Minh Đức
"Lê Đức Minh"|||Lê Đức Minh
Lê Minh Đức|||Lê Minh Đức
Lê Đức Minh|||Lê Đức Minh
Phạm Quỳnh Anh|||Phạm Quỳnh Anh
pham anh quan|||Phạm Anh Quân
vo thanh long|||Võ Thành Long
dang ngoc son|||Đặng Ngọc Sơn
bui khanh linh|||Bùi Khánh Linh
ly gia han|||Lý Gia Hân
hoang thu thao|||Hoàng Thu Thảo
""",
    ),
    (
        "operators",
        "vi",
        """
lũ lụt -"Hà Nội"|flood|||hanoi
bóng đá -Huế|football|||hue
title:"Sơn La"||sonla
title:"hội nghị" Huế|conference|hue
điện gió -"Cà Mau"|power|||camau
title:"Hà Nam" lúa|rice|hanam
tiêm chủ* Huế|vaccine|hue
khánh thà* "Đà Nẵng"|bridge|danang
""",
    ),
    (
        "English",
        "en",
        """
flood relief|flood
bridge opening|bridge
bridges|bridge
heroic mothers|mothers
heroic mother|mothers
economic conference|conference
integrated economy|harmony
"cultural heritage"|heritage
wind power Da Lat|power|dalat
coffee export Da Lat|coffee|dalat
women football Hanoi|football|hanoi
border guards Lao Cai|border|laocai
rice harvest Can Tho|rice|cantho
fire safety Hue|committee|hue
express railway Ha Nam|railway|hanam
forest planting Son La|forest|sonla
flower fair Lang Son|market|langson
""",
    ),
    (
        "Chinese",
        "zh",
        """
洪水救援|flood
大桥通车|bridge
儿童疫苗|vaccine
河内||hanoi
谅山||langson
山罗||sonla
高速铁路河内|railway|hanoi
河内 高速铁路|railway|hanoi
水稻收割 芹苴|rice|cantho
英雄母亲 顺化|mothers|hue
文化遗产|heritage
"数字化转型"|digital
女子足球 海防|football|haiphong
风力发电 金瓯|power|camau
""",
    ),
    (
        "mixed",
        "zh",
        """
河内 Trần Văn Bình||hanoi|Trần Văn Bình
洪水 Nguyễn Thị Hoa|flood||Nguyễn Thị Hoa
大桥 Phạm Quỳnh Anh|bridge||Phạm Quỳnh Anh
铁路 bui khanh linh|railway||Bùi Khánh Linh
足球 vo thanh long|football||Võ Thành Long
咖啡 Bùi Khánh Linh|coffee||Bùi Khánh Linh
""",
    ),
)
