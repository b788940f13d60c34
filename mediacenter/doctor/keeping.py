"""What the agencies may have, and what lies in the trash for too long."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Now

from assets.models import Asset
from assets.quota import usage_of
from assets.usecases.assets_purge import due_assets
from mediacenter.doctor.finding import Finding, ok, problem, warning
from permissions.models import Agency

LATE: Final = timedelta(days=1)
MOST_NAMED: Final = 10


def findings() -> Iterator[Finding]:
    try:
        yield _quotas()
        yield _purge()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        yield problem("keeping", f"Quotas and trash cannot be read: {reason}", "Run `mediacenter migrate`.")


def _quotas() -> Finding:
    limited = Agency.objects.filter(Q(quota_bytes__isnull=False) | Q(quota_items__isnull=False), is_active=True)
    high = [agency.code for agency in limited.order_by("path").iterator() if usage_of(agency).warnings]
    if not high:
        return ok("keeping.quotas", "No agency is near its quota.")
    named = ", ".join(high[:MOST_NAMED]) + ("…" if len(high) > MOST_NAMED else "")
    return warning(
        "keeping.quotas",
        f"{len(high)} agencies have reached the soft limit of their quota: {named}",
        "Give them more room, or have them empty what they do not need.",
    )


def _purge() -> Finding:
    over = Now() - settings.TRASH_LIFETIME - LATE
    waiting = due_assets().filter(deleted_at__lte=over).count()
    waiting += Asset.objects.filter(purging_at__lte=Now() - LATE).count()
    if not waiting:
        return ok("keeping.purge", "Nothing in the trash is overdue.")
    return warning(
        "keeping.purge",
        f"{waiting} assets should have been purged more than a day ago.",
        "Start a worker of the queue `purge` with the store's user of that name (`mediacenter storage-init` makes it).",
    )
