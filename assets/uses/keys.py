"""What uses are counted by."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from assets.states import UseKind


@dataclass(frozen=True, kw_only=True, slots=True)
class UseKey:
    """What is counted as one."""

    asset_id: UUID
    day: date
    kind: UseKind
    site: str = ""
    page: str = ""
    agency_id: UUID | None = None
    token_id: UUID | None = None
