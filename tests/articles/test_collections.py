"""Collections: kinds, audience, order; and that a collection says nothing of what the reader may not see in it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from assets.albums import put_into_album
from assets.models import Collection, CollectionItem
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.api.conftest import ClientFor
from tests.factories import actor_in, make_agency, make_asset, make_collection, make_ready_asset
from tests.web.conftest import SignedIn
from tests.web.forms import edited

pytestmark = pytest.mark.django_db
COLLECTIONS = "/api/v1/collections"
EVERYBODY = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


def ids(client: Client | APIClient, collection: Collection, **query: Any) -> list[str]:
    answer = client.get(f"{COLLECTIONS}/{collection.pk}/items", query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_an_event_has_dates_a_place_and_descriptions(client_for: ClientFor) -> None:
    make_agency(code="VGP")
    agency = make_agency(code="MOC")
    client = client_for(agency, Role.EDITOR)
    said = {
        "agency": "MOC",
        "title": "Đại hội",
        "kind": "event",
        "descriptions": {"vi": "Mô tả", "en": "Description"},
        "starts_at": "2026-12-01T01:00:00Z",
        "ends_at": "2026-12-02T01:00:00Z",
        "place": "Huế",
        "audience": "shared",
        "shared_with": ["VGP"],
    }
    made = client.post(COLLECTIONS, said, format="json")
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["descriptions"] == {"vi": "Mô tả", "en": "Description", "zh": ""}
    assert [agency["code"] for agency in body["shared_with"]] == ["VGP"]
    assert [row["id"] for row in client.get(f"{COLLECTIONS}?kind=event").json()["results"]] == [body["id"]]
    assert client.get(f"{COLLECTIONS}?kind=topic").json()["results"] == []
    url = f"{COLLECTIONS}/{body['id']}"
    for bad, field in (
        ({"kind": "album"}, "kind"),
        ({"ends_at": "2026-11-01T01:00:00Z"}, "ends_at"),
        ({"shared_with": []}, "shared_with"),
    ):
        answer = client.patch(url, bad, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert client.patch(url, {"agency": "VGP"}, format="json").json()["code"] == "unknown_field"


def test_each_audience_sees_its_collections_and_nobody_else_does(client_for: ClientFor) -> None:
    home, named, other = make_agency(), make_agency(), make_agency()
    readers = {
        "home": client_for(home, Role.VIEWER),
        "named": client_for(named, Role.VIEWER),
        "other": client_for(other, Role.VIEWER),
        "stranger": APIClient(),
    }
    expected = {
        Audience.AGENCY: {"home"},
        Audience.SHARED: {"home", "named"},
        Audience.NETWORK: {"home", "named", "other"},
        Audience.PUBLIC: set(readers),
    }
    for audience, who in expected.items():
        collection = make_collection(agency=home)
        collection.audience = audience
        collection.save()
        collection.shares.create(agency=named)
        seen = {
            name for name, client in readers.items() if client.get(f"{COLLECTIONS}/{collection.pk}").status_code == 200
        }
        assert seen == who, audience
    outside = readers["other"].get(f"{COLLECTIONS}/{collection.pk}").json()
    assert outside["shared_with"] == [], "who else is named is the agency's own affair"


def test_opening_a_collection_takes_an_editor_who_may_publish(client_for: ClientFor) -> None:
    agency = make_agency()
    collection = make_collection(agency=agency)
    url = f"{COLLECTIONS}/{collection.pk}"
    contributor, editor = client_for(agency), client_for(agency, Role.EDITOR)
    narrow = client_for(agency, Role.EDITOR, scopes=tuple(set(Scope) - {Scope.PUBLISH}))
    opened = {"audience": "public"}
    assert contributor.patch(url, opened, format="json").json()["code"] == "role_too_low"
    assert narrow.patch(url, opened, format="json").json()["code"] == "scope_missing"
    assert editor.patch(url, opened, format="json").status_code == 200
    assert contributor.patch(url, {"title": "x"}, format="json").json()["code"] == "role_too_low"
    asset = make_asset(agency=agency)
    assert contributor.post(f"{url}/items", {"asset": str(asset.pk)}, format="json").status_code == 403
    assert editor.patch(url, {"title": "Lũ"}, format="json").json()["title"] == "Lũ"
    other = make_collection(agency=agency, title="Bão")
    taken = editor.patch(f"{COLLECTIONS}/{other.pk}", {"title": "Lũ"}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "collection_exists")
    acts = AuditEvent.objects.filter(act="collection.edited", target=collection.pk).order_by("at")
    assert next(event.data["changed"] for event in acts) == {"audience": ["agency", "public"]}


def test_a_public_album_tells_nothing_of_what_is_hidden_in_it(client_for: ClientFor) -> None:
    agency = make_agency(name_vi="Nhà")
    shown = [make_ready_asset(agency=agency, **EVERYBODY) for _ in range(3)]
    hidden = [make_ready_asset(agency=agency, texts={"vi": {"title": "Bí mật"}}) for _ in range(2)]
    mixed = make_collection(hidden[0], shown[0], hidden[1], shown[1], shown[2], agency=agency, title="A")
    mixed.audience = Audience.PUBLIC
    mixed.revision = 9
    mixed.save()
    reader = APIClient()
    before = reader.get(f"{COLLECTIONS}/{mixed.pk}")
    items = reader.get(f"{COLLECTIONS}/{mixed.pk}/items?page_size=2")
    assert [row["id"] for row in items.json()["results"]] == [str(asset.pk) for asset in shown[:2]]
    rest = reader.get(items.json()["next"])
    assert [row["id"] for row in rest.json()["results"]] == [str(shown[2].pk)]
    back = reader.get(rest.json()["previous"])
    assert back.json()["results"] == items.json()["results"]
    text = json.dumps([before.json(), items.json(), rest.json(), dict(before.headers), dict(items.headers)])
    for asset in hidden:
        assert str(asset.pk) not in text
        assert asset.reference not in text
    assert "Bí mật" not in text
    CollectionItem.objects.filter(asset__in=hidden).delete()
    Collection.objects.update(revision=10)
    again = reader.get(f"{COLLECTIONS}/{mixed.pk}/items?page_size=2")
    after = reader.get(f"{COLLECTIONS}/{mixed.pk}")
    assert (after.json(), after["ETag"]) == (before.json(), before["ETag"])
    assert [row["id"] for row in again.json()["results"]] == [row["id"] for row in items.json()["results"]]
    assert again.json()["next"] == items.json()["next"]
    assert reader.get(f"{COLLECTIONS}/{mixed.pk}/items?cursor=a{hidden[0].pk.hex}").json()["code"] == "cursor_invalid"


def test_an_order_is_set_and_assets_are_moved_and_taken_out(client_for: ClientFor) -> None:
    agency = make_agency()
    assets = [make_asset(agency=agency) for _ in range(4)]
    collection = make_collection(*assets, agency=agency)
    client, url = client_for(agency), f"{COLLECTIONS}/{collection.pk}"
    keys = [str(asset.pk) for asset in assets]
    etag = client.get(url)["ETag"]
    order = {"assets": keys[::-1]}
    assert client.put(f"{url}/items", order, format="json", headers={"If-Match": etag}).status_code == 200
    assert ids(client, collection) == keys[::-1]
    late = client.put(f"{url}/items", order, format="json", headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    for wrong in (keys[:3], [*keys, str(make_asset(agency=agency).pk)], [keys[0]] * 4):
        answer = client.put(f"{url}/items", {"assets": wrong}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_incomplete")
    assert client.patch(f"{url}/items/{keys[0]}", {"position": 1}, format="json").status_code == 200
    assert ids(client, collection) == [keys[0], keys[3], keys[2], keys[1]]
    client.patch(f"{url}/items/{keys[0]}", {"position": 99}, format="json")
    assert ids(client, collection) == [keys[3], keys[2], keys[1], keys[0]]
    assert client.delete(f"{url}/items/{keys[2]}").status_code == 200
    assert ids(client, collection) == [keys[3], keys[1], keys[0]]
    assert client.delete(f"{url}/items/{keys[2]}").status_code == 404
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert AuditEvent.objects.filter(target=collection.pk, act="collection.ordered").count() == 3
    assert AuditEvent.objects.filter(target=collection.pk, act="collection.deleted").count() == 1


def test_what_the_orderer_does_not_see_keeps_its_places(client_for: ClientFor) -> None:
    agency = make_agency()
    mine = [make_asset(agency=agency) for _ in range(3)]
    hidden = make_asset()
    collection = make_collection(mine[0], hidden, mine[1], mine[2], agency=agency)
    client = client_for(agency)
    keys = [str(asset.pk) for asset in mine]
    url = f"{COLLECTIONS}/{collection.pk}/items"
    assert client.put(url, {"assets": [keys[2], keys[0], keys[1]]}, format="json").status_code == 200
    order = list(collection.items.order_by("position").values_list("asset_id", flat=True))
    assert order == [mine[2].pk, hidden.pk, mine[0].pk, mine[1].pk]
    assert client.delete(f"{url}/{hidden.pk}").status_code == 404


def revision_shown(browser: Client, collection: Collection) -> str:
    """What the page's form would send as the revision that it was made from."""
    return str(browser.get(f"/collections/{collection.pk}").context["form"]["revision"].value())


def test_an_old_form_overwrites_nothing_that_somebody_else_said_meanwhile(signed_in: SignedIn) -> None:
    agency = make_agency()
    collection = make_collection(agency=agency, title="Lũ")
    first, second = signed_in(agency, Role.EDITOR), signed_in(agency, Role.EDITOR)
    url, old = f"/collections/{collection.pk}", revision_shown(first, collection)
    said = {"title": "Lũ", "kind": "album"}
    assert second.post(url, {**said, "audience": "public", "revision": old}).status_code == 302
    late = first.post(url, {**said, "audience": "agency", "place": "", "description_vi": "Muộn", "revision": old})
    assert late.status_code == 400
    page = late.content.decode()
    assert "Somebody changed this in the meantime." in page
    assert "Muộn" in page, "what was typed is not lost"
    collection.refresh_from_db()
    assert (collection.audience, collection.description_vi) == (Audience.PUBLIC, "")
    assert first.post(url, {**said, "audience": "agency"}).status_code == 400, "a form says what it was made from"


def test_a_page_of_a_collection_fetches_as_much_however_many_works_it_has(signed_in: SignedIn) -> None:
    agency = make_agency()
    works = [make_asset(agency=agency) for _ in range(61)]
    collection, editor = make_collection(*works, agency=agency), signed_in(agency, Role.EDITOR)
    url = f"/collections/{collection.pk}"
    many = make_collection(*works, *(make_asset(agency=agency) for _ in range(139)), agency=agency)
    read = [fetched(lambda address=address: editor.get(address)) for address in (url, f"/collections/{many.pk}")]
    assert read[0] == read[1] > 60
    first, second = (editor.get(f"{url}?page={number}").content.decode() for number in (1, 2))
    assert all(work.reference in first for work in works[:60])
    assert works[60].reference not in first
    assert works[60].reference in second
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev" href="?page=1"' in second
    assert "rel=" + '"next"' not in second
    moved = editor.post(f"{url}/items", {"act": "up", "asset": str(works[60].pk), "page": "2"})
    assert moved["Location"] == f"{url}?page=2"
    assert works[60].reference in editor.get(url).content.decode()
    assert editor.get(f"{url}?page=x").status_code == 200


def fetched(act: Callable[[], Any]) -> int:
    """Rows that the database handed over."""
    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        answer = execute(sql, params, many, context)
        count += max(context["cursor"].rowcount, 0) if sql.lstrip().startswith("SELECT") else 0
        return answer

    with connection.execute_wrapper(counting):
        act()
    return count


def test_a_full_collection_takes_no_more_by_any_way(
    signed_in: SignedIn, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.albums.MAX_ITEMS", 1)
    agency = make_agency(code="VGP")
    held, more = make_asset(agency=agency), make_asset(agency=agency)
    collection = make_collection(held, agency=agency, title="Lũ")
    client, url = client_for(agency), f"{COLLECTIONS}/{collection.pk}/items"
    assert client.post(url, {"asset": str(held.pk)}, format="json").status_code == 200, "it is in it"
    full = client.post(url, {"asset": str(more.pk)}, format="json")
    assert (full.status_code, full.json()["code"]) == (409, "collection_full")
    upload = {"agency": "VGP", "filename": "a.jpg", "size": 10, "album": "Lũ"}
    refused = client.post("/api/v1/uploads", upload, format="json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["album"])
    said = signed_in(agency).post(f"/collections/{collection.pk}/items", {"reference": more.reference})
    assert said.status_code == 400
    assert "takes no more" in said.content.decode()
    put_into_album(by=actor_in(agency), agency=agency, title="Lũ", asset=more)
    assert AuditEvent.objects.get(act="collection.add_refused").data["reason"] == "collection_full"
    assert collection.items.count() == 1


def test_agencies_are_named_by_code_and_shown_by_name_however_many_there_are(signed_in: SignedIn) -> None:
    agency, named = make_agency(), make_agency(code="MOH", name_en="Ministry of Health")
    collection, asset = make_collection(agency=agency), make_asset(agency=agency)
    editor, url = signed_in(agency, Role.EDITOR), f"/collections/{collection.pk}"
    said = {"revision": "1", "title": "Lũ", "kind": "album", "audience": "shared", "shared_with": "moh"}
    assert editor.post(url, said).status_code == 302
    assert [share.agency_id for share in collection.shares.all()] == [named.pk]
    assert edited(editor, asset, audience="shared", shared_with="MOH").status_code == 302
    assert [share.agency_id for share in asset.shares.all()] == [named.pk]
    for page in (url, f"/assets/{asset.pk}/edit"):
        seen = editor.get(page)
        assert "Named now: MOH – Ministry of Health." in seen.content.decode()
        assert seen.context["form"]["shared_with"].value() == "MOH"
    wrong = editor.post(url, said | {"revision": "2", "shared_with": "MOH, NOPE"})
    assert wrong.status_code == 400
    assert "No agency has this code: NOPE." in wrong.content.decode()
    sizes = [len(editor.get(page).content) for page in (url, f"/assets/{asset.pk}/edit")]
    for _ in range(30):
        make_agency()
    assert [len(editor.get(page).content) for page in (url, f"/assets/{asset.pk}/edit")] == sizes


def test_pages_list_make_order_and_delete(signed_in: SignedIn) -> None:
    agency = make_agency()
    editor = signed_in(agency, Role.EDITOR)
    made = editor.post("/collections", {"agency": str(agency.pk), "title": "Mùa lũ", "kind": "topic"})
    collection = Collection.objects.get()
    assert made["Location"] == f"/collections/{collection.pk}"
    assert (
        editor.post("/collections", {"agency": str(agency.pk), "title": "Mùa lũ", "kind": "topic"}).status_code == 400
    )
    first, second = make_ready_asset(agency=agency), make_ready_asset(agency=agency)
    for asset in (first, second):
        editor.post(f"/collections/{collection.pk}/items", {"reference": asset.reference.lower()})
    refused = editor.post(f"/collections/{collection.pk}/items", {"reference": make_ready_asset().reference})
    assert refused.status_code == 400
    assert "There is no work of this reference" in refused.content.decode()
    page = editor.get(f"/collections/{collection.pk}").content.decode()
    assert page.index(first.reference) < page.index(second.reference)
    editor.post(f"/collections/{collection.pk}/items", {"act": "down", "asset": str(first.pk)})
    page = editor.get(f"/collections/{collection.pk}").content.decode()
    assert page.index(second.reference) < page.index(first.reference)
    editor.post(f"/collections/{collection.pk}/items", {"act": "remove", "asset": str(first.pk)})
    assert first.reference not in editor.get(f"/collections/{collection.pk}").content.decode()
    fields = {"title": "Lũ", "kind": "event", "starts_at": "2026-12-01T08:00", "place": "Huế", "audience": "network"}
    fields["revision"] = revision_shown(editor, collection)
    assert editor.post(f"/collections/{collection.pk}", fields).status_code == 302
    assert "Huế" in editor.get("/collections?kind=event").content.decode()
    viewer = signed_in(make_agency(), Role.VIEWER)
    seen = viewer.get(f"/collections/{collection.pk}").content.decode()
    assert second.reference not in seen
    assert "There is nothing in it that you may see." in seen
    assert viewer.post(f"/collections/{collection.pk}/items", {"reference": "x"}).status_code == 403
    assert viewer.post(f"/collections/{collection.pk}/delete").status_code == 403
    assert editor.post(f"/collections/{collection.pk}/delete")["Location"] == "/collections"
    assert not Collection.objects.exists()
