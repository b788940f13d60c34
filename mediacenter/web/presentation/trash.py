"""The trash as its page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from assets.models import Asset


@dataclass(frozen=True, kw_only=True)
class TrashRow:
    """``purged_after`` None: a legal hold keeps it. ``size`` in bytes, of its originals."""

    id: UUID
    reference: str
    title: str
    kind_label: str
    state: str
    state_label: str
    agency: str
    size: int
    deleted_at: datetime
    deleted_by: str
    reason: str
    purged_after: datetime | None
    hold_reason: str
    may_undelete: bool


def trash_row(asset: Asset, item: dict[str, Any]) -> TrashRow:
    """``item`` is what the API says of it."""
    return TrashRow(
        id=asset.pk,
        reference=asset.reference,
        title=item["title"],
        kind_label=asset.get_kind_display(),
        state=asset.state,
        state_label=asset.get_state_display(),
        agency=asset.agency.name_in(get_language() or "vi"),
        size=item["bytes"],
        deleted_at=item["deleted_at"],
        deleted_by=item["deleted_by"] or "",
        reason=item["reason"],
        purged_after=item["purged_after"],
        hold_reason=asset.hold_reason,
        may_undelete=item["may_undelete"],
    )
