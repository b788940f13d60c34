"""What the works of an agency were used for in a month, and what it used of others.

The caller has asked the policy (``AgencyAction.SEE_USES``). Works that the reader may not see now are in no row and in
no sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from assets.models import Asset, AssetText, Publication, UsageStatement, UseCount
from assets.models.publication import PublicationQuerySet
from assets.states import UseKind
from assets.uses.pruning import KEPT_DAYS
from assets.uses.reading import beginning_of
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.models import Agency

MOST_LINES: Final = 50
"""Of each list of a report."""
GIVEN: Final = "given"
TAKEN: Final = "taken"
PUBLICATION: Final = "publication"
STATEMENT: Final = "statement"
LARGEST_EXPORT: Final = 50_000
"""Lines of an export."""
FETCHED: Final = 1000
"""Lines of an export whose works are in memory at the same time."""


@dataclass(frozen=True, kw_only=True)
class WorkUse:
    """One work and how often it was used."""

    asset: Asset
    uses: int


@dataclass(frozen=True, kw_only=True)
class SiteUse:
    """``site`` is a host; ``agency`` the one that has registered it."""

    site: str
    agency: Agency | None
    uses: int


@dataclass(frozen=True, kw_only=True)
class TakerUse:
    """``agency`` None: the public, and people of several agencies."""

    agency: Agency | None
    uses: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """Sums over all works; ``top`` has those that were used most. ``works``: how many different ones were used.
    ``reported``: how many publications were reported, of which ``publications`` has the newest."""

    totals: dict[UseKind, int]
    works: int
    top: tuple[WorkUse, ...]
    reported: int
    publications: tuple[Publication, ...]

    @property
    def total(self) -> int:
        return sum(self.totals.values())


@dataclass(frozen=True, kw_only=True)
class Report:
    """``given``: works of the agency and of those below it, by whomever. ``taken``: works of others, by it and those
    below it. Lists have at most ``MOST_LINES``, the most used first."""

    month: date
    given: Part
    sites: tuple[SiteUse, ...]
    takers: tuple[TakerUse, ...]
    taken: Part


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an export: one work, one way of use, one user of it; or one reported publication (``PUBLICATION``),
    with its address or else its title, medium and day; or what one download was said to be for (``STATEMENT``), with
    the name of the person or the program that said it, the day and the file."""

    direction: str
    asset: Asset
    kind: str
    site: str
    by: str
    uses: int
    address: str = ""
    medium: str = ""
    published_on: str = ""
    said: str = ""
    said_by: str = ""
    said_on: str = ""
    file: str = ""


def months_kept() -> tuple[date, ...]:
    """The months of which counts are kept whole, and the present one; the newest first."""
    months = [timezone.localdate().replace(day=1)]
    oldest = timezone.localdate() - timedelta(days=KEPT_DAYS)
    while (earlier := (months[-1] - timedelta(days=1)).replace(day=1)) >= oldest:
        months.append(earlier)
    return tuple(months)


def month_named(said: str) -> date:
    """The first day of ``YYYY-MM``; empty: of this month. :class:`Invalid` for months of which nothing is kept."""
    months = {f"{month:%Y-%m}": month for month in months_kept()}
    if not said:
        return next(iter(months.values()))
    if said not in months:
        sentence = f"Uses are kept for {KEPT_DAYS} days: ask for a month from {min(months)} to {max(months)}."
        raise Invalid(sentence, fields={"month": [sentence]})
    return months[said]


def report_of(agency: Agency, *, month: date, reader: Actor) -> Report:
    """The report of one month. Some grouped sums over the month's rows; nothing is kept."""
    given, taken = _given(agency, month, reader), _taken(agency, month, reader)
    published = {way: _published(agency, month, reader, way) for way in (GIVEN, TAKEN)}
    pages = given.exclude(site="")
    takers = given.filter(kind__in=(UseKind.DOWNLOAD, UseKind.READ))
    sites = _most(pages, "site", "agency_id")
    by = _most(takers, "agency_id")
    names = Agency.objects.in_bulk([pk for pk in {row[-2] for row in (*sites, *by)} if pk is not None])
    return Report(
        month=month,
        given=_part(given, published[GIVEN]),
        sites=tuple(SiteUse(site=site, agency=names.get(pk), uses=uses) for site, pk, uses in sites),
        takers=tuple(TakerUse(agency=names.get(pk), uses=uses) for pk, uses in by),
        taken=_part(taken, published[TAKEN]),
    )


def lines_of(agency: Agency, *, month: date, reader: Actor) -> Iterator[Line]:
    """Everything that the report sums, the most used first; :class:`Invalid` (``export_too_large``) beyond
    ``LARGEST_EXPORT`` lines, at once. Works are fetched for a thousand lines at a time."""
    found: list[tuple[Any, ...]] = [
        (direction, *row, {})
        for direction, rows in ((GIVEN, _given(agency, month, reader)), (TAKEN, _taken(agency, month, reader)))
        for row in _grouped(rows, "asset_id", "kind", "site", "agency__code")[: LARGEST_EXPORT + 1]
    ]
    found += [
        (
            *(way, row[0], PUBLICATION, row[1], row[2], 1),
            {"address": row[3] or row[4], "medium": row[5], "published_on": f"{row[6]:%Y-%m-%d}"},
        )
        for way in (GIVEN, TAKEN)
        for row in _published(agency, month, reader, way)
        .order_by("-published_on", "-id")
        .values_list("asset_id", "site", "agency__code", "url", "title", "medium", "published_on")[: LARGEST_EXPORT + 1]
    ]
    found += [(GIVEN, row.asset_id, STATEMENT, "", _code(row), 1, _said(row)) for row in _stated(agency, month, reader)]
    if len(found) > LARGEST_EXPORT:
        sentence = f"These are more than {LARGEST_EXPORT} lines. Ask for the agencies below, one by one."
        raise Invalid(sentence, code="export_too_large", limit=LARGEST_EXPORT)
    return _lines(found)


def _lines(found: Sequence[tuple[Any, ...]]) -> Iterator[Line]:
    for at in range(0, len(found), FETCHED):
        part = found[at : at + FETCHED]
        works = _works(row[1] for row in part)
        for direction, pk, kind, site, code, uses, more in part:
            if pk in works:
                yield Line(
                    direction=direction,
                    asset=works[pk],
                    kind=kind,
                    site=site,
                    by=code or "",
                    uses=uses,
                    **more,
                )


def _given(agency: Agency, month: date, reader: Actor) -> QuerySet[UseCount]:
    return _seen(month, Asset.objects.visible_to(reader).filter(agency__path__startswith=agency.path))


def _taken(agency: Agency, month: date, reader: Actor) -> QuerySet[UseCount]:
    others = Asset.objects.visible_to(reader).exclude(agency__path__startswith=agency.path)
    return _seen(month, others).filter(agency__path__startswith=agency.path)


def _published(agency: Agency, month: date, reader: Actor, direction: str) -> PublicationQuerySet:
    """What was reported of works that the reader sees: of the agency's by whomever, or of others' by the agency."""
    works = Asset.objects.visible_to(reader)
    own = Q(agency__path__startswith=agency.path)
    works = works.filter(own) if direction == GIVEN else works.exclude(own)
    rows: PublicationQuerySet = Publication.objects.filter(
        published_on__gte=month, published_on__lt=_following(month), asset__in=works.order_by().values("pk")
    )
    return rows if direction == GIVEN else rows.filter(own)


def _stated(agency: Agency, month: date, reader: Actor) -> Iterable[UsageStatement]:
    """What downloads of the agency's works were said to be for, newest first."""
    works = Asset.objects.visible_to(reader).filter(agency__path__startswith=agency.path)
    rows = UsageStatement.objects.filter(
        stated_at__gte=beginning_of(month),
        stated_at__lt=beginning_of(_following(month)),
        asset__in=works.order_by().values("pk"),
    )
    return rows.select_related("agency", "user", "token").order_by("-id")[: LARGEST_EXPORT + 1]


def _code(row: UsageStatement) -> str:
    return row.agency.code if row.agency else ""


def _said(row: UsageStatement) -> dict[str, str]:
    by = row.user.full_name if row.user else row.token.name if row.token else ""
    return {
        "said": row.text,
        "said_by": by,
        "said_on": f"{timezone.localtime(row.stated_at):%Y-%m-%d}",
        "file": row.file,
    }


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _seen(month: date, works: "QuerySet[Asset, Any]") -> QuerySet[UseCount]:
    return UseCount.objects.filter(day__gte=month, day__lt=_following(month), asset__in=works.order_by().values("pk"))


def _part(rows: QuerySet[UseCount], published: PublicationQuerySet) -> Part:
    totals = dict.fromkeys(UseKind, 0)
    totals |= {UseKind(kind): uses for kind, uses in rows.values_list("kind").annotate(Sum("uses"))}
    top = _most(rows, "asset_id")
    works = _works(pk for pk, _ in top)
    different = rows.aggregate(works=Count("asset_id", distinct=True))["works"]
    return Part(
        totals=totals,
        works=different,
        top=tuple(WorkUse(asset=works[pk], uses=uses) for pk, uses in top if pk in works),
        reported=published.count(),
        publications=_named(published),
    )


def _named(published: PublicationQuerySet) -> tuple[Publication, ...]:
    rows = list(published.select_related("agency").order_by("-published_on", "-id")[:MOST_LINES])
    works = _works(row.asset_id for row in rows)
    for row in rows:
        row.asset = works[row.asset_id]
    return tuple(rows)


def _most(rows: QuerySet[UseCount], *by: str) -> list[tuple[Any, ...]]:
    return list(_grouped(rows, *by)[:MOST_LINES])


def _grouped(rows: QuerySet[UseCount], *by: str) -> "QuerySet[UseCount, tuple[Any, ...]]":
    return rows.values_list(*by).annotate(sum=Sum("uses")).order_by("-sum", *by)


def _works(ids: Iterable[UUID]) -> dict[UUID, Asset]:
    titles = Prefetch("texts", AssetText.objects.defer("body"))
    return Asset.objects.select_related("agency", "current_version").prefetch_related(titles).in_bulk(set(ids))
