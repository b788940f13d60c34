"""The changes feed: is what changed given its place in time, and does the database note every change."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, connection

from assets.changes.reading import FeedState, feed_state
from mediacenter.doctor.finding import Finding, ok, problem, warning

LATE: Final = timedelta(minutes=5)
NOTING: Final = (
    "SELECT tgrelid::regclass::text || '.' || tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'change_waits%'"
)
TRIGGERS: Final = frozenset(
    {
        "assets_asset.change_waits",
        "assets_asset.change_waits_edited",
        "assets_assetshare.change_waits",
        "assets_assettext.change_waits",
        "assets_assettext.change_waits_edited",
        "assets_assetversion.change_waits_edited",
        "assets_datatable.change_waits",
        "assets_rendition.change_waits",
        "assets_texttrack.change_waits",
        "assets_texttrack.change_waits_edited",
        "permissions_agency.change_waits_moved",
    }
)


def findings() -> Iterator[Finding]:
    try:
        yield _waiting(feed_state())
        yield _triggers()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        yield problem("changes", f"The changes feed cannot be read: {reason}", "Run `mediacenter migrate`.")


def _waiting(state: FeedState) -> Finding:
    reach = (
        f"from {state.oldest:%Y-%m-%d %H:%M} to {state.newest:%Y-%m-%d %H:%M}"
        if state.oldest and state.newest
        else "empty"
    )
    text = f"The changes feed is {reach}; {state.pending} changes wait for their place."
    if state.waiting_for is not None and state.waiting_for > LATE:
        minutes = state.waiting_for.total_seconds() / 60
        return warning(
            "changes.waiting", f"{text} The oldest for {minutes:.0f} minutes.", "Start a `mediacenter worker`."
        )
    return ok("changes.waiting", text)


def _triggers() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(NOTING)
        standing = {name for name, enabled in cursor.fetchall() if enabled in {"O", "A"}}
    missing = sorted(TRIGGERS - standing)
    if missing:
        text = f"Changes are not noted: {', '.join(missing)} is missing or switched off."
        advice = "Put them up again as in the migration assets 0020, and have mirrors begin anew."
        return problem("changes.noted", text, advice)
    return ok("changes.noted", "The database notes every change.")
