"""Codes of an app and recovery codes: added, asked for, used once, removed; required by policy."""

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from click.testing import CliRunner
from django.test import Client

from mediacenter.commands.reset_second_factors import command
from mediacenter.web.views import second_factor
from permissions.actor import Actor, actor_for_user
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound
from permissions.models import AuditEvent, Throttle, User
from permissions.usecases.passwords import change_password
from permissions.usecases.people_change import change_person, reset_factors
from permissions.usecases.people_suspend import reactivate_person, suspend_person
from permissions.usecases.second_factors import add_key, check_code, factors_of, must_add_factor, recovery_codes
from permissions.usecases.throttle import CODE
from permissions.vocabulary import PlatformRole, Role
from tests.factories import PASSWORD, actor_in, make_agency, make_membership, make_token, make_user
from tests.sign_in.conftest import acts, confirm, english, give_totp, post_password

pytestmark = pytest.mark.django_db


def test_an_app_is_added_with_one_of_its_codes_and_recovery_codes_are_shown(at_home: Client, lan: User) -> None:
    confirm(at_home)
    page = at_home.get("/account/app")
    app = pyotp.TOTP(page.context["secret"].replace(" ", ""))
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    wrong = at_home.post("/account/app", {"code": "000000" if app.now() != "000000" else "111111"})
    assert "not accepted" in wrong.content.decode()
    assert not factors_of(lan)
    added = at_home.post("/account/app", {"code": app.now()})
    assert added["Location"] == "/account/recovery-codes"
    assert len(at_home.get("/account/recovery-codes").context["codes"]) == 10
    assert acts(lan)[-1] == "second_factor.added"


def test_a_password_alone_no_longer_signs_in(lan: User) -> None:
    app = give_totp(lan)
    client = english()
    assert post_password(client, next="/upload")["Location"] == "/login/second-factor"
    assert client.get("/").status_code == 302
    assert client.get("/api/v1/session").json()["authenticated"] is False
    done = client.post("/login/second-factor", {"code": app.now()})
    assert done["Location"] == "/upload"
    assert client.get("/").status_code == 200
    assert acts(lan)[-1] == "sign_in.succeeded"


def test_a_code_counts_once(lan: User) -> None:
    code = give_totp(lan).now()
    first, second = english(), english()
    for client in (first, second):
        post_password(client)
    assert first.post("/login/second-factor", {"code": code}).status_code == 302
    refused = second.post("/login/second-factor", {"code": code})
    assert refused.status_code == 200
    assert "not accepted" in refused.content.decode()


def test_codes_of_the_neighbouring_periods_are_taken_and_others_are_not(lan: User) -> None:
    app = give_totp(lan)
    now = time.time()
    assert check_code(user=lan, code=app.at(now - 600)) is None
    assert check_code(user=lan, code=app.at(now + 600)) is None
    assert check_code(user=lan, code=app.at(now)) is not None


def test_a_recovery_code_works_once(lan: User) -> None:
    give_totp(lan)
    code = recovery_codes(lan)[3]
    client = english()
    post_password(client)
    assert client.post("/login/second-factor", {"code": f" {code[:4]} {code[4:]} "}).status_code == 302
    assert factors_of(lan).codes_left == 9
    assert check_code(user=lan, code=code) is None
    assert "recovery_code.used" in acts(lan)


def test_guessing_codes_has_to_wait(lan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "CODE", replace(CODE, first=timedelta(minutes=10)))
    app = give_totp(lan)
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if not app.verify(code, valid_window=3))
    answers = []
    for number in range(7):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        post_password(client)
        answers.append(client.post("/login/second-factor", {"code": wrong}).status_code)
    assert answers == [200] * 5 + [429] * 2
    Throttle.objects.update(last_at=Throttle.objects.order_by("-attempts")[0].last_at - timedelta(minutes=11))
    assert client.post("/login/second-factor", {"code": app.now()}).status_code == 302


def waiting(user: User) -> tuple[Client, str]:
    """A browser after the first step, and a code that would be good for the second."""
    app = give_totp(user)
    client = english()
    assert post_password(client)["Location"] == "/login/second-factor"
    return client, app.now()


def test_a_new_password_ends_a_sign_in_that_waits_for_its_second_step(lan: User) -> None:
    client, code = waiting(lan)
    change_password(user=lan, by=None, password="another long passphrase", keep_session=None, how="reset")
    assert client.post("/login/second-factor", {"code": code})["Location"] == "/login"
    assert client.get("/login/second-factor")["Location"] == "/login"
    assert client.get("/api/v1/session").json()["authenticated"] is False
    assert not UserSession.objects.filter(user=lan).exists()


def test_a_suspension_ends_it_too_and_for_good(lan: User) -> None:
    client, code = waiting(lan)
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    suspend_person(user_id=lan.pk, by=operator)
    assert client.post("/login/second-factor", {"code": code})["Location"] == "/login"
    reactivate_person(user_id=lan.pk, by=operator)
    assert client.post("/login/second-factor", {"code": code})["Location"] == "/login"
    assert not UserSession.objects.filter(user=lan).exists()
    assert "sign_in.succeeded" not in acts(lan)


def of_a_key(**response: bytes) -> str:
    """What a key would answer, with these parts of it."""
    parts = {name: urlsafe_b64encode(value).decode().rstrip("=") for name, value in response.items()}
    whole = {"id": "eA", "rawId": "eA", "type": "public-key", "clientExtensionResults": {}, "response": parts}
    return json.dumps(whole)


CLIENT = json.dumps({"type": "webauthn.create", "challenge": "eA", "origin": "http://testserver"}).encode()
BROKEN = {
    "nothing": "",
    "an empty object": "{}",
    "null": "null",
    "a list": "[1]",
    "no response": '{"id": "x", "rawId": "x", "response": {}}',
    "too long": "x" * 30_000,
    "too deep": "[" * 15_000,
    "too deep an object": '{"a":' * 3_000,
    "an empty attestation": of_a_key(clientDataJSON=CLIENT, attestationObject=b""),
    "a cut number": of_a_key(clientDataJSON=CLIENT, attestationObject=b"\x1b\x00"),
    "a deep attestation": of_a_key(clientDataJSON=CLIENT, attestationObject=b"\x81" * 9_000),
    "an attestation that is none": of_a_key(clientDataJSON=CLIENT, attestationObject=b"\xa0"),
    "an unknown letter of CBOR": of_a_key(clientDataJSON=CLIENT, attestationObject=b"\xff"),
    "empty data of the authenticator": of_a_key(clientDataJSON=CLIENT, authenticatorData=b"", signature=b""),
    "cut data of the authenticator": of_a_key(
        clientDataJSON=CLIENT, authenticatorData=b"\x00" * 32 + b"\xc1" + b"\x00" * 6, signature=b""
    ),
}


@pytest.mark.parametrize("credential", BROKEN.values(), ids=BROKEN)
def test_answers_of_keys_that_are_none_are_refused(lan: User, credential: str) -> None:
    give_totp(lan)
    client = english()
    post_password(client)
    assert client.post("/login/second-factor", {"credential": credential}).status_code == 200
    confirm_client = english()
    confirm_client.force_login(lan, backend="django.contrib.auth.backends.ModelBackend")
    confirm(confirm_client)
    assert confirm_client.post("/account/key", {"name": "x", "credential": credential}).status_code == 200
    assert factors_of(lan).keys == ()


@pytest.fixture
def operator() -> Actor:
    return actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))


def test_an_operator_takes_away_what_somebody_lost_and_the_record_says_so(
    lan: User, at_home: Client, operator: Actor
) -> None:
    give_totp(lan)
    reset_factors(user_id=lan.pk, by=operator)
    assert not Authenticator.objects.filter(user=lan).exists()
    assert at_home.get("/").status_code == 302, "whoever was in as this person is out"
    assert acts(lan)[-2:] == ["second_factor.reset", "session.ended"]
    event = AuditEvent.objects.get(act="second_factor.reset")
    assert (event.user_id, event.data) == (operator.user_id, {"factors": ["recovery_codes", "totp"]})
    assert post_password(english())["Location"] == "/"


def test_a_reset_is_written_once_and_needs_somebody_else(lan: User, operator: Actor) -> None:
    reset_factors(user_id=lan.pk, by=operator)
    assert "second_factor.reset" not in acts(lan)
    agency = make_agency()
    make_membership(user=lan, agency=agency)
    give_totp(lan)
    for by in (actor_in(agency, Role.AGENCY_ADMIN), actor_for_user(lan)):
        with pytest.raises(NotAllowed):
            reset_factors(user_id=lan.pk, by=by)
    with pytest.raises(NotFound):
        reset_factors(user_id=uuid4(), by=operator)
    assert operator.user_id is not None
    give_totp(User.objects.get(pk=operator.user_id))
    with pytest.raises(Conflict) as refused:
        change_person(user_id=operator.user_id, by=operator, reset=True)
    assert refused.value.reason == "reset_oneself"
    with pytest.raises(Invalid):
        change_person(user_id=lan.pk, by=operator)
    assert factors_of(lan)


def test_the_command_resets_them_too(lan: User) -> None:
    give_totp(lan)
    done = CliRunner().invoke(command, ["LAN@example.vn"])
    assert (done.exit_code, done.output) == (0, "Nguyễn Thị Lan <lan@example.vn> has no second factor now.\n")
    assert not factors_of(lan)
    assert acts(lan)[-1] == "second_factor.reset"
    assert CliRunner().invoke(command, ["nobody@example.vn"]).exit_code == 1


@pytest.mark.parametrize("path", ["app", "key", "recovery-codes", "factors/1/remove"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_changing_factors_takes_a_fresh_proof(at_home: Client, lan: User, path: str, method: str) -> None:
    give_totp(lan)
    answer = getattr(at_home, method)(f"/account/{path}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/confirm?next=")


def test_the_proof_leads_back_and_only_within_the_site(at_home: Client, lan: User) -> None:
    answer = at_home.post("/account/confirm", {"password": PASSWORD, "next": "/account/app"})
    assert answer["Location"] == "/account/app"
    answer = at_home.post("/account/confirm", {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == "/account"
    assert "not accepted" in at_home.post("/account/confirm", {"password": "wrong"}).content.decode()


def test_the_last_factor_takes_the_recovery_codes_along(at_home: Client, lan: User) -> None:
    give_totp(lan)
    confirm(at_home)
    factor = factors_of(lan).totp
    assert factor is not None
    assert "password alone" in at_home.get(f"/account/factors/{factor.pk}/remove").content.decode()
    at_home.post(f"/account/factors/{factor.pk}/remove")
    assert not Authenticator.objects.filter(user=lan).exists()
    assert acts(lan)[-1] == "second_factor.removed"


def test_other_people_s_factors_look_as_if_they_were_not_there(at_home: Client, lan: User) -> None:
    other = make_user(password=PASSWORD)
    give_totp(other)
    give_totp(lan)
    confirm(at_home)
    factor = factors_of(other).totp
    assert factor is not None
    for number in (factor.pk, 999_999):
        assert at_home.get(f"/account/factors/{number}/remove").status_code == 404
        assert at_home.post(f"/account/factors/{number}/remove").status_code == 404
    assert factors_of(other)


def test_recovery_codes_are_renewed(at_home: Client, lan: User) -> None:
    give_totp(lan)
    before = recovery_codes(lan)
    confirm(at_home)
    at_home.post("/account/recovery-codes")
    assert not set(before) & set(recovery_codes(lan))
    assert check_code(user=lan, code=before[0]) is None


def test_secrets_are_not_readable_in_the_database(lan: User) -> None:
    app = give_totp(lan)
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.secret not in rows
    assert recovery_codes(lan)[0] not in rows


def test_secrets_outlive_a_change_of_the_secret_key(lan: User, settings) -> None:
    app = give_totp(lan)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" + "k" * 40
    assert check_code(user=lan, code=app.now()) is not None


def test_nobody_collects_keys_without_end(lan: User) -> None:
    for number in range(10):
        Authenticator.objects.create(user=lan, type=Authenticator.Type.WEBAUTHN, data={"name": str(number)})
    with pytest.raises(Conflict):
        add_key(user=lan, by=actor_for_user(lan), name="x", credential={})


@pytest.mark.parametrize(
    ("required", "role", "platform", "asked"),
    [
        ((), Role.AGENCY_ADMIN, PlatformRole.OPERATOR, False),
        (("operator",), Role.VIEWER, PlatformRole.OPERATOR, True),
        (("operator",), Role.AGENCY_ADMIN, None, False),
        (("editor",), Role.CONTRIBUTOR, None, False),
        (("editor",), Role.EDITOR, None, True),
        (("editor",), Role.AGENCY_ADMIN, None, True),
    ],
)
def test_who_is_asked_for_a_second_factor(
    lan: User, required: tuple[str, ...], role: Role, platform: PlatformRole | None, asked: bool
) -> None:
    lan.platform_role = platform or ""
    make_membership(user=lan, agency=make_agency(), role=role)
    assert must_add_factor(user=lan, actor=actor_for_user(lan), required_for=required) is asked
    give_totp(lan)
    assert not must_add_factor(user=lan, actor=actor_for_user(lan), required_for=required)


def test_until_there_is_one_the_session_is_good_for_adding_one_only(lan: User, settings) -> None:
    settings.MFA_REQUIRED_FOR = ("editor",)
    make_membership(user=lan, agency=make_agency(), role=Role.EDITOR)
    _, secret = make_token(user=lan)
    client = english()
    post_password(client)
    for path in ("/", "/upload", "/tokens"):
        assert client.get(path)["Location"] == "/account"
    refused = client.get("/api/v1/assets")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert "needs a second factor" in client.get("/account").content.decode()
    with_token = Client(headers={"Authorization": f"Bearer {secret}"})
    assert with_token.get("/api/v1/assets").status_code == 200
    client.defaults["HTTP_AUTHORIZATION"] = "Bearer anything"
    assert client.get("/").status_code == 302, "a page takes no token, so the header opens none"
    assert client.get("/api/v1/assets").status_code == 401
    del client.defaults["HTTP_AUTHORIZATION"]
    give_totp(lan)
    assert client.get("/").status_code == 200
