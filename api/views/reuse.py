from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters import display_title
from api.presenters_base import agency_ref, asset_ref, known_agency_ref
from api.serializers.base import checked_query, get_agency
from api.serializers.inputs import ReuseQuery
from api.serializers.uses import ReuseOut
from api.views.base import SignedInView
from assets.uses.exporting import to_csv
from assets.uses.reporting import LARGEST_EXPORT, Part, Report, lines_of, month_named, report_of
from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction


def _agency(actor: Actor, key: str) -> Agency:
    agency = get_agency(actor, key)
    require(can_in_agency(actor, AgencyAction.SEE_USES, agency.path))
    return agency


class ReuseView(SignedInView):
    @extend_schema(
        operation_id="agencies_reuse",
        summary="What the works of an agency were used for in a month, and what it used of others",
        description="For the people of the agency and those above, the central desk and auditors. Works that you may "
        "not see are in no row and in no sum. Counted as `GET assets/{id}/uses` counts.",
        parameters=[ReuseQuery],
        responses=ReuseOut,
    )
    def get(self, request: Request, key: str) -> Response:
        query = checked_query(ReuseQuery, request.query_params)
        agency = _agency(self.actor, key)
        report = report_of(agency, month=month_named(query.get("month", "")), reader=self.actor)
        return Response(ReuseOut(_present(agency, report)).data)


class ReuseExportView(SignedInView):
    @extend_schema(
        operation_id="agencies_reuse_export",
        summary="Every line of that report as CSV",
        description=f"At most {LARGEST_EXPORT} lines, else 400 `export_too_large`. What a spreadsheet would take for a "
        "formula has an apostrophe before it.",
        parameters=[ReuseQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        query = checked_query(ReuseQuery, request.query_params)
        agency = _agency(self.actor, key)
        month = month_named(query.get("month", ""))
        lines = lines_of(agency, month=month, reader=self.actor)
        answer = HttpResponse(to_csv(lines, title_of=display_title), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="reuse-{agency.code}-{month:%Y-%m}.csv"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def _present(agency: Agency, report: Report) -> dict[str, object]:
    return {
        "agency": agency_ref(agency),
        "month": f"{report.month:%Y-%m}",
        "given": _part(report.given),
        "sites": [{"site": row.site, "agency": known_agency_ref(row.agency), "uses": row.uses} for row in report.sites],
        "takers": [{"agency": known_agency_ref(row.agency), "uses": row.uses} for row in report.takers],
        "taken": _part(report.taken),
    }


def _part(part: Part) -> dict[str, object]:
    top = [
        {
            "id": row.asset.pk,
            "reference": row.asset.reference,
            "title": display_title(row.asset),
            "agency": agency_ref(row.asset.agency),
            "uses": row.uses,
        }
        for row in part.top
    ]
    published = [
        {
            "asset": asset_ref(row.asset),
            "agency": agency_ref(row.agency),
            "medium": row.medium,
            "url": row.url,
            "title": row.title,
            "published_on": row.published_on,
        }
        for row in part.publications
    ]
    totals = {str(kind): uses for kind, uses in part.totals.items()}
    return {
        "totals": totals,
        "works": part.works,
        "top": top,
        "reported": part.reported,
        "publications": published,
    }
