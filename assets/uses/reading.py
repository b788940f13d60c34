"""What was counted of one work. The caller has asked the policy whether the reader may know (``SEE_USES``)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from assets.models import Asset, UsageStatement, UseCount
from assets.states import UseKind
from permissions.models import Agency

DAYS: Final = 90
MOST_PAGES: Final = 50
MOST_AGENCIES: Final = 50
MOST_STATEMENTS: Final = 50


@dataclass(frozen=True, kw_only=True)
class PageUse:
    """``site`` is empty for pages that were too many to tell apart, ``path`` where browsers named the site alone."""

    site: str
    path: str
    agency: Agency | None
    kind: UseKind
    uses: int


@dataclass(frozen=True, kw_only=True)
class AgencyUse:
    """``agency`` None: the public, and people of several agencies."""

    agency: Agency | None
    kind: UseKind
    uses: int


@dataclass(frozen=True, kw_only=True)
class Uses:
    """From ``since`` to today, most used first. ``more``: there are others beyond those that are listed.
    ``statements``: the newest of what downloads were said to be for."""

    since: date
    totals: dict[UseKind, int]
    pages: tuple[PageUse, ...]
    agencies: tuple[AgencyUse, ...]
    more: bool
    statements: tuple[UsageStatement, ...]

    @property
    def total(self) -> int:
        return sum(self.totals.values())


def uses_of(asset: Asset, *, days: int = DAYS) -> Uses:
    """How often the asset was used in the last ``days`` days, today among them; by the days of ``TIME_ZONE``."""
    since = timezone.localdate() - timedelta(days=days - 1)
    rows = UseCount.objects.filter(asset=asset, day__gte=since)
    totals = dict.fromkeys(UseKind, 0)
    totals |= {UseKind(kind): uses for kind, uses in rows.values_list("kind").annotate(Sum("uses"))}
    shown_in = (UseKind.EMBED, UseKind.MEDIA)
    pages = _most(rows.filter(kind__in=shown_in), "site", "page", "agency_id", "kind", most=MOST_PAGES)
    taken = _most(rows.exclude(kind__in=shown_in), "agency_id", "kind", most=MOST_AGENCIES)
    stated = UsageStatement.objects.filter(asset=asset, stated_at__gte=beginning_of(since))
    names = _agencies({row[-3] for row in (*pages, *taken)})
    return Uses(
        since=since,
        totals=totals,
        pages=tuple(
            PageUse(site=site, path=path, agency=names.get(agency), kind=UseKind(kind), uses=uses)
            for site, path, agency, kind, uses in pages[:MOST_PAGES]
        ),
        agencies=tuple(
            AgencyUse(agency=names.get(agency), kind=UseKind(kind), uses=uses)
            for agency, kind, uses in taken[:MOST_AGENCIES]
        ),
        more=len(pages) > MOST_PAGES or len(taken) > MOST_AGENCIES,
        statements=tuple(stated.select_related("agency", "user", "token").order_by("-id")[:MOST_STATEMENTS]),
    )


def beginning_of(day: date) -> datetime:
    """The first moment of a day of ``TIME_ZONE``."""
    return timezone.make_aware(datetime.combine(day, time.min))


def totals_of(assets: Collection[UUID], *, days: int = DAYS) -> tuple[date, dict[UUID, dict[UseKind, int]]]:
    """Since when, and the sums of each asset, in one query; by the same days as :func:`uses_of`. The caller has asked
    for each whether the reader may know."""
    since = timezone.localdate() - timedelta(days=days - 1)
    found = {asset: dict.fromkeys(UseKind, 0) for asset in assets}
    rows = UseCount.objects.filter(asset__in=assets, day__gte=since).order_by()
    for asset, kind, uses in rows.values_list("asset", "kind").annotate(Sum("uses")):
        found[asset][UseKind(kind)] = uses
    return since, found


def _most(rows: QuerySet[UseCount], *by: str, most: int) -> list[tuple[Any, ...]]:
    """The largest sums, and one more to know of more."""
    return list(rows.values_list(*by).annotate(sum=Sum("uses")).order_by("-sum", *by)[: most + 1])


def _agencies(ids: set[UUID | None]) -> dict[UUID, Agency]:
    return Agency.objects.in_bulk([each for each in ids if each is not None])
