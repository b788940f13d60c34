"""``GET assets?ids=`` and ``POST assets/read``: many at once, in the order asked for, what one may not see absent."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.conditional import without_urls
from assets.models import Asset
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import bearer
from tests.factories import make_agency, make_asset, make_rendition, make_token, make_version

pytestmark = pytest.mark.django_db


def public(**fields: Any) -> UUID:
    asset = make_asset(audience=Audience.PUBLIC, **fields)
    make_rendition(make_version(asset))
    type(asset).objects.filter(pk=asset.pk).update(state=AssetState.PUBLISHED, published_at=asset.created_at)
    return UUID(str(asset.pk))


def read(*ids: object, **headers: str) -> Any:
    return APIClient().get("/api/v1/assets", {"ids": ",".join(map(str, ids))}, headers=headers)


def test_they_come_in_the_order_asked_for_once_and_the_invisible_are_absent() -> None:
    first, second = public(), public()
    hidden = make_asset(agency=make_agency()).pk
    answer = read(second, hidden, first, second, UUID(int=1))
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["results"]] == [str(second), str(first)]
    assert set(answer.json()) == {"next", "previous", "results", "did_you_mean"}  # as every list of assets
    assert (answer.json()["next"], answer.json()["previous"]) == (None, None)


@pytest.mark.parametrize("text", ["", "x", "1,2", ",", "00000000-0000-7000-8000-000000000000,"])
def test_what_is_no_list_of_ids_is_refused(text: str) -> None:
    assert read(text).status_code == 400


def test_more_than_a_hundred_or_other_parameters_beside_them_are_refused() -> None:
    assert read(*(UUID(int=number) for number in range(100))).status_code == 200
    assert read(*(UUID(int=number) for number in range(101))).status_code == 400
    beside = APIClient().get("/api/v1/assets", {"ids": str(UUID(int=1)), "kind": "photo"})
    assert (beside.status_code, list(beside.json()["errors"])) == (400, ["kind"])


def test_the_queries_do_not_grow_with_the_assets() -> None:
    def queries(*ids: UUID) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert len(read(*ids).json()["results"]) == len(ids)
        return len(found)

    many = [public() for _ in range(6)]
    assert queries(*many[:1]) == queries(*many)


def test_who_has_the_answer_is_told_so() -> None:
    one = public()
    etag = read(one)["ETag"]
    assert read(one, **{"If-None-Match": etag}).status_code == 304
    assert read(one, public(), **{"If-None-Match": etag}).status_code == 200


def test_an_answer_of_few_fields_changes_its_etag_with_the_work() -> None:
    one = public()

    def thumbnails(**headers: str) -> Any:
        return APIClient().get("/api/v1/assets", {"ids": str(one), "fields": "thumbnail"}, headers=headers)

    etag = thumbnails()["ETag"]
    assert thumbnails(**{"If-None-Match": etag}).status_code == 304
    Asset.objects.filter(pk=one).update(revision=F("revision") + 1)
    assert thumbnails(**{"If-None-Match": etag}).status_code == 200


def post(ids: list[Any], token: str = "", **more: Any) -> Any:
    client = bearer(token) if token else APIClient()
    return client.post("/api/v1/assets/read", {"ids": [str(each) for each in ids], **more}, format="json")


def test_a_body_asks_for_what_the_query_asks_for() -> None:
    first, second = public(), public()
    hidden = make_asset(agency=make_agency()).pk
    ids = [second, hidden, first, second, UUID(int=1)]
    answer = post(ids)
    assert answer.status_code == 200
    assert without_urls(answer.json()) == without_urls(read(*ids).json())
    assert [row["id"] for row in answer.json()["results"]] == [str(second), str(first)]


def test_a_body_takes_five_hundred_ids_and_no_more() -> None:
    asset = public()
    ids = [UUID(int=number) for number in range(499)]
    assert [row["id"] for row in post([*ids, asset]).json()["results"]] == [str(asset)]
    assert post([*ids, UUID(int=499), asset]).status_code == 400


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": "x"}, {"ids": [1]}, {"ids": None}, {"ids": ["x"]}, []])
def test_a_body_without_ids_is_refused(body: Any) -> None:
    assert APIClient().post("/api/v1/assets/read", body, format="json").status_code == 400


def test_an_unknown_key_beside_the_ids_is_refused() -> None:
    answer = post([UUID(int=1)], kind="photo")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")


def test_the_scope_of_reading_is_enough_and_that_of_uploading_reads_nothing_but_what_is_public() -> None:
    agency = make_agency()
    inside, shown = make_asset(agency=agency).pk, public()
    reads = make_token(agency=agency, role=Role.EDITOR, scopes=(Scope.READ,))[1]
    uploads = make_token(agency=agency, role=Role.EDITOR, scopes=(Scope.UPLOAD,))[1]
    assert [row["id"] for row in post([inside, shown], reads).json()["results"]] == [str(inside), str(shown)]
    assert str(inside) not in post([inside, shown], uploads).content.decode()


def test_a_bulk_read_in_a_body_asks_no_more_queries_for_more_assets() -> None:
    def queries(ids: list[UUID]) -> int:
        with CaptureQueriesContext(connection) as found:
            assert len(post(ids).json()["results"]) == len(ids)
        return len(found)

    many = [public() for _ in range(6)]
    assert queries(many[:1]) == queries(many)
