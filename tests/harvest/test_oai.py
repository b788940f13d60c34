"""The OAI-PMH provider, read by a harvester that knows nothing of us, and asked for what it must refuse."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from defusedxml.ElementTree import fromstring
from django.db.models.functions import Now
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from sickle import Sickle
from sickle.oaiexceptions import IdDoesNotExist, NoRecordsMatch

from api.oai import answers
from api.throttling import ActorRateThrottle
from assets.changes.renaming import tell_new_names
from assets.changes.sealing import seal_all_changes
from assets.harvest.catching_up import record_missing
from assets.models import Asset, ChangeEntry, ChangePending, PublicRecord, RenamedAgency
from assets.states import Kind
from permissions.actor import actor_for_user
from permissions.models import Agency
from permissions.usecases.agencies_edit import edit_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole
from tests.factories import make_agency, make_asset, make_ready_asset, make_text, make_user
from tests.webdata.conftest import agency, make_work

__all__ = ["agency"]

pytestmark = pytest.mark.django_db
OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
HOUR = timedelta(hours=1)


def public(owner: Agency, title: str = "Cầu", **fields: Any) -> Asset:
    made = make_ready_asset(agency=owner, state=AssetState.PUBLISHED, audience=Audience.PUBLIC, **fields)
    make_text(made, title=title)
    return made


def turn(asset: Asset, **columns: Any) -> None:
    """As it is to be now, by whatever way."""
    with pgtrigger.ignore("assets.Asset:asset_state"):
        Asset.objects.filter(pk=asset.pk).update(**columns)


def ask(**arguments: Any) -> Any:
    answer = Client().get("/oai", arguments)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    return fromstring(answer.content)


def error_of(**arguments: Any) -> str:
    said = ask(**arguments).find(f"{OAI}error")
    assert said is not None
    assert said.text
    return str(said.get("code"))


def identifiers(root: Any) -> dict[str, str | None]:
    """The ids in the order of the answer, each with its status."""
    headers = root.iter(f"{OAI}header")
    return {head.findtext(f"{OAI}identifier")[-36:]: head.get("status") for head in headers}


# --- A harvester that knows nothing of us -----------------------------------------------------------------------------


@pytest.fixture
def harvester(transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Sickle:
    monkeypatch.setattr(answers, "PAGE", 3)
    return Sickle(f"{live_server.url}/oai")


def test_sickle_harvests_everything_with_resumption_while_works_come_change_and_go(harvester: Sickle) -> None:
    home, other = make_agency(code="VGP"), make_agency(code="MOH")
    works = [public(home if number % 2 else other, f"Cầu {number}") for number in range(8)]
    waiting = public(home, "Cấm vận", embargo_until=Now() + HOUR)
    hidden = public(home, "Nội bộ")
    turn(hidden, audience=Audience.NETWORK)
    kept: dict[str, bool] = {}

    def take(records: Iterator[Any], most: int = 1000) -> None:
        for _, record in zip(range(most), records, strict=False):
            kept[record.header.identifier[-36:]] = not record.header.deleted

    records = harvester.ListRecords(metadataPrefix="oai_dc")
    take(records, 4)
    turn(works[0], state=AssetState.WITHDRAWN, withdrawn_at=Now())  # given already
    turn(works[7], audience=Audience.AGENCY)  # still to come
    turn(waiting, embargo_until=Now())
    new = public(other, "Mới")
    take(records)
    gone = {str(works[0].pk), str(works[7].pk)}
    assert {key for key, alive in kept.items() if not alive} == gone
    alive = {str(each.pk) for each in (*works, waiting, new)} - gone
    assert {key for key, there in kept.items() if there} == alive
    assert str(hidden.pk) not in kept


def test_an_incremental_harvest_finds_what_happened_since(harvester: Sickle) -> None:
    home = make_agency(code="VGP")
    first, second, ends = public(home), public(home), public(home, rights_end=Now() + HOUR)
    seal_all_changes(wait=True)
    PublicRecord.objects.update(stamp=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(list(harvester.ListRecords(metadataPrefix="oai_dc"))) == 3
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(NoRecordsMatch):
        list(harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": since}))
    turn(first, place="Huế")
    turn(ends, rights_end=Now())
    found = {
        record.header.identifier[-36:]: record.header.deleted
        for record in harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": since})
    }
    assert found == {str(first.pk): False, str(ends.pk): True}
    before = {each.identifier[-36:] for each in harvester.ListIdentifiers(metadataPrefix="oai_dc", until="2026-01-01")}
    assert before == {str(second.pk)}


def test_sickle_reads_the_words_of_a_work_in_three_languages(harvester: Sickle, agency: Agency) -> None:
    work = make_work(agency, Kind.PHOTO)
    record = harvester.GetRecord(identifier=f"oai:127.0.0.1:{work.pk}", metadataPrefix="oai_dc")
    said = record.metadata
    assert said["title"] == ["My Thuan 2 bridge", "Cầu Mỹ Thuận 2", "美顺二桥"]
    assert said["publisher"] == ["Government Portal", "Cổng Chính phủ", "政府门户"]
    assert said["type"] == ["StillImage"]
    assert said["format"] == ["image/webp"]
    assert said["date"] == ["2026-11-20T00:00:00Z"]
    assert said["creator"] == ["Nhật Bắc"]
    assert said["subject"] == ["cầu", "giao thông"]
    assert said["language"] == ["en", "vi", "zh-Hans"]
    assert f"http://127.0.0.1:8000/embed/{work.pk}?lang=vi" in said["identifier"]
    assert work.reference in said["identifier"]
    assert "VGP/Nhật Bắc" in said["rights"]
    titles = fromstring(record.raw).iter(f"{DC}title")
    assert [each.get(LANGUAGE) for each in titles] == ["en", "vi", "zh-Hans"]
    assert [each.setSpec for each in harvester.ListSets()] == ["VGP"]
    assert [each.metadataPrefix for each in harvester.ListMetadataFormats()] == ["oai_dc"]
    assert harvester.Identify().deletedRecord == "persistent"
    with pytest.raises(IdDoesNotExist):
        harvester.GetRecord(identifier=f"oai:127.0.0.1:{uuid4()}", metadataPrefix="oai_dc")


def test_the_terms_are_said_in_each_language_with_the_licence(agency: Agency) -> None:
    make_work(agency, Kind.VIDEO)
    root = ask(verb="ListRecords", metadataPrefix="oai_dc")
    rights = [each.text for each in root.iter(f"{DC}rights")]
    assert "https://creativecommons.org/licenses/by/4.0/" in rights
    assert len(rights) == 5  # the terms in three languages, the credit, the licence
    assert [each.text for each in root.iter(f"{DC}format")] == ["image/jpeg", "video/mp4"]


def test_a_name_that_an_agency_does_not_have_is_not_made_up_of_another() -> None:
    public(make_agency(code="VGP", name_vi="Cổng Chính phủ", name_en="", name_zh=""))
    said = [(each.text, each.get(LANGUAGE)) for each in ask(**LIST).iter(f"{DC}publisher")]
    assert said == [("Cổng Chính phủ", "vi")]


# --- What the public sees, and nothing else ---------------------------------------------------------------------------


def test_what_was_never_public_has_no_record_and_what_was_keeps_one() -> None:
    home = make_agency(code="VGP")
    seen, draft = public(home), make_asset(agency=home, texts={"vi": {"title": "Nháp"}})
    network, ended = public(home), public(home, rights_end=Now() - HOUR)
    turn(network, audience=Audience.NETWORK)
    assert identifiers(ask(verb="ListRecords", metadataPrefix="oai_dc")) == {str(seen.pk): None}
    for hidden in (draft, network, ended):
        assert error_of(verb="GetRecord", identifier=f"oai:127.0.0.1:{hidden.pk}", metadataPrefix="oai_dc") == (
            "idDoesNotExist"
        )
    turn(seen, state=AssetState.WITHDRAWN, withdrawn_at=Now())
    root = ask(verb="ListRecords", metadataPrefix="oai_dc")
    assert identifiers(root) == {str(seen.pk): "deleted"}
    assert root.find(f".//{OAI}metadata") is None
    again = public(home)
    turn(seen, state=AssetState.PUBLISHED, withdrawn_at=None)
    assert identifiers(ask(verb="ListIdentifiers", metadataPrefix="oai_dc")) == {
        str(again.pk): None,
        str(seen.pk): None,
    }


def test_a_record_that_is_not_rewritten_yet_tells_nothing_of_what_is_hidden_by_now() -> None:
    work = public(make_agency(code="VGP"), "Bí mật")
    seal_all_changes(wait=True)
    turn(work, audience=Audience.AGENCY)
    seal_all_changes(wait=True)
    PublicRecord.objects.update(deleted=False)
    answer = Client().get(
        "/oai", {"verb": "GetRecord", "identifier": f"oai:127.0.0.1:{work.pk}", "metadataPrefix": "oai_dc"}
    )
    assert "Bí mật" not in answer.content.decode()
    assert identifiers(fromstring(answer.content)) == {str(work.pk): "deleted"}


def test_a_set_has_what_the_agency_owns() -> None:
    home, other = make_agency(code="VGP"), make_agency(code="MOH")
    ours, theirs = public(home), public(other)
    make_agency(code="EMPTY")
    listed = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}
    assert identifiers(ask(**listed, set="VGP")) == {str(ours.pk): None}
    turn(ours, agency=other)
    assert set(identifiers(ask(**listed, set="MOH"))) == {str(ours.pk), str(theirs.pk)}
    assert error_of(**listed, set="EMPTY") == error_of(**listed, set="nothing\x00") == "noRecordsMatch"
    assert [each.text for each in ask(verb="ListSets").iter(f"{OAI}setSpec")] == ["MOH"]


def test_stamps_never_go_back_with_the_clock() -> None:
    home = make_agency(code="VGP")
    first = public(home)
    seal_all_changes(wait=True)
    ahead = datetime.now(UTC) + HOUR
    PublicRecord.objects.update(stamp=ahead)
    second = public(home)
    assert list(identifiers(ask(verb="ListIdentifiers", metadataPrefix="oai_dc"))) == [str(first.pk), str(second.pk)]
    assert PublicRecord.objects.get(pk=second.pk).stamp > ahead


def test_works_from_before_there_were_records_get_theirs_once() -> None:
    home = make_agency(code="VGP")
    works = [public(home) for _ in range(5)]
    public(home, embargo_until=Now() + HOUR)
    seal_all_changes(wait=True)
    PublicRecord.objects.exclude(pk=works[0].pk).delete()
    kept = PublicRecord.objects.get()
    said: list[int] = []
    assert record_missing(batch=2, on_progress=lambda done, _: said.append(done)) == 4
    assert said == [1, 3, 4]
    assert record_missing(batch=2) == 0
    assert PublicRecord.objects.count() == 5
    assert PublicRecord.objects.get(pk=kept.pk).stamp == kept.stamp


# --- What is refused --------------------------------------------------------------------------------------------------

LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "listrecords"}, "badVerb"),
        ({"verb": ["Identify", "Identify"]}, "badVerb"),
        ({"verb": "Identify", "x": "1"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({**LIST, "from": ""}, "badArgument"),
        ({**LIST, "from": "2026-13-01"}, "badArgument"),
        ({**LIST, "from": "2026-11-01T00:00:00"}, "badArgument"),
        ({**LIST, "from": "2026-11-01", "until": "2026-11-02T00:00:00Z"}, "badArgument"),
        ({**LIST, "from": "2026-11-02", "until": "2026-11-01"}, "badArgument"),
        ({**LIST, "set": ["A", "B"]}, "badArgument"),
        ({**LIST, "set": "A" * 1001}, "badArgument"),
        ({**LIST, "resumptionToken": "x"}, "badArgument"),
        ({**LIST, "until": "9999-12-31", "from": "0001-01-01"}, "noRecordsMatch"),
        ({**LIST, "metadataPrefix": "mods"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "resumptionToken": "x:y:z"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:other.example:1"}, "idDoesNotExist"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:127.0.0.1:\x00"}, "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": "nothing"}, "idDoesNotExist"),
    ],
    ids=repr,
)
def test_what_cannot_be_answered_is_an_error_of_the_protocol(arguments: dict[str, Any], code: str) -> None:
    assert error_of(**arguments) == code


def test_the_request_is_repeated_with_its_arguments_unless_they_are_wrong() -> None:
    fine = ask(verb="Identify").find(f"{OAI}request")
    assert (fine.text, dict(fine.attrib)) == ("http://127.0.0.1:8000/oai", {"verb": "Identify"})
    assert dict(ask(verb="Identify", x="<&\x01").find(f"{OAI}request").attrib) == {}


def test_a_form_that_is_posted_is_answered_as_well(agency: Agency) -> None:
    work = public(agency)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/oai", {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"})
    assert identifiers(fromstring(answer.content)) == {str(work.pk): None}
    assert strict.put("/oai").status_code == 405


def test_texts_that_xml_cannot_hold_break_no_answer(agency: Agency) -> None:
    public(agency, "a\x01<b>]]>\ufffe&'\"")
    title = ask(**LIST).find(f".//{DC}title")
    assert title.text == "a<b>]]>&'\""


def test_who_asks_too_often_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActorRateThrottle, "THROTTLE_RATES", {"anonymous": "2/hour", "actor": "2/hour"})
    client = Client()
    said = [client.get("/oai?verb=Identify") for _ in range(3)]
    assert [each.status_code for each in said] == [200, 200, 503]
    assert 1700 <= int(said[2]["Retry-After"]) <= 1800


# --- Another name of the agency ---------------------------------------------------------------------------------------


def rename(agency: Agency, **names: str) -> None:
    edit_agency(agency_id=agency.pk, by=actor_for_user(make_user(platform_role=PlatformRole.OPERATOR)), fields=names)


def stamps() -> dict[Any, datetime]:
    return dict(PublicRecord.objects.values_list("asset_id", "stamp"))


def test_a_harvester_and_a_mirror_hear_of_another_name_of_the_agency() -> None:
    home, other = make_agency(code="VGP"), make_agency(code="MOH")
    works, not_concerned = [public(home) for _ in range(5)], public(other)
    hidden = make_ready_asset(agency=home, state=AssetState.DRAFT)
    seal_all_changes(wait=True)
    before, last = stamps(), ChangeEntry.objects.latest("sequence").sequence
    rename(home, name_en="The Portal")
    assert not ChangePending.objects.exists(), "the rename itself touches no work"
    assert tell_new_names(batch=2) == 6
    after = stamps()
    assert {pk for pk, stamp in after.items() if stamp > before[pk]} == {work.pk for work in works}
    assert after[not_concerned.pk] == before[not_concerned.pk]
    assert hidden.pk not in after
    told = ChangeEntry.objects.filter(sequence__gt=last)
    assert sorted(entry.asset_id for entry in told) == sorted([*(work.pk for work in works), hidden.pk])
    assert all(entry.before == entry.after for entry in told), "sight is as it was"
    since = min(after[work.pk] for work in works).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = ask(verb="ListRecords", metadataPrefix="oai_dc", **{"from": since})
    names = [each.text for each in answer.iter(f"{DC}publisher") if each.get(LANGUAGE) == "en"]
    assert names.count("The Portal") == len(works)
    assert (tell_new_names(), RenamedAgency.objects.count()) == (0, 0)


def test_works_are_told_of_a_name_from_where_a_run_was_cut_off_and_anew_after_the_next_name() -> None:
    home = make_agency(code="VGP")
    works = [public(home) for _ in range(5)]
    seal_all_changes(wait=True)
    rename(home, name_zh="\u95e8\u6237")
    assert tell_new_names(most=2, batch=2) == 2
    assert RenamedAgency.objects.get().after == works[1].pk
    assert tell_new_names(most=2, batch=2) == 2
    rename(home, name_zh="\u653f\u5e9c")
    assert tell_new_names(batch=2) == 5


def test_other_settings_of_an_agency_are_no_change_of_its_works() -> None:
    home = make_agency(code="VGP")
    public(home)
    rename(home, name_vi=home.name_vi, default_credit_line="VGP")
    assert not RenamedAgency.objects.exists()
