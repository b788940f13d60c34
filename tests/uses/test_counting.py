"""What is counted as a use, and that it is written once, by the day, within bounds."""

from collections import Counter
from datetime import date
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from assets.models import Asset, UseCount
from assets.states import UseKind
from assets.uses import counting
from assets.uses.counting import Flusher, UseCounter, agency_of, uses
from assets.uses.keys import UseKey
from assets.uses.referring import Page, page_of, parse_referer
from assets.uses.writing import MOST_PAGES, merge_uses, registered_as, registered_sites, write_uses
from permissions.actor import actor_for_user
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import make_agency, make_asset, make_member, make_membership, make_ready_asset, make_token

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
DAY = date(2026, 11, 23)
EVERYBODY = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "_held", Counter())


def key(asset: Asset, site: str = "", page: str = "", **more: object) -> UseKey:
    kind = UseKind.EMBED if site else UseKind.DOWNLOAD
    return UseKey(**{"asset_id": asset.pk, "day": DAY, "kind": kind, "site": site, "page": page} | more)  # type: ignore[arg-type]


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("referer", "site", "path"),
    [
        ("https://baochinhphu.vn/tin/cau-moi.htm?utm=1#x", "baochinhphu.vn", "/tin/cau-moi.htm"),
        ("https://BaoChinhPhu.vn:8443/", "baochinhphu.vn", ""),
        ("http://user:secret@bao.vn/a", "bao.vn", "/a"),
        ("https://bao.vn/u/lan@example.vn", "bao.vn", ""),
        ("https://bao.vn/u/lan%40example.vn", "bao.vn", ""),
        ("https://bao.vn/" + "a" * 300, "bao.vn", ""),
        ("https://xn--bo-tga.vn/%E1%BA%A3nh", "xn--bo-tga.vn", "/%E1%BA%A3nh"),
    ],
)
def test_of_a_referer_host_and_path_are_kept(referer: str, site: str, path: str) -> None:
    assert parse_referer(referer) == Page(site=site, path=path)


@pytest.mark.parametrize(
    "referer",
    ["about:blank", "file:///etc/passwd", "https://", "https://[", "localhost", "https://a b.vn/", "android-app://x.y"],
)
def test_what_is_no_page_of_the_web_is_not_counted(referer: str) -> None:
    assert parse_referer(referer) is None


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({}, True),
        ({"Sec-Fetch-Dest": "iframe"}, True),
        ({"Sec-Fetch-Dest": "document"}, False),
        ({"Referer": "http://testserver.example/x"}, False),
        ({"Referer": ""}, False),
        ({"User-Agent": ""}, False),
        ({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, False),
        ({"User-Agent": "facebookexternalhit/1.1"}, False),
        ({"User-Agent": "curl/8.1"}, False),
    ],
)
def test_crawlers_links_and_our_own_pages_do_not_count(settings, changed: dict[str, str], counts: bool) -> None:
    settings.SITE_URL = "http://testserver.example"
    headers = {"Referer": "https://bao.vn/a", "User-Agent": BROWSER} | changed
    found = page_of(RequestFactory().get("/embed", headers=headers))
    assert (found == Page(site="bao.vn", path="/a")) is counts


# --- Writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_counts_add_up_in_one_row_a_day() -> None:
    asset, agency = make_asset(), make_agency()
    for given in (3, 4):
        write_uses({key(asset, "bao.vn", "/a"): given, key(asset, agency_id=agency.pk): 1, key(asset): 1})
    write_uses({key(asset, "bao.vn", "/a", day=date(2026, 11, 24)): 1})
    rows = UseCount.objects.order_by("day", "uses", "agency").values_list("day__day", "site", "agency", "uses")
    assert list(rows) == [(23, "", agency.pk, 2), (23, "", None, 2), (23, "bao.vn", None, 7), (24, "bao.vn", None, 1)]


@pytest.mark.django_db
def test_of_an_asset_that_is_gone_nothing_is_kept() -> None:
    asset = make_asset()
    write_uses({key(asset): 1, UseKey(asset_id=uuid4(), day=DAY, kind=UseKind.READ): 1})
    assert UseCount.objects.get().asset == asset
    asset.delete()
    assert not UseCount.objects.exists()


@pytest.mark.django_db
def test_a_site_is_that_of_the_agency_with_the_nearest_domain() -> None:
    ministry = make_agency(domains=["moh.gov.vn"])
    hospital = make_agency(parent=ministry, domains=["bachmai.moh.gov.vn"], embed_origins=["https://bao.vn"])
    sites = registered_sites()
    assert registered_as("www.bachmai.moh.gov.vn", sites) == "bachmai.moh.gov.vn"
    assert registered_as("notmoh.gov.vn", sites) is None
    asset = make_asset()
    write_uses({key(asset, site, "/"): 1 for site in ("www.moh.gov.vn", "bachmai.moh.gov.vn", "bao.vn", "la.vn")})
    assert dict(UseCount.objects.values_list("site", "agency")) == {
        "www.moh.gov.vn": ministry.pk,
        "bachmai.moh.gov.vn": hospital.pk,
        "bao.vn": None,
        "la.vn": None,
    }


@pytest.mark.django_db
def test_a_flood_of_invented_pages_fills_no_table_and_no_count_is_lost() -> None:
    agency, asset = make_agency(domains=["moh.gov.vn"]), make_asset()
    for start in (0, 150):  # over several writes
        write_uses({key(asset, f"x{number}.vn", f"/{number}"): 1 for number in range(start, start + 150)})
    write_uses({key(asset, "moh.gov.vn", "/tin"): 5, key(asset, "x0.vn", "/0"): 1})
    rows = {(row.site, row.page): row.uses for row in UseCount.objects.filter(asset=asset)}
    assert len(rows) == MOST_PAGES + 2
    assert rows["", ""] == 300 - MOST_PAGES
    assert rows["moh.gov.vn", ""] == 5
    assert rows["x0.vn", "/0"] == 2
    assert UseCount.objects.get(site="moh.gov.vn").agency == agency


@pytest.mark.django_db
def test_a_merger_adds_the_uses_of_both() -> None:
    asset, one, other = make_asset(), make_agency(), make_agency()
    write_uses({key(asset, agency_id=one.pk): 2, key(asset, agency_id=other.pk): 3})
    assert merge_uses(source=one, target=other) == 1
    assert list(UseCount.objects.values_list("agency", "uses")) == [(other.pk, 5)]
    Agency.objects.filter(pk=one.pk).update(merged_into=other, is_active=False)
    write_uses({key(asset, agency_id=one.pk): 1})  # counted before, written after
    assert list(UseCount.objects.values_list("agency", "uses")) == [(other.pk, 6)]


# --- Memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_memory_is_bounded() -> None:
    asset, counter = make_asset(), UseCounter(most=10)
    for number in range(50):
        counter.add(key(asset, f"x{number}.vn"))
    assert counter.flush() == 50
    assert UseCount.objects.get(site="").uses == 40
    for _ in range(50):
        counter.add(UseKey(asset_id=uuid4(), day=DAY, kind=UseKind.READ))
    assert counter.flush() == 20, "those beyond twice the bound are not counted, and the log says how many"


@pytest.mark.django_db
def test_while_the_database_is_away_counts_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asset, counter = make_asset(), UseCounter()
    counter.add(key(asset), 3)

    def away(_: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(counting, "write_uses", away)
        assert counter.flush() == 0
    counter.add(key(asset))
    assert counter.flush() == 4
    assert UseCount.objects.get().uses == 4


@pytest.mark.django_db(transaction=True)
def test_processes_and_threads_that_write_at_once_lose_nothing() -> None:
    assets, started = [make_asset() for _ in range(3)], Barrier(4)

    def work(counter: UseCounter) -> None:
        started.wait()
        for number in range(300):
            counter.add(key(assets[number % 3], "bao.vn", f"/{number % 7}"))
            if number % 50 == 0:
                counter.flush()
        counter.flush()
        connection.close()

    threads = [Thread(target=work, args=(UseCounter(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(UseCount.objects.values_list("uses", flat=True)) == 4 * 300
    assert UseCount.objects.count() == 3 * 7


@pytest.mark.django_db(transaction=True)
def test_the_last_counts_are_written_when_the_process_ends() -> None:
    asset, counter = make_asset(), UseCounter()
    flusher = Flusher(counter, seconds=3600)
    flusher.start()
    counter.add(key(asset), 2)
    flusher.stop()
    assert not flusher.is_alive()
    assert UseCount.objects.get().uses == 2


# --- Where it is counted ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_embeds_downloads_and_reads_are_counted_and_pages_of_people_are_not() -> None:
    asset = make_ready_asset(**EVERYBODY)
    agency = make_agency()
    token, secret = make_token(user=make_member(agency, Role.VIEWER))
    shown = {"Referer": "https://bao.vn/tin", "User-Agent": BROWSER}
    for headers in (shown, shown, {}):
        assert Client().get(f"/embed/{asset.pk}", headers=headers).status_code == 200
    program = bearer(secret)
    assert program.get(f"/api/v1/assets/{asset.pk}").status_code == 200
    rendition = asset.current_version.renditions.first()
    assert program.get(f"/api/v1/assets/{asset.pk}/download?profile={rendition.profile}").status_code == 200
    assert Client().get(f"/api/v1/assets/{asset.pk}").status_code == 200
    uses.flush()
    rows = UseCount.objects.values_list("kind", "site", "page", "agency", "token_id", "uses").order_by("kind")
    assert list(rows) == [
        ("download", "", "", agency.pk, token.pk, 1),
        ("embed", "bao.vn", "/tin", None, None, 2),
        ("read", "", "", agency.pk, token.pk, 1),
    ]


@pytest.mark.django_db
def test_a_public_file_in_a_page_counts_at_its_beginning() -> None:
    asset = make_ready_asset(**EVERYBODY)
    rendition = asset.current_version.renditions.first()
    address = f"/media/public/{rendition.key.removeprefix('renditions/')}"
    shown = {"Referer": "https://bao.vn/tin", "User-Agent": BROWSER}
    for more in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=500-"}):
        Client().get(address, headers=shown | more)
    Client().head(address, headers=shown)
    uses.flush()
    assert list(UseCount.objects.values_list("kind", "site", "uses")) == [("media", "bao.vn", 2)]


@pytest.mark.django_db
def test_a_person_acts_for_the_agency_that_has_all_of_theirs_below_it() -> None:
    ministry = make_agency()
    below, beside = make_agency(parent=ministry), make_agency()
    person = make_member(ministry, Role.VIEWER)
    make_membership(user=person, agency=below, role=Role.EDITOR)
    assert agency_of(actor_for_user(person)) == ministry.pk
    make_membership(user=person, agency=beside, role=Role.EDITOR)
    assert agency_of(actor_for_user(person)) is None
