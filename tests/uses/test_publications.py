"""Reported publications: who reports and withdraws, who reads them, and who hears of corrections and withdrawals."""

import csv
import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import send_mail
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job
from rest_framework.test import APIClient

from assets.models import Asset, Publication
from assets.publications.addresses import address_of
from assets.publications.telling import CORRECTED, TELL, WITHDRAWN, ask_to_tell
from assets.usecases import publications_report
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_withdraw import withdraw_asset
from mediacenter import tasks
from mediacenter.tasks import tell_of_change
from permissions.actor import actor_for_user
from permissions.models import Agency, AuditEvent, Membership, User
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope
from tests.api.conftest import bearer
from tests.factories import actor_in, make_agency, make_member, make_ready_asset, make_token, make_user
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
PAGE = "https://bao.example.vn/tin/1"


def client_of(person: User) -> APIClient:
    return bearer(make_token(user=person)[1])


def member(agency: Agency, role: Role = Role.VIEWER) -> APIClient:
    return client_of(make_member(agency, role))


def report(client: APIClient, work: Asset, **said: Any) -> Any:
    return client.post(f"/api/v1/assets/{work.pk}/publications", {"medium": "web", "url": PAGE} | said, format="json")


def told(client: APIClient, work: Asset) -> list[str]:
    return [row["agency"]["code"] for row in client.get(f"/api/v1/assets/{work.pk}/publications").json()["results"]]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://Bao.Example.VN:443", "https://bao.example.vn/"),
        ("http://bao.example.vn:8080/a?b=1#c", "http://bao.example.vn:8080/a?b=1"),
        ("https://báo.vn/tin tức", "https://xn--bo-mia.vn/tin%20t%E1%BB%A9c"),
        ("  https://bao.vn/a%20b  ", "https://bao.vn/a%20b"),
        ("javascript:alert(1)", None),
        ("ftp://bao.vn/", None),
        ("//bao.vn/", None),
        ("https://bao.vn@evil.vn/", None),
        ("https://localhost/", None),
        ("https://bao.vn:99999/", None),
        ("https://bao.vn/\n", None),
        ("https://[::1/", None),
        ("https://bao..vn/", None),
        ("https://bao.vn/" + "ế" * 600, None),
        ("", None),
    ],
)
def test_an_address_is_kept_in_one_form(said: str, kept: str | None) -> None:
    found = address_of(said)
    assert (found.url if found else None) == kept


def test_whoever_sees_the_work_reports_once_and_the_owner_reads_who_and_where(
    owner: Agency, paper: Agency, work: Asset
) -> None:
    reporter = make_member(paper, Role.VIEWER)
    first = report(client_of(reporter), work, title="Trang nhất", note="x")
    assert first.status_code == 201, first.json()
    said = first.json()
    assert (said["agency"]["code"], said["by"], said["url"]) == ("TTX", reporter.full_name, PAGE)
    assert (said["may_withdraw"], said["published_on"]) == (True, str(timezone.localdate()))
    again = report(member(paper), work, url=PAGE.upper().replace("/TIN", "/tin") + "#top", title="other")
    assert (again.status_code, again.json()["id"], again.json()["title"]) == (200, said["id"], "Trang nhất")
    assert report(member(make_agency(code="VTV")), work).status_code == 201
    assert told(member(owner, Role.CONTRIBUTOR), work) == ["VTV", "TTX"]
    events = AuditEvent.objects.filter(act="asset.publication_reported", target=work.pk)
    assert [event.data["reporter"] for event in events.order_by("id")] == ["TTX", "VTV"]


def test_who_may_not_know_of_uses_reads_the_reports_of_their_own_agencies(
    owner: Agency, paper: Agency, work: Asset
) -> None:
    desk = make_agency(parent=paper, code="TTXA")
    for reporting in (member(desk), member(make_agency(code="VTV"))):
        assert report(reporting, work).status_code == 201
    readers = {
        "paper": member(paper),
        "desk": member(desk, Role.AGENCY_ADMIN),
        "viewer of the owner": member(owner),
        "contributor of the owner": member(owner, Role.CONTRIBUTOR),
        "auditor": client_of(make_user(platform_role=PlatformRole.AUDITOR)),
        "operator": client_of(make_user(platform_role=PlatformRole.OPERATOR)),
        "stranger": APIClient(),
    }
    assert {name: told(client, work) for name, client in readers.items()} == {
        "paper": ["TTXA"],
        "desk": ["TTXA"],
        "viewer of the owner": [],
        "contributor of the owner": ["VTV", "TTXA"],
        "auditor": ["VTV", "TTXA"],
        "operator": [],
        "stranger": [],
    }


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"medium": "print", "url": ""}, "title"),
        ({"medium": "print", "url": "", "title": " "}, "title"),
        ({"medium": "x"}, "medium"),
        ({"published_on": "0001-01-01"}, "published_on"),
        ({"published_on": "2300-01-01"}, "published_on"),
        ({"agency": "VGP"}, "agency"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(paper: Agency, work: Asset, said: dict[str, Any], field: str) -> None:
    answer = report(member(paper), work, **said)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Publication.objects.exists()


def test_who_is_of_several_agencies_says_which_and_a_token_reports_for_its_own(paper: Agency, work: Asset) -> None:
    person, other = make_member(paper), make_agency(code="VTV")
    Membership.objects.create(user=person, agency=other, role=Role.VIEWER)
    both = client_of(person)
    assert list(report(both, work).json()["errors"]) == ["agency"]
    assert report(both, work, agency="VTV").json()["agency"]["code"] == "VTV"
    program = bearer(make_token(agency=paper, scopes=[Scope.READ])[1])
    made = report(program, work)
    assert (made.status_code, made.json()["agency"]["code"]) == (201, "TTX")


def test_what_has_no_address_is_one_by_medium_day_and_title(paper: Agency, work: Asset) -> None:
    client = member(paper)
    answers = [
        report(client, work, medium=medium, url="", title=title, published_on=day).status_code
        for medium, title, day in (
            ("print", "Nhân Dân", "2026-01-02"),
            ("print", "Nhân  Dân ", "2026-01-02"),
            ("print", "Nhân Dân", "2026-01-03"),
            ("broadcast", "Nhân Dân", "2026-01-02"),
        )
    ]
    assert answers == [201, 200, 201, 201]


def test_one_agency_fills_no_table(paper: Agency, work: Asset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications_report, "MOST", 2)
    client = member(paper)
    answers = [report(client, work, url=f"{PAGE}{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[-1].json()["code"] == "too_many_publications"
    assert report(client, work, url=f"{PAGE}0").status_code == 200


def test_a_report_is_taken_back_by_who_made_it_and_by_editors_of_their_agency(
    owner: Agency, paper: Agency, work: Asset
) -> None:
    reporter = make_member(paper)
    address = f"/api/v1/assets/{work.pk}/publications/{report(client_of(reporter), work).json()['id']}"
    refused = {
        "stranger": (APIClient(), 404),
        "another agency": (member(make_agency(), Role.AGENCY_ADMIN), 404),
        "colleague": (member(paper, Role.CONTRIBUTOR), 403),
        "owner": (member(owner, Role.AGENCY_ADMIN), 403),
    }
    assert {name: client.delete(address).status_code for name, (client, _) in refused.items()} == {
        name: status for name, (_, status) in refused.items()
    }
    assert client_of(reporter).delete(address).status_code == 204
    assert not Publication.objects.exists()
    assert AuditEvent.objects.get(act="asset.publication_withdrawn").data["address"] == PAGE
    again = report(client_of(reporter), work).json()["id"]
    Membership.objects.filter(user=reporter).delete()
    place = f"/api/v1/assets/{work.pk}/publications/{again}"
    assert client_of(reporter).delete(place).status_code == 404
    assert member(paper, Role.EDITOR).delete(place).status_code == 204


def test_the_month_has_what_was_reported_and_the_export_its_address(owner: Agency, paper: Agency, work: Asset) -> None:
    client = member(paper, Role.CONTRIBUTOR)
    today = timezone.localdate()
    before = today.replace(day=1) - timedelta(days=1)
    for said in (
        {"title": "Trang nhất"},
        {"medium": "print", "url": "", "title": "=1+1"},
        {"url": f"{PAGE}/old", "published_on": str(before)},
    ):
        assert report(client, work, **said).status_code == 201
    given = member(owner, Role.CONTRIBUTOR).get("/api/v1/agencies/VGP/reuse").json()["given"]
    taken = client.get("/api/v1/agencies/TTX/reuse").json()["taken"]
    assert given["publications"] == taken["publications"]
    assert (given["reported"], {row["title"] for row in taken["publications"]}) == (2, {"Trang nhất", "=1+1"})
    answer = member(owner, Role.CONTRIBUTOR).get("/api/v1/agencies/VGP/reuse/export")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {(line["kind"], line["site"], line["by"], line["address"], line["medium"]) for line in lines} == {
        ("publication", "bao.example.vn", "TTX", PAGE, "web"),
        ("publication", "", "TTX", "'=1+1", "print"),
    }
    work.audience = Audience.AGENCY
    work.save(update_fields=["audience"])
    assert client.get("/api/v1/agencies/TTX/reuse").json()["taken"]["publications"] == []


def test_after_a_merger_one_address_is_one_report(owner: Agency, paper: Agency, work: Asset) -> None:
    old = make_agency(code="TTXOLD")
    for agency, url in ((old, PAGE), (paper, PAGE), (old, f"{PAGE}2")):
        assert report(member(agency), work, url=url).status_code == 201
    operator = make_user(platform_role=PlatformRole.OPERATOR)
    merge_agency(agency_id=old.pk, into_id=paper.pk, by=actor_for_user(operator))
    assert sorted(told(member(owner, Role.CONTRIBUTOR), work)) == ["TTX", "TTX"]


def run(number: int) -> None:
    """As a worker runs the job of this number, whether it did before or not."""
    arguments = ProcrastinateJob.objects.get(id=number).args
    job = Job(id=number, queue="notify", lock=None, queueing_lock=None, task_name=TELL, task_kwargs=arguments)
    tell_of_change(JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None), **arguments)


def told_by_letter() -> dict[str, str]:
    """Who gets which letter when the jobs that wait run now."""
    mail.outbox.clear()
    for number in ProcrastinateJob.objects.filter(task_name=TELL).order_by("id").values_list("id", flat=True):
        run(number)
    return {letter.to[0]: letter.subject + "\n" + str(letter.body) for letter in mail.outbox}


def test_a_withdrawal_is_told_to_each_who_reported_or_to_the_administrators(
    owner: Agency, paper: Agency, work: Asset
) -> None:
    reporter, gone = make_member(paper), make_member(paper)
    administrator = make_member(paper, Role.AGENCY_ADMIN)
    report(client_of(reporter), work)
    report(client_of(reporter), work, medium="print", url="", title="Nhân Dân")
    report(client_of(gone), work, url=f"{PAGE}/gone")
    report(bearer(make_token(agency=paper, scopes=[Scope.READ])[1]), work, url=f"{PAGE}/program")
    Membership.objects.filter(user=gone).delete()
    withdraw_asset(asset_id=work.pk, by=actor_in(owner, Role.EDITOR), reason="Bí mật")
    letters = told_by_letter()
    assert set(letters) == {reporter.email, administrator.email}
    said = letters[reporter.email]
    assert PAGE in said
    assert "Nhân Dân" in said
    assert f"{PAGE}/gone" not in said
    assert work.reference in said
    assert "Bí mật" not in said
    assert len(mail.outbox) == 3


def test_nobody_is_told_of_a_withdrawal_that_is_over(owner: Agency, paper: Agency, work: Asset) -> None:
    report(member(paper), work)
    withdraw_asset(asset_id=work.pk, by=actor_in(owner, Role.EDITOR), reason="x")
    restore_asset(asset_id=work.pk, by=actor_in(owner, Role.EDITOR))
    assert told_by_letter() == {}


def test_a_correction_is_told_to_those_who_still_see_the_work(paper: Agency, work: Asset) -> None:
    reporter = make_member(paper)
    report(client_of(reporter), work)
    assert ask_to_tell(work, CORRECTED) == 1
    assert set(told_by_letter()) == {reporter.email}
    assert told_by_letter() == {}, "a job that is run again"
    ask_to_tell(work, CORRECTED)
    assert set(told_by_letter()) == {reporter.email}, "another correction"
    ask_to_tell(work, CORRECTED)
    Asset.objects.filter(pk=work.pk).update(audience=Audience.AGENCY)
    assert told_by_letter() == {}
    assert WITHDRAWN != CORRECTED


@pytest.fixture
def committed_jobs(transactional_db: None) -> Iterator[None]:
    """Jobs that another process sees. The queue's tables are not emptied with the others."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [TELL])


def run_and_die(number: int, *, after_sending: bool) -> None:
    """Run the job in a process of its own that is gone at its first letter, before or after that was sent."""

    def send(*said: Any, **more: Any) -> None:
        if after_sending:
            send_mail(*said, **more)
        os._exit(9)

    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            tasks.send_mail = send  # type: ignore[attr-defined]
            run(number)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize(
    ("change", "after_sending", "letters"),
    [(CORRECTED, False, [0, 1]), (CORRECTED, True, [1, 1]), (WITHDRAWN, False, [1, 1]), (WITHDRAWN, True, [1, 2])],
)
@pytest.mark.usefixtures("committed_jobs")
def test_letters_of_a_job_whose_worker_was_killed_in_the_middle(
    settings: Any, tmp_path: Path, change: str, after_sending: bool, letters: list[int]
) -> None:
    """Of a correction nobody gets two, of a withdrawal nobody gets none; and only the letter in flight is concerned."""
    box = tmp_path / "letters"
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(box)
    paper = make_agency(code="TTX")
    work = make_ready_asset(agency=make_agency(code="VGP"), state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    people = [make_member(paper, Role.AGENCY_ADMIN) for _ in range(2)]
    assert report(bearer(make_token(agency=paper, scopes=[Scope.READ])[1]), work).status_code == 201
    if change == WITHDRAWN:
        withdraw_asset(asset_id=work.pk, by=actor_in(work.agency, Role.EDITOR), reason="x")
    else:
        ask_to_tell(work, change)
    number = ProcrastinateJob.objects.get(task_name=TELL).id
    run_and_die(number, after_sending=after_sending)
    run(number)
    run(number)
    said = "".join(path.read_text() for path in box.iterdir())
    assert sorted(said.count(f"To: {person.email}") for person in people) == letters


def test_the_page_takes_a_report_shows_what_is_wrong_and_takes_it_back(
    signed_in: SignedIn, owner: Agency, paper: Agency, work: Asset
) -> None:
    client: Client = signed_in(paper, Role.VIEWER)
    place = f"/assets/{work.pk}/publications"
    assert place in client.get(f"/assets/{work.pk}").content.decode()
    said = {"agency": str(paper.pk), "medium": "web", "url": "javascript:alert(1)", "title": "<b>Trang</b>"}
    wrong = client.post(place, said)
    assert wrong.status_code == 400
    assert list(wrong.context["form"].errors) == ["url"]
    assert client.post(place, said | {"url": PAGE, "published_on": "2026-01-02"}).status_code == 302
    made = Publication.objects.get()
    assert str(made.published_on) == "2026-01-02"
    shown = client.get(place).content.decode()
    assert "&lt;b&gt;Trang&lt;/b&gt;" in shown
    assert PAGE in signed_in(owner, Role.CONTRIBUTOR).get(f"/assets/{work.pk}").content.decode()
    other = signed_in(make_agency(), Role.AGENCY_ADMIN)
    assert PAGE not in other.get(f"/assets/{work.pk}").content.decode() + other.get(place).content.decode()
    assert other.post(f"{place}/{made.pk}/withdraw").status_code == 404
    assert client.post(f"{place}/{made.pk}/withdraw").status_code == 302
    assert not Publication.objects.exists()
