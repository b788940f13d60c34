"""Signing in by a real OpenID Connect provider on loopback: who is let in, with which roles, and what is refused."""

import json
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client

from assets.usecases.agencies_merge import merge_agency
from mediacenter.assets_build import node_environment, npm_command
from permissions.actor import actor_for_user
from permissions.models import Agency, Invitation, Membership, User
from permissions.usecases.identities import Identity, admit, parse_group_roles
from permissions.usecases.invitations import accept_invitation
from permissions.usecases.members import change_role
from permissions.usecases.people import grant_role
from permissions.vocabulary import MembershipSource, PlatformRole, Role
from tests.client.ports import free_port
from tests.factories import PASSWORD, actor_in, make_agency, make_invitation, make_membership, make_user
from tests.sign_in.conftest import acts, english, give_totp

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "mediacenter" / "web" / "frontend"
CALLBACK = "/login/identity/callback"
MAPPING = "mic-viewers=MIC:viewer;mic-editors=MIC:editor;daknong-admins=DNG:agency_admin;old=GONE:editor"
LAN = {"email": "lan@example.vn", "email_verified": True, "name": "Nguyễn Thị Lan"}


class Provider:
    """The provider, and what it says of people."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.path = folder / "provider.json"
        self.write({}, "nobody")

    def write(self, accounts: dict[str, Any], signing_in: str) -> None:
        content = {
            "secret": "a secret of the client",
            "redirect_uri": f"http://127.0.0.1:8000{CALLBACK}",
            "accounts": accounts,
            "signing_in": signing_in,
        }
        self.path.write_text(json.dumps(content))

    def says(self, subject: str = "lan", **claims: Any) -> None:
        """Whoever is sent to the provider now is this subject, with these claims."""
        self.write({subject: claims}, subject)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    provider = Provider(tmp_path_factory.mktemp("oidc"))
    _, folder = npm_command()
    node = str(folder / "node") if folder else "node"
    process = subprocess.Popen(
        [node, str(ROOT / "tests/oidc/server.mjs"), str(provider.port), str(provider.path), str(FRONTEND)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**node_environment(folder), "NODE_ENV": "test"},
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    yield provider
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


@pytest.fixture
def provider(running: Provider, settings) -> Provider:
    settings.OIDC_ISSUER = running.issuer
    settings.OIDC_CLIENT_ID = "mediacenter"
    settings.OIDC_GROUP_ROLES = MAPPING
    app = {
        "provider_id": running.issuer,
        "name": "SSO",
        "client_id": "mediacenter",
        "secret": "a secret of the client",
        "settings": {
            "server_url": f"{running.issuer}/.well-known/openid-configuration",
            "scope": ["openid", "profile", "email", "groups"],
            "oauth_pkce_enabled": True,
        },
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    return running


@pytest.fixture
def mic() -> Agency:
    make_agency(code="DNG")
    return make_agency(code="MIC")


def to_provider(client: Client, **query: str) -> str:
    """Where the browser is sent to."""
    answer = client.get("/login/identity", query)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def at_provider(address: str) -> str:
    """What a browser does at the provider; the path with which it comes back."""
    with httpx.Client(follow_redirects=False, timeout=30) as browser:
        for _ in range(8):
            answer = browser.get(address)
            assert answer.status_code in {302, 303}, answer.text
            address = str(answer.url.join(answer.headers["location"]))
            if urlsplit(address).path == CALLBACK:
                return f"{CALLBACK}?{urlsplit(address).query}"
    raise AssertionError(f"the provider keeps the browser at {address}")


def sign_in(client: Client, **query: str) -> HttpResponse:
    return client.get(at_provider(to_provider(client, **query)))


def roles_of(user: User) -> dict[str, tuple[str, str]]:
    return {m.agency.code: (m.role, m.source) for m in Membership.objects.filter(user=user).select_related("agency")}


def test_a_member_of_a_mapped_group_is_added_with_the_roles_of_the_groups(provider: Provider, mic: Agency) -> None:
    provider.says(**LAN, groups=["mic-viewers", "mic-editors", "daknong-admins", "old", "unknown"])
    client = english()
    assert sign_in(client, next="/upload")["Location"] == "/upload"
    user = User.objects.get(email="lan@example.vn")
    assert client.get("/").context["user"] == user
    assert roles_of(user) == {"MIC": ("editor", "oidc"), "DNG": ("agency_admin", "oidc")}
    assert (user.full_name, user.has_usable_password()) == ("Nguyễn Thị Lan", False)
    done = acts(user)
    assert done[:2] == ["person.created", "identity.linked"]
    assert sorted(done[2:4]) == ["role.granted", "role.granted"]
    assert done[4] == "sign_in.succeeded"


def test_groups_are_followed_at_each_sign_in_and_memberships_by_hand_are_left_alone(
    provider: Provider, mic: Agency
) -> None:
    user = make_user(email="LAN@example.vn", password=PASSWORD)
    make_membership(user=user, agency=mic, role=Role.AGENCY_ADMIN)
    provider.says(**LAN, groups=["mic-viewers", "daknong-admins"])
    assert sign_in(english()).status_code == 302
    assert roles_of(user) == {"MIC": ("agency_admin", "manual"), "DNG": ("agency_admin", "oidc")}
    provider.says(**LAN, groups=[])
    assert sign_in(english()).status_code == 302
    assert roles_of(user) == {"MIC": ("agency_admin", "manual")}
    assert acts(user).count("role.revoked") == 1
    Membership.objects.filter(user=user).update(source=MembershipSource.OIDC)
    provider.says(**LAN, groups=["mic-editors"])
    sign_in(english())
    assert roles_of(user) == {"MIC": ("editor", "oidc")}


def test_a_group_of_a_merged_agency_gives_its_role_in_the_one_that_goes_on(provider: Provider, mic: Agency) -> None:
    provider.says(**LAN, groups=["mic-editors"])
    sign_in(english())
    user, goes_on = User.objects.get(email="lan@example.vn"), make_agency(code="GOESON")
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    merge_agency(agency_id=mic.pk, into_id=goes_on.pk, by=operator)
    sign_in(english())
    assert roles_of(user) == {"GOESON": ("editor", "oidc")}
    assert "role.revoked" not in acts(user)
    provider.says("minh", email="minh@example.vn", email_verified=True, name="Minh", groups=["mic-viewers"])
    sign_in(english())
    assert roles_of(User.objects.get(email="minh@example.vn")) == {"GOESON": ("viewer", "oidc")}


def admitted(*groups: str) -> User:
    """Lan, as the provider brings her in with these groups."""
    identity = Identity(
        issuer="https://sso.example", subject="lan", email=LAN["email"], full_name="Lan", groups=frozenset(groups)
    )
    return admit(identity=identity, mapping=parse_group_roles(MAPPING))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.AGENCY_ADMIN])
def test_a_role_granted_over_that_of_a_group_is_left_alone(mic: Agency, role: Role) -> None:
    user = admitted("mic-editors")
    grant_role(by=actor_in(mic, Role.AGENCY_ADMIN), user=user, agency=mic, role=role)
    for groups in (["mic-viewers"], []):
        admitted(*groups)
        assert roles_of(user) == {"MIC": (role, "manual")}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.AGENCY_ADMIN])
def test_a_member_s_role_changed_by_hand_is_left_alone(mic: Agency, role: Role) -> None:
    user = admitted("mic-editors")
    member = Membership.objects.get(user=user)
    change_role(agency_id=mic.pk, member_id=member.pk, role=role, by=actor_in(mic, Role.AGENCY_ADMIN))
    for groups in (["mic-viewers"], []):
        admitted(*groups)
        assert roles_of(user) == {"MIC": (role, "manual")}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENCY_ADMIN])
def test_a_member_by_groups_who_accepts_an_invitation_is_one_by_hand(mic: Agency, role: Role) -> None:
    user = admitted("mic-editors")
    User.objects.filter(pk=user.pk).update(last_login=Now())
    user.refresh_from_db()
    secret = "an invitation's secret"
    make_invitation(agency=mic, role=role, email=user.email)
    Invitation.objects.update(digest=sha256(secret.encode()).hexdigest())
    accept_invitation(secret=secret, user=user, given=None)
    admitted()
    assert roles_of(user) == {"MIC": (max(role, Role.EDITOR, key=lambda each: each.rank), "manual")}


@pytest.mark.parametrize(
    "claims",
    [
        {**LAN, "groups": ["unknown", "old"]},
        {**LAN},
        {**LAN, "email_verified": False, "groups": ["mic-editors"]},
        {"name": "Lan", "groups": ["mic-editors"]},
    ],
    ids=["no mapped group", "no groups", "address not verified", "no address"],
)
def test_who_has_neither_account_nor_group_is_refused_with_a_page(
    provider: Provider, mic: Agency, claims: dict[str, Any]
) -> None:
    provider.says(**claims)
    client = english()
    answer = sign_in(client)
    assert answer.status_code == 403
    assert "You have no account here" in answer.content.decode()
    assert not User.objects.exists()
    assert client.get("/").status_code == 302


def test_an_existing_person_is_linked_only_by_a_verified_address(provider: Provider) -> None:
    user = make_user(email="lan@example.vn", password=PASSWORD)
    provider.says(**{**LAN, "email_verified": False})
    assert sign_in(english()).status_code == 403
    provider.says(**LAN)
    assert sign_in(english()).status_code == 302
    account = SocialAccount.objects.get()
    assert (account.user, account.provider, account.uid) == (user, provider.issuer, "lan")
    provider.says(email="new@example.vn", email_verified=True)
    assert sign_in(english()).status_code == 302, "the identity counts, not the address of today"


def test_an_address_that_was_given_to_somebody_else_does_not_open_the_account(provider: Provider) -> None:
    make_user(email="lan@example.vn", password=PASSWORD)
    provider.says(**LAN)
    assert sign_in(english()).status_code == 302
    provider.says("another-lan", **LAN)
    assert sign_in(english()).status_code == 403


def test_a_suspended_person_is_refused_like_a_stranger(provider: Provider) -> None:
    user = make_user(email="lan@example.vn", password=PASSWORD)
    provider.says(**LAN)
    assert sign_in(english()).status_code == 302
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in(english()).status_code == 403


def test_a_second_factor_is_asked_for_here_too(provider: Provider) -> None:
    user = make_user(email="lan@example.vn", password=PASSWORD)
    app = give_totp(user)
    provider.says(**LAN)
    client = english()
    assert sign_in(client)["Location"] == "/login/second-factor"
    assert client.post("/login/second-factor", {"code": app.now()})["Location"] == "/"


def test_the_sign_in_page_offers_it_and_keeps_where_to_go(provider: Provider, settings) -> None:
    settings.OIDC_NAME = "Cổng SSO"
    page = english().get("/login", {"next": "/upload"}).content.decode()
    assert "Sign in by Cổng SSO" in page
    assert 'href="/login/identity?next=/upload"' in page


def test_pkce_state_and_nonce_go_to_the_provider_and_are_never_the_same(provider: Provider) -> None:
    asked = [parse_qs(urlsplit(to_provider(english())).query) for _ in range(2)]
    for each in asked:
        assert each["code_challenge_method"] == ["S256"]
        assert each["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]


def refused(client: Client, path: str) -> bool:
    answer = client.get(path)
    return answer.status_code == 401 and client.get("/").status_code == 302


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(provider: Provider, mic: Agency) -> None:
    provider.says(**LAN, groups=["mic-editors"])
    client, thief = english(), english()
    back = at_provider(to_provider(client))
    assert refused(thief, back)
    assert client.get(back).status_code == 302
    client.post("/logout")
    assert refused(client, back)


def test_a_code_of_another_sign_in_is_refused(provider: Provider, mic: Agency) -> None:
    """The attacker's own code with the victim's state: PKCE and nonce belong to the sign-in that asked."""
    provider.says(**LAN, groups=["mic-editors"])
    victim = english()
    state = parse_qs(urlsplit(to_provider(victim)).query)["state"][0]
    code = parse_qs(urlsplit(at_provider(to_provider(english()))).query)["code"][0]
    assert refused(victim, f"{CALLBACK}?code={code}&state={state}&iss={provider.issuer}")


@pytest.mark.parametrize("name", ["state", "iss", "code"])
def test_an_answer_that_was_changed_is_refused(provider: Provider, mic: Agency, name: str) -> None:
    provider.says(**LAN, groups=["mic-editors"])
    client = english()
    path, _, query = at_provider(to_provider(client)).partition("?")
    values = {key: value[0] for key, value in parse_qs(query).items()}
    answer = client.get(path, {**values, name: "https://evil.example"})
    assert answer.status_code == 401
    assert "did not work" in answer.content.decode()


def test_a_provider_that_calls_itself_otherwise_is_not_asked(provider: Provider, settings) -> None:
    settings.OIDC_ISSUER = provider.issuer + "/"
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [{**app, "provider_id": provider.issuer + "/"}]}}
    assert english().get("/login/identity").status_code == 401


def test_a_provider_that_does_not_answer_is_a_page_and_no_fault_of_ours(provider: Provider, settings) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings.OIDC_ISSUER = nowhere
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    away = {**app, "provider_id": nowhere, "settings": {**app["settings"], "server_url": nowhere + "/.well-known/x"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [away]}}
    assert english().get("/login/identity").status_code == 401


def test_next_leads_only_to_this_site(provider: Provider, mic: Agency) -> None:
    provider.says(**LAN, groups=["mic-editors"])
    assert sign_in(english(), next="https://evil.example/")["Location"] == "/"


def test_without_a_provider_there_are_no_such_pages(settings) -> None:
    settings.OIDC_ISSUER = ""
    assert english().get("/login/identity").status_code == 404
    assert english().get(CALLBACK).status_code == 404
