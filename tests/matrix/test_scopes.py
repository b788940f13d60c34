"""The scopes that the API's document names are those that are enforced, for every operation: with exactly them a token
is answered as with all, and without any one of them it is refused, or told of nothing.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve

from assets.changes.sealing import seal_all_changes
from assets.models import Licence, Publication
from assets.models.rights import LicenceKind, Release, ReleaseKind
from assets.search.entries import passages_of
from assets.search.terms import keep_terms, terms_of
from assets.states import Medium
from assets.usecases.searches_save import save_search
from permissions.actor import actor_for_user
from permissions.models import ApiToken
from permissions.vocabulary import Scope
from tests.factories import (
    distinct_jpeg,
    make_asset,
    make_collection,
    make_ready_asset,
    make_token,
    make_upload,
    make_version,
)
from tests.matrix.expected import OK
from tests.matrix.routes import API, Ask, asks
from tests.matrix.walk import fill, kinds_of
from tests.matrix.world import World

pytestmark = pytest.mark.django_db

METHODS = {"get", "post", "patch", "put", "delete"}
EVERY = frozenset(str(scope) for scope in Scope)
ASKERS = ("operator", "agency_admin in own", "central_editor", "auditor")
"""Whose tokens ask, the first of them who may: operators know of an agency by ``assets:read`` alone."""
MEMBER = ASKERS[1]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request of an operation. ``besides``: scopes that only this kind of request needs."""

    by: str
    method: str
    path: str
    body: Any = None
    form: bool = False
    besides: tuple[str, ...] = ()


Prepare = Callable[[World, ApiToken], Asked]
"""What is asked about may belong to the token that asks."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    status: int
    code: str
    detail: str
    tells: int


def tells(content: bytes) -> int:
    """How much an answer tells of: entries of its lists, or of a feed."""
    try:
        said = json.loads(content)
    except ValueError:
        return content.count(b"<entry") + content.count(b"<item")

    def entries(value: Any) -> int:
        if isinstance(value, dict):
            return sum(entries(item) for item in value.values())
        return len(value) if isinstance(value, list) else 0

    return entries(said)


def asset_of(world: World, name: str = "published, agency") -> str:
    return str(world.assets[name].pk)


def always(asked: Asked) -> Prepare:
    return lambda world, token: asked  # noqa: ARG005


def get(path: str, *, by: str = MEMBER) -> Prepare:
    return always(Asked(by=by, method="GET", path=API + path))


def of_a_search(method: str, path: str = "") -> Prepare:
    def prepare(world: World, token: ApiToken) -> Asked:
        assert token.user is not None
        saved = save_search(by=actor_for_user(token.user), name="Cầu", asked={"search": "x"})
        return Asked(by=MEMBER, method=method, path=f"{API}saved-searches/{saved.pk}{path}", body={})

    return prepare


def of_an_upload(method: str, path: str = "", body: Any = None) -> Prepare:
    def prepare(world: World, token: ApiToken) -> Asked:
        assert token.user is not None
        key = f"token:{token.pk}"
        upload = make_upload(agency=world.agencies["own"], user=token.user, actor_key=key)
        return Asked(by=MEMBER, method=method, path=f"{API}uploads/{upload.pk}{path}", body=body)

    return prepare


def sent(method: str, path: str, body: Any, *besides: str, by: str = MEMBER, form: bool = False) -> Prepare:
    def prepare(world: World, token: ApiToken) -> Asked:
        values = {"own": world.agencies["own"].code, "published": asset_of(world), "draft": asset_of(world, DRAFT)}
        filled = re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), json.dumps(body))
        said = json.loads(filled)
        if form:
            said["file"] = SimpleUploadedFile("a.jpg", distinct_jpeg(), content_type="image/jpeg")
        route = re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), path)
        return Asked(by=by, method=method, path=API + route, body=said, form=form, besides=besides)

    return prepare


DRAFT = "draft, agency"


def own_token(world: World, token: ApiToken) -> Asked:
    made, _ = make_token(user=token.user)
    return Asked(by=MEMBER, method="DELETE", path=f"{API}tokens/{made.pk}")


def licence_of_own(world: World, token: ApiToken) -> Asked:
    made = Licence.objects.create(agency=world.agencies["own"], code="own", kind=LicenceKind.OWN_TERMS, name_vi="x")
    return Asked(by=MEMBER, method="PATCH", path=f"{API}licences/{made.pk}", body={"is_active": False})


def release_of_own(world: World, token: ApiToken) -> Asked:
    asset = world.assets[DRAFT]
    made = Release.objects.create(asset=asset, kind=ReleaseKind.MODEL, name="x")
    path = f"{API}assets/{asset.pk}/releases/{made.pk}"
    return Asked(by=MEMBER, method="DELETE", path=path)


def publication_of_own(world: World, token: ApiToken) -> Asked:
    asset, agency = world.assets["published, agency"], world.agencies["own"]
    values = {"medium": Medium.WEB, "url": "https://bao.example.vn/", "published_on": date(2026, 11, 1)}
    made = Publication.objects.create(asset=asset, agency=agency, user=token.user, **values)
    return Asked(by=MEMBER, method="DELETE", path=f"{API}assets/{asset.pk}/publications/{made.pk}")


def changed_twice(world: World, token: ApiToken) -> str:
    """A draft with two revisions."""
    client = bearing(make_token(user=token.user)[1])
    path = f"{API}assets/{asset_of(world, DRAFT)}"
    for title in ("Cầu", "Cầu Long Biên"):
        body = json.dumps({"texts": {"vi": {"title": title}}})
        assert client.patch(path, body, content_type="application/json").status_code == 200
    return path


def diff_of_own(world: World, token: ApiToken) -> Asked:
    path = changed_twice(world, token)
    return Asked(by=MEMBER, method="GET", path=f"{path}/diff?from=1&to=2")


def suggested(world: World, token: ApiToken) -> Asked:
    keep_terms(terms_of(passages_of(make_asset(agency=world.agencies["own"], place="Cầu Long Biên"))))
    return Asked(by=MEMBER, method="GET", path=f"{API}assets/suggestions?prefix=cau")


def revision_of_own(world: World, token: ApiToken) -> Asked:
    path = changed_twice(world, token)
    return Asked(by=MEMBER, method="POST", path=f"{path}/revisions/1/restore", body={})


def changes_since(world: World, token: ApiToken) -> Asked:
    cursor = bearing(make_token(user=token.user)[1]).get(f"{API}changes?since=now").json()["next"]
    changed_twice(world, token)
    seal_all_changes(wait=True)
    return Asked(by=MEMBER, method="GET", path=f"{API}changes?since={cursor}")


def of_a_shelf(method: str, path: str, body: Any = None) -> Prepare:
    """A collection with one work, of which the path speaks, and another that the body names."""

    def prepare(world: World, token: ApiToken) -> Asked:
        shown, other = (make_ready_asset(agency=world.agencies["own"]) for _ in range(2))  # with their files
        shelf = make_collection(shown)
        values = {"shown": shown.pk, "other": other.pk}
        filled = json.loads(re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), json.dumps([path, body])))
        return Asked(by=MEMBER, method=method, path=f"{API}collections/{shelf.pk}/{filled[0]}", body=filled[1])

    return prepare


def version_of_own(world: World, token: ApiToken) -> Asked:
    """An earlier version of a draft, with its object."""
    asset = make_ready_asset(agency=world.agencies["own"])
    make_version(asset, number=2)
    path = f"{API}assets/{asset.pk}/versions/1/restore"
    return Asked(by=MEMBER, method="POST", path=path, body={"reason": "x"})


def used_by_own(world: World, token: ApiToken) -> Asked:
    return Asked(by=MEMBER, method="GET", path=f"{API}agencies/{world.agencies['own'].code}/usage")


UPLOAD = {"filename": "a.jpg", "size": 10}
REQUESTS: Mapping[str, tuple[Prepare, ...]] = {
    "agencies_list": (get("agencies"),),
    "agencies_usage": (used_by_own,),
    "assets_list": (get("assets"),),
    "assets_facets": (get("assets/facets"),),
    "assets_suggestions": (suggested,),
    "assets_read": (sent("POST", "assets/read", {"ids": ["<published>"]}),),
    "assets_bulk": (
        sent("POST", "assets/bulk", {"ids": ["<draft>"], "action": "submit"}, Scope.WRITE),
        sent("POST", "assets/bulk", {"ids": ["<published>"], "action": "archive"}, Scope.PUBLISH),
    ),
    "assets_diff": (diff_of_own,),
    "assets_publications_delete": (publication_of_own,),
    "changes_list": (changes_since,),
    "collections_list": (get("collections"),),
    "collections_items": (of_a_shelf("GET", "items"),),
    "collections_add": (of_a_shelf("POST", "items", {"asset": "<other>"}),),
    "collections_move": (of_a_shelf("PATCH", "items/<shown>", {"position": 1}),),
    "collections_remove": (of_a_shelf("DELETE", "items/<shown>"),),
    "collections_archive": (of_a_shelf("GET", "archive"),),
    "feeds_atom": (get("feeds/atom"),),
    "feeds_mrss": (get("feeds/mrss"),),
    "jobs_list": (get("jobs"),),
    "licences_list": (get("licences"),),
    "licences_edit": (licence_of_own,),
    "nominations_list": (get("nominations"),),
    "releases_withdraw": (release_of_own,),
    "reviews_list": (get("reviews"),),
    "revisions_restore": (revision_of_own,),
    "saved_searches_list": (get("saved-searches"),),
    "saved_searches_create": (sent("POST", "saved-searches", {"name": "Cầu", "query": {"search": "x"}}),),
    "saved_searches_get": (of_a_search("GET"),),
    "saved_searches_edit": (of_a_search("PATCH"),),
    "saved_searches_delete": (of_a_search("DELETE"),),
    "saved_searches_look": (of_a_search("POST", "/look"),),
    "saved_searches_open_feed": (of_a_search("POST", "/feed"),),
    "saved_searches_close_feed": (of_a_search("DELETE", "/feed"),),
    "tokens_list": (get("tokens"),),
    "tokens_revoke": (own_token,),
    "tokens_create": (
        sent("POST", "tokens", {"name": "x", "scopes": ["assets:read", "agencies:manage"]}, Scope.READ),
        sent("POST", "tokens", {"name": "x", "scopes": ["agencies:manage"]}),
    ),
    "translations_list": (get("translations?language=en"),),
    "trash_list": (get("trash"),),
    "uploads_list": (of_an_upload("GET", "/../"),),
    "uploads_get": (of_an_upload("GET"),),
    "uploads_abort": (of_an_upload("DELETE"),),
    "uploads_parts_list": (of_an_upload("GET", "/parts"),),
    "uploads_parts_sign": (of_an_upload("POST", "/parts", {"parts": [{"number": 1}]}),),
    "uploads_complete": (of_an_upload("POST", "/complete", {}),),
    "uploads_companion": (sent("POST", "uploads/companion", {"agency": "<own>"}),),
    "uploads_create": (
        sent("POST", "uploads", {"agency": "<own>", **UPLOAD}),
        sent("POST", "uploads", {"asset": "<published>", "reason": "x", **UPLOAD}, Scope.READ, Scope.WRITE),
    ),
    "uploads_file": (
        sent("POST", "uploads/file", {"agency": "<own>"}, form=True),
        sent("POST", "uploads/file", {"asset": "<published>", "reason": "x"}, Scope.READ, Scope.WRITE, form=True),
    ),
    "versions_restore": (version_of_own,),
    "workers_list": (get("workers", by="operator"),),
}
WITHOUT_SCOPE = {"saved_feeds_atom", "saved_feeds_mrss"}
"""The secret in the address is the credential: tests/saved/test_saved_searches.py."""


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each, by its name."""
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    paths = yaml.safe_load(answer.content)["paths"]
    return {
        operation["operationId"]: (method.upper(), re.sub(r"\{\w+\}", "{}", path), operation)
        for path, item in paths.items()
        for method, operation in item.items()
        if method in METHODS
    }


def alternatives(operation: Mapping[str, Any], scheme: str = "token") -> list[frozenset[str]]:
    """The sets of scopes of which a token needs one, as the document says."""
    return [frozenset(each[scheme]) for each in operation["security"] if scheme in each]


def bearing(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def named(world: World, ask: Ask) -> tuple[str, Prepare] | None:
    """The operation of a request of the matrix, and the request itself by the first of the askers who may."""
    kind = kinds_of(world)[ask.kind]
    for by in ASKERS:
        for name, target in kind.targets.items():
            if kind.rule(world.people[by], ask.act, target) == OK and not ask.before(target):
                path = fill(ask.path, kind.placeholder, kind.identities[name])
                body = fill(dict(ask.body), kind.placeholder, kind.identities[name]) if ask.body is not None else None
                route = "/" + re.sub(r"<\w+:\w+>", "{}", resolve(path.partition("?")[0]).route)
                found = next((n for n, (m, p, _) in operations().items() if (m, p) == (ask.method, route)), None)
                besides = (str(Scope.ORIGINALS),) if path.endswith("profile=original") else ()
                asked = Asked(by=by, method=ask.method, path=path, body=body, form=ask.form, besides=besides)
                return (found, always(asked)) if found else None
    return None


def requests_of(world: World) -> dict[str, list[Prepare]]:
    found: dict[str, list[Prepare]] = {name: list(each) for name, each in REQUESTS.items()}
    for ask in asks():
        if not ask.is_page and (one := named(world, ask)) and one[0] not in REQUESTS:
            found.setdefault(one[0], []).append(one[1])
    return found


def answer_to(world: World, prepare: Prepare, by: str, scopes: frozenset[str]) -> Seen:
    """What a token of theirs with these scopes is answered. What the request changed is taken back."""
    with transaction.atomic():
        wanted = tuple(Scope(scope) for scope in sorted(scopes))
        token, secret = make_token(user=world.users[by], scopes=wanted)
        asked, client = prepare(world, token), bearing(secret)
        if asked.form:
            answer: Any = client.post(asked.path, asked.body)
        else:
            text = json.dumps(asked.body) if asked.body is not None else ""
            answer = client.generic(asked.method, asked.path, text, content_type="application/json")
        content = b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(True)
    problem = json.loads(content) if answer.status_code >= 400 else {}
    code, detail = problem.get("code", ""), problem.get("detail", "")
    if asked.path.endswith("assets/bulk") and answer.status_code == 200:
        code = (json.loads(content)["results"][0]["problem"] or {}).get("code", "")
    return Seen(status=answer.status_code, code=code, detail=detail, tells=tells(content))


def is_refusal(seen: Seen, whole: Seen) -> bool:
    """``scope_missing``; or, of ``assets:read``, as if there were nothing."""
    if seen.code == "scope_missing":
        return True
    if (seen.status, seen.code) == (whole.status, whole.code):
        return seen.tells == 0 < whole.tells or (seen.status == 404 and seen.detail != whole.detail)
    return seen.status in {400, 404, 410} or seen.code == "not_found"


def test_the_document_names_the_scopes_of_every_operation() -> None:
    for name, (_, _, operation) in operations().items():
        assert alternatives(operation), f"{name}: say it in api/scopes.py"
        assert all(scopes <= EVERY for scopes in alternatives(operation)), name
        assert alternatives(operation, "oauth") == alternatives(operation), name


def test_every_operation_is_asked(world: World) -> None:
    assert set(operations()) - set(requests_of(world)) == WITHOUT_SCOPE


@pytest.mark.parametrize("share", range(8))
def test_a_token_needs_the_scopes_that_the_document_names_and_no_others(world: World, share: int) -> None:
    for number, (name, prepared) in enumerate(sorted(requests_of(world).items())):
        if number % 8 == share:
            for prepare in prepared:
                compare(world, name, prepare)


def compare(world: World, name: str, prepare: Prepare) -> None:
    probe, _ = make_token(user=world.users[MEMBER])
    with transaction.atomic():
        asked = prepare(world, probe)
        transaction.set_rollback(True)
    needed = [scopes | set(asked.besides) for scopes in alternatives(operations()[name][2])]
    whole = answer_to(world, prepare, asked.by, EVERY)
    said = f"{name}: {asked.method} {asked.path} by {asked.by}"
    assert whole.code != "scope_missing", said
    for scopes in needed:
        some = answer_to(world, prepare, asked.by, scopes or frozenset({str(Scope.AUDIT)}))
        assert (some.status, some.code) == (whole.status, whole.code), f"{said} with {sorted(scopes)}: {some}"
    for missing in product(*(sorted(scopes) for scopes in needed)):
        if missing:
            less = answer_to(world, prepare, asked.by, EVERY - set(missing))
            assert is_refusal(less, whole), f"{said} without {missing}: {less}, with all {whole}"


def test_a_token_without_the_scope_is_told_what_it_lacks(world: World) -> None:
    """Where the work is known to the caller, by its code; never where reading itself is what is missing."""
    secret = make_token(user=world.users[MEMBER], scopes=(Scope.READ,))[1]
    path = f"{API}assets/{asset_of(world, DRAFT)}"
    refused = bearing(secret).patch(path, "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    blind = make_token(user=world.users[MEMBER], scopes=(Scope.WRITE,))[1]
    absent = bearing(blind).patch(path, "{}", content_type="application/json")
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")
