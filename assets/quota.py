"""How much an agency has, and whether there is room for more.

Exact: counted from the rows at the moment of asking, never kept beside them. Bytes are those of the originals of all
versions; items are assets. An agency's quota is for what it owns itself, not for the agencies below it. Uploads under
way have their room reserved, and what lies in the trash counts until it is purged.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from assets.models import Asset, AssetVersion, Upload
from assets.queue import defer_quota_warning
from assets.states import UploadState
from permissions.errors import Conflict
from permissions.models import Agency
from permissions.tree import hold_tree, lock_agencies, open_agency

QUIET: Final = timedelta(days=1)
"""So long nobody is written to again: uploads that begin and break off could cross the limit all day."""
KINDS = [("bytes", "bytes"), ("items", "items")]
"""What a quota is about."""


class QuotaExceeded(Conflict):
    """The agency would have more than its quota; ``of`` is ``bytes`` or ``items``."""

    code = "quota_exceeded"


@dataclass(frozen=True, kw_only=True)
class Amount:
    """``limit`` None is no limit; ``reserved`` is what open uploads announced."""

    used: int
    reserved: int
    limit: int | None
    warn_percent: int

    @property
    def soft_limit(self) -> int | None:
        """From where on there are warnings."""
        return None if self.limit is None else -(-self.limit * self.warn_percent // 100)

    def with_more(self, more: int) -> "Amount":
        """The same once so much more is reserved."""
        return replace(self, reserved=self.reserved + more)

    @property
    def is_high(self) -> bool:
        """Whether what is used and reserved has reached the soft limit."""
        return self.limit is not None and (self.used + self.reserved) * 100 >= self.limit * self.warn_percent

    def has_room_for(self, more: int, *, beside_reserved: bool) -> bool:
        taken = self.used + (self.reserved if beside_reserved else 0)
        return self.limit is None or taken + more <= self.limit


@dataclass(frozen=True, kw_only=True)
class Usage:
    bytes: Amount
    items: Amount

    @property
    def warnings(self) -> list[str]:
        """Which of the two have reached the soft limit."""
        return [name for name, amount in (("bytes", self.bytes), ("items", self.items)) if amount.is_high]


def usage_of(agency: Agency) -> Usage:
    """What the agency has now."""
    size = AssetVersion.objects.filter(asset__agency=agency).aggregate(sum=Sum("size"))["sum"] or 0
    count = Asset.objects.filter(agency=agency).count()
    waiting = Upload.objects.filter(agency=agency, state=UploadState.OPEN)
    reserved = waiting.aggregate(size=Sum("size"), count=Count("pk", filter=Q(replacement=False)))
    percent = agency.quota_warn_percent
    return Usage(
        bytes=Amount(
            used=int(size), reserved=int(reserved["size"] or 0), limit=agency.quota_bytes, warn_percent=percent
        ),
        items=Amount(used=count, reserved=reserved["count"], limit=agency.quota_items, warn_percent=percent),
    )


def warnings_of(agency: Agency) -> list[str]:
    """The soft limits that are reached; asks nothing of the database for an agency without a quota."""
    if agency.quota_bytes is None and agency.quota_items is None:
        return []
    return usage_of(agency).warnings


def hold_room(agency_id: UUID, *, size: int, items: int = 1, reserved: bool = False) -> Agency:
    """Make sure that ``size`` bytes fit, and ``items`` more assets (0 for another file of one), until the transaction
    ends: the agency, as it is now.

    Call first in the transaction that adds them: it holds the tree and locks the agency's row. What was ``reserved``
    need not fit beside what others reserved. Raises :class:`QuotaExceeded`, or :class:`Conflict` for an agency that is
    closed.
    """
    hold_tree()
    lock_agencies([agency_id])
    agency = open_agency(agency_id)
    usage = require_room(agency, size=size, items=items, reserved=reserved)
    if usage is not None and not reserved:
        _warn_of_crossing(agency, usage, size=size, items=items)
    return agency


def _warn_of_crossing(agency: Agency, usage: Usage, *, size: int, items: int) -> None:
    """Have the administrators written to when so much more reaches the soft limit, at most once in :data:`QUIET`."""
    after = Usage(bytes=usage.bytes.with_more(size), items=usage.items.with_more(items))
    crossed = [kind for kind in after.warnings if kind not in usage.warnings]
    lately = Agency.objects.filter(pk=agency.pk, quota_warned_at__gt=Now() - QUIET)
    if not crossed or lately.exists():
        return
    Agency.objects.filter(pk=agency.pk).update(quota_warned_at=Now())
    defer_quota_warning(agency, crossed)


def warning_sentence(kind: str) -> str:
    """What is said of a soft limit that is reached; ``kind`` is ``bytes`` or ``items``."""
    if kind == "bytes":
        return _("The agency's storage is nearly used up.")
    return _("The agency has nearly as many assets as it may have.")


def require_room(agency: Agency, *, size: int, items: int = 1, reserved: bool = False) -> Usage | None:
    """The same question without a lock: an early answer that may be out of date. What the agency has, None where there
    is no quota. Raises :class:`QuotaExceeded`."""
    if agency.quota_bytes is None and agency.quota_items is None:
        return None
    usage = usage_of(agency)
    for name, amount, more in (("bytes", usage.bytes, size), ("items", usage.items, items)):
        if more and not amount.has_room_for(more, beside_reserved=not reserved):
            raise QuotaExceeded(
                _("The agency's quota is used up. Ask an administrator above it for more room."),
                of=name,
                limit=amount.limit,
                used=amount.used,
                reserved=amount.reserved,
                wanted=more,
            )
    return usage
