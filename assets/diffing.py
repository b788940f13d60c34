"""What differs between two states of an asset: field by field, words as segments, files by their facts.

Pure functions over ``Revision.content`` and the facts of versions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

WORD: Final = re.compile(r"<[^<>]*>|\w+|\s+|[^\w\s]")
"""HTML tags, words, white space and signs: what a person sees change as one."""
LONGEST: Final = 20_000
"""Words of one text that are compared word by word; beyond, the changed middle is one segment."""
WORDS: Final = ("title", "caption", "alt_text", "body", "state")
FACTS: Final = ("number", "filename", "size", "media_type", "width", "height", "duration", "sha256")


class Side(StrEnum):
    """Where the words of a segment are."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Segment:
    side: Side
    text: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that differs. ``language`` for words; ``segments`` put one after the other are the text before (without
    those of ``after``) and the text after (without those of ``before``)."""

    name: str
    language: str = ""
    before: Any
    after: Any
    segments: tuple[Segment, ...] = ()


def differences(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    files: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
    sheets: Mapping[str, str] = MappingProxyType({}),
) -> list[Change]:
    """All that differs, the words first. ``files`` are the facts of the current versions, None without one; ``sheets``
    the cues of text tracks as text, by their digests."""
    return [
        *_texts(before["texts"], after["texts"]),
        *_fields(before["fields"], after["fields"]),
        *_plain("shared_with", before["shared_with"], after["shared_with"]),
        *_plain("table", before["table"], after["table"]),
        *_tracks(before.get("tracks", {}), after.get("tracks", {}), sheets),
        *_plain("focal_point", before.get("focus"), after.get("focus")),
        *(_file(*files) if files[0] != files[1] else ()),
    ]


def segments(before: str, after: str) -> tuple[Segment, ...]:
    """Word by word. Equal texts are one segment, or none where both are empty."""
    old, new = WORD.findall(before), WORD.findall(after)
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    found = [(Side.BOTH, old[:start]), *_compared(*middle), (Side.BOTH, old[len(old) - end :] if end else [])]
    return tuple(_joined(found))


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Side, Sequence[str]]]:
    if len(old) + len(new) > LONGEST:
        yield from ((Side.BEFORE, old), (Side.AFTER, new))
        return
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 2_000).get_opcodes():
        if what == "equal":
            yield Side.BOTH, old[a:b]
        else:
            yield from ((Side.BEFORE, old[a:b]), (Side.AFTER, new[c:d]))


def _joined(parts: Iterable[tuple[Side, Sequence[str]]]) -> Iterator[Segment]:
    for side, words in parts:
        if words:
            yield Segment(side=side, text="".join(words))


def _texts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for language in sorted({*before, *after}):
        old, new = before.get(language, {}), after.get(language, {})
        for name in WORDS:
            one, other = old.get(name, ""), new.get(name, "")
            if one != other:
                said = segments(one, other) if name != "state" else ()
                yield Change(name=name, language=language, before=one, after=other, segments=said)


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*after, *before]):
        yield from _plain(name, before.get(name), after.get(name))


def _plain(name: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    both = isinstance(before, str) and isinstance(after, str)
    yield Change(name=name, before=before, after=after, segments=segments(before, after) if both else ())


def _tracks(before: Mapping[str, Any], after: Mapping[str, Any], sheets: Mapping[str, str]) -> Iterator[Change]:
    """Their words as one text with the times, their labels and states as they are."""
    for key in sorted({*before, *after}):
        kind, _, language = key.partition(".")
        old, new = before.get(key, {}), after.get(key, {})
        if old.get("sheet") != new.get("sheet"):
            one, other = (sheets.get(side.get("sheet", ""), "") for side in (old, new))
            said = segments(one, other)
            yield Change(name=f"track.{kind}", language=language, before=one, after=other, segments=said)
        for name in ("label", "state"):
            if old.get(name, "") != new.get(name, ""):
                named = f"track.{kind}.{name}"
                yield Change(name=named, language=language, before=old.get(name, ""), after=new.get(name, ""))


def _file(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[Change]:
    old, new = before or {}, after or {}
    for name in FACTS:
        if old.get(name) != new.get(name):
            yield Change(name=f"file.{name}", before=old.get(name), after=new.get(name))
