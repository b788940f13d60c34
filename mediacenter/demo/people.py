"""The people: each role at several levels of the tree, and the platform's own. Names are invented."""

from dataclasses import dataclass

from permissions.vocabulary import PlatformRole, Role

DOMAIN = "demo.example"


@dataclass(frozen=True, kw_only=True)
class PersonEntry:
    """``agency`` (a code) and ``role`` go together."""

    name: str
    login: str
    agency: str | None = None
    role: Role | None = None
    platform_role: PlatformRole | None = None

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


EDITOR_IN_CHIEF = PersonEntry(name="Nguyễn Thị Minh Châu", login="chau.vgp", agency="VGP", role=Role.EDITOR)
"""Has the right to upload and publish for every agency of the tree."""

PEOPLE = (
    EDITOR_IN_CHIEF,
    PersonEntry(name="Trần Quốc Bảo", login="bao.vgp", agency="VGP", role=Role.AGENCY_ADMIN),
    PersonEntry(name="Lê Hoàng Nam", login="nam.vgp", agency="VGP", role=Role.CONTRIBUTOR),
    PersonEntry(name="Phạm Thu Hà", login="ha.vgp", agency="VGP", role=Role.VIEWER),
    PersonEntry(name="Đỗ Gia Hân", login="han.moh", agency="MOH", role=Role.EDITOR),
    PersonEntry(name="Vũ Đức Anh", login="anh.mohdp", agency="MOHDP", role=Role.CONTRIBUTOR),
    PersonEntry(name="Hoàng Khánh Linh", login="linh.mcst", agency="MCST", role=Role.AGENCY_ADMIN),
    PersonEntry(name="Bùi Ngọc Diệp", login="diep.hanoi", agency="HANOI", role=Role.EDITOR),
    PersonEntry(name="Tôn Nữ Quỳnh Như", login="nhu.hue", agency="HUE", role=Role.EDITOR),
    PersonEntry(name="Giàng A Páo", login="pao.sapa", agency="SAPA", role=Role.CONTRIBUTOR),
    PersonEntry(name="Lý Thanh Tùng", login="tung.hcmc", agency="HCMC", role=Role.VIEWER),
    PersonEntry(name="Ngô Phương Thảo", login="thao.central", platform_role=PlatformRole.CENTRAL_EDITOR),
    PersonEntry(name="Dương Văn Khôi", login="khoi.operator", platform_role=PlatformRole.OPERATOR),
    PersonEntry(name="Mai Anh Tuấn", login="tuan.auditor", platform_role=PlatformRole.AUDITOR),
)
