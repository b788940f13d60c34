from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``problem``: something does not work or is not safe; ``warning``: it works, but not as well as it should."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``id`` is stable; ``message`` says what is so; ``advice`` what to do unless OK."""

    id: str
    level: Level
    message: str
    advice: str = ""


def ok(finding_id: str, message: str) -> Finding:
    return Finding(id=finding_id, level=Level.OK, message=message)


def warning(finding_id: str, message: str, advice: str) -> Finding:
    return Finding(id=finding_id, level=Level.WARNING, message=message, advice=advice)


def problem(finding_id: str, message: str, advice: str) -> Finding:
    return Finding(id=finding_id, level=Level.PROBLEM, message=message, advice=advice)
