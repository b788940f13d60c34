"""Prepared statements run as Django's do: in its transaction, with its errors, and seen by who watches its queries."""

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, close_old_connections, connection, transaction
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from permissions.models import Agency, User
from permissions.prepared import columns_of, planned_anew, prepared_rows, rows_of
from tests.factories import make_agency, make_user

pytestmark = pytest.mark.django_db

BY_CODE = f"SELECT {columns_of(Agency, 'a')}, {columns_of(User, 'u')} FROM permissions_agency a LEFT JOIN permissions_user u ON u.full_name = a.name_vi WHERE a.code = %s"  # noqa: E501, S608


def plans(statement: str) -> list[tuple[int, int]]:
    """How often a statement was run by the plan that is kept, and by one of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE starts_with(statement, %s)",
            [statement.partition("%s")[0]],
        )
        found: list[tuple[int, int]] = cursor.fetchall()
        return found


def test_a_statement_is_planned_once_in_a_connection() -> None:
    statement = "SELECT code, 'planned once' FROM permissions_agency WHERE code = %s"
    make_agency(code="VGP")
    for _ in range(12):
        assert prepared_rows(statement, ["VGP"]) == [("VGP", "planned once")]
    ((kept, own),) = plans(statement)
    assert kept + own == 12
    assert kept >= 6, "PostgreSQL plans the first five with their values"


def test_without_preparing_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``DATABASE_PREPARES`` off, behind a pooler."""
    statement = "SELECT code, 'never kept' FROM permissions_agency WHERE code = ANY(%s)"
    make_agency(code="VGP")
    connection.ensure_connection()
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    for _ in range(3):
        assert prepared_rows(statement, [["VGP", "X"]]) == [("VGP", "never kept")]
    assert plans(statement) == []


def test_rows_are_those_of_the_models() -> None:
    agency, user = make_agency(code="VGP", name_vi="An", domains=["vgp.example"]), make_user(full_name="An")
    found, person = rows_of((Agency, User), prepared_rows(BY_CODE, ["VGP"])[0])
    agency.refresh_from_db()
    user.refresh_from_db()
    assert (found, person) == (agency, user)
    for mine, theirs in ((found, agency), (person, user)):
        assert model_to_dict(mine, fields(mine)) == model_to_dict(theirs, fields(theirs))
    assert rows_of((Agency, User), prepared_rows(BY_CODE, [make_agency().code])[0])[1] is None


def test_a_plan_that_is_made_under_other_settings_of_the_planner_does_not_stay() -> None:
    statement = "SELECT code, 'planned anew' FROM permissions_agency WHERE code = %s"
    with planned_anew(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off")
        for _ in range(7):
            prepared_rows(statement, ["VGP"])
        cursor.execute("SET LOCAL enable_indexscan = on")
    assert plans(statement) == []
    prepared_rows(statement, ["VGP"])
    assert len(plans(statement)) == 1


def fields(row: Model) -> list[str]:
    return [field.name for field in row._meta.concrete_fields]


def test_errors_are_django_s_and_a_savepoint_takes_them_back() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        prepared_rows("SELECT nothing_of_that_name FROM permissions_agency WHERE code = %s", ["VGP"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
    with pytest.raises(OperationalError), transaction.atomic():
        prepared_rows("SELECT pg_sleep(%s::int)", [5])
    assert prepared_rows("SELECT %s::text", ["and on"]) == [("and on",)]


def test_who_counts_queries_counts_them() -> None:
    with CaptureQueriesContext(connection) as captured:
        prepared_rows("SELECT %s::text", ["Đắk Lắk"])
    assert len(captured) == 1
    assert "Đắk Lắk" in captured[0]["sql"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_made_anew_for_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()
    ((ended,),) = prepared_rows("SELECT pg_backend_pid() WHERE %s", [True])
    with psycopg.connect(**_same_server(), autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [ended]).fetchone() == (True,)
    close_old_connections()  # as Django does when a request begins
    ((now,),) = prepared_rows("SELECT pg_backend_pid() WHERE %s", [True])
    assert now != ended


def _same_server() -> dict[str, object]:
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}
