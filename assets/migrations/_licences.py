"""Well-known licences, as seeded by 0004. Facts: names and URIs by Creative Commons and rightsstatements.org."""

from typing import Any, TypedDict


class Seed(TypedDict):
    code: str
    kind: str
    name_vi: str
    name_en: str
    name_zh: str
    url: str
    requires_attribution: bool
    allows_alteration: bool
    allows_commercial: bool
    allows_redistribution: bool
    press_only: bool
    public_domain: bool


FREE = {"allows_alteration": True, "allows_commercial": True, "allows_redistribution": True}
NOTHING = {"allows_alteration": False, "allows_commercial": False, "allows_redistribution": False}
PUBLIC_DOMAIN = {**FREE, "requires_attribution": False, "public_domain": True}


def seed(code: str, kind: str, names: tuple[str, str, str], url: str, **flags: bool) -> Seed:
    values: dict[str, Any] = {"requires_attribution": True, "press_only": False, "public_domain": False, **NOTHING}
    vi, en, zh = names
    said = {"code": code, "kind": kind, "name_vi": vi, "name_en": en, "name_zh": zh, "url": url}
    return {**values, **flags, **said}  # type: ignore[typeddict-item]


def cc(code: str, path: str, names: tuple[str, str, str], **flags: bool) -> Seed:
    return seed(code, "creative_commons", names, f"https://creativecommons.org/{path}/", **(FREE | flags))


def statement(code: str, names: tuple[str, str, str], **flags: bool) -> Seed:
    uri = f"http://rightsstatements.org/vocab/{code}/1.0/"
    return seed(f"rs-{code.lower()}", "rights_statement", names, uri, **flags)


LICENCES: tuple[Seed, ...] = (
    cc("cc-by-4.0", "licenses/by/4.0", ("CC BY 4.0 (Ghi công)", "CC BY 4.0 (Attribution)", "CC BY 4.0（署名）")),
    cc(
        "cc-by-sa-4.0",
        "licenses/by-sa/4.0",
        ("CC BY-SA 4.0 (Ghi công, chia sẻ tương tự)", "CC BY-SA 4.0 (ShareAlike)", "CC BY-SA 4.0（相同方式共享）"),
    ),
    cc(
        "cc-by-nd-4.0",
        "licenses/by-nd/4.0",
        ("CC BY-ND 4.0 (Ghi công, không phái sinh)", "CC BY-ND 4.0 (NoDerivatives)", "CC BY-ND 4.0（禁止演绎）"),
        allows_alteration=False,
    ),
    cc(
        "cc-by-nc-4.0",
        "licenses/by-nc/4.0",
        ("CC BY-NC 4.0 (Ghi công, phi thương mại)", "CC BY-NC 4.0 (NonCommercial)", "CC BY-NC 4.0（非商业性使用）"),
        allows_commercial=False,
    ),
    cc(
        "cc-by-nc-sa-4.0",
        "licenses/by-nc-sa/4.0",
        (
            "CC BY-NC-SA 4.0 (Phi thương mại, chia sẻ tương tự)",
            "CC BY-NC-SA 4.0 (NonCommercial, ShareAlike)",
            "CC BY-NC-SA 4.0（非商业性使用、相同方式共享）",
        ),
        allows_commercial=False,
    ),
    cc(
        "cc-by-nc-nd-4.0",
        "licenses/by-nc-nd/4.0",
        (
            "CC BY-NC-ND 4.0 (Phi thương mại, không phái sinh)",
            "CC BY-NC-ND 4.0 (NonCommercial, NoDerivatives)",
            "CC BY-NC-ND 4.0（非商业性使用、禁止演绎）",
        ),
        allows_commercial=False,
        allows_alteration=False,
    ),
    cc(
        "cc0-1.0",
        "publicdomain/zero/1.0",
        ("CC0 1.0 (Hiến tặng cho công chúng)", "CC0 1.0 (Public Domain Dedication)", "CC0 1.0（公共领域贡献）"),
        **PUBLIC_DOMAIN,
    ),
    cc(
        "pdm-1.0",
        "publicdomain/mark/1.0",
        ("Phạm vi công cộng (PDM 1.0)", "Public Domain Mark 1.0", "公共领域标记 1.0"),
        **PUBLIC_DOMAIN,
    ),
    statement("InC", ("Còn bản quyền", "In Copyright", "有版权")),
    statement(
        "InC-OW-EU",
        (
            "Còn bản quyền – tác phẩm mồ côi (EU)",
            "In Copyright - EU Orphan Work",
            "有版权（欧盟孤儿作品）",
        ),
    ),
    statement(
        "InC-EDU",
        (
            "Còn bản quyền – được dùng cho giáo dục",
            "In Copyright - Educational Use Permitted",
            "有版权（允许教育使用）",
        ),
    ),
    statement(
        "InC-NC",
        (
            "Còn bản quyền – được dùng phi thương mại",
            "In Copyright - Non-Commercial Use Permitted",
            "有版权（允许非商业性使用）",
        ),
        allows_alteration=True,
        allows_redistribution=True,
    ),
    statement(
        "InC-RUU",
        (
            "Còn bản quyền – không tìm được chủ sở hữu quyền",
            "In Copyright - Rights-holder(s) Unlocatable or Unidentifiable",
            "有版权（权利人无法找到或无法确认）",
        ),
    ),
    statement(
        "NoC-CR",
        (
            "Không còn bản quyền – có hạn chế theo hợp đồng",
            "No Copyright - Contractual Restrictions",
            "无版权（合同限制）",
        ),
        requires_attribution=False,
    ),
    statement(
        "NoC-NC",
        (
            "Không còn bản quyền – chỉ được dùng phi thương mại",
            "No Copyright - Non-Commercial Use Only",
            "无版权（仅限非商业性使用）",
        ),
        allows_alteration=True,
        allows_redistribution=True,
        requires_attribution=False,
    ),
    statement(
        "NoC-OKLR",
        (
            "Không còn bản quyền – có hạn chế pháp lý khác đã biết",
            "No Copyright - Other Known Legal Restrictions",
            "无版权（其他已知的法律限制）",
        ),
        requires_attribution=False,
    ),
    statement(
        "NoC-US",
        ("Không còn bản quyền – tại Hoa Kỳ", "No Copyright - United States", "无版权（美国）"),
        requires_attribution=False,
    ),
    statement("CNE", ("Chưa đánh giá bản quyền", "Copyright Not Evaluated", "版权未评估")),
    statement("UND", ("Chưa xác định được bản quyền", "Copyright Undetermined", "版权不确定")),
    statement(
        "NKC",
        ("Không biết có bản quyền", "No Known Copyright", "无已知版权"),
        **FREE,
        requires_attribution=False,
    ),
    seed(
        "press-use-only",
        "press_use",
        ("Chỉ dùng cho báo chí", "Press use only", "仅供新闻使用"),
        "",
        allows_alteration=True,
        press_only=True,
    ),
    seed(
        "no-alteration",
        "own_terms",
        ("Không được chỉnh sửa", "No alteration", "不得改动"),
        "",
        allows_commercial=True,
        allows_redistribution=True,
    ),
    seed(
        "all-rights-reserved",
        "all_rights_reserved",
        ("Tác phẩm của cơ quan nhà nước, bảo lưu mọi quyền", "Government work, all rights reserved", "政府作品，保留所有权利"),
        "",
    ),
)
