"""``deploy/env.example`` names every variable that the product reads, and no other."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
READERS = {"text", "integer", "boolean", "path", "origin", "words", "rate", "choice"}
OF_THE_LIBRARIES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
"""Read by boto3."""


def variables_read(source: str) -> set[str]:
    """First arguments of the readers of :class:`mediacenter.env.Environment`, and ``envvar=`` of click's options."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in READERS and node.args:
            owner = node.func.value
            name = node.args[0]
            if isinstance(owner, ast.Name) and owner.id in {"env", "environment"} and isinstance(name, ast.Constant):
                found.add(str(name.value))
        for keyword in node.keywords:
            if keyword.arg == "envvar" and isinstance(keyword.value, ast.Constant):
                found.add(str(keyword.value.value))
    return found


def every_variable() -> set[str]:
    sources = [path for path in (PROJECT / "mediacenter").rglob("*.py") if "node_modules" not in path.parts]
    return set().union(*(variables_read(path.read_text()) for path in sources)) | OF_THE_LIBRARIES


def listed(path: Path) -> list[str]:
    return re.findall(r"^#?([A-Z][A-Z0-9_]+)=", path.read_text(), flags=re.MULTILINE)


def test_the_example_lists_each_variable_once() -> None:
    names = listed(PROJECT / "deploy" / "env.example")
    assert sorted(names) == sorted(set(names))


def test_the_example_is_complete_and_has_nothing_else() -> None:
    names = set(listed(PROJECT / "deploy" / "env.example"))
    assert every_variable() - names == set()
    assert names - every_variable() == set()


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "STORAGE_URL", "WEB_WORKERS", "MEDIACENTER_PORT", "FIRST_AGENCY_CODE"]
)
def test_the_search_for_variables_finds_those_of_every_kind(name: str) -> None:
    assert name in every_variable()


def test_the_compose_file_asks_for_nothing_that_its_example_does_not_name() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)[:}?-]", (PROJECT / "deploy" / "compose.yaml").read_text()))
    assert asked == set(listed(PROJECT / "deploy" / "compose.env.example"))
