import pytest

from permissions.actor import Actor, actor_for_user
from permissions.errors import Invalid, NotAllowed
from permissions.models import Agency, AuditEvent, Membership, User
from permissions.usecases.agencies import create_agency
from permissions.usecases.people import create_person, grant_role
from permissions.vocabulary import PlatformRole, Role, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Agency:
    return create_agency(by=None, code="VGP", name_vi="Cổng Thông tin điện tử Chính phủ")


@pytest.fixture
def ministry(root: Agency) -> Agency:
    return create_agency(by=None, code="MOH", name_vi="Bộ Y tế", parent=root)


def admin_of(agency: Agency) -> User:
    return create_person(
        by=None,
        email=f"admin@{agency.code.lower()}.example.vn",
        full_name="Quản trị",
        agency=agency,
        role=Role.AGENCY_ADMIN,
    )


def operator() -> Actor:
    return actor_for_user(
        create_person(by=None, email="op@example.vn", full_name="Vận hành", platform_role=PlatformRole.OPERATOR)
    )


def test_an_administrator_adds_a_person_with_a_role_below(root: Agency, ministry: Agency) -> None:
    admin = admin_of(root)

    person = create_person(
        by=actor_for_user(admin),
        email=" An.Nguyen@Example.vn ",
        full_name="Nguyễn Văn An",
        password="tre-xanh-muoi-hai",
        agency=ministry,
        role=Role.EDITOR,
    )

    assert person.email == "An.Nguyen@Example.vn"
    assert person.check_password("tre-xanh-muoi-hai")
    assert Membership.objects.get(user=person).role == Role.EDITOR
    acts = AuditEvent.objects.filter(target=person.pk).values_list("act", "user_id")
    assert set(acts) == {("person.created", admin.pk), ("role.granted", admin.pk)}


def test_an_administrator_gives_no_role_outside_their_agency(root: Agency, ministry: Agency) -> None:
    admin = actor_for_user(admin_of(ministry))
    with pytest.raises(NotAllowed):
        create_person(by=admin, email="x@example.vn", full_name="X", agency=root, role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        grant_role(by=admin, user=admin_of(root), agency=root, role=Role.VIEWER)
    assert not User.objects.filter(email="x@example.vn").exists()


def test_platform_roles_come_from_operators_alone(root: Agency) -> None:
    described = {"email": "x@example.vn", "full_name": "X", "platform_role": PlatformRole.AUDITOR}
    with pytest.raises(NotAllowed):
        create_person(by=actor_for_user(admin_of(root)), agency=root, role=Role.VIEWER, **described)

    assert create_person(by=operator(), **described).platform_role == PlatformRole.AUDITOR


def test_an_operators_token_without_the_scope_adds_nobody() -> None:
    token = Actor(platform_role=PlatformRole.OPERATOR, scopes=frozenset({Scope.READ}), user_id=operator().user_id)
    with pytest.raises(NotAllowed) as refusal:
        create_person(by=token, email="x@example.vn", full_name="X")

    assert refusal.value.reason == "scope_missing"


def test_an_address_is_taken_whatever_its_case(root: Agency) -> None:
    create_person(by=None, email="an@example.vn", full_name="An")
    with pytest.raises(Invalid) as refusal:
        create_person(by=None, email="AN@example.vn", full_name="An khác")

    assert "email" in refusal.value.data["fields"]


def test_every_bad_field_is_named() -> None:
    with pytest.raises(Invalid) as refusal:
        create_person(by=None, email="no address", full_name=" ", password="short")

    assert set(refusal.value.data["fields"]) == {"email", "full_name", "password"}


def test_without_a_password_nobody_signs_in_by_one() -> None:
    assert not create_person(by=None, email="an@example.vn", full_name="An").has_usable_password()


def test_a_role_without_an_agency_is_refused() -> None:
    with pytest.raises(Invalid):
        create_person(by=None, email="an@example.vn", full_name="An", role=Role.VIEWER)


def test_another_role_replaces_the_one_there(ministry: Agency) -> None:
    person = create_person(by=None, email="an@example.vn", full_name="An", agency=ministry, role=Role.VIEWER)

    grant_role(by=None, user=person, agency=ministry, role=Role.EDITOR)

    assert [m.role for m in Membership.objects.filter(user=person)] == [Role.EDITOR]
    assert AuditEvent.objects.filter(act="role.granted").first().data == {"role": "editor", "before": "viewer"}


def test_the_same_role_again_writes_nothing(ministry: Agency) -> None:
    person = create_person(by=None, email="an@example.vn", full_name="An", agency=ministry, role=Role.VIEWER)
    events = AuditEvent.objects.count()

    grant_role(by=None, user=person, agency=ministry, role=Role.VIEWER)

    assert AuditEvent.objects.count() == events
