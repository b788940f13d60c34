"""Data tables of infographics: bounded, tidy, shown as tables, and harmless in spreadsheets."""

import csv
import io
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from assets.models import Asset, DataTable
from assets.states import Kind
from assets.tables import NUMBER, TableData, checked_table, harmless, table_from_csv, table_to_csv
from assets.usecases.assets_approve import approve_asset
from assets.usecases.tables_edit import set_table
from permissions.errors import Invalid, NotAllowed
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset
from tests.web.conftest import SignedIn

EVIL = "<script>alert(1)</script>"


def cut_anyhow(text: str) -> Iterator[str]:
    """The cells that there are for spreadsheets with one separator or another, which mind quotes or do not."""
    for separator, quoting in product(";\t,|", (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
            yield from row


def graphic(**fields: Any) -> Asset:
    return make_asset(kind=Kind.INFOGRAPHIC, texts={"vi": {"title": "Xuất khẩu"}}, **fields)


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("Năm,Tỷ\n2025,1\n", ("Năm", "Tỷ"), (("2025", "1"),)),
        ("\ufeffa;b\r\n1;2\r\n\r\n;\r\n3\r\n", ("a", "b"), (("1", "2"), ("3", ""))),
        ('a\tb\n"x, ""y""\nz"\t 1 ', ("a", "b"), (('x, "y" z', "1"),)),
        ("a", ("a",), ()),
    ],
)
def test_csv_of_every_spreadsheet_is_read(text: str, columns: Any, rows: Any) -> None:
    assert table_from_csv(text) == TableData(columns=columns, rows=rows)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a,,b\n", "a\n1,2", 'a\n"x', ",".join("x" * 51), "a\n" * 2002, "a\n" + "x" * 501, "x" * 1_000_001],
)
def test_what_is_no_table_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        table_from_csv(text)
    assert refusal.value.reason == "table_invalid"
    assert str(refusal.value)


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "＝1+1", "-1+1", "--1", "+1-1|x"])
def test_formulas_are_defused(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+84", "-1,5", "-1 000.25", "-3%", "1e-5", "x=1", "", "a@b"])
def test_numbers_and_words_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("Hà Nội;=1+cmd|'/C calc'!A0", "Hà Nội;'=1+cmd|'/C calc'!A0"),
        ("a| \t@x", "a| \t'@x"),
        ('a;"=1', "a;\"'=1"),
        ("1;-2", "1;'-2"),
        ("a,-x", "a,'-x"),
        (";＝1", ";'＝1"),
        ("10.5,-20.1, +3%", "10.5,-20.1, +3%"),
        ("a;b-c, d=e", "a;b-c, d=e"),
    ],
)
def test_formulas_are_defused_wherever_a_spreadsheet_cuts_the_cell(cell: str, written: str) -> None:
    assert harmless(cell) == written


def test_a_number_that_begins_a_line_does_not_begin_a_formula() -> None:
    rows = [["-2", "5+cmd|'/C calc'!A0"], ["-2", "Sa Pa"], ["-2", "7"], ["-2", ""]]
    written = table_to_csv(checked_table(["a", "b"], rows)).splitlines()[1:]
    assert written == ["'-2,5+cmd|'/C calc'!A0", "'-2,Sa Pa", "-2,7", "-2,"]


@given(st.lists(st.lists(st.text(alphabet=";,|\t\n\"'=+-@＝ 1a", max_size=9), min_size=2, max_size=2), max_size=3))
def test_no_piece_of_a_line_begins_like_a_formula_however_it_is_cut(rows: list[list[str]]) -> None:
    table = checked_table(["a", "b"], rows)
    for piece in cut_anyhow(table_to_csv(table).removeprefix("\ufeff")):
        assert not piece.startswith(("=", "+", "-", "@", "＝")) or NUMBER.fullmatch(piece.rstrip('"')), piece
    assert table_from_csv(table_to_csv(table, harmless_to_spreadsheets=False)) == table


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=5))
def test_no_cell_of_any_csv_begins_like_a_formula(rows: list[list[str]]) -> None:
    table = checked_table(["a", "b"], rows)
    for row in csv.reader(io.StringIO(table_to_csv(table).removeprefix("\ufeff"), newline="")):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r", "＝")), cell
            assert not cell.startswith(("+", "-")) or harmless(cell) == cell
    assert table_from_csv(table_to_csv(table, harmless_to_spreadsheets=False)) == table


@pytest.mark.django_db
def test_a_table_is_set_read_as_json_and_csv_and_taken_away(client_for: ClientFor) -> None:
    asset = graphic()
    client, url = client_for(asset.agency, Role.EDITOR), f"/api/v1/assets/{asset.pk}/table"
    assert client.get(url).json()["code"] == "not_found"
    said = {"caption": "Tỷ USD", "columns": ["Năm", "Giá trị"], "rows": [[2025, "=1+1"], ["2026", None], [EVIL, 1.5]]}
    made = client.put(url, said, format="json")
    assert made.status_code == 200, made.content
    assert made.json()["rows"] == [["2025", "=1+1"], ["2026", ""], [EVIL, "1.5"]]
    answer = client.get(f"{url}?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "2025,'=1+1\r\n" in answer.content.decode()
    asset.refresh_from_db()
    assert asset.revision == 2
    stale = client.put(url, {"csv": "a\n1"}, format="json", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert client.put(url, {"csv": "a\n1"}, format="json", headers={"If-Match": '"2"'}).json()["columns"] == ["a"]
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert AuditEvent.objects.filter(act="asset.table_set", target=asset.pk).count() == 3


@pytest.mark.django_db
def test_who_may_set_a_table_and_of_what(client_for: ClientFor) -> None:
    agency = make_agency()
    shown = make_ready_asset(agency=agency, kind=Kind.INFOGRAPHIC, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    url = f"/api/v1/assets/{shown.pk}/table"
    body = {"csv": "a\n1"}
    assert client_for(agency, Role.VIEWER).put(url, body, format="json").json()["code"] == "role_too_low"
    assert client_for(agency).put(url, body, format="json").json()["code"] == "wrong_state"
    assert Client().put(url, body, content_type="application/json").status_code == 401
    photo = make_ready_asset(agency=agency)
    refused = client_for(agency).put(f"/api/v1/assets/{photo.pk}/table", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "table_invalid")
    draft = graphic(agency=agency)
    for bad in (
        {},
        {"csv": "a", "columns": ["a"]},
        {"columns": ["a"], "rows": [[{"x": 1}]]},
        {"columns": ["a"], "x": 1},
    ):
        answer = client_for(agency).put(f"/api/v1/assets/{draft.pk}/table", bad, format="json")
        assert answer.status_code == 400, bad
    assert not DataTable.objects.exists()


@pytest.mark.django_db
def test_the_page_takes_a_file_and_shows_an_accessible_table(signed_in: SignedIn) -> None:
    asset = graphic()
    editor = signed_in(asset.agency, Role.EDITOR)
    page = f"/assets/{asset.pk}/table"
    assert editor.get(page).status_code == 200
    file = SimpleUploadedFile("a.csv", f"Năm,{EVIL}\n2025,=1\n".encode())
    saved = editor.post(page, {"revision": 1, "caption": "Số liệu", "text": "", "file": file})
    assert saved.status_code == 302, saved.content
    shown = editor.get(f"/assets/{asset.pk}").content.decode()
    assert "<caption>Số liệu</caption>" in shown
    assert '<th scope="col">Năm</th>' in shown
    assert '<th scope="row">2025</th><td>=1</td>' in shown
    assert EVIL not in shown
    assert "=1" in editor.get(page).content.decode()
    broken = SimpleUploadedFile("a.csv", b"\xff\xfe\x00")
    assert editor.post(page, {"revision": 2, "text": "", "file": broken}).status_code == 400
    assert editor.post(page, {"revision": 1, "text": "a\n1"}).status_code == 400, "somebody else changed it"
    assert editor.post(page, {"revision": 2, "text": ""}).status_code == 302
    assert not DataTable.objects.exists()
    assert signed_in(asset.agency, Role.VIEWER).get(page).status_code == 404
    assert editor.get(f"/assets/{make_asset(agency=asset.agency).pk}/table").status_code == 404


@pytest.mark.django_db
def test_the_long_alternative_of_an_infographic_is_edited_and_shown(signed_in: SignedIn) -> None:
    asset = graphic()
    editor = signed_in(asset.agency, Role.EDITOR)
    assert "Long text alternative" in editor.get(f"/assets/{asset.pk}/edit").content.decode()
    asset.texts.update(body=f"<p>Toàn bộ nội dung</p>{EVIL}")
    shown = editor.get(f"/assets/{asset.pk}").content.decode()
    assert "<p>Toàn bộ nội dung</p>" in shown
    assert EVIL not in shown


@pytest.mark.django_db
def test_whoever_changes_the_data_is_a_maker_and_what_was_approved_is_reviewed_again() -> None:
    agency = make_agency(review_steps=1)
    approver, changer = actor_in(agency, Role.EDITOR), actor_in(agency, Role.EDITOR)
    asset = make_ready_asset(kind=Kind.INFOGRAPHIC, agency=agency, state=AssetState.IN_REVIEW)
    approve_asset(asset_id=asset.pk, by=approver)
    set_table(asset_id=asset.pk, by=changer, table=TableData(columns=("a",), rows=(("1",),)))
    asset.refresh_from_db()
    assert (asset.state, asset.approved_by, asset.makers) == (AssetState.IN_REVIEW, [], [changer.user_id])
    with pytest.raises(NotAllowed) as refusal:
        approve_asset(asset_id=asset.pk, by=changer)
    assert refusal.value.reason == "own_work"
    set_table(asset_id=asset.pk, by=changer, table=None)
    assert not DataTable.objects.filter(asset=asset).exists()
