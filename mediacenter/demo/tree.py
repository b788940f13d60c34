"""The agencies: the Government Portal, the ministries since March 2025, the provinces since July 2025, and a few below.

Names in Vietnamese, English and Chinese as the bodies and the national news agency write them. Sources: Resolution
176/2025/QH15 on the structure of the Government, Resolution 202/2025/QH15 on the provincial units.
"""

from collections.abc import Iterator
from dataclasses import dataclass

ROOT_CODE = "VGP"


@dataclass(frozen=True, kw_only=True)
class AgencyEntry:
    """``parent`` is the code of the agency above, None for the root; parents come before their children."""

    code: str
    parent: str | None
    vi: str
    en: str
    zh: str


ROOT = AgencyEntry(
    code=ROOT_CODE,
    parent=None,
    vi="Cổng Thông tin điện tử Chính phủ",
    en="Vietnam Government Portal",
    zh="越南政府门户网站",
)

_MINISTRIES = (
    ("MND", "Bộ Quốc phòng", "Ministry of National Defence", "国防部"),
    ("MPS", "Bộ Công an", "Ministry of Public Security", "公安部"),
    ("MOFA", "Bộ Ngoại giao", "Ministry of Foreign Affairs", "外交部"),
    ("MOHA", "Bộ Nội vụ", "Ministry of Home Affairs", "内务部"),
    ("MOJ", "Bộ Tư pháp", "Ministry of Justice", "司法部"),
    ("MOF", "Bộ Tài chính", "Ministry of Finance", "财政部"),
    ("MOIT", "Bộ Công Thương", "Ministry of Industry and Trade", "工贸部"),
    ("MAE", "Bộ Nông nghiệp và Môi trường", "Ministry of Agriculture and Environment", "农业与环境部"),
    ("MOC", "Bộ Xây dựng", "Ministry of Construction", "建设部"),
    ("MCST", "Bộ Văn hóa, Thể thao và Du lịch", "Ministry of Culture, Sports and Tourism", "文化体育与旅游部"),
    ("MOST", "Bộ Khoa học và Công nghệ", "Ministry of Science and Technology", "科学技术部"),
    ("MOET", "Bộ Giáo dục và Đào tạo", "Ministry of Education and Training", "教育培训部"),
    ("MOH", "Bộ Y tế", "Ministry of Health", "卫生部"),
    ("MERA", "Bộ Dân tộc và Tôn giáo", "Ministry of Ethnic and Religious Affairs", "民族与宗教部"),
)
_MINISTERIAL_BODIES = (
    ("SBV", "Ngân hàng Nhà nước Việt Nam", "State Bank of Vietnam", "越南国家银行"),
    ("GIV", "Thanh tra Chính phủ", "Government Inspectorate", "政府监察总署"),
    ("OOG", "Văn phòng Chính phủ", "Office of the Government", "政府办公厅"),
)
_CITIES = (
    ("HANOI", "Hà Nội", "Ha Noi", "河内"),
    ("HUE", "Huế", "Hue", "顺化"),
    ("HAIPHONG", "Hải Phòng", "Hai Phong", "海防"),
    ("DANANG", "Đà Nẵng", "Da Nang", "岘港"),
    ("HCMC", "Hồ Chí Minh", "Ho Chi Minh", "胡志明"),
    ("CANTHO", "Cần Thơ", "Can Tho", "芹苴"),
)
_PROVINCES = (
    ("LAICHAU", "Lai Châu", "Lai Chau", "莱州"),
    ("DIENBIEN", "Điện Biên", "Dien Bien", "奠边"),
    ("SONLA", "Sơn La", "Son La", "山罗"),
    ("LANGSON", "Lạng Sơn", "Lang Son", "谅山"),
    ("QUANGNINH", "Quảng Ninh", "Quang Ninh", "广宁"),
    ("THANHHOA", "Thanh Hóa", "Thanh Hoa", "清化"),
    ("NGHEAN", "Nghệ An", "Nghe An", "乂安"),
    ("HATINH", "Hà Tĩnh", "Ha Tinh", "河静"),
    ("CAOBANG", "Cao Bằng", "Cao Bang", "高平"),
    ("TUYENQUANG", "Tuyên Quang", "Tuyen Quang", "宣光"),
    ("LAOCAI", "Lào Cai", "Lao Cai", "老街"),
    ("THAINGUYEN", "Thái Nguyên", "Thai Nguyen", "太原"),
    ("PHUTHO", "Phú Thọ", "Phu Tho", "富寿"),
    ("BACNINH", "Bắc Ninh", "Bac Ninh", "北宁"),
    ("HUNGYEN", "Hưng Yên", "Hung Yen", "兴安"),
    ("NINHBINH", "Ninh Bình", "Ninh Binh", "宁平"),
    ("QUANGTRI", "Quảng Trị", "Quang Tri", "广治"),
    ("QUANGNGAI", "Quảng Ngãi", "Quang Ngai", "广义"),
    ("GIALAI", "Gia Lai", "Gia Lai", "嘉莱"),
    ("KHANHHOA", "Khánh Hòa", "Khanh Hoa", "庆和"),
    ("LAMDONG", "Lâm Đồng", "Lam Dong", "林同"),
    ("DAKLAK", "Đắk Lắk", "Dak Lak", "得乐"),
    ("DONGNAI", "Đồng Nai", "Dong Nai", "同奈"),
    ("TAYNINH", "Tây Ninh", "Tay Ninh", "西宁"),
    ("VINHLONG", "Vĩnh Long", "Vinh Long", "永隆"),
    ("DONGTHAP", "Đồng Tháp", "Dong Thap", "同塔"),
    ("CAMAU", "Cà Mau", "Ca Mau", "金瓯"),
    ("ANGIANG", "An Giang", "An Giang", "安江"),
)
_BELOW = (
    ("MCSTPRESS", "MCST", "Cục Báo chí", "Press Authority", "报刊局"),
    ("MCSTTOUR", "MCST", "Cục Du lịch Quốc gia Việt Nam", "Viet Nam National Authority of Tourism", "越南国家旅游局"),
    ("MOHDP", "MOH", "Cục Phòng bệnh", "Department of Disease Prevention", "疾病预防局"),
    ("MAEHYDRO", "MAE", "Cục Khí tượng Thủy văn",
     "Viet Nam Meteorological and Hydrological Administration", "水文气象局"),
    ("HANOICULT", "HANOI", "Sở Văn hóa và Thể thao Hà Nội",
     "Ha Noi Department of Culture and Sports", "河内市文化体育厅"),
    ("HUECULT", "HUE", "Sở Văn hóa và Thể thao thành phố Huế",
     "Hue Department of Culture and Sports", "顺化市文化体育厅"),
    ("QNCULT", "QUANGNINH", "Sở Văn hóa, Thể thao và Du lịch tỉnh Quảng Ninh",
     "Quang Ninh Department of Culture, Sports and Tourism", "广宁省文化体育与旅游厅"),
    ("HOANKIEM", "HANOI", "Ủy ban nhân dân phường Hoàn Kiếm",
     "People's Committee of Hoan Kiem Ward", "还剑坊人民委员会"),
    ("PHUXUAN", "HUE", "Ủy ban nhân dân phường Phú Xuân", "People's Committee of Phu Xuan Ward", "富春坊人民委员会"),
    ("HOIAN", "DANANG", "Ủy ban nhân dân phường Hội An", "People's Committee of Hoi An Ward", "会安坊人民委员会"),
    ("SAPA", "LAOCAI", "Ủy ban nhân dân phường Sa Pa", "People's Committee of Sa Pa Ward", "沙坝坊人民委员会"),
    ("PHUQUOC", "ANGIANG", "Ủy ban nhân dân đặc khu Phú Quốc", "People's Committee of Phu Quoc Special Zone",
     "富国特区人民委员会"),
)  # fmt: skip


def agency_entries() -> Iterator[AgencyEntry]:
    """All of them, parents first."""
    yield ROOT
    for code, vi, en, zh in (*_MINISTRIES, *_MINISTERIAL_BODIES):
        yield AgencyEntry(code=code, parent=ROOT_CODE, vi=vi, en=en, zh=zh)
    for code, vi, en, zh in _CITIES:
        yield _committee(code, f"thành phố {vi}", f"{en} City", f"{zh}市")
    for code, vi, en, zh in _PROVINCES:
        yield _committee(code, f"tỉnh {vi}", f"{en} Province", f"{zh}省")
    for code, parent, vi, en, zh in _BELOW:
        yield AgencyEntry(code=code, parent=parent, vi=vi, en=en, zh=zh)


def _committee(code: str, vi: str, en: str, zh: str) -> AgencyEntry:
    return AgencyEntry(
        code=code,
        parent=ROOT_CODE,
        vi=f"Ủy ban nhân dân {vi}",
        en=f"People's Committee of {en}",
        zh=f"{zh}人民委员会",
    )
