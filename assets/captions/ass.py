"""Advanced SubStation Alpha and its older sister SSA: the dialogue, without places, fonts, effects and drawings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from assets.captions.cues import MAX_MARKUP, Written
from assets.captions.markup import STYLES, literal
from assets.captions.problems import refusal
from assets.captions.times import clock_time

MAX_COLUMNS: Final = 60
_SECTION: Final = re.compile(r"\s*\[([^\[\]]{1,60})\]\s*")
_OVERRIDE: Final = re.compile(r"\\([biup])(\d{0,4})(?=[\\)}\s]|$)|\\r")
"""Of the override tags those for bold (1, 0 or a weight), italic, underline, drawings, and the way back."""
_COLUMN_OF: Final = {"b": "bold", "i": "italic", "u": "underline"}
Columns = Sequence[str]


def read_ass(text: str) -> Iterator[Written]:
    """The dialogue of a file whose line ends are line feeds. Raises ``CaptionsInvalid`` with the line."""
    section = ""
    columns: dict[str, Columns] = {}
    styles: dict[str, frozenset[str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _SECTION.fullmatch(line):
            section = found[1].strip().lower()
            continue
        name, colon, rest = line.partition(":")
        name = name.strip().lower()
        if not colon or section not in {"events", "v4+ styles", "v4 styles"}:
            continue
        if name == "format":
            columns[section] = [column.strip().lower() for column in rest.split(",", MAX_COLUMNS)]
        elif name == "style" and section != "events":
            values = _values(rest, columns.get(section, ()))
            styles[values.get("name", "").lstrip("*")] = _looks_of(values)
        elif name == "dialogue" and section == "events":
            yield _dialogue(_values(rest, columns.get(section, ())), styles, number)


def _values(rest: str, columns: Columns) -> Mapping[str, str]:
    """By column; the last one, the text of an event, may have commas."""
    values = rest.split(",", max(0, len(columns) - 1))
    return {column: value.strip() for column, value in zip(columns, values, strict=False)}


def _looks_of(values: Mapping[str, str]) -> frozenset[str]:
    return frozenset(style for style, column in _COLUMN_OF.items() if values.get(column, "0") not in {"", "0"})


def _dialogue(values: Mapping[str, str], styles: Mapping[str, frozenset[str]], line: int) -> Written:
    start, end = clock_time(values.get("start", "")), clock_time(values.get("end", ""))
    if "text" not in values or start is None or end is None:
        raise refusal(_("This line of dialogue cannot be read."), code="captions_malformed", line=line)
    text = values["text"]
    if len(text) <= MAX_MARKUP:  # else the check refuses it
        text = _markup(text, styles.get(values.get("style", "").lstrip("*"), frozenset()))
    return Written(start=start, end=end, text=text, speaker=values.get("name", values.get("actor", "")), line=line)


def _markup(text: str, usual: frozenset[str]) -> str:
    said: list[str] = []
    looks, drawing, place = usual, False, 0
    while place < len(text):
        opening = text.find("{", place)
        closing = text.find("}", opening) if opening >= 0 else -1
        words = text[place:] if closing < 0 else text[place:opening]
        if not drawing:
            said.append(_styled(words, looks))
        if closing < 0:
            break
        looks, drawing = _after(text[opening:closing], looks, drawing, usual)
        place = closing + 1
    return "".join(said)


def _after(overrides: str, looks: frozenset[str], drawing: bool, usual: frozenset[str]) -> tuple[frozenset[str], bool]:
    for found in _OVERRIDE.finditer(overrides):
        tag, value = found[1], found[2]
        if tag is None:
            looks = usual
        elif tag == "p":
            drawing = value not in {"", "0"}
        elif value == "":
            looks = (looks - {tag}) | (usual & {tag})
        else:
            heavy = int(value) not in range(2, 600) if tag == "b" else True
            looks = looks | {tag} if value != "0" and heavy else looks - {tag}
    return looks, drawing


def _styled(words: str, looks: frozenset[str]) -> str:
    words = literal(words.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " "))
    names = [name for name in STYLES if name in looks]
    return "".join(f"<{name}>" for name in names) + words + "".join(f"</{name}>" for name in reversed(names))
