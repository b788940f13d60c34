"""``fields`` and ``include``: as much of each asset as the reader wants, at a number of queries that does not grow."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.shaping import Include
from assets.models import Asset
from assets.states import Kind
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import bearer
from tests.factories import make_agency, make_asset, make_rendition, make_text, make_token, make_version

pytestmark = pytest.mark.django_db

ALL = ",".join(Include)


def public(*, kind: Kind = Kind.PHOTO, **fields: Any) -> Asset:
    asset = make_asset(audience=Audience.PUBLIC, kind=kind, **fields)
    if kind != Kind.ARTICLE:
        make_rendition(make_version(asset))
    Asset.objects.filter(pk=asset.pk).update(state=AssetState.PUBLISHED, published_at=asset.created_at)
    return asset


def naming(work: UUID) -> Asset:
    """An article that shows this work."""
    article = public(kind=Kind.ARTICLE)
    body = f'<p>Cầu</p><figure data-asset="{work}"><figcaption>ảnh</figcaption></figure>'
    make_text(article, body=body)
    return article


def ask(way: str, ids: list[UUID], client: APIClient | None = None, **shape: str) -> Any:
    client = client or APIClient()
    if way == "read":
        body = {"ids": [str(each) for each in ids], **{name: names.split(",") for name, names in shape.items()}}
        return client.post("/api/v1/assets/read", body, format="json")
    if way == "ids":
        return client.get("/api/v1/assets", {"ids": ",".join(map(str, ids)), **shape})
    return client.get(way, shape)


@pytest.mark.parametrize("way", ["/api/v1/assets", "ids", "read"])
def test_only_the_named_fields_are_told_and_the_id(way: str) -> None:
    asset = public()
    (row,) = ask(way, [asset.pk], fields="title,agency").json()["results"]
    assert row == {"id": str(asset.pk), "title": row["title"], "agency": row["agency"]}


@pytest.mark.parametrize("way", ["/api/v1/assets", "ids", "read"])
def test_what_was_not_asked_for_is_absent_and_not_null(way: str) -> None:
    asset = public()
    (plain,) = ask(way, [asset.pk]).json()["results"]
    (with_uses,) = ask(way, [asset.pk], include="uses").json()["results"]
    assert "uses" not in plain
    assert with_uses["uses"] is None  # a stranger may not know of them


def test_one_asset_has_only_the_named_fields_too() -> None:
    asset = public()
    body = APIClient().get(f"/api/v1/assets/{asset.pk}", {"fields": "may", "include": "texts,uses"}).json()
    assert set(body) == {"id", "may", "texts", "uses"}
    assert body["uses"] is None  # a stranger may not know of its uses
    whole = APIClient().get(f"/api/v1/assets/{asset.pk}").json()
    assert "uses" not in whole
    assert whole["texts"] == body["texts"]


@pytest.mark.parametrize("way", ["/api/v1/assets", "ids", "read", "detail"])
@pytest.mark.parametrize(("name", "names"), [("fields", "title,nothing"), ("include", "playlists"), ("fields", "")])
def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(way: str, name: str, names: str) -> None:
    asset = public()
    path = f"/api/v1/assets/{asset.pk}" if way == "detail" else way
    answer = ask(path, [asset.pk], **{name: names})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    if names:
        assert ("title" if name == "fields" else "renditions") in str(answer.json()["errors"])


def test_what_is_included_is_what_its_own_route_tells() -> None:
    agency = make_agency()
    asset = public(agency=agency)
    client = bearer(make_token(agency=agency, role=Role.EDITOR)[1])
    (row,) = ask("read", [asset.pk], client, include=ALL).json()["results"]
    whole = client.get(f"/api/v1/assets/{asset.pk}").json()
    assert [row[name] for name in ("texts", "rights", "may")] == [whole[name] for name in ("texts", "rights", "may")]
    plain = ("profile", "size", "media_type")
    assert [[each[name] for name in plain] for each in row["renditions"]] == [
        [each[name] for name in plain] for each in whole["renditions"]
    ]
    uses = client.get(f"/api/v1/assets/{asset.pk}/uses").json()
    assert row["uses"] == {"since": uses["since"], "totals": uses["totals"]}


def test_an_included_article_is_silent_about_works_that_the_reader_may_not_know() -> None:
    shown, hidden = public(), make_asset()
    articles = [naming(shown.pk).pk, naming(hidden.pk).pk]
    rows = ask("read", articles, include="texts").json()["results"]
    first, second = ("".join(text["body"] for text in row["texts"].values()) for row in rows)
    assert str(shown.pk) in first
    assert str(hidden.pk) not in second


@pytest.mark.parametrize("way", ["/api/v1/assets", "ids", "read"])
def test_the_queries_do_not_grow_with_what_is_included(way: str) -> None:
    def world(count: int) -> list[UUID]:
        works = [public() for _ in range(count)]
        return [asset.pk for asset in works] + [naming(asset.pk).pk for asset in works]

    def queries(ids: list[UUID]) -> int:
        with CaptureQueriesContext(connection) as found:
            assert len(ask(way, ids, client, include=ALL).json()["results"]) == len(ids)
        return len(found)

    client = APIClient()
    few = world(1)
    before = queries(few)
    assert queries(few + world(3)) == before


def test_a_search_keeps_to_the_shape() -> None:
    public(texts={"vi": {"title": "Bán đảo"}})
    asked = {"search": "bán đảo", "fields": "highlights", "include": "may"}
    (row,) = APIClient().get("/api/v1/assets", asked).json()["results"]
    assert set(row) == {"id", "highlights", "may"}


def test_readers_inside_and_outside_get_their_own_inclusions() -> None:
    agency = make_agency()
    asset = public(agency=agency)
    outside = ask("ids", [asset.pk], include="may").json()["results"][0]["may"]["edit"]["allowed"]
    inside = bearer(make_token(agency=agency, role=Role.EDITOR, scopes=(Scope.READ, Scope.WRITE))[1])
    assert not outside
    assert ask("ids", [asset.pk], inside, include="may").json()["results"][0]["may"]["edit"]["allowed"]
