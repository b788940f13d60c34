import pytest
from django.utils.translation import gettext

from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.errors import Invalid, NotAllowed
from permissions.models import Agency, AuditEvent, User
from permissions.usecases.agencies import create_agency
from permissions.usecases.people import create_person
from permissions.vocabulary import PlatformRole, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Agency:
    return create_agency(by=None, code="VGP", name_vi="Cổng Thông tin điện tử Chính phủ", name_en="Government Portal")


def person_with(role: Role, agency: Agency) -> User:
    return create_person(
        by=None, email=f"{role}.{agency.code}@example.vn".lower(), full_name=f"{role}", agency=agency, role=role
    )


def operator() -> Actor:
    person = create_person(
        by=None, email="operator@example.vn", full_name="Vận hành", platform_role=PlatformRole.OPERATOR
    )
    return actor_for_user(person)


def test_a_child_lies_in_the_subtree_of_its_parent(root: Agency) -> None:
    child = create_agency(by=None, code="MOH", name_vi="Bộ Y tế", parent=root)

    assert child.path.startswith(root.path)
    assert child.depth == 2


def test_an_administrator_adds_below_and_the_act_is_recorded(root: Agency) -> None:
    admin = person_with(Role.AGENCY_ADMIN, root)

    child = create_agency(by=actor_for_user(admin), code="MOH", name_vi="Bộ Y tế", parent=root)

    event = AuditEvent.objects.get(act="agency.created", target=child.pk)
    assert event.user_id == admin.pk
    assert event.data == {"code": "MOH", "parent": str(root.pk)}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR])
def test_lesser_roles_add_no_agency(root: Agency, role: Role) -> None:
    with pytest.raises(NotAllowed) as refusal:
        create_agency(by=actor_for_user(person_with(role, root)), code="MOH", name_vi="Bộ Y tế", parent=root)

    assert refusal.value.reason == "role_too_low"
    assert not Agency.objects.filter(code="MOH").exists()


def test_an_administrator_adds_nothing_beside_or_above_their_agency(root: Agency) -> None:
    ministry = create_agency(by=None, code="MOH", name_vi="Bộ Y tế", parent=root)
    admin = actor_for_user(person_with(Role.AGENCY_ADMIN, ministry))

    with pytest.raises(NotAllowed):
        create_agency(by=admin, code="MOF", name_vi="Bộ Tài chính", parent=root)
    with pytest.raises(NotAllowed):
        create_agency(by=admin, code="ROOT2", name_vi="Gốc khác")


def test_a_root_takes_an_operator() -> None:
    assert create_agency(by=operator(), code="VGP", name_vi="Cổng").depth == 1


def test_nobody_adds_nothing(root: Agency) -> None:
    with pytest.raises(NotAllowed) as refusal:
        create_agency(by=ANONYMOUS, code="MOH", name_vi="Bộ Y tế", parent=root)

    assert refusal.value.reason == "not_signed_in"


@pytest.mark.parametrize("code", ["", "A", "moh", "1AB", "A B", "ABCDEFGHIJKLM", "BỘ", "MOH\n"])
def test_a_bad_code_is_refused_in_its_field(root: Agency, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_agency(by=None, code=code, name_vi="Bộ", parent=root)

    assert "code" in refusal.value.data["fields"]


def test_a_code_is_given_once(root: Agency) -> None:
    with pytest.raises(Invalid) as refusal:
        create_agency(by=None, code="VGP", name_vi="Khác")

    assert refusal.value.data["fields"]["code"] == [gettext("Another agency has this code.")]


def test_the_tree_has_an_end(root: Agency) -> None:
    parent = root
    for level in range(2, 9):
        parent = create_agency(by=None, code=f"L{level}", name_vi=f"Cấp {level}", parent=parent)

    with pytest.raises(Invalid) as refusal:
        create_agency(by=None, code="L9", name_vi="Cấp 9", parent=parent)

    assert "parent" in refusal.value.data["fields"]
