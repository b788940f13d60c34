"""Reading assets over HTTP: lists, search, detail, files."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from assets.models import Asset
from assets.search import refresh_search_text
from assets.states import Kind, VersionState
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import (
    make_agency,
    make_asset,
    make_attempt,
    make_collection,
    make_ready_asset,
    make_rendition,
    make_token,
    make_upload,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db
ASSETS = "/api/v1/assets"
HOUR = timedelta(hours=1)
KEYWORDS = ["giao thông"]
PUBLIC = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", name_en="Government Portal")


@pytest.fixture
def client(client_for: ClientFor, agency: Agency) -> APIClient:
    return client_for(agency)


def ids(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{ASSETS}{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def titled(agency: Agency, title: str, **fields: Any) -> Asset:
    asset = make_asset(agency=agency, texts={"vi": {"title": title, **fields.pop("more", {})}}, **fields)
    refresh_search_text(asset)
    return asset


def test_what_is_shared_with_several_agencies_of_the_reader_is_on_a_page_once_and_on_all_pages_together(
    client_for: ClientFor,
) -> None:
    ministry = make_agency()
    departments = tuple(make_agency(parent=ministry) for _ in range(2))
    shared = {"state": AssetState.PUBLISHED, "audience": Audience.SHARED, "shared_with": departments}
    works = [make_asset(kind=Kind.ARTICLE, **shared) for _ in range(23)]
    reader = client_for(ministry, Role.VIEWER)
    found: list[str] = []
    address, sizes = f"{ASSETS}?page_size=10", []
    while address:
        answer = reader.get(address).json()
        found += [row["id"] for row in answer["results"]]
        sizes.append(len(answer["results"]))
        address = answer["next"]
    assert found == [str(work.pk) for work in reversed(works)]
    assert sizes == [10, 10, 3]


def test_pages_stay_whole_while_assets_arrive_and_go(client: APIClient, agency: Agency) -> None:
    old = [make_asset(agency=agency) for _ in range(7)]
    first = client.get(f"{ASSETS}?page_size=3").json()
    make_asset(agency=agency)
    Asset.objects.filter(pk=old[6].pk).delete()  # on the page that was read already
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert seen == [str(asset.pk) for asset in reversed(old)]
    assert third["next"] is None
    back = client.get(third["previous"]).json()
    assert [row["id"] for row in back["results"]] == [row["id"] for row in second["results"]]
    for size in ("0", "101", "x"):
        assert client.get(f"{ASSETS}?page_size={size}").status_code == 400


def test_each_filter_keeps_what_it_says(client: APIClient, agency: Agency) -> None:
    below = make_agency(code="SUB", parent=agency)
    photo = make_asset(agency=agency, texts={"vi": {"title": "a"}})
    video = make_asset(agency=below, kind=Kind.VIDEO, texts={"en": {"title": "b"}})
    article = make_asset(agency=agency, kind=Kind.ARTICLE, **PUBLIC)
    Asset.objects.filter(pk=photo.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    album = make_collection(video, agency=agency)
    for query, found in (
        ("?kind=video", [video]),
        ("?agency=SUB", [video]),
        (f"?agency={agency.pk}", [article, video, photo]),
        ("?state=published", [article]),
        ("?audience=public", [article]),
        ("?language=en", [video]),
        ("?created_to=2020-01-02T00:00:00Z", [photo]),
        ("?created_from=2020-01-02T00:00:00Z", [article, video]),
        (f"?album={album.pk}", [video]),
        (f"?album={uuid4()}", []),
        ("?kind=photo&state=published", []),
    ):
        assert ids(client, query) == [str(asset.pk) for asset in found], query
    for query in ("?kind=x", "?agency=NOPE", "?state=x", "?album=x", "?created_from=x", "?language=fr"):
        answer = client.get(ASSETS + query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), query


def test_search_finds_vietnamese_with_and_without_diacritics(client: APIClient, agency: Agency) -> None:
    road = titled(agency, "Đường Hồ Chí Minh", more={"body": "<p>Tuyến đường</p><p>AT&amp;T</p>"}, keywords=KEYWORDS)
    titled(agency, "Cầu Nhật Tân")
    for query in ("Đường", "duong", "DUONG ho", "hồ chí", "giao thong", "AT%26T", road.reference.lower(), "tuyến minh"):
        assert ids(client, f"?search={query}") == [str(road.pk)], query
    for query in ("nhật chí", "%25", "_", "duongg", "amp"):
        assert ids(client, f"?search={query}") == [], query
    assert client.get(f"{ASSETS}?search={'x' * 201}").status_code == 400
    assert client.get(f"{ASSETS}?search=%00").status_code == 400


def test_titles_come_in_the_reader_s_language_else_the_original(client: APIClient, agency: Agency) -> None:
    asset = make_asset(agency=agency, texts={"vi": {"title": "Cầu"}, "en": {"title": "Bridge"}})
    for wanted, title, language in (("vi", "Cầu", "vi"), ("en-GB,en", "Bridge", "en"), ("zh-hans", "Cầu", "vi")):
        answer = client.get(f"{ASSETS}/{asset.pk}", headers={"Accept-Language": wanted})
        said = answer.json()
        assert (said["title"], said["language"]) == (title, language)
        assert "Accept-Language" in answer["Vary"]
    assert client.get(f"{ASSETS}/{asset.pk}", headers={"Accept-Language": "en"}).json()["agency"] == {
        "id": str(agency.pk),
        "code": "VGP",
        "name": "Government Portal",
    }


def test_what_one_holds_is_confirmed_until_anything_of_it_changes(client: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu"}, "en": {"title": "Bridge"}})
    url = f"{ASSETS}/{asset.pk}"
    etag = client.get(url)["ETag"]
    for held in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = client.get(url, headers={"If-None-Match": held})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert client.get(url, headers={"If-None-Match": '"1-0000"'}).status_code == 200
    assert client.get(url, headers={"If-None-Match": etag, "Accept-Language": "en"}).status_code == 200
    Agency.objects.update(name_vi="Cổng mới")
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200
    etag = client.get(url)["ETag"]
    client.patch(url, {"author": "Lan"}, format="json")
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_an_asset_s_etag_is_its_reader_s_own(client_for: ClientFor, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, **PUBLIC)
    etags = {client_for(agency, role).get(f"{ASSETS}/{asset.pk}")["ETag"] for role in (Role.VIEWER, Role.EDITOR)}
    assert len(etags) == 2


def test_outsiders_are_told_less(client: APIClient, agency: Agency) -> None:
    other = make_agency()
    asset = make_ready_asset(agency=agency, **PUBLIC, shared_with=(other,), created_by=make_user(full_name="Lan"))
    inside = client.get(f"{ASSETS}/{asset.pk}").json()
    assert (inside["created_by"], inside["version"]["filename"]) == ("Lan", "cầu Long Biên.jpg")
    assert len(inside["version"]["sha256"]) == 64
    said = Client().get(f"{ASSETS}/{asset.pk}").json()
    assert (said["created_by"], said["shared_with"]) == (None, [])
    assert (said["version"]["filename"], said["version"]["facts"], said["version"]["sha256"]) == ("", {}, "")
    assert said["title"] == asset.reference
    assert "Long Bi" not in Client().get(ASSETS).content.decode()
    assert said["may"]["edit"] == {"allowed": False, "reason": "not_signed_in"}


def test_an_embargo_holds_by_the_database_s_clock(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    later = make_ready_asset(agency=agency, **PUBLIC, embargo_until=datetime.now(UTC) + HOUR / 2)
    earlier = make_ready_asset(agency=agency, **PUBLIC, embargo_until=datetime.now(UTC) - timedelta(seconds=1))
    for wrong in (-HOUR, HOUR):  # the application's clock is off
        moment = datetime.now(UTC) + wrong
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert ids(Client()) == [str(earlier.pk)]
        assert Client().get(f"{ASSETS}/{later.pk}").status_code == 404
        rendition = later.current_version.renditions.get()  # type: ignore[union-attr]
        assert Client().get(f"/media/public/{rendition.key.removeprefix('renditions/')}").status_code == 404


def test_platform_roles_see_what_they_should(agency: Agency) -> None:
    draft, published = make_asset(agency=agency), make_ready_asset(agency=agency, state=AssetState.PUBLISHED)
    for role, seen in (
        (PlatformRole.AUDITOR, [published, draft]),
        (PlatformRole.CENTRAL_EDITOR, [published]),
        (PlatformRole.OPERATOR, []),
    ):
        _, secret = make_token(user=make_user(platform_role=role))
        assert ids(bearer(secret)) == [str(asset.pk) for asset in seen]


def test_a_token_without_the_scope_to_read_sees_nothing(client_for: ClientFor, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, **PUBLIC)
    client = client_for(agency, Role.AGENCY_ADMIN, scopes=tuple(set(Scope) - {Scope.READ}))
    assert ids(client) == []
    assert client.get(f"{ASSETS}/{asset.pk}").status_code == 404


def test_renditions_are_listed_with_urls_that_work(client: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency)
    make_rendition(asset.current_version, profile="hls/720p.mp4")  # type: ignore[arg-type]
    rows = client.get(f"{ASSETS}/{asset.pk}/renditions").json()["results"]
    assert [row["profile"] for row in rows] == ["w320.webp"]
    shown, saved = (Client().get(path(rows[0][name])) for name in ("url", "download_url"))
    assert b"".join(shown) == b"".join(saved) == b"w320.webp"  # type: ignore[arg-type]
    assert f'filename="{asset.reference}-w320.webp"' in saved["Content-Disposition"]


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_the_original_is_for_those_with_the_right(client: APIClient, client_for: ClientFor, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, **PUBLIC)
    url = f"{ASSETS}/{asset.pk}/download"
    said = client.get(f"{url}?profile=original").json()
    version = asset.current_version
    assert version is not None
    assert (said["filename"], said["size"], said["sha256"]) == (version.filename, version.size, version.sha256)
    fetched = Client().get(path(said["url"]))
    assert (fetched.status_code, fetched["Content-Disposition"].split(";")[0]) == (200, "attachment")
    whole = b"".join(fetched)  # type: ignore[arg-type]
    part = Client().get(path(said["url"]), headers={"Range": "bytes=2-5"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 2-5/{version.size}")
    assert b"".join(part) == whole[2:6]  # type: ignore[arg-type]
    assert Client().get(path(said["url"]).replace("profile", "x")[:-3]).status_code == 403

    for who, code in (
        (client_for(agency, Role.VIEWER), (403, "role_too_low")),
        (client_for(agency, Role.EDITOR, scopes=(Scope.READ,)), (403, "scope_missing")),
        (Client(), (401, "not_signed_in")),
    ):
        answer = who.get(f"{url}?profile=original")
        assert (answer.status_code, answer.json()["code"]) == code
        assert who.get(f"{url}?profile=w320.webp").status_code == 200
    for bad, status in (("", 400), ("?profile=a%20b", 400), ("?profile=../../x", 404), ("?profile=w9.webp", 404)):
        assert client.get(url + bad).status_code == status


def test_an_article_has_no_file(client: APIClient, agency: Agency) -> None:
    article = make_asset(agency=agency, kind=Kind.ARTICLE)
    assert client.get(f"{ASSETS}/{article.pk}/download?profile=original").status_code == 404
    assert client.get(f"{ASSETS}/{article.pk}/renditions").json() == {"results": []}


def test_a_duplicate_is_named_only_to_those_who_may_see_it(client: APIClient, agency: Agency) -> None:
    hidden, shown = make_asset(), make_asset(agency=agency)
    for target, said in ((hidden, None), (shown, str(shown.pk))):
        asset = make_asset(agency=agency, duplicate_of=target)
        found = client.get(f"{ASSETS}/{asset.pk}").json()["duplicate_of"]
        assert (found and found["id"]) == said


def test_processing_is_told_with_its_progress_and_its_reason(client: APIClient, agency: Agency) -> None:
    running, rejected = make_asset(agency=agency), make_asset(agency=agency)
    version = make_version(running, state=VersionState.PROCESSING)
    make_attempt(version, stage="renditions", progress=40)
    make_version(rejected, state=VersionState.REJECTED)
    by_id = {row["id"]: row["processing"] for row in client.get(ASSETS).json()["results"]}
    assert by_id[str(running.pk)] == {
        "state": "processing", "progress": 40, "playable": 0, "stage": "renditions", "code": "", "message": "",
    }  # fmt: skip
    assert by_id[str(rejected.pk)]["code"] == "media_rejected"


def full_page(agency: Agency, count: int) -> None:
    other = make_agency()
    for number in range(count):
        make_ready_asset(
            agency=agency, texts={"vi": {"title": str(number)}, "en": {"title": str(number)}}, shared_with=(other,)
        )


@pytest.mark.parametrize("path", ["assets?page_size=24", "jobs?page_size=24"])
def test_a_full_page_takes_as_many_queries_as_a_short_one(client: APIClient, agency: Agency, path: str) -> None:
    counts = []
    for more in (2, 22):
        full_page(agency, more)
        client.get("/api/v1/session")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(f"/api/v1/{path}")
        assert len(answer.json()["results"]) == min(24, Asset.objects.count())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10, counts


def test_a_full_page_of_uploads_takes_as_many_queries_as_a_short_one(client: APIClient, agency: Agency) -> None:
    token = client.get("/api/v1/session").json()["token"]["id"]
    counts = []
    for more in (1, 9):
        for _ in range(more):
            asset = make_asset(agency=agency)
            make_upload(agency=agency, actor_key=f"token:{token}", state="completed", asset_id=asset.pk)
        with CaptureQueriesContext(connection) as queries:
            rows = client.get("/api/v1/uploads").json()["results"]
        assert all(row["asset"] for row in rows)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6, counts
