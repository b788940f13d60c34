"""The page of the record, and the ways to it."""

import re
from html import unescape

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from mediacenter.web.presentation import agencies as offering
from permissions.audit import record
from permissions.models import Agency, AuditEvent
from permissions.origin import Origin, acting_from
from permissions.sealing import seal_all
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_user
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", name_en="Government Portal")


@pytest.fixture
def auditor() -> Client:
    client = Client(headers={"accept-language": "en"})
    user = make_user(platform_role=PlatformRole.AUDITOR)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, query: str = "") -> list[str]:
    """The acts on the page, in order."""
    answer = client.get(f"/audit{query}")
    assert answer.status_code == 200
    return re.findall(r"</time>\s*<code>([^<]+)</code>", answer.content.decode())


def happen(agency: Agency, act: str, **data: object) -> AuditEvent:
    return record(act, by=actor_in(agency, Role.EDITOR), target=uuid7(), agency_id=agency.pk, **data)


def test_an_event_is_shown_with_everything_that_is_known(auditor: Client, agency: Agency) -> None:
    with acting_from(Origin(address="192.0.2.7", user_agent="Browser/1.0", request_id="request-1")):
        event = happen(agency, "asset.edited", before="<script>alert(1)</script>")
    seal_all(wait=True)
    text = auditor.get("/audit").content.decode()
    assert "<script>alert(1)" not in text
    assert '"before": "<script>alert(1)</script>"' in unescape(text)
    for words in ("192.0.2.7", "Browser/1.0", "request-1", event.hash, "Government Portal", str(event.target)):
        assert words in text


def test_the_page_is_filtered_like_the_api(auditor: Client, agency: Agency) -> None:
    other = make_agency()
    first = happen(agency, "asset.edited")
    happen(agency, "asset.published")
    happen(other, "token.issued")
    assert shown(auditor) == ["token.issued", "asset.published", "asset.edited"]
    assert shown(auditor, "?act=asset.*") == ["asset.published", "asset.edited"]
    assert shown(auditor, "?act=asset.edited") == ["asset.edited"]
    assert shown(auditor, f"?agency={other.pk}") == ["token.issued"]
    assert shown(auditor, f"?target={first.target}") == ["asset.edited"]
    assert shown(auditor, f"?user={first.user_id}") == ["asset.edited"]
    assert shown(auditor, "?since=2999-01-01T00:00") == []
    assert shown(auditor, "?until=2999-01-01T00:00&act=token.*") == ["token.issued"]
    assert len(shown(auditor, "?act=%27;--&agency=x&target=x&since=x")) == 3  # an old link still opens


def test_in_a_large_network_one_types_the_agency(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "MOST_OFFERED", 3)
    for number in range(5):
        happen(make_agency(code=f"B{number}", name_vi=f"Sở {number}"), f"thing.number_{number}")
    page = auditor.get("/audit").content.decode()
    assert 'list="agencies-offered"' in page
    assert "Sở 4" not in page.partition('class="rows')[0]
    for said in ("B4", "sở 4"):
        assert shown(auditor, f"?agency={said}") == ["thing.number_4"]
    assert "Give its code" in auditor.get("/audit", {"agency": "Sở"}).content.decode()


def test_the_export_takes_the_filters_along(auditor: Client, agency: Agency) -> None:
    happen(agency, "asset.edited")
    happen(agency, "token.issued")
    text = auditor.get(f"/audit?act=asset.*&agency={agency.pk}&since=2020-01-01T00:00").content.decode()
    (link,) = re.findall(r'href="([^"]+format=jsonl[^"]*)"', text)
    answer = auditor.get(unescape(link))
    assert answer.status_code == 200
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert ["asset.edited" in line for line in lines] == [True]


def test_long_records_have_pages(auditor: Client, agency: Agency) -> None:
    for number in range(55):
        record(f"thing.done{'_' * (number % 3)}", by=None, target=uuid7(), agency_id=agency.pk)
    text = auditor.get("/audit?act=thing.*").content.decode()
    (older,) = re.findall(r'rel="next" href="([^"]+)"', text)
    assert len(shown(auditor, "?act=thing.*")) == 50
    assert len(shown(auditor, unescape(older))) == 5
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', auditor.get("/audit" + unescape(older)).content.decode())
    assert len(shown(auditor, unescape(newer))) == 50


def test_the_way_to_the_record_is_shown_to_those_who_may(signed_in: SignedIn, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    for role in Role:
        client = signed_in(agency, role)
        opens = role is Role.AGENCY_ADMIN
        assert client.get("/audit").status_code == (200 if opens else 403)
        assert (b'href="/audit"' in client.get("/").content) is opens
        if role is not Role.VIEWER:  # who does not see drafts
            page = client.get(f"/assets/{asset.pk}").content.decode()
            assert (f'href="/audit?target={asset.pk}"' in page) is opens


def test_history_is_shown_by_the_agency_of_the_asset(signed_in: SignedIn, agency: Agency) -> None:
    """An administrator elsewhere sees a shared asset, not its history."""
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    record("asset.published", by=None, target=asset.pk, agency_id=agency.pk)
    client = signed_in(make_agency(), Role.AGENCY_ADMIN)
    page = client.get(f"/assets/{asset.pk}")
    assert page.status_code == 200
    assert "/audit?target" not in page.content.decode()
    assert shown(client, f"?target={asset.pk}") == []


@pytest.mark.parametrize(("language", "word"), [("vi", "Nhật ký"), ("en", "Record"), ("zh-hans", "记录")])
def test_the_page_speaks_the_reader_s_language(signed_in: SignedIn, agency: Agency, language: str, word: str) -> None:
    assert f"<h1>{word}</h1>" in signed_in(agency, Role.AGENCY_ADMIN, language=language).get("/audit").content.decode()
