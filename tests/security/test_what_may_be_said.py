"""Bodies and queries say what they may and nothing more: generated from the serializers and the API's document
(threats, items 17 and 21)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db.models import Model
from rest_framework.serializers import CharField, DictField, ListField, ValidationError

from api.serializers import bulk, images, inputs, publications, saved, search, similar, terms, tracks
from api.serializers.base import StrictSerializer
from assets.models import Asset, Collection, Licence, Release
from permissions.models import Agency, ApiToken, Membership, User
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_collection, make_member
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
API = "/api/v1/"
DOCUMENT = yaml.safe_load((Path(__file__).parents[1] / "api" / "openapi.yaml").read_text())
SERIALIZERS = {
    name: kind
    for module in (inputs, tracks, bulk, images, publications, saved, search, similar, terms)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, StrictSerializer) and kind.__module__ == module.__name__
}
DECIDED_ELSEWHERE = {
    "id", "pk", "state", "path", "revision", "published_at", "published_by", "created_by", "created_at", "updated_at",
    "makers", "approved_by", "scheduled_by", "scheduled_for", "submitted_at", "reference_number", "search_text",
    "current_version", "platform_role", "is_superuser", "is_staff", "password", "digest", "prefix", "merged_into",
    "withdrawn_at", "user", "last_login", "sha256_verified", "verified_at", "original_key", "duplicate_of",
}  # fmt: skip
"""Columns that only the rules and the clock write."""
WORDS_FOR_IT = {
    ("TextIn", "state"): "whether a person has read a translation; assets/texts.py judges it",
    ("AssetQuery", "state"): "a filter",
    ("FilterQuery", "state"): "a filter",
    ("SuggestionsQuery", "prefix"): "of what is typed",
    ("ReviewQuery", "state"): "a filter",
    ("NominationQuery", "state"): "a filter",
    ("JobQuery", "state"): "a filter",
    ("TranslationQuery", "state"): "a filter",
    ("TrackIn", "state"): "a draft or published with the work, which whoever edits the work may say",
    ("TrackPatch", "state"): "likewise",
}
ORDERING = {"ordering", "order", "order_by", "sort", "sort_by", "fields", "expand", "include", "q", "filter", "limit"}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield f"{method.upper()} {path}", operation


def test_every_json_body_of_the_api_is_read_by_a_serializer_that_refuses_unknown_keys() -> None:
    bodies = 0
    for name, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if "$ref" in schema:
            component = schema["$ref"].rpartition("/")[2].removesuffix("Request").removeprefix("Patched")
            assert component in SERIALIZERS, name
            bodies += 1
        elif schema:
            raise AssertionError(f"{name} has a body without a serializer: {schema}")
    assert bodies > 30


@pytest.mark.parametrize("name", SERIALIZERS)
def test_unknown_keys_are_refused_everywhere(name: str) -> None:
    for key in ("is_superuser", "agency_id", "__class__", "id", "ID", "", "state__in", *ORDERING):
        serializer = SERIALIZERS[name](data={key: "x"})
        if key in serializer.fields:
            continue
        assert not serializer.is_valid()
        assert [error.code for error in serializer.errors[key]] == ["unknown_field"], key


@pytest.mark.parametrize("name", SERIALIZERS)
def test_no_serializer_takes_what_only_the_rules_may_write(name: str) -> None:
    fields = set(SERIALIZERS[name]().fields)
    assert {field for field in fields & DECIDED_ELSEWHERE if (name, field) not in WORDS_FOR_IT} == set()
    assert not [field for field in fields if "__" in field], "no lookups of the ORM"


def columns(model: type[Model]) -> set[str]:
    return {name for field in model._meta.get_fields() for name in {field.name, getattr(field, "attname", field.name)}}


CHANGES = {
    "assets/{asset}": (Asset, "AssetPatch"),
    "agencies/HOME": (Agency, "AgencyPatch"),
    "collections/{collection}": (Collection, "CollectionPatch"),
    "agencies/HOME/members/{member}": (Membership, "MemberPatch"),
}
"""What a PATCH of the API may change, each tried with every other column of its table."""


@pytest.mark.parametrize("path", CHANGES)
def test_every_other_column_of_a_row_is_out_of_reach(path: str, client_for: ClientFor) -> None:
    model, serializer = CHANGES[path]
    agency = make_agency(code="HOME")
    client = client_for(agency, Role.AGENCY_ADMIN)
    asset = make_asset(agency=agency)
    member = Membership.objects.get(user=make_member(agency))
    ids = {"asset": asset.pk, "collection": make_collection(asset).pk, "member": member.pk}
    address = API + path.format(**ids)
    before = model.objects.order_by("pk").values()
    rows = list(before)
    allowed = set(SERIALIZERS[serializer]().fields)
    tried = columns(model) - allowed
    assert len(tried) > 3
    for name in tried:
        for value in ("published", True, str(asset.pk), [str(asset.pk)]):
            answer = client.patch(address, {name: value}, format="json")
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field"), name
    assert list(before.all()) == rows


def test_pages_leave_every_other_column_alone(signed_in: SignedIn) -> None:
    agency, other = make_agency(code="HOME"), make_agency(code="OTHER")
    client = signed_in(agency, Role.CONTRIBUTOR)
    asset = make_asset(agency=agency, texts={"vi": {"title": "Cầu"}})
    collection = make_collection(asset)
    before = Asset.objects.filter(pk=asset.pk).values(*(columns(Asset) & DECIDED_ELSEWHERE), "agency_id").get()
    body = {"revision": "1", "original_language": "vi", "urgency": "5", "audience": "agency", "title_vi": "Cầu mới"}
    extra = {"state": "published", "agency": str(other.pk), "agency_id": str(other.pk)}
    extra |= {"id": str(other.pk), "approved_by": str(other.pk), "makers": "", "created_by": "", "is_superuser": "1"}
    extra |= {"published_at": "2020-01-01T00:00"}
    assert client.post(f"/assets/{asset.pk}/edit", {**body, **extra}).status_code == 302
    assert asset.texts.get().title == "Cầu mới"
    asset.refresh_from_db()
    wanted = ("state", "agency_id", "published_at", "approved_by", "created_by")
    assert {name: getattr(asset, "created_by_id" if name == "created_by" else name) for name in wanted} == {
        name: before[name] for name in wanted
    }
    body = {"revision": "1", "title": "x", "kind": "album", "audience": "agency"}
    assert client.post(f"/collections/{collection.pk}", {**body, **extra}).status_code == 302
    collection.refresh_from_db()
    assert (collection.title, collection.agency_id) == ("x", agency.pk)
    client.post("/tokens", {"name": "x", "scopes": ["assets:read"], "role": "agency_admin", "agency": str(other.pk)})
    assert not ApiToken.objects.filter(agency__isnull=False).exists()
    assert not User.objects.exclude(platform_role="").exists()


def test_making_things_takes_nothing_that_only_the_rules_may_write(client_for: ClientFor) -> None:
    agency = make_agency(code="HOME")
    client = client_for(agency, Role.AGENCY_ADMIN)
    article = {"agency": "HOME", "kind": "article", "texts": {"vi": {"title": "x"}}}
    licence = {"agency": "HOME", "code": "own", "name_vi": "x"}
    made = {
        "assets": (article, Asset, {"state": "published", "published_at": "2020-01-01T00:00:00Z", "makers": []}),
        "licences": (licence, Licence, {"is_active": False, "kind": "cc"}),
        "collections": ({"agency": "HOME", "title": "x"}, Collection, {"id": "x", "revision": 9}),
        "agencies": ({"code": "NEW", "name_vi": "x", "parent": "HOME"}, Agency, {"path": "x", "quota_bytes": None}),
        "tokens": ({"name": "x", "scopes": ["assets:read"]}, ApiToken, {"digest": "x", "user": "x", "prefix": "x"}),
        f"assets/{make_asset(agency=agency).pk}/releases": (
            {"kind": "model", "name": "x"}, Release, {"withdrawn_at": None, "asset": "x"},
        ),
    }  # fmt: skip
    for path, (body, model, extra) in made.items():
        for name, value in extra.items():
            count = model.objects.count()  # type: ignore[attr-defined]  # every model has a manager
            answer = client.post(API + path, {**body, name: value}, format="json")
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field"), (path, name)
            assert model.objects.count() == count  # type: ignore[attr-defined]


LISTS = [
    path.removeprefix(API)
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and "{" not in path and "page_size" in json.dumps(methods["get"])
]


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_ordered_and_filtered_by_nothing_but_what_they_name(path: str, client_for: ClientFor) -> None:
    client = client_for(make_agency(code="HOME"), Role.AGENCY_ADMIN)
    wanted = "?language=en&" if path == "translations" else "?"
    assert client.get(f"{API}{path}{wanted.rstrip('&?')}").status_code in {200, 403}
    for name in (*ORDERING, "state__in", "agency__path__startswith", "id__gt", "created_by__password__startswith"):
        answer = client.get(f"{API}{path}{wanted}{name}=x")
        assert answer.status_code in {400, 403}, name
        known = path == "assets" and name in {"order", "fields", "include"}  # of few values, named in the document
        assert answer.status_code == 403 or answer.json()["code"] == ("invalid" if known else "unknown_field"), name
    assert len(LISTS) > 8


def bounded(field: Any) -> bool:
    if isinstance(field, DictField):
        return True  # its keys are checked one by one where they are read
    if isinstance(field, ListField):
        return field.max_length is not None and bounded(field.child)
    if isinstance(field, CharField):
        patterns = [getattr(found, "regex", None) for found in field.validators]
        closed = any(found and re.search(r"\{[\d,]+\}\)?\$?$", found.pattern) for found in patterns)
        return field.max_length is not None or closed
    return True


@pytest.mark.parametrize("name", SERIALIZERS)
def test_every_text_and_every_list_has_a_largest_length(name: str) -> None:
    unbounded = [label for label, field in SERIALIZERS[name]().fields.items() if not bounded(field)]
    assert unbounded == []


def test_a_longest_text_is_measured_before_any_pattern_is_tried() -> None:
    """A pattern with a bound of its own ends at once; without one the length is asked first."""
    for kind in SERIALIZERS.values():
        for field in kind().fields.values():
            patterns = [found.regex.pattern for found in getattr(field, "validators", []) if hasattr(found, "regex")]
            for pattern in patterns:
                assert not re.search(r"[+*]\)[+*{]", pattern), f"{pattern} may backtrack without end"
    with pytest.raises(ValidationError):
        inputs.DownloadQuery().fields["profile"].run_validation("a" * 1_000_000)
