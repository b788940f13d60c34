"""Text that spreadsheets show and never compute, wherever they cut a line of CSV into cells.

A spreadsheet whose list separator is not the comma, as in most of Europe and in Vietnam, takes the whole line for one
cell and cuts it at what it was told: also in the middle of what was written as one cell, and past the quotes around it.
"""

import json
import re
from typing import Any, Final

SIGNS: Final = r"=+\-@＝＋－＠"
"""With which formulas begin (OWASP, "CSV Injection"); the wide forms become narrow ones there. For use in ``[]``."""
INSIDE: Final = re.compile(rf'[;,\t|\r\n][\s"]*(?=[{SIGNS}])')
NUMBER_IN_LIST: Final = re.compile(r"[+-]\d+(\.\d+)?%? *(,|\Z)", re.ASCII)
JSON_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
INSIDE_STRING: Final = re.compile(rf"([;,|]\s*)([{SIGNS}])")


def harmless_inside(text: str) -> str:
    """An apostrophe before each sign that would begin a formula if the text were cut before it.

    Numbers between commas (``10.5,-20.1``) stay: where commas separate, the quotes around the cell hold. After other
    separators numbers get one too, since a formula may go on in the next cell.
    """
    return INSIDE.sub(_guarded, text)


def harmless_json(value: Any) -> str:
    """JSON that reads back as the same value, with such signs in its strings written as ``\\uXXXX``."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return JSON_STRING.sub(lambda found: INSIDE_STRING.sub(_escaped, found[0]), text)


def _guarded(found: re.Match[str]) -> str:
    number = found[0].strip(' "') == "," and NUMBER_IN_LIST.match(found.string, found.end())
    return found[0] if number else f"{found[0]}'"


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}\\u{ord(found[2]):04x}"
