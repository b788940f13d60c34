"""``GET assets?ids=``: many at once, in the order asked for, what one may not see absent."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_asset, make_rendition, make_version

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
