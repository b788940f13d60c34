"""Moments as the standards write them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """``2026-11-23T02:30:00Z``: in UTC, with microseconds where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
