"""The charts, posters and documents of the demo. Every figure is invented and says so on the picture."""

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from collections.abc import Sequence

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from pathlib import Path

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from assets.states import Kind

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.documents import steps_pdf

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.drawing import (
    INVENTED,
    Figure,
    bar_chart_svg,
    contour_map,
    line_chart_svg,
    poster,
    share_chart,
)

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.entries import DemoAsset, Make, trilingual, words

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.landscapes import Scene, paint

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.photographs import DELTA, HUE_RIVER

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from permissions.vocabulary import Audience


def figures(*pairs: tuple[str, float]) -> list[Figure]:
    return [Figure(label=label, value=value) for label, value in pairs]


def bars(name: str, *, title: str, unit: str, values: Sequence[Figure]) -> Make:
    return lambda folder: _text(folder / name, bar_chart_svg(title=title, unit=unit, figures=values))


def line(name: str, *, title: str, unit: str, values: Sequence[Figure]) -> Make:
    return lambda folder: _text(folder / name, line_chart_svg(title=title, unit=unit, figures=values))


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def ring(name: str, *, title: str, values: Sequence[Figure]) -> Make:
    def make(folder: Path) -> Path:
        share_chart(title=title, figures=values).save(folder / name, "PNG")
        return folder / name

    return make


def rain(name: str, *, title: str, seed: int) -> Make:
    def make(folder: Path) -> Path:
        contour_map(title=title, seed=seed).save(folder / name, "PNG")
        return folder / name

    return make


def notice(name: str, scene: Scene, *, seed: int, title: str, lines: Sequence[str]) -> Make:
    def make(folder: Path) -> Path:
        poster(paint(scene, seed=seed, width=1280, height=960), title=title, lines=lines).save(
            folder / name, "JPEG", quality=90
        )
        return folder / name

    return make


def guide(name: str, *, title: str, steps: Sequence[tuple[str, str]]) -> Make:
    def make(folder: Path) -> Path:
        steps_pdf(folder / name, title=title, steps=steps, footer=f"Media Center · {INVENTED}")
        return folder / name

    return make


MONTHS = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10")

INFOGRAPHICS = (
    DemoAsset(
        slug="chart-online-files", agency="OOG", kind=Kind.INFOGRAPHIC, days_ago=5, urgency=4,
        make=bars("ho-so-truc-tuyen.svg", title="Hồ sơ trực tuyến toàn trình theo năm", unit="% tổng số hồ sơ",
                  values=figures(("2021", 18.5), ("2022", 29.0), ("2023", 41.5), ("2024", 52.0), ("2025", 63.5),
                                 ("2026", 74.0))),
        keywords=("chuyển đổi số", "dịch vụ công", "cải cách hành chính"),
        texts=trilingual(
            words("Hồ sơ trực tuyến toàn trình theo năm", "Tỷ lệ hồ sơ nộp và giải quyết hoàn toàn qua mạng. Số liệu minh họa.",
                  "Biểu đồ cột tăng từ 18,5 % năm 2021 lên 74 % năm 2026."),
            words("Files handled fully online by year", "Share of files submitted and settled online. Illustrative figures.",
                  "Bar chart rising from 18.5 % in 2021 to 74 % in 2026."),
            words("历年全程在线办理的申请", "在线提交并办结的申请占比。示例数据。", "柱状图：从2021年的18.5%升至2026年的74%。"),
        ),
    ),
    DemoAsset(
        slug="chart-visitors", agency="MCSTTOUR", kind=Kind.INFOGRAPHIC, days_ago=12,
        make=line("khach-quoc-te.svg", title="Khách quốc tế đến Việt Nam, mười tháng", unit="nghìn lượt",
                  values=[Figure(label=month, value=value) for month, value in
                          zip(MONTHS, (1650, 1720, 1600, 1540, 1410, 1380, 1560, 1610, 1500, 1730), strict=True)]),
        keywords=("du lịch", "khách quốc tế", "thống kê"),
        texts=trilingual(
            words("Khách quốc tế đến Việt Nam, mười tháng", "Lượng khách theo tháng. Số liệu minh họa.",
                  "Biểu đồ đường, thấp nhất tháng sáu, cao nhất tháng mười."),
            words("International visitors, ten months", "Arrivals by month. Illustrative figures.",
                  "Line chart, lowest in June, highest in October."),
            words("十个月国际游客人数", "按月入境人数。示例数据。", "折线图：六月最低，十月最高。"),
        ),
    ),
    DemoAsset(
        slug="chart-power-mix", agency="MOIT", kind=Kind.INFOGRAPHIC, days_ago=40,
        make=ring("co-cau-nguon-dien.png", title="Cơ cấu nguồn điện (minh họa)",
                  values=figures(("Than", 44), ("Thủy điện", 29.5), ("Mặt trời", 13), ("Khí", 8), ("Gió", 5.5))),
        keywords=("năng lượng", "điện"),
        texts=trilingual(
            words("Cơ cấu nguồn điện", "Tỷ trọng sản lượng theo nguồn. Số liệu minh họa.",
                  "Biểu đồ vòng: than 44 %, thủy điện 29,5 %, mặt trời 13 %, khí 8 %, gió 5,5 %."),
            words("The power mix", "Share of generation by source. Illustrative figures.",
                  "Ring chart: coal 44 %, hydro 29.5 %, solar 13 %, gas 8 %, wind 5.5 %."),
            words("电源结构", "各类电源发电占比。示例数据。", "环形图：煤电44%，水电29.5%，太阳能13%，燃气8%，风电5.5%。"),
        ),
    ),
    DemoAsset(
        slug="chart-budget", agency="MOF", kind=Kind.INFOGRAPHIC, days_ago=1, audience=Audience.AGENCY, publish=False,
        make=bars("thu-ngan-sach.svg", title="Thu ngân sách theo quý", unit="nghìn tỷ đồng",
                  values=figures(("Quý I", 512), ("Quý II", 468), ("Quý III", 455.5), ("Quý IV", 530))),
        keywords=("ngân sách", "tài chính"),
        texts=trilingual(
            words("Thu ngân sách theo quý (chờ duyệt)", "Bản nháp, chờ lãnh đạo duyệt số liệu. Số liệu minh họa.",
                  "Biểu đồ bốn cột theo quý."),
            words("Budget revenue by quarter (to be approved)", "Draft, figures await approval. Illustrative figures.",
                  "Chart of four bars, one per quarter."),
            words("季度预算收入（待审）", "草稿，数据待批准。示例数据。", "按季度的四根柱状图。"),
        ),
    ),
    DemoAsset(
        slug="map-rain", agency="MAEHYDRO", kind=Kind.INFOGRAPHIC, days_ago=0, urgency=2,
        make=rain("luong-mua-24-gio.png", title="Lượng mưa 24 giờ tới (bản đồ minh họa)", seed=41),
        keywords=("thời tiết", "mưa lũ", "cảnh báo"),
        texts=trilingual(
            words("Lượng mưa 24 giờ tới", "Vùng mưa lớn được tô đậm. Bản đồ minh họa, không phải địa hình thật.",
                  "Các dải màu xanh, đậm nhất ở hai vùng mưa lớn."),
            words("Rain in the next 24 hours", "Darker areas get more rain. Illustration, no real terrain.",
                  "Bands of blue, darkest in two areas of heavy rain."),
            words("未来24小时降雨量", "颜色越深雨量越大。示意图，非真实地形。", "蓝色条带，两处强降雨区颜色最深。"),
        ),
    ),
    DemoAsset(
        slug="poster-dengue", agency="MOHDP", kind=Kind.INFOGRAPHIC, days_ago=8, urgency=3, album="Phòng bệnh mùa mưa",
        make=notice("phong-sot-xuat-huyet.jpg", DELTA, seed=43, title="Phòng chống sốt xuất huyết",
                    lines=("Đậy kín dụng cụ chứa nước", "Diệt lăng quăng mỗi tuần", "Ngủ màn cả ban ngày",
                           "Sốt cao hai ngày: đến cơ sở y tế")),
        keywords=("y tế", "sốt xuất huyết", "phòng bệnh"),
        texts=trilingual(
            words("Áp phích phòng chống sốt xuất huyết", "Bốn việc mỗi gia đình cần làm trong mùa mưa.",
                  "Áp phích liệt kê bốn việc: đậy nước, diệt lăng quăng, ngủ màn, đi khám khi sốt cao."),
            words("Poster: preventing dengue", "Four things for every family to do in the rainy season.",
                  "Poster with four steps: cover water, kill larvae, sleep under nets, see a doctor with high fever."),
            words("登革热防控海报", "雨季每个家庭要做的四件事。", "海报列出四件事：盖好储水容器、灭蚊幼虫、挂蚊帐、高烧就医。"),
        ),
    ),
    DemoAsset(
        slug="poster-festival", agency="HUECULT", kind=Kind.INFOGRAPHIC, days_ago=16, album="Festival Huế 2026",
        make=notice("festival-hue.jpg", HUE_RIVER, seed=47, title="Tuần lễ ánh sáng sông Hương",
                    lines=("Rước đèn trên sông", "Ca Huế dưới trăng", "Phố đêm Hoàng thành")),
        keywords=("Huế", "lễ hội", "văn hóa"), place="Thành phố Huế",
        texts=trilingual(
            words("Áp phích Tuần lễ ánh sáng sông Hương", "Chương trình ba đêm (sự kiện minh họa).",
                  "Áp phích hoàng hôn sông Hương với ba hoạt động."),
            words("Poster: week of light on the Perfume River", "A programme of three nights (invented event).",
                  "Poster of a river at sunset with three activities."),
            words("香江灯光周海报", "三晚活动（虚构活动）。", "香江日落海报，列出三项活动。"),
        ),
    ),
    DemoAsset(
        slug="guide-online-filing", agency="VGP", kind=Kind.INFOGRAPHIC, days_ago=30,
        make=guide("nop-ho-so-truc-tuyen.pdf", title="Nộp hồ sơ trực tuyến trong năm bước", steps=(
            ("Đăng nhập bằng VNeID", "Dùng tài khoản định danh điện tử mức độ hai, không cần tạo tài khoản mới."),
            ("Chọn thủ tục", "Tìm theo tên hoặc theo cơ quan giải quyết; đọc kỹ thành phần hồ sơ."),
            ("Điền tờ khai", "Thông tin đã có trong cơ sở dữ liệu dân cư được điền sẵn, hãy kiểm tra lại."),
            ("Nộp phí, lệ phí", "Thanh toán trực tuyến; biên lai điện tử được gửi về hộp thư của bạn."),
            ("Theo dõi và nhận kết quả", "Mã hồ sơ cho biết hồ sơ đang ở đâu; kết quả có bản điện tử."),
        )),
        keywords=("dịch vụ công", "hướng dẫn"),
        texts=trilingual(
            words("Nộp hồ sơ trực tuyến trong năm bước", "Tờ hướng dẫn khổ A4 để in và dán tại bộ phận một cửa.",
                  "Năm bước: đăng nhập, chọn thủ tục, điền tờ khai, nộp phí, nhận kết quả."),
            words("Filing online in five steps", "An A4 leaflet to print for one-stop offices.",
                  "Five steps: sign in, choose, fill in, pay, receive the result."),
            words("五步在线提交申请", "供一站式窗口打印张贴的A4说明。", "五个步骤：登录、选择事项、填写、缴费、领取结果。"),
        ),
    ),
    DemoAsset(
        slug="guide-storm", agency="MAE", kind=Kind.INFOGRAPHIC, days_ago=22, audience=Audience.NETWORK, urgency=3,
        make=guide("ung-pho-bao.pdf", title="Gia đình ứng phó với bão", steps=(
            ("Theo dõi bản tin", "Nghe đài, xem truyền hình và tin nhắn của chính quyền địa phương."),
            ("Gia cố nhà cửa", "Chằng chống mái, cắt tỉa cành cây, cất đồ vật có thể bị gió cuốn."),
            ("Chuẩn bị đồ dùng", "Nước uống, lương khô, đèn pin, thuốc men, giấy tờ bọc kín."),
            ("Sơ tán khi có lệnh", "Đi theo hướng dẫn, không quay lại khi chưa được phép."),
        )),
        keywords=("phòng chống thiên tai", "bão"),
        texts=trilingual(
            words("Gia đình ứng phó với bão", "Bốn việc cần làm trước khi bão vào. Chia sẻ cho toàn mạng lưới.",
                  "Bốn bước: theo dõi bản tin, gia cố nhà, chuẩn bị đồ dùng, sơ tán."),
            words("Families and storms", "Four things to do before a storm. Shared with the whole network.",
                  "Four steps: follow the news, secure the house, prepare supplies, evacuate."),
            words("家庭防台风指南", "台风来临前要做的四件事。向全网共享。", "四个步骤：关注播报、加固房屋、准备物资、撤离。"),
        ),
    ),
)  # fmt: skip
