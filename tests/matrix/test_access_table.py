"""``docs/access.md`` says what the specification says."""

from tests.matrix.access_table import PLACE, text


def test_the_page_for_administrators_is_the_specification() -> None:
    assert PLACE.read_text(encoding="utf-8") == text(), "run python -m tests.matrix.access_table"
