import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_schema_is_made_by_migrations() -> None:
    assert "assets_asset" in connection.introspection.table_names()
