"""The videos and audio recordings of the demo: read by a synthetic voice, and saying so."""

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from collections.abc import Sequence

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from pathlib import Path

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from assets.states import Kind, Language

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.entries import DemoAsset, Make, trilingual, words

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.fonts import can_write_chinese

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.landscapes import Scene, paint

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.photographs import DELTA, HA_LONG, HIGHLANDS, HUE_RIVER, PHU_QUOC, SA_PA

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.speech import Slide, bulletin, film

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from permissions.vocabulary import Audience

Page = tuple[Scene, str, str]
"""A picture, a title and what is shown and said."""


def video(
    name: str, pages: Sequence[Page], *, language: str, seed: int, size: tuple[int, int] = (1280, 720),
    shown: Sequence[tuple[str, str]] | None = None,
) -> Make:  # fmt: skip
    """A maker of an MP4. ``shown`` replaces titles and texts on the screen where no typeface has the language's letters."""

    def make(folder: Path) -> Path:
        written = [(title, said) for _, title, said in pages]
        visible = written if shown is None or can_write_chinese() else list(shown)
        slides = [
            Slide(picture=paint(scene, seed=seed + number, width=1440, height=960), title=title, shown=text, said=said)
            for number, ((scene, _, said), (title, text)) in enumerate(zip(pages, visible, strict=True))
        ]
        film(slides, folder / name, language=language, size=size)
        return folder / name

    return make


def audio(name: str, texts: Sequence[str], *, language: str) -> Make:
    def make(folder: Path) -> Path:
        bulletin(texts, folder / name, language=language)
        return folder / name

    return make


BULLETINS = (
    DemoAsset(
        slug="video-weather", agency="MAEHYDRO", kind=Kind.VIDEO, days_ago=0, urgency=2,
        make=video("ban-tin-thoi-tiet.mp4", language="vi", seed=101, pages=(
            (SA_PA, "Bắc Bộ", "Ngày mai, Bắc Bộ có mưa rào và dông vài nơi, vùng núi có nơi mưa to."),
            (HUE_RIVER, "Trung Bộ", "Trung Bộ nhiều mây, chiều tối có mưa, gió đông bắc cấp ba."),
            (DELTA, "Nam Bộ", "Nam Bộ ngày nắng, chiều có mưa rào. Xin cảm ơn quý vị đã theo dõi."),
        )),
        keywords=("thời tiết", "bản tin"),
        texts=trilingual(
            words("Bản tin thời tiết ngày mai", "Giọng đọc tổng hợp. Dự báo minh họa."),
            words("Tomorrow's weather", "Read by a synthetic voice, in Vietnamese. Invented forecast."),
            words("明日天气预报", "合成语音，越南语播报。示例预报。"),
        ),
    ),
    DemoAsset(
        slug="video-dengue", agency="MOHDP", kind=Kind.VIDEO, days_ago=7, urgency=3, album="Phòng bệnh mùa mưa",
        make=video("phong-sot-xuat-huyet.mp4", language="vi", seed=111, pages=(
            (DELTA, "Diệt lăng quăng", "Mỗi tuần một lần, hãy lật úp, cọ rửa các vật dụng chứa nước quanh nhà."),
            (SA_PA, "Ngủ màn", "Muỗi vằn đốt cả ban ngày. Hãy ngủ màn, nhất là trẻ nhỏ và người cao tuổi."),
            (HIGHLANDS, "Đi khám sớm", "Khi sốt cao từ hai ngày trở lên, hãy đến cơ sở y tế, không tự ý truyền dịch."),
        )),
        keywords=("y tế", "sốt xuất huyết", "phòng bệnh"),
        texts=trilingual(
            words("Ba việc phòng sốt xuất huyết", "Phim ngắn tuyên truyền, giọng đọc tổng hợp."),
            words("Three steps against dengue", "A short information film in Vietnamese, synthetic voice."),
            words("预防登革热的三件事", "越南语宣传短片，合成语音。"),
        ),
    ),
    DemoAsset(
        slug="video-visit-hue", agency="HUE", kind=Kind.VIDEO, language=Language.EN, days_ago=18, album="Festival Huế 2026",
        make=video("visit-hue.mp4", language="en", seed=121, pages=(
            (HUE_RIVER, "Visit Hue", "Hue was the capital of Vietnam for more than one hundred and forty years."),
            (HA_LONG, "The river", "Its citadel and its garden houses lie on both banks of the Perfume River."),
            (HIGHLANDS, "The hills", "West of the city, royal tombs rest among hills of pine."),
        )),
        keywords=("Huế", "du lịch"), place="Thành phố Huế",
        texts=trilingual(
            words("Mời bạn đến Huế", "Phim giới thiệu bằng tiếng Anh, giọng đọc tổng hợp."),
            words("Visit Hue", "An introduction in English, read by a synthetic voice."),
            words("欢迎来顺化", "英语介绍短片，合成语音。"),
        ),
    ),
    DemoAsset(
        slug="video-welcome-zh", agency="MCST", kind=Kind.VIDEO, language=Language.ZH, days_ago=25,
        make=video("huanying.mp4", language="zh", seed=131, pages=(
            (HA_LONG, "欢迎来到越南", "欢迎来到越南。下龙湾有一千九百多座岛屿。"),
            (PHU_QUOC, "富国岛", "富国岛的海水清澈，四季如夏。"),
        ), shown=(("Việt Nam", "Vịnh Hạ Long · Ha Long Bay"), ("Phú Quốc", "Đảo ngọc · Phu Quoc island"))),
        keywords=("du lịch",),
        texts=trilingual(
            words("Chào mừng đến Việt Nam", "Phim giới thiệu bằng tiếng Trung, giọng đọc tổng hợp."),
            words("Welcome to Viet Nam", "An introduction in Chinese, read by a synthetic voice."),
            words("欢迎来到越南", "中文介绍短片，合成语音。"),
        ),
    ),
    DemoAsset(
        slug="video-vertical", agency="HANOICULT", kind=Kind.VIDEO, days_ago=2, audience=Audience.NETWORK,
        make=video("pho-di-bo.mp4", language="vi", seed=141, size=(720, 1280), pages=(
            (HUE_RIVER, "Phố đi bộ", "Cuối tuần này, phố đi bộ quanh hồ Hoàn Kiếm mở cửa từ bảy giờ tối thứ sáu."),
            (DELTA, "Đi lại", "Bạn nên đi xe buýt hoặc tàu điện, gửi xe ở ngoài khu vực cấm."),
        )),
        keywords=("Hà Nội", "phố đi bộ"), place="Hồ Hoàn Kiếm, Hà Nội",
        texts=trilingual(
            words("Phố đi bộ cuối tuần", "Video dọc cho mạng xã hội, giọng đọc tổng hợp."),
            words("Walking streets this weekend", "Vertical video for social networks, synthetic voice."),
            words("周末步行街", "供社交网络使用的竖屏视频，合成语音。"),
        ),
    ),
    DemoAsset(
        slug="audio-news", agency="VGP", kind=Kind.AUDIO, days_ago=0,
        make=audio("diem-tin-sang.mp3", language="vi", texts=(
            "Điểm tin sáng của Cổng Thông tin điện tử Chính phủ.",
            "Các bộ, ngành và địa phương đẩy mạnh dùng chung dữ liệu, người dân không phải nộp lại giấy tờ đã có.",
            "Dự báo hôm nay, nhiều nơi có mưa vào chiều tối. Chúc quý vị một ngày làm việc hiệu quả.",
        )),
        keywords=("điểm tin", "phát thanh"),
        texts=trilingual(
            words("Điểm tin sáng", "Bản tin phát thanh, giọng đọc tổng hợp."),
            words("Morning headlines", "Radio bulletin in Vietnamese, synthetic voice."),
            words("早间要闻", "越南语广播，合成语音。"),
        ),
    ),
    DemoAsset(
        slug="audio-ward", agency="HOANKIEM", kind=Kind.AUDIO, days_ago=1,
        make=audio("loa-phuong.flac", language="vi", texts=(
            "Ủy ban nhân dân phường Hoàn Kiếm thông báo.",
            "Sáng thứ bảy, phường tổ chức tổng vệ sinh. Mời bà con phân loại rác tại nhà trước bảy giờ.",
        )),
        keywords=("thông báo", "phường"), place="Phường Hoàn Kiếm, Hà Nội", audience=Audience.SHARED,
        shared_with=("HANOICULT", "VGP"),
        texts=trilingual(
            words("Thông báo của phường", "Tệp phát thanh cơ sở, chia sẻ với Sở Văn hóa và Thể thao."),
            words("Announcement of the ward", "For the ward's loudspeakers; shared with the department."),
            words("坊公告", "基层广播音频，与文化体育厅共享。"),
        ),
    ),
    DemoAsset(
        slug="audio-english", agency="MOFA", kind=Kind.AUDIO, language=Language.EN, days_ago=11,
        make=audio("weekly-briefing.m4a", language="en", texts=(
            "This is the weekly briefing of the Ministry of Foreign Affairs.",
            "Consular services are now available online in sixty three countries.",
        )),
        keywords=("đối ngoại", "lãnh sự"),
        texts=trilingual(
            words("Thông tin đối ngoại hằng tuần", "Bản tiếng Anh, giọng đọc tổng hợp. Nội dung minh họa."),
            words("Weekly briefing", "English edition, synthetic voice. Invented content."),
            words("每周外事简报", "英语版，合成语音。示例内容。"),
        ),
    ),
    DemoAsset(
        slug="audio-draft", agency="MOH", kind=Kind.AUDIO, days_ago=0, audience=Audience.AGENCY, publish=False,
        make=audio("tu-van-dinh-duong.wav", language="vi", texts=(
            "Chuyên mục sức khỏe. Hôm nay chúng ta nói về bữa ăn đủ chất cho học sinh.",
        )),
        keywords=("y tế", "dinh dưỡng"),
        texts=trilingual(
            words("Tư vấn dinh dưỡng (bản nháp)", "Đang chờ biên tập lời dẫn."),
            words("Nutrition advice (draft)", "The introduction is still being edited."),
            words("营养咨询（草稿）", "导语正在编辑。"),
        ),
    ),
)  # fmt: skip
