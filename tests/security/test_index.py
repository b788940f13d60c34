"""``docs/security.md`` names tests that are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
NOT_YET = {23, 25}
"""Of fetching from elsewhere and of webhooks."""
WEB_AND_ACCESS = range(12, 23)


def named_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize(("number", "named"), [(row[0], row[2]) for row in ROW.findall(DOCUMENT)])
def test_each_named_test_is_there(number: str, named: str) -> None:
    found = NAMED.findall(named)
    assert found, number
    for file, name in found:
        path = ROOT / "tests" / file
        assert path.exists(), file
        assert name in named_in(path), f"{file} has no {name}"


def test_every_threat_has_its_tests() -> None:
    rows = ROW.findall(DOCUMENT)
    assert {int(number) for number, _, _ in rows} == set(range(1, 27)) - NOT_YET
    of_the_web = {test for number, _, named in rows if int(number) in WEB_AND_ACCESS for test in NAMED.findall(named)}
    assert len(of_the_web) >= 20
