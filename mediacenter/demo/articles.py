"""The articles of the demo."""

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from assets.states import Kind

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from mediacenter.demo.entries import DemoAsset, Words, trilingual

# ruff: noqa: E501  # texts stay whole, and Chinese letters count double
from permissions.vocabulary import Audience


def article(title: str, caption: str, *paragraphs: str) -> Words:
    """``caption`` is the lead; the paragraphs become the body."""
    return Words(title=title, caption=caption, body="".join(f"<p>{text}</p>" for text in paragraphs))


ARTICLES = (
    DemoAsset(
        slug="article-shared-warehouse", agency="VGP", kind=Kind.ARTICLE, days_ago=2, urgency=4,
        keywords=("chuyển đổi số", "truyền thông"), author="Nguyễn Thị Minh Châu",
        texts=trilingual(
            article("Một kho tư liệu chung cho các cơ quan nhà nước",
                    "Ảnh, video và đồ họa được dùng lại thay vì làm lại.",
                    "Từ nay, mỗi cơ quan gửi tư liệu vào một kho chung. Cơ quan khác tìm thấy, xem được quyền sử dụng "
                    "và nhúng vào trang của mình.",
                    "Khi một tư liệu bị rút, mọi nơi đang dùng đều được báo."),
            article("One warehouse for the media of public bodies",
                    "Pictures, videos and graphics are used again instead of being made again.",
                    "From now on every agency sends its material to one place. Others find it, see what they may do with "
                    "it, and embed it in their own pages.",
                    "When something is withdrawn, everybody who uses it is told."),
            article("国家机关的共享媒体库", "图片、视频和图表可重复使用，无需重新制作。",
                    "从现在起，各机关把素材送入同一个库。其他机关可以查找、了解使用权限并嵌入自己的网页。",
                    "素材被撤回时，所有使用者都会收到通知。"),
        ),
    ),
    DemoAsset(
        slug="article-school-meals", agency="MOET", kind=Kind.ARTICLE, days_ago=10, audience=Audience.NETWORK,
        keywords=("giáo dục", "bán trú"), author="Ban biên tập giáo dục",
        texts=trilingual(
            article("Bữa ăn bán trú: minh bạch thực đơn", "Thực đơn tuần được công bố trước trên trang của trường.",
                    "Phụ huynh xem được nguồn thực phẩm và góp ý trực tuyến. Nội dung minh họa."),
            article("School meals: menus in the open", "Weekly menus are published in advance on the school's page.",
                    "Parents see where the food comes from and comment online. Invented content."),
            article("学校午餐：菜单公开", "每周菜单提前在学校网站公布。", "家长可查看食材来源并在线提出意见。示例内容。"),
        ),
    ),
    DemoAsset(
        slug="article-draft-decree", agency="MOJ", kind=Kind.ARTICLE, days_ago=0, audience=Audience.AGENCY, publish=False,
        keywords=("pháp luật",), author="Vụ Pháp luật",
        texts=trilingual(
            article("Hỏi đáp về nghị định mới (bản nháp)", "Bản nháp nội bộ.", "Câu trả lời đang được rà soát."),
            article("Questions on the new decree (draft)", "Internal draft.", "The answers are under review."),
            article("新法令问答（草稿）", "内部草稿。", "答复正在审核中。"),
        ),
    ),
)  # fmt: skip
