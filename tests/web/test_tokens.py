"""One's own API tokens on the page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from permissions.models import ApiToken
from permissions.usecases.tokens import recognise
from permissions.vocabulary import Scope
from tests.factories import make_agency, make_token
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
NEW = {"name": "Máy quét <b>", "scopes": [Scope.READ.value, Scope.UPLOAD.value], "lifetime": "30"}


def test_the_secret_is_shown_once_and_works(signed_in: SignedIn) -> None:
    member = signed_in(make_agency())
    answer = member.post("/tokens", NEW)
    secret = answer.context["issued"].secret
    assert secret in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    token, actor = recognise(secret)
    assert token is not None
    assert actor.scopes == {Scope.READ, Scope.UPLOAD}
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    again = member.get("/tokens").content.decode()
    assert secret not in again
    assert "Máy quét &lt;b&gt;" in again


@pytest.mark.parametrize("change", [{"scopes": []}, {"scopes": ["everything"]}, {"name": ""}, {"lifetime": "9999"}])
def test_an_unusable_form_makes_none(signed_in: SignedIn, change: dict[str, object]) -> None:
    assert signed_in(make_agency()).post("/tokens", NEW | change).context["form"].errors
    assert not ApiToken.objects.exists()


def test_revoking_ends_it_at_once(signed_in: SignedIn) -> None:
    member = signed_in(make_agency())
    issued = member.post("/tokens", NEW).context["issued"]
    member.post(f"/tokens/{issued.token.pk}/revoke")
    assert recognise(issued.secret)[0] is None
    assert issued.token.prefix not in member.get("/tokens").content.decode()


def test_nobody_sees_or_revokes_anothers(signed_in: SignedIn) -> None:
    token, _ = make_token()
    stranger = signed_in(make_agency())
    assert stranger.post(f"/tokens/{token.pk}/revoke").status_code == 404
    assert token.prefix not in stranger.get("/tokens").content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None
