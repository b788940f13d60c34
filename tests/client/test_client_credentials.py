"""Programs that sign in as OAuth clients: ours, and one that knows nothing of us."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.db.models.functions import Now
from oauth2_provider.models import AccessToken

from mediacenter.client.answers import ApiError, ServerUnreachable
from mediacenter.client.credentials import ClientCredentials
from mediacenter.client.warehouse import MediaCenter
from permissions.actor import actor_for_user
from permissions.models import Agency, ApiToken
from permissions.usecases.clients import RegisteredClient, register_client
from permissions.vocabulary import Role, Scope
from tests.client.live import ROOT, WebServer
from tests.factories import make_member, make_ready_asset


@pytest.fixture
def registered(web: WebServer, agency: Agency) -> RegisteredClient:
    by = actor_for_user(make_member(agency, Role.AGENCY_ADMIN))
    scopes = (Scope.READ, Scope.UPLOAD)
    return register_client(by=by, name="Cổng", scopes=scopes, agency=agency, role=Role.EDITOR)


def credentials(client: RegisteredClient, *scopes: str, secret: str = "") -> ClientCredentials:
    return ClientCredentials(client_id=client.client_id, client_secret=secret or client.secret, scopes=scopes)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_an_unmodified_client_finds_its_way_by_the_metadata(
    web: WebServer, registered: RegisteredClient, method: str
) -> None:
    known = httpx.get(f"{web.wire.origin}/.well-known/oauth-authorization-server").json()
    assert known["issuer"] == web.wire.origin
    with OAuth2Session(
        registered.client_id, registered.secret, token_endpoint_auth_method=method, scope="assets:read"
    ) as program:
        token = program.fetch_token(known["token_endpoint"], grant_type="client_credentials")
        assert token["scope"] == "assets:read"
        session = program.get(f"{web.wire.origin}/api/v1/session").json()
        assert (session["agency"]["code"], session["token"]["scopes"]) == ("VGP", ["assets:read"])
        ended = program.revoke_token(known["revocation_endpoint"], token=token["access_token"])
        assert ended.status_code == 200
        assert program.get(f"{web.wire.origin}/api/v1/session").status_code == 401


def test_our_client_fetches_one_token_for_many_requests_and_threads(
    web: WebServer, registered: RegisteredClient, agency: Agency
) -> None:
    asset = make_ready_asset(agency=agency)
    with MediaCenter(web.wire.origin, credentials(registered), patience=5) as center:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: center.asset(str(asset.pk)), range(8)))
        assert [each.id for each in found if each is not None] == [str(asset.pk)] * 8
        assert [each.code for each in center.session().upload_agencies] == ["VGP"]
    assert AccessToken.objects.count() == 1


def test_our_client_fetches_anew_when_its_token_ended_before_its_time(
    web: WebServer, registered: RegisteredClient
) -> None:
    with MediaCenter(web.wire.origin, credentials(registered), patience=5) as center:
        center.session()
        AccessToken.objects.update(expires=Now() - timedelta(seconds=1))
        assert center.session().upload_agencies[0].code == "VGP"


def test_our_client_asks_for_the_scopes_that_it_was_given(
    web: WebServer, registered: RegisteredClient, agency: Agency
) -> None:
    with MediaCenter(web.wire.origin, credentials(registered, "uploads:write"), patience=5) as center:
        assert list(center.assets()) == []
    with (
        MediaCenter(web.wire.origin, credentials(registered, "audit:read"), patience=5) as center,
        pytest.raises(ApiError) as refused,
    ):
        center.session()
    assert (refused.value.status, refused.value.code) == (400, "invalid_scope")


def test_a_client_that_was_revoked_is_told_so_and_not_asked_for_ever(
    web: WebServer, registered: RegisteredClient
) -> None:
    with MediaCenter(web.wire.origin, credentials(registered), patience=60) as center:
        center.session()
        ApiToken.objects.filter(pk=registered.token.pk).update(revoked_at=Now())
        with pytest.raises(ApiError) as refused:
            center.session()
    assert (refused.value.status, refused.value.code) == (401, "invalid_client")


def test_a_server_that_is_away_is_waited_for_as_by_any_token(registered: RegisteredClient) -> None:
    with (
        MediaCenter("http://127.0.0.1:9", credentials(registered), patience=0) as center,
        pytest.raises(ServerUnreachable),
    ):
        center.session()


def test_the_secret_is_not_shown_with_the_credentials(registered: RegisteredClient) -> None:
    assert registered.secret not in repr(credentials(registered))


def test_commands_take_the_client_from_the_environment(
    web: WebServer, registered: RegisteredClient, agency: Agency
) -> None:
    asset = make_ready_asset(agency=agency)
    environment = {
        "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MEDIACENTER_SERVER": web.wire.origin,
        "MEDIACENTER_CLIENT_ID": registered.client_id,
    }  # fmt: skip
    run = [sys.executable, "-c", "from mediacenter.commands.assets import command; command()", "list", "--json"]
    missing = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (missing.returncode, "MEDIACENTER_CLIENT_SECRET" in missing.stderr) == (2, True)
    environment["MEDIACENTER_CLIENT_SECRET"] = registered.secret
    ran = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert str(asset.pk) in json.dumps(json.loads(ran.stdout))
