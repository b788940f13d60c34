"""A fixed collection of assets, composed of what they show and where, so that what a query should find is known.

Every topic meets every place, twice: a photo and a report. Each asset has one subject that its title names, one place
that its caption names beside it, and one topic that its body mentions. Nothing in it is drawn by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LANGUAGES = ("vi", "en", "zh")


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a topic or a place is called."""

    key: str
    vi: str
    en: str
    zh: str

    def called(self, language: str) -> str:
        return {"vi": self.vi, "en": self.en, "zh": self.zh}[language]


@dataclass(frozen=True, kw_only=True)
class Composed:
    """One asset: what it is about and in which languages it says so."""

    number: int
    topic: Named
    place: Named
    beside: Named
    """the place that the caption names"""
    passing: Named
    """the topic that the body mentions"""
    person: str
    languages: tuple[str, ...]
    report: bool

    def text(self, language: str) -> dict[str, str]:
        """Title, caption and body in this language."""
        topic, place = self.topic.called(language), self.place.called(language)
        beside, passing = self.beside.called(language), self.passing.called(language)
        title, caption, body = _WORDING[language, self.report]
        names = {"topic": topic, "place": place, "beside": beside, "passing": passing, "person": self.person}
        return {
            "title": title.format(**names),
            "caption": caption.format(**names),
            "body": f"<p>{body.format(**names)}</p>" if self.report else "",
        }


def _named(line: str) -> Named:
    key, vi, en, zh = (part.strip() for part in line.split("|"))
    return Named(key=key, vi=vi, en=en, zh=zh)


TOPICS = tuple(
    _named(line)
    for line in """
flood|lũ lụt|flood relief|洪水救援
bridge|khánh thành cầu|bridge opening|大桥通车
school|khai giảng năm học|school opening|开学典礼
vaccine|tiêm chủng trẻ em|child vaccination|儿童疫苗接种
rice|thu hoạch lúa|rice harvest|水稻收割
sale|bán hàng nông sản|farm produce market|农产品销售
handover|bàn giao nhà tình nghĩa|housing handover|住房移交
village|bản làng vùng cao|highland hamlet|高山村寨
committee|ban chỉ đạo phòng cháy|fire safety committee|消防指导委员会
mothers|bà mẹ anh hùng|heroic mothers|英雄母亲
conference|hội nghị kinh tế|economic conference|经济会议
harmony|kinh tế hội nhập|integrated economy|经济融合
heritage|di sản văn hóa|cultural heritage|文化遗产
railway|đường sắt cao tốc|express railway|高速铁路
forest|trồng rừng|forest planting|植树造林
island|quần đảo|archipelago|群岛
football|bóng đá nữ|women football|女子足球
market|chợ hoa xuân|spring flower fair|春节花市
power|điện gió|wind power|风力发电
digital|chuyển đổi số|digital transformation|数字化转型
border|biên phòng|border guard|边防部队
coffee|cà phê xuất khẩu|coffee exports|咖啡出口
""".strip().splitlines()
)

PLACES = tuple(
    _named(line)
    for line in """
hanoi|Hà Nội|Hanoi|河内
hanam|Hà Nam|Ha Nam|河南
hagiang|Hà Giang|Ha Giang|河江
sonla|Sơn La|Son La|山罗
langson|Lạng Sơn|Lang Son|谅山
haiphong|Hải Phòng|Hai Phong|海防
haiduong|Hải Dương|Hai Duong|海阳
quangninh|Quảng Ninh|Quang Ninh|广宁
quangnam|Quảng Nam|Quang Nam|广南
quangngai|Quảng Ngãi|Quang Ngai|广义
bacninh|Bắc Ninh|Bac Ninh|北宁
ninhbinh|Ninh Bình|Ninh Binh|宁平
hue|Huế|Hue|顺化
danang|Đà Nẵng|Da Nang|岘港
dalat|Đà Lạt|Da Lat|大叻
cantho|Cần Thơ|Can Tho|芹苴
camau|Cà Mau|Ca Mau|金瓯
dienbien|Điện Biên|Dien Bien|奠边
laocai|Lào Cai|Lao Cai|老街
laichau|Lai Châu|Lai Chau|莱州
""".strip().splitlines()
)

PEOPLE = (
    "Trần Văn Bình",
    "Trần Văn Bính",
    "Nguyễn Thị Hoa",
    "Nguyễn Thị Hòa",
    "Lê Minh Đức",
    "Lê Đức Minh",
    "Phạm Quỳnh Anh",
    "Phạm Anh Quân",
    "Hoàng Thu Thảo",
    "Võ Thành Long",
    "Đặng Ngọc Sơn",
    "Bùi Khánh Linh",
    "Lý Gia Hân",
)

_WORDING = {
    ("vi", False): ("{topic} tại {place}", "Ảnh chụp ở {place}, sau chuyến đi từ {beside}. Ông bà {person} dự.", ""),
    ("vi", True): (
        "{place}: {topic} bước sang ngày thứ ba",
        "Đoàn công tác đến từ {beside} cùng {person} trao đổi với người dân.",
        "Bản tin ghi nhận {topic} ở {place}. Trong ba ngày qua, đoàn cũng tìm hiểu về {passing}.",
    ),
    ("en", False): ("{topic} in {place}", "Photographed in {place} after a visit to {beside}, with {person}.", ""),
    ("en", True): (
        "{place} reports on {topic}",
        "A delegation from {beside} and {person} met residents.",
        "This report follows {topic} in {place}. The delegation also asked about {passing}.",
    ),
    ("zh", False): ("{place}{topic}", "{person}在{place}参加活动,此前访问了{beside}。", ""),
    ("zh", True): (
        "{place}报道:{topic}第三天",
        "来自{beside}的代表团与{person}会见居民。",
        "本报记录{place}{topic},并介绍{passing}。",
    ),
}
_SPOKEN = (("vi",), ("vi", "en"), ("en",), ("vi", "zh"), ("zh",), ("vi",))


def collection() -> Iterator[Composed]:
    """880 assets, always the same."""
    number = 0
    for t, topic in enumerate(TOPICS):
        for p, place in enumerate(PLACES):
            for report in (False, True):
                yield Composed(
                    number=number,
                    topic=topic,
                    place=place,
                    beside=PLACES[(p + 3 + t % 5) % len(PLACES)],
                    passing=TOPICS[(t + 4 + p % 7) % len(TOPICS)],
                    person=PEOPLE[(t * 5 + p * 3 + report) % len(PEOPLE)],
                    languages=_SPOKEN[(t + p + report * 2) % len(_SPOKEN)],
                    report=report,
                )
                number += 1
