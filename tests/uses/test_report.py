"""The report of an agency's month: its sums, who may read it, and that it tells nothing of works one may not see."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assets.models import Asset, UseCount
from assets.states import UseKind
from assets.uses import reporting
from assets.uses.reporting import month_named, months_kept
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.api.conftest import bearer
from tests.factories import make_agency, make_member, make_ready_asset, make_text, make_token, make_user
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 15)


@pytest.fixture(autouse=True)
def mid_november(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day whose month before is 31 days long; only what asks for the local date is told so."""
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY)


def public(agency: Agency, title: str) -> Asset:
    made = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    make_text(made, title=title)
    return made


def count(
    asset: Asset, kind: UseKind, uses: int, *, day: date = TODAY, by: Agency | None = None, site: str = ""
) -> None:
    UseCount.objects.create(asset=asset, day=day, kind=kind, uses=uses, agency=by, site=site)


def reader(agency: Agency, role: Role = Role.CONTRIBUTOR):
    return bearer(make_token(user=make_member(agency, role))[1])


def test_the_report_sums_a_month_of_the_agency_and_those_below_it() -> None:
    ministry, other = make_agency(code="MOH"), make_agency(code="TTX")
    below = make_agency(parent=ministry, code="MOHDEP")
    mine, deeper, theirs = public(ministry, "Cầu"), public(below, "Chợ"), public(other, "Biển")
    count(mine, UseKind.EMBED, 4, site="bao.vn")
    count(deeper, UseKind.EMBED, 2, site="bao.vn", day=date(2026, 11, 1))
    count(deeper, UseKind.DOWNLOAD, 5, by=other, day=date(2026, 11, 30))
    count(mine, UseKind.READ, 1)
    count(mine, UseKind.EMBED, 100, day=date(2026, 10, 31), site="bao.vn")
    count(mine, UseKind.EMBED, 100, day=date(2026, 12, 1), site="bao.vn")
    count(theirs, UseKind.DOWNLOAD, 3, by=below)
    count(theirs, UseKind.DOWNLOAD, 50)
    said = reader(ministry).get("/api/v1/agencies/MOH/reuse").json()
    assert said["month"] == "2026-11"
    assert said["given"]["totals"] == {"embed": 6, "media": 0, "download": 5, "read": 1}
    assert said["given"]["works"] == 2
    assert [(row["title"], row["uses"]) for row in said["given"]["top"]] == [("Chợ", 7), ("Cầu", 5)]
    assert [(row["site"], row["uses"]) for row in said["sites"]] == [("bao.vn", 6)]
    taken_by = [((row["agency"] or {}).get("code"), row["uses"]) for row in said["takers"]]
    assert taken_by == [("TTX", 5), (None, 1)]
    assert [(row["title"], row["agency"]["code"], row["uses"]) for row in said["taken"]["top"]] == [("Biển", "TTX", 3)]
    earlier = reader(ministry).get("/api/v1/agencies/MOH/reuse?month=2026-10").json()
    assert earlier["given"]["totals"]["embed"] == 100


def test_nothing_of_a_work_that_the_reader_may_not_see_is_in_a_row_or_a_sum() -> None:
    agency, other = make_agency(code="MOH"), make_agency(code="TTX")
    hidden = make_ready_asset(agency=other, state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    make_text(hidden, title="zirkon")
    count(hidden, UseKind.DOWNLOAD, 9, by=agency)
    client = reader(agency)
    answer = client.get("/api/v1/agencies/MOH/reuse")
    assert answer.json()["taken"] == {
        "totals": {"embed": 0, "media": 0, "download": 0, "read": 0},
        "works": 0,
        "top": [],
        "reported": 0,
        "publications": [],
    }
    assert str(hidden.pk) not in client.get("/api/v1/agencies/MOH/reuse/export").content.decode()
    there = reader(other).get("/api/v1/agencies/TTX/reuse").json()
    assert there["given"]["totals"]["download"] == 9


def test_only_the_people_of_the_agency_those_above_the_desk_and_auditors_read_it() -> None:
    ministry = make_agency(code="MOH")
    agency = make_agency(parent=ministry, code="MOHDEP")
    people = {
        "contributor": make_member(agency, Role.CONTRIBUTOR),
        "viewer": make_member(agency, Role.VIEWER),
        "above": make_member(ministry, Role.EDITOR),
        "beside": make_member(make_agency(), Role.AGENCY_ADMIN),
        "desk": make_user(platform_role=PlatformRole.CENTRAL_EDITOR),
        "operator": make_user(platform_role=PlatformRole.OPERATOR),
        "auditor": make_user(platform_role=PlatformRole.AUDITOR),
    }
    answers = {}
    for name, person in people.items():
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        pages = [client.get(f"{root}agencies/MOHDEP/reuse").status_code for root in ("/", "/api/v1/")]
        answers[name] = pages
        offers = "/agencies/MOHDEP/reuse" in client.get("/agencies/MOHDEP").content.decode()
        assert offers is (pages == [200, 200]), name
    assert {name for name, said in answers.items() if said == [200, 200]} == {"contributor", "above", "desk", "auditor"}
    assert {name for name, said in answers.items() if said == [403, 403]} == {"viewer", "beside", "operator"}


def test_the_export_has_every_line_and_no_formula() -> None:
    agency, taker = make_agency(code="MOH"), make_agency(code="TTX")
    work = public(agency, "=HYPERLINK(1)")
    count(work, UseKind.DOWNLOAD, 5, by=taker)
    count(work, UseKind.DOWNLOAD, 1, by=taker, day=TODAY - timedelta(days=1))
    count(work, UseKind.EMBED, 4, site="bao.vn")
    answer = reader(agency).get("/api/v1/agencies/MOH/reuse/export?month=2026-11")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="reuse-MOH-2026-11.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line["kind"], line["site"], line["by"], line["uses"]) for line in lines] == [
        ("download", "", "TTX", "6"),
        ("embed", "bao.vn", "", "4"),
    ]
    assert {line["title"] for line in lines} == {"'=HYPERLINK(1)"}
    assert {line["direction"] for line in lines} == {"given"}


@pytest.mark.parametrize("month", ["2026-13", "2026-12", "2024-01", "x", "2026-1", "2026-11-01"])
def test_a_month_of_which_nothing_is_kept_is_refused_and_named(month: str) -> None:
    agency = make_agency(code="MOH")
    client = reader(agency)
    for address in ("reuse", "reuse/export"):
        answer = client.get(f"/api/v1/agencies/MOH/{address}?month={month}")
        assert answer.status_code == 400
        assert "month" in answer.json()["errors"]


def test_the_months_offered_are_those_kept_whole() -> None:
    assert months_kept()[0] == date(2026, 11, 1)
    assert months_kept()[-1] == date(2025, 11, 1)
    assert month_named("2025-11") == date(2025, 11, 1)


def test_the_page_shows_the_month_and_offers_the_others(signed_in: SignedIn) -> None:
    agency = make_agency(code="MOH")
    count(public(agency, "Cầu mới"), UseKind.EMBED, 4, site="bao.vn")
    client = signed_in(agency)
    said = client.get("/agencies/MOH/reuse").content.decode()
    assert "Cầu mới" in said
    assert "bao.vn" in said
    assert "/api/v1/agencies/MOH/reuse/export?month=2026-11" in said
    before = client.get("/agencies/MOH/reuse?month=2026-10").content.decode()
    assert "Cầu mới" not in before
    assert client.get("/agencies/MOH/reuse?month=nonsense").status_code == 200


def test_the_page_of_a_merged_agency_leads_to_the_same_month_of_its_successor(signed_in: SignedIn) -> None:
    above = make_agency(code="GOV")
    into, old = make_agency(code="MOH", parent=above), make_agency(code="OLD", parent=above)
    Agency.objects.filter(pk=old.pk).update(merged_into=into, is_active=False)
    client = signed_in(above)
    answer = client.get("/agencies/OLD/reuse?month=2026-10")
    assert (answer.status_code, answer["Location"]) == (302, "/agencies/MOH/reuse?month=2026-10")


def test_an_export_fetches_its_works_a_few_lines_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "FETCHED", 2)
    agency = make_agency(code="MOH")
    for uses in range(1, 6):
        work = public(agency, f"Cầu {uses}")
        count(work, UseKind.EMBED, uses, site="bao.vn")
        count(work, UseKind.EMBED, 10 * uses, site="vov.vn")
    lines = list(csv.DictReader(io.StringIO(reader(agency).get("/api/v1/agencies/MOH/reuse/export").content.decode())))
    assert [int(line["uses"]) for line in lines] == [50, 40, 30, 20, 10, 5, 4, 3, 2, 1]
    assert [line["title"] for line in lines] == [f"Cầu {uses}" for uses in (5, 4, 3, 2, 1)] * 2
