"""The settings of an agency that others depend on: reviews, soft quota, retention."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.usecases.uploads_abort import abort_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from mediacenter.doctor import keeping
from mediacenter.tasks import send_quota_warning
from permissions.actor import Actor
from permissions.errors import NotAllowed
from permissions.inherited import review_steps_of
from permissions.models import Agency
from permissions.usecases.agencies_edit import edit_agency
from permissions.usecases.members import administrators_of
from permissions.vocabulary import Role
from tests.api.conftest import ClientFor, client_for
from tests.factories import actor_in, make_agency, make_asset, make_member, make_version
from tests.web.conftest import SignedIn, signed_in

pytestmark = pytest.mark.django_db

__all__ = ["client_for", "signed_in"]


def set_steps(agency: Agency, by: Actor, steps: int | None) -> int:
    edit_agency(agency_id=agency.pk, by=by, fields={"review_steps": steps})
    return review_steps_of(agency.path)


def test_an_agency_asks_for_more_reviews_itself_and_for_fewer_only_from_above() -> None:
    parent = make_agency(review_steps=1)
    agency = make_agency(parent=parent, review_steps=None)
    own, above = actor_in(agency, Role.AGENCY_ADMIN), actor_in(parent, Role.AGENCY_ADMIN)
    assert review_steps_of(agency.path) == 1
    with pytest.raises(NotAllowed):
        set_steps(agency, own, 0)
    assert set_steps(agency, own, 1) == 1
    assert set_steps(agency, own, 2) == 2
    for fewer in (0, 1, None):
        with pytest.raises(NotAllowed):
            set_steps(agency, own, fewer)
    assert set_steps(agency, above, 0) == 0
    assert set_steps(agency, own, None) == 1
    with pytest.raises(NotAllowed):
        set_steps(parent, above, 0)


def test_the_settings_go_by_api_and_page(client_for: ClientFor, signed_in: SignedIn) -> None:
    parent = make_agency(review_steps=0)
    agency = make_agency(parent=parent, code="MOH", review_steps=None)
    admin = client_for(agency, Role.AGENCY_ADMIN)
    said = {"review_steps": 1, "retention_days": 0, "retention_draft_days": 90, "retention_publish_days": None}
    told = admin.patch("/api/v1/agencies/MOH", said, format="json").json()["administration"]
    assert {name: told[name] for name in said} == said
    assert told["review_steps_now"] == 1
    assert told["usage"]["items"] == {"used": 0, "reserved": 0, "limit": None, "soft_limit": None}
    fewer = admin.patch("/api/v1/agencies/MOH", {"review_steps": 0}, format="json")
    assert (fewer.status_code, fewer.json()["code"]) == (403, "role_too_low")
    assert admin.patch("/api/v1/agencies/MOH", {"review_steps": 3}, format="json").status_code == 400
    page = signed_in(agency, Role.AGENCY_ADMIN)
    form = {"revision": 2, "name_vi": "Bộ Y tế", "quota_warn_percent": 80, "review_steps": "2"}
    assert page.post("/agencies/MOH", form).status_code == 302
    agency.refresh_from_db()
    assert (agency.review_steps, agency.retention_days, agency.retention_draft_days) == (2, None, None)
    refused = page.post("/agencies/MOH", form | {"revision": 3, "review_steps": ""})
    assert refused.status_code == 400
    assert "Your role in this agency does not allow this." in refused.content.decode()


def announce(agency: Agency, by: Actor, size: int) -> object:
    return create_upload(by=by, agency=agency, new=NewUpload(filename="a.jpg", size=size))[0].pk


def letters() -> list[dict[str, object]]:
    rows = ProcrastinateJob.objects.filter(task_name="mediacenter.send_quota_warning").order_by("id")
    return list(rows.values_list("args", flat=True))


def test_crossing_the_soft_limit_writes_to_the_administrators_once_a_day() -> None:
    agency = make_agency(quota_bytes=1000, quota_warn_percent=50)
    admin, by = make_member(agency, Role.AGENCY_ADMIN), actor_in(agency)
    announce(agency, by, 499)
    assert letters() == []
    crossing = announce(agency, by, 1)
    assert letters() == [{"agency_id": str(agency.pk), "kinds": ["bytes"]}]
    announce(agency, by, 100)
    abort_upload(by=by, upload_id=crossing)
    assert len(letters()) == 1
    assert send_quota_warning(agency_id=str(agency.pk), kinds=["bytes"]) == "1 letters"
    (letter,) = mail.outbox
    assert letter.to == [admin.email]
    assert agency.name_vi in letter.subject
    assert f"/agencies/{agency.code}" in letter.body


def test_a_limit_that_is_crossed_back_and_forth_is_written_about_again_the_next_day() -> None:
    agency = make_agency(quota_items=2, quota_warn_percent=50)
    by = actor_in(agency)
    for _ in range(2):
        abort_upload(by=by, upload_id=announce(agency, by, 1))
    assert len(letters()) == 1
    Agency.objects.filter(pk=agency.pk).update(quota_warned_at=Now() - timedelta(days=2))
    announce(agency, by, 1)
    assert [row["kinds"] for row in letters()] == [["items"], ["items"]]


def test_where_nobody_administers_those_above_are_written_to() -> None:
    top = make_agency()
    agency = make_agency(parent=make_agency(parent=top))
    admin = make_member(top, Role.AGENCY_ADMIN)
    assert administrators_of(agency) == [admin]
    assert administrators_of(make_agency()) == []


def test_an_upload_is_told_of_the_soft_limit_in_words(client_for: ClientFor, signed_in: SignedIn) -> None:
    agency = make_agency(quota_bytes=1000, quota_warn_percent=50)
    make_version(make_asset(agency=agency), original=b"x" * 600)
    body = {"agency": agency.code, "filename": "a.jpg", "size": 10}
    answer = client_for(agency).post("/api/v1/uploads", body, format="json").json()
    assert [(one["code"], one["of"]) for one in answer["warnings"]] == [("quota_soft_limit", "bytes")]
    assert answer["warnings"][0]["detail"]
    assert "storage is nearly used up" in signed_in(agency).get("/upload").content.decode()
    assert "storage is nearly used up" not in signed_in(make_agency()).get("/upload").content.decode()


def test_the_doctor_names_agencies_near_their_quota() -> None:
    assert [finding.level for finding in keeping.findings()] == ["ok", "ok"]
    agency = make_agency(code="FULL", quota_items=1)
    asset = make_asset(agency=agency)
    type(asset).objects.filter(pk=asset.pk).update(deleted_at=Now() - timedelta(days=32))
    quotas, purge = keeping.findings()
    assert (quotas.level, "FULL" in quotas.message) == ("warning", True)
    assert purge.level == "warning"
