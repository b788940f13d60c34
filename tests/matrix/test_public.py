"""What the public meets without signing in: the page to embed and the files behind it, for every state, audience and
window. What is not public looks like what never was; what was public and was withdrawn is gone, 410."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from assets.models import Asset
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_ready_asset
from tests.matrix.expected import AUDIENCES, STATES, WINDOWS, Thing, Who, sees
from tests.matrix.walk import shapes

pytestmark = pytest.mark.django_db

STRANGER = Who(name="anonymous", anonymous=True)
YEAR = timedelta(days=365)


def things() -> list[Thing]:
    pairs = product(STATES, AUDIENCES)
    shown = [Thing(name=f"{state}, {audience}", state=state, audience=audience) for state, audience in pairs]
    return shown + [Thing(name=window, audience="public", window=window) for window in WINDOWS]


def make(thing: Thing) -> Asset:
    now = datetime.now(UTC)
    fields: dict[str, object] = {"state": AssetState(thing.state), "audience": Audience(thing.audience)}
    if thing.state == "withdrawn":
        fields["published_at"] = now - YEAR
    if thing.window == "under_embargo":
        fields["embargo_until"] = now + YEAR
    if thing.window == "rights_ended":
        fields["rights_end"] = now - YEAR
    if thing.window == "release_missing":
        fields["release_required"] = True
    if thing.window == "release_ended":
        fields |= {"has_release": True, "consent_ends": now - YEAR}
    return make_ready_asset(agency=make_agency(), **fields)


def expected(thing: Thing) -> int:
    if thing.state == "withdrawn" and thing.audience == "public":
        return 410
    return 200 if sees(STRANGER, thing) else 404


def asked(path: str) -> tuple[int, bytes, tuple[str, ...], dict[str, str]]:
    with CaptureQueriesContext(connection) as work:
        answer = Client().get(path)
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
    return answer.status_code, body, shapes(work), dict(answer.headers)


@pytest.mark.parametrize("thing", things(), ids=lambda thing: thing.name)
def test_the_public_meets_what_is_public_and_nothing_else(thing: Thing) -> None:
    asset = make(thing)
    version = asset.current_version
    assert version is not None
    rendition = version.renditions.get()
    path = rendition.key.removeprefix("renditions/")
    unknown_page = f"http://127.0.0.1:8000/embed/{uuid7()}"
    paths = {
        f"/oembed?url=http://127.0.0.1:8000/embed/{asset.pk}": f"/oembed?url={unknown_page}",
        f"/embed/{asset.pk}": f"/embed/{uuid7()}",
        f"/media/public/{path}": f"/media/public/{uuid7()}/{uuid7()}/{uuid7()}/w320.webp",
    }
    for there, nowhere in paths.items():
        seen, unknown = asked(there), asked(nowhere)
        assert seen[0] == expected(thing), there
        if expected(thing) == 404:
            assert seen == unknown, f"{there} is told apart from what never was"
