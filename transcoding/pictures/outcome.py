"""How the child tells its parent what it made: one JSON file, believed in nothing that can be checked.

A decoder taken over by a hostile file can write what it likes. So the parent takes only known profiles, looks at each
file itself, and reads every value by type and size.
"""

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from assets.profiles import CROP_PREFIX
from assets.states import Colour
from transcoding.pictures.crops import SHAPES
from transcoding.pictures.renditions import MAX_HEIGHT, NOMINAL_WIDTHS, media_type_of
from transcoding.results import EmbeddedMetadata, MediaRejected, ProcessingResult, RenditionFile
from transcoding.sniff import sniff

RESULT_NAME = "result.json"
_MAX_RESULT_BYTES = 4 * 1024 * 1024
_PROFILE = re.compile(
    r"(?:full|w(?:" + "|".join(map(str, NOMINAL_WIDTHS)) + r"))\.(?:webp|jpg|avif)"
    r"|" + re.escape(CROP_PREFIX) + r"(?:" + r"|".join(SHAPES) + r")\.webp"
)
_MAX_SIDE = 1_000_000_000
_HASH = re.compile(r"[0-9a-f]{64}")
_PLACEHOLDER = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,120}")
_REASON = re.compile(r"[a-z][a-z0-9_]{2,60}")


class UnusableOutcome(Exception):
    """The child's report is missing, malformed or untrue."""


def write_result(folder: Path, result: ProcessingResult) -> None:
    """Leave ``result`` in ``folder`` for :func:`read_outcome`."""
    _write(folder, {"result": asdict(result)})


def write_rejection(folder: Path, rejection: MediaRejected) -> None:
    """Leave a refusal in ``folder``; :func:`read_outcome` raises it."""
    _write(folder, {"rejected": {"message": rejection.message, "code": rejection.reason, "data": dict(rejection.data)}})


def read_outcome(folder: Path, *, may_be_empty: bool = False) -> ProcessingResult:
    """The result left in ``folder``, checked against the files there, and removed.

    Raises the child's MediaRejected, or UnusableOutcome.
    """
    report = folder / RESULT_NAME
    try:
        _require_plain_file(report)
        if report.stat().st_size > _MAX_RESULT_BYTES:
            raise UnusableOutcome("the report is oversized")
        outcome = json.loads(report.read_bytes())
        report.unlink()
        if "rejected" in outcome:
            raise _rejection(outcome["rejected"])
        return _result(outcome["result"], folder, may_be_empty=may_be_empty)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableOutcome(f"{type(error).__name__}: {error}") from error


def read_single(folder: Path, name: str) -> Path:
    """The one picture that was left in ``folder``, of the type that its name says. Raises as :func:`read_outcome`."""
    if (folder / RESULT_NAME).exists():
        read_outcome(folder)
        raise UnusableOutcome("renditions were not asked for")
    path = folder / name
    try:
        _require_plain_file(path)
        if sniff(path).media_type != media_type_of(name):
            raise UnusableOutcome(f"{name} is something else")
    except (OSError, MediaRejected) as error:
        raise UnusableOutcome(f"{type(error).__name__}: {error}") from error
    return path


def _write(folder: Path, outcome: Mapping[str, Any]) -> None:
    text = json.dumps(outcome, default=_plain, ensure_ascii=True)
    (folder / RESULT_NAME).write_text(text, encoding="ascii")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rejection(data: Mapping[str, Any]) -> MediaRejected:
    code = str(data["code"])
    if not _REASON.fullmatch(code):
        raise UnusableOutcome("the refusal has no code")
    details = {str(key)[:60]: value for key, value in data["data"].items() if isinstance(value, (str, int, float))}
    return MediaRejected(str(data["message"])[:500], code=code, **details)


def _result(data: Mapping[str, Any], folder: Path, *, may_be_empty: bool) -> ProcessingResult:
    placeholder, digest = str(data["placeholder"]), str(data["perceptual_hash"])
    if not _PLACEHOLDER.fullmatch(placeholder) or not _HASH.fullmatch(digest):
        raise UnusableOutcome("placeholder or hash are none")
    files = tuple(_rendition(each, folder) for each in data["renditions"])
    if not (files or may_be_empty) or len({file.profile for file in files}) != len(files):
        raise UnusableOutcome("no renditions, or one of them twice")
    return ProcessingResult(
        renditions=files,
        facts={str(key)[:60]: _fact(value) for key, value in data["facts"].items()},
        metadata=_metadata(data["metadata"]),
        width=_count(data["width"]),
        height=_count(data["height"]),
        placeholder=placeholder,
        perceptual_hash=digest,
        colours=tuple(dict.fromkeys(Colour(name) for name in data["colours"][: len(Colour)])),
    )


def _rendition(data: Mapping[str, Any], folder: Path) -> RenditionFile:
    profile = str(data["profile"])
    if not _PROFILE.fullmatch(profile):
        raise UnusableOutcome("an unknown profile")
    _require_plain_file(folder / profile)
    media_type = media_type_of(profile)
    if sniff(folder / profile).media_type != media_type:
        raise UnusableOutcome(f"{profile} is not {media_type}")
    width, height = _count(data["width"]), _count(data["height"])
    if width > NOMINAL_WIDTHS[-1] or height > MAX_HEIGHT:
        raise UnusableOutcome(f"{profile} is too large")
    return RenditionFile(
        profile=profile, path=PurePosixPath(profile), media_type=media_type, width=width, height=height
    )


def _metadata(data: Mapping[str, Any]) -> EmbeddedMetadata:
    texts = {
        name: str(value)[:10_000] for name, value in data.items() if isinstance(value, str) and name != "event_date"
    }
    urgency = data["urgency"]
    return EmbeddedMetadata(
        **texts,
        keywords=tuple(str(each)[:100] for each in data["keywords"][:100]),
        people=tuple(str(each)[:120] for each in data.get("people", ())[:50]),
        event_date=datetime.fromisoformat(data["event_date"]) if data["event_date"] else None,
        urgency=urgency if urgency in range(1, 9) else None,
        raw=dict(data["raw"]),
    )


def _fact(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:200]


def _count(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= _MAX_SIDE:
        raise UnusableOutcome("a size is none")
    return value


def _require_plain_file(path: Path) -> None:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise UnusableOutcome(f"{path.name} is not a file")
