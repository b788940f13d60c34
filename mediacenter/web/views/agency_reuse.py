"""What the works of an agency were used for in a month, and what it used of others."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from assets.models import Publication
from assets.uses.reporting import Part, month_named, months_kept, report_of
from mediacenter.web.presentation.agencies import above
from mediacenter.web.presentation.texts import Words, best_words
from mediacenter.web.views.agency import load
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """A work as the page lists it."""

    address: str
    words: Words
    agency: str
    uses: int


@dataclass(frozen=True, kw_only=True)
class PartShown:
    """``totals``: the name of each way of use and its sum, those that happened."""

    total: int
    works: int
    totals: tuple[tuple[str, int], ...]
    top: tuple[WorkRow, ...]
    reported: int
    publications: tuple[Publication, ...]


@require_safe
@page
def reuse(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    found = load(actor, code)
    require(can_in_agency(actor, AgencyAction.SEE_USES, found.path))
    if found.merged_into is not None:
        month = request.GET.urlencode()
        place = reverse("web:agency-reuse", args=[found.merged_into.code])
        return redirect(f"{place}?{month}" if month else place)
    language = get_language() or "vi"
    report = report_of(found, month=_month(request), reader=actor)
    export = f"{reverse('api:agency-reuse-export', args=[found.code])}?month={report.month:%Y-%m}"
    context = {
        "agency": found,
        "name": found.name_in(language),
        "above": above(found),
        "month": report.month,
        "months": months_kept(),
        "given": _shown(report.given, language),
        "sites": report.sites,
        "takers": [(_name(row.agency, language), row.uses) for row in report.takers],
        "taken": _shown(report.taken, language),
        "export": export,
    }
    return render(request, "web/agency_reuse.html", context)


def _month(request: HttpRequest) -> date:
    """Anything unusable is left out, so that an old link still opens."""
    try:
        return month_named(request.GET.get("month", ""))
    except Invalid:
        return month_named("")


def _shown(part: Part, language: str) -> PartShown:
    return PartShown(
        total=part.total,
        works=part.works,
        totals=tuple((str(kind.label), uses) for kind, uses in part.totals.items() if uses),
        top=tuple(
            WorkRow(
                address=reverse("web:asset", args=[row.asset.pk]),
                words=best_words(row.asset),
                agency=row.asset.agency.name_in(language),
                uses=row.uses,
            )
            for row in part.top
        ),
        reported=part.reported,
        publications=part.publications,
    )


def _name(agency: Agency | None, language: str) -> str:
    return agency.name_in(language) if agency is not None else ""
