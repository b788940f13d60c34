"""OAuth 2.0 by client credentials: an agency's clients, short-lived tokens, never more than registered."""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import Resolver404, resolve
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from api.views.companion import read_capability
from assets.usecases.agencies_merge import merge_agency
from permissions.actor import actor_for_user
from permissions.models import Agency, ApiClient, ApiToken, AuditEvent
from permissions.usecases.clients import RegisteredClient, register_client
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import make_agency, make_member, make_ready_asset, make_user

pytestmark = pytest.mark.django_db

TOKEN, REVOKE, METADATA = "/oauth/token", "/oauth/revoke", "/.well-known/oauth-authorization-server"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Portal:
    agency: Agency
    registered: RegisteredClient


@pytest.fixture
def portal() -> Portal:
    agency = make_agency(code="VGP")
    return Portal(agency=agency, registered=registered_for(agency))


def registered_for(agency: Agency, *scopes: Scope, role: Role = Role.EDITOR) -> RegisteredClient:
    by = actor_for_user(make_member(agency, Role.AGENCY_ADMIN))
    wanted = scopes or (Scope.READ, Scope.WRITE)
    return register_client(by=by, name="Cổng báo", scopes=wanted, agency=agency, role=role)


def basic(client: RegisteredClient, *, secret: str = "") -> dict[str, str]:
    pair = f"{client.client_id}:{secret or client.secret}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def ask(client: RegisteredClient, path: str = TOKEN, **said: str) -> Any:
    form = {"grant_type": "client_credentials", **said} if path == TOKEN else said
    return Client().post(path, urlencode(form), content_type=FORM, headers=basic(client))


def token_of(client: RegisteredClient, **said: str) -> str:
    answer = ask(client, **said)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def session_of(token: str) -> Any:
    return bearer(token).get("/api/v1/session")


def test_a_client_fetches_a_token_by_http_basic_and_acts_for_its_agency(portal: Portal) -> None:
    answer = ask(portal.registered)
    assert answer.status_code == 200
    said = answer.json()
    assert set(said) == {"access_token", "expires_in", "token_type", "scope"}
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 1800)
    assert sorted(said["scope"].split()) == ["assets:read", "assets:write"]
    assert "no-store" in answer["Cache-Control"]
    session = session_of(said["access_token"]).json()
    assert session["user"] is None
    assert session["agency"]["code"] == "VGP"
    assert session["token"]["client_id"] == portal.registered.client_id
    asset = make_ready_asset(agency=portal.agency)
    api = bearer(said["access_token"])
    assert api.get(f"/api/v1/assets/{asset.pk}").status_code == 200
    edited = api.patch(f"/api/v1/assets/{asset.pk}", {"urgency": 2}, format="json")
    assert edited.status_code == 200
    event = AuditEvent.objects.get(act="asset.edited", target=asset.pk)
    assert (event.token_id, event.on_behalf_of_id) == (portal.registered.token.pk, portal.agency.pk)
    assert event.token is not None
    assert event.token.name == "Cổng báo"


def test_a_client_may_send_its_secret_in_the_body(portal: Portal) -> None:
    client = portal.registered
    said = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": client.secret}
    answer = Client().post(TOKEN, urlencode(said), content_type=FORM)
    assert answer.status_code == 200
    assert session_of(answer.json()["access_token"]).status_code == 200


def test_scopes_are_those_asked_for_and_never_more_than_registered(portal: Portal) -> None:
    narrow = token_of(portal.registered, scope="assets:read")
    assert session_of(narrow).json()["token"]["scopes"] == ["assets:read"]
    asset = make_ready_asset(agency=portal.agency)
    refused = bearer(narrow).patch(f"/api/v1/assets/{asset.pk}", {"urgency": 2}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    for scope in ("assets:publish", "assets:read agencies:manage", "no:such", "*"):
        answer = ask(portal.registered, scope=scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope"), scope
    ApiToken.objects.filter(pk=portal.registered.token.pk).update(scopes=["assets:write"])
    assert session_of(narrow).json()["token"]["scopes"] == []  # what the client lost, its tokens lost


def test_secrets_and_tokens_are_kept_as_hashes(portal: Portal) -> None:
    token = token_of(portal.registered)
    client, access = ApiClient.objects.get(), AccessToken.objects.get()
    assert client.client_secret.startswith("random_sha256$")
    assert (access.token, len(access.token_checksum)) == ("", 64)
    dump = json.dumps(list(ApiClient.objects.values()) + list(AccessToken.objects.values()), default=str)
    assert portal.registered.secret not in dump
    assert token not in dump
    assert bearer(f"mc_{portal.registered.token.prefix}_{'a' * 43}").get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "plain"},
        {"hash_client_secret": False},
        {"authorization_grant_type": "authorization-code"},
        {"client_type": "public"},
        {"redirect_uris": "https://evil.example"},
        {"allowed_origins": "https://evil.example"},
        {"algorithm": "HS256"},
    ],
)
def test_the_database_refuses_clients_of_any_other_kind(portal: Portal, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiClient.objects.filter(client_id=portal.registered.client_id).update(**change)


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("mcc_00000000", "mcs_x"),
        ("", ""),
        ("x" * 300, "y"),
        ("mcc_\x00aaaaaaa", "x"),
        ("https://evil.example/client.json", "x"),
        ("{known}", "wrong"),
        ("{known}", ""),
        ("{known}", "\x00"),
    ],
)
def test_an_unknown_client_or_secret_is_refused_in_one_form(portal: Portal, client_id: str, secret: str) -> None:
    name = client_id.replace("{known}", portal.registered.client_id)
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    said = {"grant_type": "client_credentials"}
    by_header = Client().post(TOKEN, urlencode(said), content_type=FORM, headers={"Authorization": f"Basic {pair}"})
    said |= {"client_id": name, "client_secret": secret}
    by_body = Client().post(TOKEN, urlencode(said), content_type=FORM)
    for answer in (by_header, by_body):
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
        assert answer["WWW-Authenticate"] == 'Basic realm="mediacenter"'
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "grant",
    [
        "password", "authorization_code", "refresh_token", "implicit", "",
        "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ],
)  # fmt: skip
def test_no_other_grant_is_there(portal: Portal, grant: str) -> None:
    form = {"username": "a", "password": "b", "code": "c", "refresh_token": "d", "device_code": "e"}
    answer = ask(portal.registered, grant_type=grant, **form)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"unsupported_grant_type", "invalid_request"}
    assert AccessToken.objects.count() == 0


def test_nothing_else_of_the_toolkit_has_an_address_or_a_row(portal: Portal) -> None:
    for base in ("oauth/", "o/", ""):
        for rest in (
            "authorize/", "introspect/", "device/", "device-authorization/", "applications/", "register/",
            "authorized_tokens/", "userinfo/", "logout/", ".well-known/jwks.json", ".well-known/openid-configuration",
            ".well-known/oauth-protected-resource", "token/", "revoke_token/",
        ):  # fmt: skip
            if f"{base}{rest}" != "logout/":
                with pytest.raises(Resolver404):
                    resolve(f"/{base}{rest}")
    token_of(portal.registered)
    assert [model.objects.count() for model in (Grant, RefreshToken, IDToken)] == [0, 0, 0]
    assert "django.contrib.admin" not in configured.INSTALLED_APPS
    assert "oauth2_provider.backends.OAuth2Backend" not in configured.AUTHENTICATION_BACKENDS
    assert not [name for name in configured.MIDDLEWARE if name.startswith("oauth2_provider")]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
def test_the_endpoints_are_posted_to(method: str) -> None:
    for path in (TOKEN, REVOKE):
        assert getattr(Client(), method)(path).status_code == 405


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"\xff\xfe%%%=&&&", FORM),
        (b"grant_type=client_credentials&grant_type=\x00", FORM),
        (b"a=" + b"x" * 3_000_000, FORM),
        (b"&".join(b"a%d=1" % n for n in range(600)), FORM),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
    ids=["json", "no form", "nul", "large", "many", "multipart"],
)
def test_a_body_that_is_no_request_is_400(portal: Portal, body: bytes, form: str) -> None:
    answer = Client().post(TOKEN, body, content_type=form, headers=basic(portal.registered))
    assert (answer.status_code, "error" in answer.json()) == (400, True)


def test_secrets_in_the_address_are_refused(portal: Portal) -> None:
    client = portal.registered
    said = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": client.secret}
    answer = Client().post(f"{TOKEN}?{urlencode(said)}", b"", content_type=FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_session_signs_no_request_of_a_client(portal: Portal) -> None:
    person = Client()
    person.force_login(
        make_member(portal.agency, Role.AGENCY_ADMIN), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = person.post(TOKEN, urlencode({"grant_type": "client_credentials"}), content_type=FORM)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_token_ends_with_its_lifetime(portal: Portal) -> None:
    token = token_of(portal.registered)
    assert session_of(token).status_code == 200
    AccessToken.objects.update(expires=Now() - timedelta(seconds=1))
    assert (session_of(token).status_code, session_of(token).json()["code"]) == (401, "token_invalid")
    token_of(portal.registered)
    assert AccessToken.objects.count() == 1  # the one that was over is forgotten


def test_a_client_ends_its_own_tokens_and_no_other_s(portal: Portal) -> None:
    other = registered_for(make_agency(code="OTHER"))
    mine, still, theirs = token_of(portal.registered), token_of(portal.registered), token_of(other)
    for token in (theirs, "mca_" + "a" * 43, "nonsense", mine):
        answer = ask(portal.registered, REVOKE, token=token)
        assert (answer.status_code, answer.content) == (200, b"")
    assert session_of(mine).status_code == 401
    assert session_of(still).status_code == 200
    assert session_of(theirs).status_code == 200
    assert AuditEvent.objects.filter(act="client.access_ended", token=portal.registered.token).count() == 1
    stranger = Client().post(REVOKE, urlencode({"token": still}), content_type=FORM)
    assert stranger.status_code == 401
    assert ask(portal.registered, REVOKE).json()["error"] == "invalid_request"


def test_an_administrator_ends_the_client_with_all_its_tokens_at_once(portal: Portal, client_for: ClientFor) -> None:
    token = token_of(portal.registered)
    admin = client_for(portal.agency, Role.AGENCY_ADMIN)
    assert admin.delete(f"/api/v1/tokens/{portal.registered.token.pk}").status_code == 204
    assert session_of(token).status_code == 401
    assert AccessToken.objects.count() == 0
    assert (ask(portal.registered).status_code, ask(portal.registered).json()["error"]) == (401, "invalid_client")
    assert AuditEvent.objects.filter(act="token.revoked", target=portal.registered.token.pk).exists()


def test_a_closed_agency_s_clients_are_closed(portal: Portal) -> None:
    token = token_of(portal.registered)
    Agency.objects.filter(pk=portal.agency.pk).update(is_active=False)
    assert session_of(token).status_code == 401
    assert ask(portal.registered).status_code == 401


def test_the_end_of_a_client_ends_its_tokens(portal: Portal) -> None:
    token = token_of(portal.registered)
    ApiToken.objects.filter(pk=portal.registered.token.pk).update(expires_at=Now() - timedelta(seconds=1))
    assert session_of(token).status_code == 401
    assert ask(portal.registered).status_code == 401


def test_a_merger_ends_what_was_fetched_and_the_client_goes_on_for_the_other_agency(portal: Portal) -> None:
    token = token_of(portal.registered)
    target = make_agency(code="NEW")
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    merge_agency(agency_id=portal.agency.pk, into_id=target.pk, by=operator)
    assert session_of(token).status_code == 401
    assert session_of(token_of(portal.registered)).json()["agency"]["code"] == "NEW"


def test_a_client_sees_what_its_agency_s_tokens_see(portal: Portal) -> None:
    other = make_agency(code="OTHER")
    hidden = make_ready_asset(agency=other, state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    network = make_ready_asset(agency=other, state=AssetState.PUBLISHED, audience=Audience.NETWORK)
    api = bearer(token_of(portal.registered))
    assert api.get(f"/api/v1/assets/{hidden.pk}").status_code == 404
    assert api.get(f"/api/v1/assets/{network.pk}").status_code == 200


def test_an_address_for_uppy_has_the_scopes_of_the_token_that_asked_for_it(portal: Portal) -> None:
    client = registered_for(portal.agency, Scope.READ, Scope.WRITE, Scope.UPLOAD)

    def scopes_for(token: str) -> int:
        made = bearer(token).post("/api/v1/uploads/companion", {"agency": "VGP"}, format="json")
        begin = f"{made.json()['companion_endpoint'].removeprefix(configured.SITE_URL)}/s3/multipart"
        said = {"filename": "a.jpg", "type": "image/jpeg", "metadata": {"size": "10"}}
        assert APIClient().post(begin, said, format="json").status_code == 200
        capability = read_capability(begin.split("/")[4])
        return len(capability.actor.scopes or ())

    assert scopes_for(token_of(client, scope="uploads:write")) == 1
    assert scopes_for(token_of(client)) == 3


def test_a_client_makes_no_tokens(portal: Portal) -> None:
    strong = registered_for(portal.agency, *Scope, role=Role.AGENCY_ADMIN)
    refused = bearer(token_of(strong)).post("/api/v1/tokens", {"name": "x", "scopes": ["assets:read"]}, format="json")
    assert refused.status_code == 401


def test_all_tokens_of_a_client_share_its_rate(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "actor", "10/day")
    first, second = token_of(portal.registered), token_of(portal.registered, scope="assets:read")
    left = [int(session_of(token)["RateLimit-Remaining"]) for token in (first, second, first)]
    assert left[0] > left[1] > left[2]
    other = token_of(registered_for(portal.agency))
    assert int(session_of(other)["RateLimit-Remaining"]) == left[0]


def test_guesses_are_slowed_down_by_address(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "anonymous", "3/min")
    answers = [ask(portal.registered, scope="no:such") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert (answers[-1].json()["error"], int(answers[-1]["Retry-After"]) > 0) == ("temporarily_unavailable", True)
    assert APIClient().get("/api/v1/session").status_code == 200  # another bucket


def test_metadata_tells_clients_where_to_ask_for_what(portal: Portal) -> None:
    said = Client().get(METADATA).json()
    site = configured.SITE_URL
    assert said == {
        "issuer": site,
        "token_endpoint": f"{site}{TOKEN}",
        "revocation_endpoint": f"{site}{REVOKE}",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": sorted(Scope.values),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "client_id_metadata_document_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
    assert Client().post(METADATA).status_code == 405


# --- Registering


def test_an_administrator_registers_a_client_by_api_and_sees_the_secret_once(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    said = {
        "name": "Cổng", "scopes": ["assets:read"], "agency": "VGP", "role": "viewer", "oauth_client": True,
    }  # fmt: skip
    admin = client_for(agency, Role.AGENCY_ADMIN)
    made = admin.post("/api/v1/tokens", said, format="json")
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["token"] is None
    client = RegisteredClient(
        token=ApiToken.objects.get(pk=body["id"]), client_id=body["client_id"], secret=body["client_secret"]
    )
    assert session_of(token_of(client)).json()["token"]["scopes"] == ["assets:read"]
    listed = admin.get("/api/v1/tokens")
    assert body["client_secret"] not in listed.content.decode()
    assert body["client_id"] in [row["client_id"] for row in listed.json()["results"]]
    event = AuditEvent.objects.get(act="client.registered", target=body["id"])
    assert (event.agency_id, event.data["scopes"]) == (agency.pk, ["assets:read"])


def test_only_administrators_of_the_agency_register_clients(client_for: ClientFor) -> None:
    agency = make_agency(code="VGP")
    said = {"name": "x", "scopes": ["assets:read"], "agency": "VGP", "role": "viewer", "oauth_client": True}
    for client, status in (
        (client_for(agency, Role.EDITOR), 403),
        (client_for(make_agency(), Role.AGENCY_ADMIN), 403),
        (APIClient(), 401),
    ):
        assert client.post("/api/v1/tokens", said, format="json").status_code == status
    admin = client_for(agency, Role.AGENCY_ADMIN)
    ownerless = admin.post(
        "/api/v1/tokens", {"name": "x", "scopes": ["assets:read"], "oauth_client": True}, format="json"
    )
    assert (ownerless.status_code, list(ownerless.json()["errors"])) == (400, ["agency"])
    assert ApiClient.objects.count() == 0
