"""Who could see an asset at one moment of its past: judged by the policy itself, from facts that were kept.

An agency may have moved since, so grants are compared with the ids in the path of then, not with the paths of now.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

from django.utils.dateparse import parse_datetime

from permissions.actor import Actor, Grant
from permissions.models import PATH_SEPARATOR
from permissions.policy import can, in_window
from permissions.vocabulary import Action

NEVER: Final = datetime.max.replace(tzinfo=UTC)
SETTLED: Final = datetime.min.replace(tzinfo=UTC)
"""Any moment will do for facts whose window is settled."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What ``policy.can(…, VIEW, …)`` asks of an asset. The rest of ``AssetFacts`` decides about other acts."""

    agency_path: str
    state: str
    audience: str
    shared_paths: tuple[str, ...]
    embargo_until: datetime | None = None
    rights_end: datetime | None = None
    consent_ends: datetime | None = None
    release_required: bool = False
    has_release: bool = False
    in_trash: bool = False
    is_rejected: bool = False
    is_verified: bool = True
    is_processed: bool = True
    review_steps: int = 0
    made_by: Collection[UUID] = ()
    approved_by: Collection[UUID] = ()
    is_purging: bool = False
    is_held: bool = False
    held_by_platform: bool = False

    @classmethod
    def of_row(cls, row: Mapping[str, Any], paths: Mapping[str, str]) -> Self:
        """From the facts that the triggers write; ``paths`` has the path of every agency in them by its id."""
        return cls(
            agency_path=paths.get(row["agency"], ""),
            state=row["state"],
            audience=row["audience"],
            shared_paths=tuple(sorted(paths[each] for each in row["shared"] if each in paths)),
            embargo_until=_moment(row["embargo_until"]),
            rights_end=_moment(row["rights_end"]),
            consent_ends=_moment(row["consent_ends"]),
            release_required=row["release_required"],
            has_release=row["has_release"],
        )

    @classmethod
    def of_entry(cls, kept: Mapping[str, Any]) -> Self:
        """From what an entry keeps, whose window is settled: open or not."""
        return cls(
            agency_path=kept["path"],
            state=kept["state"],
            audience=kept["audience"],
            shared_paths=tuple(kept["shared"]),
            embargo_until=None if kept["open"] else NEVER,
        )

    def kept(self, *, is_open: bool) -> dict[str, Any]:
        """What an entry keeps."""
        return {
            "path": self.agency_path,
            "state": str(self.state),
            "audience": str(self.audience),
            "shared": list(self.shared_paths),
            "open": is_open,
        }

    def open_at(self, moment: datetime) -> bool:
        return in_window(self, moment) is None

    def opened_between(self, begin: datetime, end: datetime) -> bool:
        """Whether it was open at some moment of the interval: a window is one interval, so its first moment in it
        decides."""
        first = begin if self.embargo_until is None else max(begin, self.embargo_until)
        return first <= end and self.open_at(first)


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


@dataclass(frozen=True, kw_only=True)
class PastGrant(Grant):
    """Covers the paths that name its agency: an agency keeps its id wherever it is moved."""

    def covers(self, path: str) -> bool:
        return self.agency_id.hex + PATH_SEPARATOR in path


def of_the_past(actor: Actor) -> Actor:
    """The actor, to be judged about paths of then."""
    grants = (PastGrant(agency_id=each.agency_id, path=each.path, role=each.role) for each in actor.grants)
    return replace(actor, grants=tuple(grants))


def saw(actor: Actor, kept: Mapping[str, Any] | None) -> bool:
    """Whether an actor :func:`of_the_past` sees what is so."""
    return kept is not None and bool(can(actor, Action.VIEW, Facts.of_entry(kept), now=SETTLED))
