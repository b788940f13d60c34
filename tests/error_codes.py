"""Every error code that the program's source can raise, read from the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("permissions", "assets", "transcoding", "api", "mediacenter")
FINDINGS = re.compile("finding", re.IGNORECASE)
"""Findings of self-tests have codes of their own."""
APART = ("migrations", "client", "commands", "doctor")
"""Folders whose codes are not the API's."""
PROBLEMS = {"problem": 1, "plain_problem": 1}
"""Functions that take a code by position."""


def raised_codes() -> dict[str, set[str]]:
    """Code → the modules that name it. A code made from a variable is given as a pattern with ``*``."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name.endswith("_check.py") or set(APART) & set(path.parts):
                continue
            for code in _codes(ast.parse(path.read_text())):
                found.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    return found


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
                if any(isinstance(target, ast.Name) and target.id == "code" for target in targets):
                    yield from _text(getattr(item, "value", None))


def _of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in PROBLEMS and len(node.args) > 1:
        yield from _text(node.args[PROBLEMS[name]])
    if not FINDINGS.search(name):
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from _text(keyword.value)


def _text(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
