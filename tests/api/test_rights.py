"""Verdicts, licences, territories and releases over HTTP: what is refused, and that it is refused everywhere."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from assets.models import Asset, Collection, Licence, Release
from assets.models.rights import LicenceKind, ReleaseKind
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope, Use
from tests.api.conftest import ClientFor, bearer
from tests.factories import (
    distinct_jpeg,
    make_agency,
    make_asset,
    make_collection,
    make_ready_asset,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
COUNTRY = "X-Country"


def public(**fields: Any) -> Asset:
    """A ready photo that is published for everybody."""
    given = {name: fields.pop(name) for name in ("licence_terms", "territories", "audience") if name in fields}
    asset = make_ready_asset(state=AssetState.PUBLISHED, **fields)
    Asset.objects.filter(pk=asset.pk).update(**{"audience": Audience.PUBLIC, **given})
    return Asset.objects.with_policy_facts().get(pk=asset.pk)


def licence(code: str) -> Licence:
    return Licence.objects.get(code=code, agency=None)


def uses(client: Any, asset: Asset, **headers: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/assets/{asset.pk}/rights", headers=headers)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["uses"]
    return found


def detail(client: Any, asset: Asset) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/assets/{asset.pk}").json()
    return found


def patch(client: APIClient, asset: Asset, **body: Any) -> Any:
    return client.patch(f"/api/v1/assets/{asset.pk}", body, format="json")


def fetched(client: Client, path: str) -> tuple[int, str]:
    """Status and Cache-Control of a file, read to its end."""
    answer = client.get(path)
    b"".join(answer)  # type: ignore[arg-type]
    return answer.status_code, answer["Cache-Control"]


def acts(asset: Asset) -> list[str]:
    return list(AuditEvent.objects.filter(target=asset.pk).order_by("at", "id").values_list("act", flat=True))


# --- Verdicts ------------------------------------------------------------------------------------------------------


def test_the_verdict_for_every_use_says_which_term_of_the_licence_forbids_it() -> None:
    asset = public(licence_terms=licence("cc-by-nd-4.0"))
    found = uses(Client(), asset, accept_language="en")
    assert set(found) == {use.value for use in Use}
    assert {use for use, verdict in found.items() if not verdict["allowed"]} == {"alter", "download_original"}
    assert found["alter"] == {
        "allowed": False,
        "reason": "alteration_forbidden",
        "sentence": "The licence does not allow this to be altered, cropped or built upon.",
        "data": {
            "licence": "cc-by-nd-4.0",
            "licence_url": "https://creativecommons.org/licenses/by-nd/4.0/",
            "term": "allows_alteration",
        },
    }


def test_an_insider_is_told_when_the_embargo_ends(client_for: ClientFor) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + HOUR
    agency = make_agency()
    asset = public(agency=agency)
    Asset.objects.filter(pk=asset.pk).update(embargo_until=end)
    found = uses(client_for(agency), asset)
    assert found["embed"]["reason"] == "under_embargo"
    assert datetime.fromisoformat(found["embed"]["data"]["embargo_until"]) == end
    assert found["download"]["allowed"]


def test_the_detail_carries_the_same_rights(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client = public(agency=agency), client_for(agency)
    assert detail(client, asset)["rights"] == client.get(f"/api/v1/assets/{asset.pk}/rights").json()
    assert detail(Client(), asset)["rights"]["consent"] is None
    assert detail(client, asset)["rights"]["consent"] == {"required": False, "given": False, "ends_at": None}


# --- Press only, downloads and embeds ------------------------------------------------------------------------------


def test_press_use_only_keeps_downloads_and_embeds_for_members_of_the_network(client_for: ClientFor) -> None:
    asset = public(licence_terms=licence("press-use-only"))
    stranger, member = Client(), client_for(make_agency(), Role.VIEWER)
    stranger.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for outsider in (Client(), stranger):
        refused = outsider.get(f"/api/v1/assets/{asset.pk}/download?profile=w320.webp")
        assert (refused.status_code, refused.json()["code"]) == (403, "press_use_only")
        assert refused.json()["term"] == "press_only"
        said = detail(outsider, asset)
        assert said["embed_url"] is None
        assert said["renditions"][0]["download_url"] is None
        assert outsider.get(f"/embed/{asset.pk}").status_code == 403
    assert member.get(f"/api/v1/assets/{asset.pk}/download?profile=w320.webp").status_code == 200
    url = urlsplit(detail(member, asset)["embed_url"])
    framed = Client().get(f"{url.path}?{url.query}")
    assert framed.status_code == 200
    Asset.objects.filter(pk=asset.pk).update(audience=Audience.AGENCY)
    assert Client().get(f"{url.path}?{url.query}").status_code == 404, "the token opens what is public, and no more"


def test_a_download_comes_with_its_terms(client_for: ClientFor) -> None:
    agency = make_agency()
    asset = public(agency=agency, licence_terms=licence("cc-by-nc-4.0"), credit_line="VGP/Nhật Bắc")
    answer = client_for(agency).get(
        f"/api/v1/assets/{asset.pk}/download?profile=original", headers={"accept-language": "en"}
    )
    terms = answer.json()["terms"]
    assert terms["licence"]["code"] == "cc-by-nc-4.0"
    assert terms["credit_line"] == "VGP/Nhật Bắc"
    assert terms["sentence"] == ("Credit: VGP/Nhật Bắc. Licence: CC BY-NC 4.0 (NonCommercial). Not for commercial use.")


# --- Licences of an asset ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "cc-by-4.0",
        "CC BY 4.0",
        " cc_by 4.0 ",
        "https://creativecommons.org/licenses/by/4.0/",
        "http://www.creativecommons.org/licenses/by/4.0",
        "https://creativecommons.org/licenses/by/4.0/deed.vi",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
        "CC BY 4.0 (Attribution)",
    ],
)
def test_known_words_link_the_licence_and_stay_as_they_were_written(client_for: ClientFor, text: str) -> None:
    agency = make_agency()
    asset = make_asset(agency=agency)
    answer = patch(client_for(agency), asset, licence=text).json()
    assert (answer["licence"], answer["licence_terms"]) == (text.strip(), "cc-by-4.0")
    assert answer["rights"]["licence"]["url"] == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize("text", ["CC BY", "CC BY 3.0", "Theo thoả thuận", "https://example.vn/licenses/by/4.0/", ""])
def test_other_words_stay_words_and_take_the_licence_away(client_for: ClientFor, text: str) -> None:
    agency = make_agency()
    asset = make_asset(agency=agency, licence_terms=licence("cc0-1.0"), licence="CC0")
    answer = patch(client_for(agency), asset, licence=text).json()
    assert (answer["licence"], answer["licence_terms"]) == (text, None)


def test_a_rights_statement_is_known_by_its_page_too(client_for: ClientFor) -> None:
    agency = make_agency()
    answer = patch(
        client_for(agency), make_asset(agency=agency), licence="https://rightsstatements.org/page/InC/1.0/?language=en"
    )
    assert answer.json()["licence_terms"] == "rs-inc"


def test_a_licence_is_chosen_by_code_uri_or_id_and_taken_away_by_null(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client, chosen = make_asset(agency=agency), client_for(agency), licence("cc-by-sa-4.0")
    for key in (chosen.code, chosen.url, str(chosen.pk)):
        answer = patch(client, asset, licence_terms=key).json()
        assert (answer["licence_terms"], answer["licence"]) == ("cc-by-sa-4.0", chosen.name_vi)
    answer = patch(client, asset, licence_terms=None).json()
    assert (answer["licence_terms"], answer["licence"]) == (None, "")
    changed = AuditEvent.objects.filter(target=asset.pk).order_by("at", "id").last()
    assert changed is not None
    assert changed.data["changed"]["licence_terms"] == ["cc-by-sa-4.0", None]
    refused = patch(client, asset, licence_terms="cc-by-9.0")
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["licence_terms"]


def test_words_without_a_licence_survive_taking_none_away(client_for: ClientFor) -> None:
    agency = make_agency()
    asset = make_asset(agency=agency, licence="Theo thoả thuận")
    assert patch(client_for(agency), asset, licence_terms=None).json()["licence"] == "Theo thoả thuận"


def test_an_upload_gets_its_agency_s_licence(client_for: ClientFor) -> None:
    agency = make_agency(default_licence="CC BY-SA 4.0")
    client = client_for(agency)
    made = client.post(
        "/api/v1/assets", {"agency": agency.code, "kind": "article", "texts": {"vi": {"title": "Tin"}}}, format="json"
    )
    assert made.json()["licence_terms"] == "cc-by-sa-4.0"
    file = BytesIO(distinct_jpeg())
    file.name = "a.jpg"
    sent = client.post("/api/v1/uploads/file", {"agency": agency.code, "file": file}, format="multipart")
    assert sent.status_code == 201, sent.content
    row = Asset.objects.get(pk=sent.json()["asset"]["id"])
    assert row.licence_terms == licence("cc-by-sa-4.0")


@pytest.mark.parametrize(
    ("said", "terms", "text"),
    [
        ({"licence_terms": "press-use-only"}, "press-use-only", "Chỉ dùng cho báo chí"),
        ({"licence_terms": "press-use-only", "licence": "Theo thoả thuận"}, "press-use-only", "Theo thoả thuận"),
        ({"licence": "Theo thoả thuận"}, None, "Theo thoả thuận"),
        ({"licence": ""}, None, ""),
        ({"licence_terms": None}, None, ""),
        ({}, "cc-by-4.0", "CC BY 4.0"),
    ],
)
def test_a_new_article_does_not_name_the_agency_s_usual_licence_beside_other_terms(
    client_for: ClientFor, said: dict[str, Any], terms: str | None, text: str
) -> None:
    agency = make_agency(default_licence="CC BY 4.0")
    new = {"agency": agency.code, "kind": "article", "texts": {"vi": {"title": "Tin"}}, **said}
    made = client_for(agency).post("/api/v1/assets", new, format="json").json()
    assert (made["licence_terms"], made["licence"]) == (terms, text)


# --- Licences themselves -------------------------------------------------------------------------------------------


def new_terms(agency: Agency, **more: Any) -> dict[str, Any]:
    return {"agency": agency.code, "code": "vgp-press", "name_vi": "Điều khoản VGP", "press_only": True, **more}


def test_the_well_known_licences_are_there_in_three_languages(client_for: ClientFor) -> None:
    listed = client_for(make_agency()).get("/api/v1/licences?page_size=100").json()["results"]
    by_code = {row["code"]: row for row in listed}
    statements = {code for code in by_code if code.startswith("rs-")}
    assert len(statements) == 12
    assert {code for code in by_code if code.startswith("cc")} == {
        "cc-by-4.0",
        "cc-by-sa-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-4.0",
        "cc-by-nc-sa-4.0",
        "cc-by-nc-nd-4.0",
        "cc0-1.0",
    }
    assert {"pdm-1.0", "press-use-only", "no-alteration", "all-rights-reserved"} <= set(by_code)
    assert all(all(row["names"].values()) for row in listed)
    assert by_code["rs-noc-us"]["url"] == "http://rightsstatements.org/vocab/NoC-US/1.0/"


def test_an_agency_s_own_terms_serve_it_and_those_below_and_nobody_else(client_for: ClientFor) -> None:
    ministry = make_agency()
    department, other = make_agency(parent=ministry), make_agency()
    admin = client_for(ministry, Role.AGENCY_ADMIN)
    made = admin.post("/api/v1/licences", new_terms(ministry), format="json")
    assert made.status_code == 201, made.content
    assert made.json()["kind"] == "own_terms"
    assert AuditEvent.objects.filter(act="licence.created", target=made.json()["id"]).exists()
    assert "vgp-press" in {
        row["code"] for row in client_for(department).get("/api/v1/licences?page_size=100").json()["results"]
    }
    assert "vgp-press" not in {
        row["code"] for row in client_for(other).get("/api/v1/licences?page_size=100").json()["results"]
    }
    assert patch(client_for(department), make_asset(agency=department), licence_terms="vgp-press").status_code == 200
    assert patch(client_for(other), make_asset(agency=other), licence_terms="vgp-press").status_code == 400


def test_licences_take_the_scope_to_read_and_platform_roles_see_all_of_them(client_for: ClientFor) -> None:
    agency = make_agency()
    terms = Licence.objects.create(agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Riêng")
    blind = client_for(agency, Role.AGENCY_ADMIN, scopes=(Scope.MANAGE,))
    assert blind.get("/api/v1/licences").json()["results"] == []
    assert blind.patch(f"/api/v1/licences/{terms.pk}", {"is_active": False}, format="json").status_code == 404
    for role in PlatformRole:
        client = bearer(make_token(user=make_user(platform_role=role))[1])
        listed = client.get("/api/v1/licences?page_size=100").json()["results"]
        assert "own" in {row["code"] for row in listed}, role
    operator = bearer(make_token(user=make_user(platform_role=PlatformRole.OPERATOR))[1])
    assert operator.patch(f"/api/v1/licences/{terms.pk}", {"is_active": False}, format="json").status_code == 200


def test_own_terms_take_an_administrator_with_the_scope_and_a_code_that_is_free(client_for: ClientFor) -> None:
    agency = make_agency()
    assert Client().get("/api/v1/licences").status_code == 401
    refused = client_for(agency, Role.EDITOR).post("/api/v1/licences", new_terms(agency), format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    scopes = tuple(set(Scope) - {Scope.MANAGE})
    refused = client_for(agency, Role.AGENCY_ADMIN, scopes=scopes).post(
        "/api/v1/licences", new_terms(agency), format="json"
    )
    assert refused.json()["code"] == "scope_missing"
    admin = client_for(agency, Role.AGENCY_ADMIN)
    taken = admin.post("/api/v1/licences", new_terms(agency, code="cc-by-4.0"), format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "licence_exists")
    unknown = admin.post("/api/v1/licences", new_terms(agency, kind="creative_commons"), format="json")
    assert unknown.json()["code"] == "unknown_field"


def test_retired_terms_stay_where_they_are_and_serve_no_new_asset(client_for: ClientFor) -> None:
    agency = make_agency()
    terms = Licence.objects.create(agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Riêng")
    kept, fresh = make_asset(agency=agency, licence_terms=terms), make_asset(agency=agency)
    admin = client_for(agency, Role.AGENCY_ADMIN)
    answer = admin.patch(f"/api/v1/licences/{terms.pk}", {"is_active": False}, format="json")
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert patch(admin, kept, licence_terms="own", author="x").json()["licence_terms"] == "own"
    assert patch(admin, fresh, licence_terms="own").status_code == 400
    platform = admin.patch(f"/api/v1/licences/{licence('cc-by-4.0').pk}", {"is_active": False}, format="json")
    assert (platform.status_code, platform.json()["code"]) == (403, "role_too_low")
    other = client_for(make_agency(), Role.AGENCY_ADMIN)
    assert other.patch(f"/api/v1/licences/{terms.pk}", {"is_active": True}, format="json").status_code == 404


# --- Territory -----------------------------------------------------------------------------------------------------


def test_a_territory_is_enforced_where_the_network_in_front_says_where_that_is(settings: Any) -> None:
    asset = public(territories=["LA", "VN"])
    url = urlsplit(detail(Client(), asset)["renditions"][0]["url"]).path
    elsewhere = Client(headers={COUNTRY: "us"})
    assert fetched(elsewhere, url) == (200, "public, max-age=60"), "nobody trusts the header"
    settings.TERRITORY_HEADER = COUNTRY
    answer = elsewhere.get(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "territory_excluded")
    assert answer.json()["territories"] == ["LA", "VN"]
    assert "no-store" in answer["Cache-Control"]
    said = detail(elsewhere, asset)
    assert (said["renditions"], said["embed_url"], said["rights"]["uses"]["view"]["allowed"]) == ([], None, True)
    assert elsewhere.get(f"/api/v1/assets/{asset.pk}/renditions").json()["code"] == "territory_excluded"
    assert elsewhere.get(f"/embed/{asset.pk}").status_code == 403
    for country in ("VN", "XX", ""):
        here = Client(headers={COUNTRY: country})
        assert fetched(here, url) == (200, "private, no-store"), "no cache may answer for another country"
        assert here.get(f"/embed/{asset.pk}").status_code == 200
        assert "VN" in detail(here, asset)["rights"]["sentence"]


@pytest.mark.parametrize("audience", [Audience.NETWORK, Audience.SHARED, Audience.AGENCY])
def test_in_another_territory_no_answer_has_an_address_of_a_file(
    client_for: ClientFor, settings: Any, audience: Audience
) -> None:
    settings.TERRITORY_HEADER = COUNTRY
    owner, other = make_agency(), make_agency()
    terms = {"audience": audience, "territories": ["VN"]}
    asset = make_ready_asset(agency=owner, state=AssetState.PUBLISHED, shared_with=(other,), **terms)
    album = make_collection(asset, agency=owner)
    Collection.objects.filter(pk=album.pk).update(audience=Audience.NETWORK)
    reader = client_for(owner if audience == Audience.AGENCY else other, Role.VIEWER)
    paths = ["assets", f"assets/{asset.pk}", f"collections/{album.pk}/items"]
    for path in paths:
        here, there = (reader.get(f"/api/v1/{path}", headers={COUNTRY: country}) for country in ("VN", "US"))
        assert (here.status_code, there.status_code) == (200, 200)
        assert asset.reference in there.content.decode()
        assert "/media/" in here.content.decode(), path
        assert "/media/" not in there.content.decode(), path


def test_territories_are_country_codes(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client = make_asset(agency=agency), client_for(agency)
    assert patch(client, asset, territories=["vn", "LA", "VN"]).json()["territories"] == ["LA", "VN"]
    refused = patch(client, asset, territories=["XX"])
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["territories"])


# --- Releases ------------------------------------------------------------------------------------------------------


def attach(client: APIClient, asset: Asset, **more: Any) -> Any:
    body = {"kind": "model", "name": "Nguyễn Văn An", **more}
    return client.post(f"/api/v1/assets/{asset.pk}/releases", body, format="json")


def test_what_needs_a_release_is_published_beyond_the_agency_only_with_one(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client = make_ready_asset(agency=agency), client_for(agency, Role.EDITOR)
    patch(client, asset, release_required=True, audience="public")
    assert detail(client, asset)["may"]["publish"] == {"allowed": False, "reason": "release_missing"}
    refused = client.post(f"/api/v1/assets/{asset.pk}/publish")
    assert (refused.status_code, refused.json()["code"]) == (403, "release_missing")
    made = attach(client, asset, reference="HS-12/2026")
    assert made.status_code == 201, made.content
    assert client.post(f"/api/v1/assets/{asset.pk}/publish").status_code == 200
    assert Client().get(f"/api/v1/assets/{asset.pk}").status_code == 200
    assert acts(asset) == ["asset.edited", "asset.release_added", "asset.published"]


def test_within_the_agency_it_may_be_published_and_not_widened_without_one(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client = make_ready_asset(agency=agency, release_required=True), client_for(agency, Role.EDITOR)
    assert client.post(f"/api/v1/assets/{asset.pk}/publish").status_code == 200
    assert client_for(agency, Role.VIEWER).get(f"/api/v1/assets/{asset.pk}").status_code == 200
    refused = patch(client, asset, audience="network")
    assert (refused.status_code, refused.json()["code"]) == (403, "release_missing")
    assert Asset.objects.get(pk=asset.pk).audience == Audience.AGENCY


def test_a_withdrawn_release_takes_the_asset_from_everybody_but_insiders_at_once(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, editor = public(agency=agency, texts={"vi": {"title": "Em bé"}}), client_for(agency, Role.EDITOR)
    release = attach(editor, asset, kind="consent", is_minor=True).json()
    media = urlsplit(detail(Client(), asset)["renditions"][0]["url"]).path
    etag = Client().get(f"/api/v1/assets/{asset.pk}")["ETag"]
    ended = editor.delete(f"/api/v1/assets/{asset.pk}/releases/{release['id']}")
    assert ended.status_code == 200
    assert ended.json()["withdrawn_at"] is not None
    for who in (Client(), client_for(make_agency()), client_for(agency, Role.VIEWER)):
        assert who.get(f"/api/v1/assets/{asset.pk}", headers={"If-None-Match": etag}).status_code == 404
        assert who.get("/api/v1/assets").json()["results"] == []
        assert who.get(f"/embed/{asset.pk}").status_code == 404
        assert who.get(media).status_code == 404
    found = uses(editor, asset)
    assert found["view"]["allowed"]
    assert found["download"]["allowed"]
    assert found["embed"]["reason"] == "release_ended"
    assert found["reuse"]["data"]["consent_ends"] is not None
    assert acts(asset) == ["asset.release_added", "asset.release_withdrawn"]
    again = editor.delete(f"/api/v1/assets/{asset.pk}/releases/{release['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "release_withdrawn")
    attach(editor, asset, kind="consent", is_minor=True)
    assert Client().get(f"/api/v1/assets/{asset.pk}").status_code == 200


def test_a_release_ends_by_the_database_s_time_and_no_cache_outlives_it(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, editor = public(agency=agency), client_for(agency, Role.EDITOR)
    attach(editor, asset, valid_until=(datetime.now(UTC) + timedelta(seconds=40)).isoformat())
    media = urlsplit(detail(Client(), asset)["renditions"][0]["url"]).path
    for path in (media, f"/embed/{asset.pk}"):
        status, cache = fetched(Client(), path)
        assert status == 200
        assert 0 <= int(cache.removeprefix("public, max-age=")) < 40
    Asset.objects.filter(pk=asset.pk).update(consent_ends=datetime.now(UTC) - timedelta(milliseconds=1))
    assert Client().get(media).status_code == 404
    assert Client().get(f"/api/v1/assets/{asset.pk}").status_code == 404


def test_releases_are_for_those_who_keep_the_asset_and_names_are_told_to_nobody_else(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, editor = public(agency=agency), client_for(agency, Role.EDITOR)
    assert attach(editor, asset).status_code == 201
    path = f"/api/v1/assets/{asset.pk}/releases"
    assert Client().get(path).status_code == 401
    for who in (client_for(agency, Role.VIEWER), client_for(make_agency(), Role.AGENCY_ADMIN)):
        assert who.get(path).json()["code"] == "role_too_low"
        assert who.post(path, {"kind": "model", "name": "x"}, format="json").status_code == 403
        assert b"Nguy\xe1\xbb\x85n" not in who.get(f"/api/v1/assets/{asset.pk}").content
    listed = client_for(agency).get(path).json()["results"]
    assert [row["name"] for row in listed] == ["Nguyễn Văn An"]
    hidden = make_asset(agency=agency)
    other = client_for(make_agency())
    assert other.get(f"/api/v1/assets/{hidden.pk}/releases").status_code == 404
    assert other.delete(f"/api/v1/assets/{hidden.pk}/releases/{uuid4()}").status_code == 404
    assert editor.delete(f"/api/v1/assets/{asset.pk}/releases/{uuid4()}").status_code == 404
    foreign = Release.objects.create(asset=make_asset(), kind=ReleaseKind.MODEL, name="B")
    assert editor.delete(f"/api/v1/assets/{asset.pk}/releases/{foreign.pk}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "  "}, "name"),
        ({"kind": "property", "is_minor": True}, "is_minor"),
        ({"valid_until": "2001-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_from": "2050-01-01T00:00:00Z"}, "valid_from"),
        ({"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2019-01-01T00:00:00Z"}, "valid_until"),
        ({"kind": "handshake"}, "kind"),
        ({"document": "00000000-0000-7000-8000-000000000000"}, "document"),
    ],
)
def test_a_release_that_says_nothing_sound_is_refused(client_for: ClientFor, body: dict[str, Any], field: str) -> None:
    agency = make_agency()
    refused = attach(client_for(agency), make_asset(agency=agency), **body)
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == [field]


def test_a_document_is_an_asset_of_the_same_agency(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, paper, client = make_asset(agency=agency), make_asset(agency=agency), client_for(agency)
    made = attach(client, asset, document=str(paper.pk))
    assert made.json()["document"]["reference"] == paper.reference
    foreign = public()
    assert attach(client, asset, document=str(foreign.pk)).status_code == 400


def test_a_change_of_releases_is_a_change_of_the_asset(client_for: ClientFor) -> None:
    agency = make_agency()
    asset, client = make_asset(agency=agency), client_for(agency)
    before = client.get(f"/api/v1/assets/{asset.pk}")["ETag"]
    path = f"/api/v1/assets/{asset.pk}/releases"
    body = {"kind": "property", "name": "Nhà cổ 87 Mã Mây"}
    assert client.post(path, body, format="json", headers={"If-Match": before}).status_code == 201
    assert client.post(path, body, format="json", headers={"If-Match": before}).status_code == 412
    assert client.get(f"/api/v1/assets/{asset.pk}")["ETag"] != before
