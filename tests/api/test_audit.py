"""Reading the record over HTTP: who may, what they find, and what they take away."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from api.views import audit as audit_views
from assets.usecases.agencies_merge import merge_agency
from permissions.actor import Actor, actor_for_token, actor_for_user
from permissions.audit import record
from permissions.audit_export import export, safe_cell
from permissions.audit_policy import may_read_record, may_read_record_of
from permissions.models import Agency, AuditEvent, User
from permissions.sealing import seal_all
from permissions.vocabulary import PlatformRole, Reason, Role, Scope
from tests.api.conftest import ClientFor, bearer
from tests.factories import actor_in, make_agency, make_member, make_token, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/audit"


def of_platform(role: PlatformRole) -> APIClient:
    return bearer(make_token(user=make_user(platform_role=role))[1])


@pytest.fixture
def auditor() -> APIClient:
    return of_platform(PlatformRole.AUDITOR)


def happen(agency: Agency | None = None, act: str = "asset.edited", **fields: Any) -> AuditEvent:
    return record(
        act,
        by=fields.pop("by", None),
        target=fields.pop("target", None) or uuid7(),
        agency_id=agency.pk if agency else None,
        **fields,
    )


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def tree() -> dict[str, Agency]:
    """``other`` lies beside ``top``, which has ``below`` under it."""
    top = make_agency(code="TOP")
    return {"top": top, "below": make_agency(code="BELOW", parent=top), "other": make_agency(code="OTHER")}


@pytest.fixture
def events(tree: dict[str, Agency]) -> dict[str, AuditEvent]:
    return {**{name: happen(agency) for name, agency in tree.items()}, "nowhere": happen(None)}


def test_a_stranger_is_asked_to_sign_in() -> None:
    for path in (URL, f"{URL}/export?format=csv"):
        answer = APIClient().get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR])
def test_the_record_is_closed_to_everyday_roles(client_for: ClientFor, tree: dict[str, Agency], role: Role) -> None:
    for path in (URL, f"{URL}/export?format=csv"):
        answer = client_for(tree["top"], role).get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


def test_central_editors_have_no_part_in_it() -> None:
    assert of_platform(PlatformRole.CENTRAL_EDITOR).get(URL).status_code == 403


@pytest.mark.parametrize("role", [PlatformRole.AUDITOR, PlatformRole.OPERATOR])
def test_auditors_and_operators_read_everything(role: PlatformRole, events: dict[str, AuditEvent]) -> None:
    wanted = [str(event.pk) for event in reversed(events.values())]
    assert ids(of_platform(role).get(URL)) == wanted


def test_administrators_read_what_concerns_their_subtree(
    client_for: ClientFor, tree: dict[str, Agency], events: dict[str, AuditEvent]
) -> None:
    assert ids(client_for(tree["top"], Role.AGENCY_ADMIN).get(URL)) == [
        str(events["below"].pk),
        str(events["top"].pk),
    ]
    assert ids(client_for(tree["below"], Role.AGENCY_ADMIN).get(URL)) == [str(events["below"].pk)]
    assert ids(client_for(tree["below"], Role.AGENCY_ADMIN).get(f"{URL}?agency=OTHER")) == []


def test_a_token_needs_the_scope(client_for: ClientFor, tree: dict[str, Agency]) -> None:
    client = client_for(tree["top"], Role.AGENCY_ADMIN, scopes=tuple(set(Scope) - {Scope.AUDIT}))
    assert client.get(URL).json()["code"] == "scope_missing"


def test_the_row_filter_and_the_predicate_agree(tree: dict[str, Agency], events: dict[str, AuditEvent]) -> None:
    token, _ = make_token(agency=tree["below"], role=Role.AGENCY_ADMIN, scopes=(Scope.AUDIT,))
    actors: list[Actor] = [Actor(), actor_for_token(token, now=token.created_at)]
    actors += [actor_in(agency, role) for agency in tree.values() for role in Role]
    actors += [actor_for_user(make_user(platform_role=role)) for role in PlatformRole]
    for actor in actors:
        seen = set(AuditEvent.objects.filter(pk__in=[e.pk for e in events.values()]).visible_to(actor))
        allowed = {
            event for event in events.values() if may_read_record_of(actor, event.agency.path if event.agency else None)
        }
        assert seen == allowed
        assert may_read_record(actor) or not seen
    assert may_read_record(Actor()).reason is Reason.NOT_SIGNED_IN


def test_an_event_says_who_on_whose_behalf_and_from_where(auditor: APIClient, tree: dict[str, Agency]) -> None:
    maker = make_user(full_name="Trần Thị Lập")
    token, secret = make_token(agency=tree["top"], role=Role.AGENCY_ADMIN, created_by=maker, name="Cầu nối")
    client = bearer(secret)
    body = {"code": "NEWBIE", "name_vi": "Cơ quan mới", "parent": "TOP"}
    made = client.post(
        "/api/v1/agencies",
        body,
        format="json",
        headers={"User-Agent": "newsroom/2.1 " + "x" * 300},
        REMOTE_ADDR="192.0.2.9",
    )
    assert made.status_code == 201
    seal_all(wait=True)
    (row,) = auditor.get(f"{URL}?act=agency.created").json()["results"]
    assert row["user"] is None
    assert row["token"] == {"id": str(token.pk), "name": "Cầu nối", "prefix": token.prefix}
    assert row["on_behalf_of"]["code"] == "TOP"
    assert row["answerable"] == {"id": str(maker.pk), "name": "Trần Thị Lập"}
    assert row["address"] == "192.0.2.9"
    assert row["user_agent"] == ("newsroom/2.1 " + "x" * 300)[:200]
    assert len(row["request_id"]) == 32
    assert row["data"] == {"code": "NEWBIE", "parent": str(tree["top"].pk)}
    assert row["target"] == made.json()["id"]
    event = AuditEvent.objects.get(pk=row["id"])
    assert row["hash"] == event.hash
    assert row["seal"] >= 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("act=asset.edited", {"a", "b"}),
        ("act_prefix=asset.", {"a", "b", "c"}),
        ("act_prefix=token", {"d"}),
        ("target={a}", {"a"}),
        ("agency=TOP", {"a", "b"}),
        ("agency=below", {"b"}),
        ("user={user}", {"c", "d"}),
        ("user={user}&act_prefix=asset.", {"c"}),
        ("from={at_b}", {"b", "c", "d"}),
        ("to={at_b}", {"a"}),
        ("from={at_b}&to={at_c}", {"b"}),
    ],
)
def test_events_are_found(auditor: APIClient, tree: dict[str, Agency], query: str, names: set[str]) -> None:
    user, begin = make_user(), datetime(2026, 11, 20, 8, tzinfo=UTC)
    rows: dict[str, dict[str, Any]] = {
        "a": {"agency": tree["top"], "act": "asset.edited"},
        "b": {"agency": tree["below"], "act": "asset.edited"},
        "c": {"agency": tree["other"], "act": "asset.published", "user": user},
        "d": {"agency": tree["other"], "act": "token.used", "answerable": user},
    }
    made = {
        name: AuditEvent.objects.create(at=begin + timedelta(hours=number), target=uuid7(), **row)
        for number, (name, row) in enumerate(rows.items())
    }
    known = {f"at_{name}": event.at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, event in made.items()}
    query = query.format(a=made["a"].target, user=user.pk, **known)
    by_id = {str(event.pk): name for name, event in made.items()}
    assert {by_id[found] for found in ids(auditor.get(f"{URL}?{query}"))} == names
    until_now = [row["id"] for row in exported(auditor, query) if row["act"] != "audit.exported"]
    assert [by_id[found] for found in until_now] == sorted(names)


def exported(client: APIClient, query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{URL}/export?format=jsonl&{query}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "query",
    [
        *("act=DROP%20TABLE", "act=%00", "act_prefix=%25", "target=1", "user=x", "from=yesterday", "nothing=1"),
        *("agency=NOWHERE", "page_size=0", "cursor=x", "act=a.b&act=c.d"),
    ],
)
def test_what_cannot_be_asked_is_400(auditor: APIClient, query: str) -> None:
    assert auditor.get(f"{URL}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["", "format=xls", "format=csv&page_size=1"])
def test_an_export_has_one_of_two_forms(auditor: APIClient, query: str) -> None:
    assert auditor.get(f"{URL}/export?{query}").status_code == 400


def test_pages_go_through_everything_once(auditor: APIClient, tree: dict[str, Agency]) -> None:
    wanted = [str(happen(tree["top"]).pk) for _ in range(7)][::-1]
    seen, url = [], f"{URL}?page_size=3"
    while url:
        answer = auditor.get(url)
        seen += ids(answer)
        url = answer.json()["next"]
    assert seen == wanted


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_is_complete_oldest_first_and_itself_an_act(auditor: APIClient, form: str) -> None:
    made = [happen(None, note=f"số {number}") for number in range(3)]
    answer = auditor.get(f"{URL}/export?format={form}&act=asset.edited")
    assert answer.status_code == 200
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="audit.{form}"'
    text = b"".join(answer.streaming_content).decode("utf-8")  # type: ignore[attr-defined]
    if form == "csv":
        assert text.startswith("\ufeffid,at,act,")
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        data = [json.loads(row["data"]) for row in rows]
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        data = [row["data"] for row in rows]
    assert [row["id"] for row in rows] == [str(event.pk) for event in made]
    assert [row["hash"] for row in rows] == [event.hash for event in made]
    assert data == [{"note": f"số {number}"} for number in range(3)]
    act = AuditEvent.objects.get(act="audit.exported")
    assert act.data == {"format": form, "filters": {"act": "asset.edited"}}
    assert act.user_id == act.target


def test_an_export_of_too_much_is_refused_and_says_what_to_do(
    auditor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_views, "LARGEST_EXPORT", 2)
    for _ in range(2):
        happen()
    assert auditor.get(f"{URL}/export?format=csv").status_code == 200
    answer = auditor.get(f"{URL}/export?format=csv")  # the first export made a third
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "export_too_large", 2)


def test_administrators_export_their_subtree_only(
    client_for: ClientFor, tree: dict[str, Agency], events: dict[str, AuditEvent]
) -> None:
    found = exported(client_for(tree["below"], Role.AGENCY_ADMIN), "act_prefix=asset")
    assert [row["id"] for row in found] == [str(events["below"].pk)]


@pytest.mark.parametrize(("hand_over", "code"), [("post", 405), ("put", 405), ("patch", 405), ("delete", 405)])
def test_nothing_can_be_written_through_the_api(auditor: APIClient, hand_over: str, code: int) -> None:
    send: Callable[..., Any] = getattr(auditor, hand_over)
    assert send(URL, {}, format="json").status_code == code


NAUGHTY = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=40),
    st.builds(lambda first, rest: first + rest, st.sampled_from("=+-@\t\r＝"), st.text("A1(,\"'\n;|", max_size=12)),
    st.text(alphabet=";,|\t\n\"'=+-@＝ 1a", max_size=12),
    st.sampled_from(['=cmd|"/c calc"!A0', "-2+3+cmd|' /C calc'!A0", "@SUM(1)", '"=1+1"', "\r=1", "\t=1", "\ufeff=1"]),
)


@given(name=NAUGHTY, agent=NAUGHTY)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_spreadsheet_never_runs_what_somebody_wrote_and_loses_nothing(name: str, agent: str) -> None:
    user = User(id=uuid4(), full_name=name)
    event = AuditEvent(act="asset.edited", target=uuid7(), user=user, user_agent=agent, data={"to": name}, digests=b"")
    event.at = datetime.now(UTC)
    text = "".join(export([event], "csv")).removeprefix("\ufeff")
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert not [cell for cell in row if cell[:1] in set("=+-@\t\r\n＝＋－＠") and not _is_number(cell)]
    cells = dict(zip(header, row, strict=True))
    assert cells["user_name"].replace("'", "") == name.replace("'", "")
    assert cells["user_agent"].replace("'", "") == agent.replace("'", "")
    assert json.loads(cells["data"]) == {"to": name}
    assert UUID(cells["id"])
    for separator, quoting in product(";\t,|", (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)):
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
            assert not [
                piece for piece in line if piece[:1] in set("=+-@＝＋－＠") and not _is_number(piece.rstrip('"'))
            ]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("cell", ["-5", "+3", "-2.5e10", "7", "", "text", "a=b"])
def test_numbers_and_plain_words_stay_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell


def test_membership_is_judged_at_the_moment_of_asking(tree: dict[str, Agency]) -> None:
    user = make_member(tree["top"], Role.AGENCY_ADMIN)
    client = bearer(make_token(user=user)[1])
    assert client.get(URL).status_code == 200
    user.memberships.all().delete()
    assert client.get(URL).status_code == 403


def test_the_record_of_a_merged_agency_is_found_by_either_code(tree: dict[str, Agency], client_for: ClientFor) -> None:
    event = happen(tree["below"])
    operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
    merge_agency(agency_id=tree["below"].pk, into_id=tree["other"].pk, by=operator)
    new, former = client_for(tree["other"], Role.AGENCY_ADMIN), client_for(tree["top"], Role.AGENCY_ADMIN)
    for code in ("BELOW", "OTHER"):
        assert str(event.pk) in ids(new.get(URL, {"agency": code}))
        assert ids(former.get(URL, {"agency": code})) == []
    assert str(event.pk) not in ids(former.get(URL))
