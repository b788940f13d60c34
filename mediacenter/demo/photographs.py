"""The pictures of the demo: painted landscapes in the formats that newsrooms send."""

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from collections.abc import Callable

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from pathlib import Path

import pillow_heif

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from PIL import Image

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from assets.states import Kind

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.entries import OFFICIAL_USE, DemoAsset, Make, trilingual, words

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.landscapes import Scene, paint

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from permissions.vocabulary import Audience

ARTIST, DESCRIPTION, COPYRIGHT = 0x013B, 0x010E, 0x8298

HA_LONG = Scene(
    sky_top=(92, 126, 170), sky_low=(255, 208, 160), far=(150, 160, 180), near=(28, 52, 60),
    horizon=0.5, relief=0.34, karst=True, water=0.72, sun_at=(0.62, 0.42),
)  # fmt: skip
SA_PA = Scene(
    sky_top=(120, 170, 210), sky_low=(230, 236, 220), far=(150, 178, 180), near=(62, 104, 40),
    ridges=7, horizon=0.38, relief=0.25, roughness=0.3, terraces=True, sun_at=(0.2, 0.2),
)  # fmt: skip
RIPE_TERRACES = Scene(
    sky_top=(140, 178, 214), sky_low=(250, 226, 186), far=(190, 176, 140), near=(168, 120, 30),
    ridges=6, horizon=0.4, relief=0.22, roughness=0.25, terraces=True, sun_at=(0.8, 0.25),
)  # fmt: skip
HUE_RIVER = Scene(
    sky_top=(86, 70, 128), sky_low=(255, 170, 140), far=(150, 110, 150), near=(60, 40, 74),
    ridges=4, horizon=0.55, relief=0.12, roughness=0.2, water=0.68, sun=(255, 214, 160), sun_at=(0.45, 0.5),
)  # fmt: skip
HA_NOI_NIGHT = Scene(
    sky_top=(10, 14, 42), sky_low=(70, 52, 96), far=(44, 42, 74), near=(22, 24, 44), ridges=3, horizon=0.6, relief=0.1,
    roughness=0.2, water=0.78, stars=True, lights=45, sun=(240, 240, 250), sun_at=(0.8, 0.15),
)  # fmt: skip
SAI_GON_DUSK = Scene(
    sky_top=(58, 76, 132), sky_low=(255, 150, 96), far=(120, 90, 120), near=(40, 34, 60), ridges=2, horizon=0.66,
    relief=0.06, roughness=0.2, water=0.8, lights=30, sun=(255, 220, 170), sun_at=(0.25, 0.62),
)  # fmt: skip
HIGHLANDS = Scene(
    sky_top=(110, 150, 196), sky_low=(248, 214, 176), far=(170, 150, 170), near=(92, 52, 34), ridges=8, horizon=0.42,
    relief=0.2, roughness=0.45, sun_at=(0.7, 0.3),
)  # fmt: skip
DA_LAT_MIST = Scene(
    sky_top=(196, 210, 222), sky_low=(236, 240, 238), far=(206, 216, 220), near=(34, 66, 56), ridges=9, horizon=0.35,
    relief=0.2, roughness=0.6, sun=(255, 250, 235), sun_at=(0.5, 0.2),
)  # fmt: skip
DELTA = Scene(
    sky_top=(96, 160, 210), sky_low=(226, 240, 236), far=(130, 170, 150), near=(44, 92, 50), ridges=3, horizon=0.56,
    relief=0.07, roughness=0.5, water=0.66, sun_at=(0.15, 0.2),
)  # fmt: skip
PHU_QUOC = Scene(
    sky_top=(52, 120, 196), sky_low=(255, 224, 170), far=(110, 150, 180), near=(20, 60, 70), ridges=2, horizon=0.56,
    relief=0.09, roughness=0.3, water=0.6, sun_at=(0.55, 0.48),
)  # fmt: skip


def photograph(scene: Scene, *, seed: int, name: str, description: str) -> Make:
    """A maker of ``name``, in the format of its ending, with a description and credits inside."""

    def make(folder: Path) -> Path:
        picture = paint(scene, seed=seed)
        facts = Image.Exif()
        facts[ARTIST], facts[DESCRIPTION] = "Media Center", description
        facts[COPYRIGHT] = "Media Center demo, CC BY 4.0"
        path = folder / name
        _save(picture, path, facts)
        return path

    return make


def _save(picture: Image.Image, path: Path, facts: Image.Exif) -> None:
    savers: dict[str, Callable[[], None]] = {
        ".jpg": lambda: picture.save(path, "JPEG", quality=90, exif=facts),
        ".webp": lambda: picture.save(path, "WEBP", quality=88, exif=facts),
        ".png": lambda: picture.resize((1200, 800)).save(path, "PNG", exif=facts, compress_level=4),
        ".tif": lambda: picture.save(path, "TIFF", compression="tiff_deflate"),
        ".heic": lambda: pillow_heif.from_pillow(picture.resize((1200, 800))).save(
            path, quality=70, exif=facts.tobytes()
        ),
    }
    savers[path.suffix]()


PHOTOGRAPHS = (
    DemoAsset(
        slug="ha-long-dawn", agency="QUANGNINH", kind=Kind.PHOTO, album="Việt Nam nhìn từ trên cao", days_ago=3,
        make=photograph(HA_LONG, seed=11, name="binh-minh-ha-long.jpg", description="Bình minh trên vịnh Hạ Long"),
        keywords=("Hạ Long", "di sản", "bình minh"), place="Vịnh Hạ Long, Quảng Ninh",
        texts=trilingual(
            words("Bình minh trên vịnh Hạ Long", "Những đảo đá vôi hiện dần trong ánh sáng đầu ngày. Tranh minh họa.",
                  "Các đảo đá vôi sẫm màu soi bóng xuống mặt nước, mặt trời vàng nhạt phía sau."),
            words("Dawn over Ha Long Bay", "Limestone islands emerge in the first light of the day. Illustration.",
                  "Dark limestone islands mirrored in the water, a pale yellow sun behind them."),
            words("下龙湾的黎明", "晨光中石灰岩岛屿逐渐显现。示意图。", "深色的石灰岩岛屿倒映在水面，背后是淡黄色的太阳。"),
        ),
    ),
    DemoAsset(
        slug="ha-long-islands", agency="QNCULT", kind=Kind.PHOTO, audience=Audience.NETWORK, days_ago=4,
        make=photograph(HA_LONG, seed=29, name="dao-da-ha-long.webp", description="Đảo đá Hạ Long"),
        keywords=("Hạ Long", "du lịch biển"), place="Vịnh Hạ Long, Quảng Ninh", album="Việt Nam nhìn từ trên cao",
        texts=trilingual(
            words("Đảo đá Hạ Long trước mùa du lịch", "Tư liệu phục vụ tuyên truyền mùa du lịch mới. Tranh minh họa.",
                  "Nhiều lớp đảo đá nối nhau dưới bầu trời chuyển màu."),
            words("Ha Long islands before the season", "Material for the new tourist season. Illustration.",
                  "Layers of rock islands under a sky of changing colours."),
            words("旅游季前的下龙湾岛屿", "新旅游季宣传资料。示意图。", "层层岛屿在渐变的天空下相连。"),
        ),
    ),
    DemoAsset(
        slug="sa-pa-green", agency="SAPA", kind=Kind.PHOTO, days_ago=120, album="Việt Nam nhìn từ trên cao",
        make=photograph(SA_PA, seed=7, name="ruong-bac-thang-sa-pa.jpg", description="Ruộng bậc thang Sa Pa mùa lúa xanh"),
        keywords=("Sa Pa", "ruộng bậc thang", "nông nghiệp"), place="Sa Pa, Lào Cai",
        texts=trilingual(
            words("Ruộng bậc thang Sa Pa mùa lúa xanh", "Lúa đang thì con gái trên các triền núi. Tranh minh họa.",
                  "Những dải ruộng bậc thang xanh uốn theo sườn núi, phía xa là sương mờ."),
            words("Green terraces of Sa Pa", "Young rice on the mountain slopes. Illustration.",
                  "Green terraced fields follow the slopes, with haze in the distance."),
            words("沙坝的绿色梯田", "山坡上的嫩稻。示意图。", "绿色梯田沿山坡蜿蜒，远处薄雾。"),
        ),
    ),
    DemoAsset(
        slug="mu-cang-chai-gold", agency="LAOCAI", kind=Kind.PHOTO, days_ago=48, urgency=6,
        make=photograph(RIPE_TERRACES, seed=5, name="mua-vang-mu-cang-chai.heic", description="Mùa vàng Mù Cang Chải"),
        keywords=("Mù Cang Chải", "mùa vàng", "ruộng bậc thang"), place="Mù Cang Chải, Lào Cai",
        texts=trilingual(
            words("Mùa vàng Mù Cang Chải", "Lúa chín vàng trên ruộng bậc thang. Tranh minh họa.",
                  "Các bậc ruộng vàng óng dưới nắng chiều."),
            words("Golden season in Mu Cang Chai", "Ripe rice on the terraces. Illustration.",
                  "Golden steps of rice fields in the afternoon sun."),
            words("木江界的金色季节", "梯田里金黄的稻谷。示意图。", "午后阳光下金色的梯田。"),
        ),
    ),
    DemoAsset(
        slug="hue-perfume-river", agency="HUE", kind=Kind.PHOTO, days_ago=9, album="Festival Huế 2026",
        make=photograph(HUE_RIVER, seed=21, name="hoang-hon-song-huong.jpg", description="Hoàng hôn trên sông Hương"),
        keywords=("Huế", "sông Hương", "hoàng hôn"), place="Sông Hương, thành phố Huế",
        texts=trilingual(
            words("Hoàng hôn trên sông Hương", "Mặt trời xuống sau dãy đồi phía tây thành phố. Tranh minh họa.",
                  "Bầu trời tím hồng phản chiếu trên mặt sông phẳng lặng."),
            words("Sunset on the Perfume River", "The sun sets behind the hills west of the city. Illustration.",
                  "A purple and pink sky reflected on a calm river."),
            words("香江日落", "太阳落在城市西面的山丘后。示意图。", "紫红色天空倒映在平静的江面上。"),
        ),
    ),
    DemoAsset(
        slug="hue-ward-morning", agency="PHUXUAN", kind=Kind.PHOTO, audience=Audience.AGENCY, publish=False, days_ago=1,
        make=photograph(HUE_RIVER, seed=22, name="phu-xuan-som-mai.png", description="Phú Xuân buổi sớm"),
        keywords=("Phú Xuân",), place="Phường Phú Xuân, Huế", licence=OFFICIAL_USE,
        texts=trilingual(
            words("Phú Xuân buổi sớm (bản nháp)", "Ảnh cần bổ sung chú thích trước khi đăng.", "Bờ sông lúc sáng sớm."),
            words("Phu Xuan in the early morning (draft)", "Caption to be completed before publication.",
                  "River bank in the early morning."),
            words("富春坊清晨（草稿）", "发布前需补充说明。", "清晨的河岸。"),
        ),
    ),
    DemoAsset(
        slug="ha-noi-night", agency="HANOI", kind=Kind.PHOTO, days_ago=14,
        make=photograph(HA_NOI_NIGHT, seed=7, name="ha-noi-ve-dem.jpg", description="Hà Nội về đêm"),
        keywords=("Hà Nội", "đô thị", "ban đêm"), place="Hà Nội",
        texts=trilingual(
            words("Hà Nội về đêm", "Ánh đèn thành phố soi xuống mặt hồ. Tranh minh họa.",
                  "Những tòa nhà sáng đèn in bóng xuống mặt nước dưới trăng."),
            words("Ha Noi by night", "City lights reflected in the lake. Illustration.",
                  "Lit buildings mirrored in the water under the moon."),
            words("河内之夜", "城市灯光倒映湖面。示意图。", "月光下灯火通明的楼群倒映水中。"),
        ),
    ),
    DemoAsset(
        slug="hcmc-dusk", agency="HCMC", kind=Kind.PHOTO, days_ago=20,
        make=photograph(SAI_GON_DUSK, seed=31, name="chieu-song-sai-gon.tif", description="Chiều bên sông Sài Gòn"),
        keywords=("Thành phố Hồ Chí Minh", "sông Sài Gòn"), place="Thành phố Hồ Chí Minh",
        texts=trilingual(
            words("Chiều bên sông Sài Gòn", "Thành phố lên đèn lúc hoàng hôn. Tranh minh họa.",
                  "Dãy nhà cao tầng ven sông dưới trời cam."),
            words("Dusk on the Saigon River", "The city lights up at sunset. Illustration.",
                  "High-rise buildings by the river under an orange sky."),
            words("西贡河畔的黄昏", "日落时分城市亮起灯光。示意图。", "橙色天空下河边的高楼。"),
        ),
    ),
    DemoAsset(
        slug="highlands-sunset", agency="GIALAI", kind=Kind.PHOTO, days_ago=33,
        make=photograph(HIGHLANDS, seed=13, name="dai-ngan-tay-nguyen.jpg", description="Đại ngàn Tây Nguyên"),
        keywords=("Tây Nguyên", "rừng"), place="Gia Lai",
        texts=trilingual(
            words("Đại ngàn Tây Nguyên", "Những dãy núi nối nhau đến chân trời. Tranh minh họa.",
                  "Nhiều lớp núi nâu tím dưới nắng chiều."),
            words("The Central Highlands", "Range after range to the horizon. Illustration.",
                  "Layers of brown and purple mountains in the evening sun."),
            words("西原大森林", "层峦叠嶂直至天际。示意图。", "夕阳下层层褐紫色山峦。"),
        ),
    ),
    DemoAsset(
        slug="da-lat-mist", agency="LAMDONG", kind=Kind.PHOTO, audience=Audience.SHARED, shared_with=("MCST", "HANOI"),
        make=photograph(DA_LAT_MIST, seed=17, name="suong-da-lat.jpg", description="Sương sớm Đà Lạt"), days_ago=6,
        keywords=("Đà Lạt", "sương mù"), place="Đà Lạt, Lâm Đồng", licence=OFFICIAL_USE,
        texts=trilingual(
            words("Sương sớm Đà Lạt", "Chia sẻ với Bộ Văn hóa, Thể thao và Du lịch và Hà Nội. Tranh minh họa.",
                  "Đồi thông lẫn trong sương trắng."),
            words("Morning mist in Da Lat", "Shared with the Ministry of Culture and Ha Noi. Illustration.",
                  "Pine hills in white mist."),
            words("大叻晨雾", "与文化体育与旅游部及河内共享。示意图。", "白雾中的松林山丘。"),
        ),
    ),
    DemoAsset(
        slug="mekong-delta", agency="CANTHO", kind=Kind.PHOTO, days_ago=27, album="Việt Nam nhìn từ trên cao",
        make=photograph(DELTA, seed=19, name="mua-nuoc-noi.jpg", description="Mùa nước nổi"),
        keywords=("Cần Thơ", "đồng bằng sông Cửu Long", "mùa nước nổi"), place="Cần Thơ",
        texts=trilingual(
            words("Mùa nước nổi ở đồng bằng", "Nước về trên các cánh đồng ven sông Hậu. Tranh minh họa.",
                  "Mặt nước rộng soi trời xanh, bờ cây thấp phía xa."),
            words("Flood season in the delta", "Water covers the fields along the Hau River. Illustration.",
                  "A wide sheet of water mirrors the blue sky, low trees far away."),
            words("三角洲的涨水季", "后江两岸的田野被水覆盖。示意图。", "宽阔的水面映着蓝天，远处是低矮的树。"),
        ),
    ),
    DemoAsset(
        slug="phu-quoc-sea", agency="PHUQUOC", kind=Kind.PHOTO, days_ago=2, embargo_days=30,
        make=photograph(PHU_QUOC, seed=23, name="bien-phu-quoc.jpg", description="Biển Phú Quốc"),
        keywords=("Phú Quốc", "biển đảo"), place="Đặc khu Phú Quốc, An Giang", urgency=3,
        texts=trilingual(
            words("Biển Phú Quốc trước hội nghị", "Không sử dụng trước giờ khai mạc. Tranh minh họa.",
                  "Mặt biển sáng dưới mặt trời thấp, đảo xa ở chân trời."),
            words("Phu Quoc before the conference", "Not to be used before the opening. Illustration.",
                  "A bright sea under a low sun, islands on the horizon."),
            words("会议前的富国岛海景", "开幕前不得使用。示意图。", "低垂太阳下明亮的海面，天边有岛屿。"),
        ),
    ),
)  # fmt: skip
