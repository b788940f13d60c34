"""The record, for auditors, operators and the administrators of agencies."""

from typing import Any, Final

from django.db.models.functions import Now
from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import NewestFirst
from api.serializers.audit import AuditEventOut, AuditExportQuery, AuditQuery
from api.serializers.base import checked_query, find_agency
from api.views.base import SignedInView, page
from permissions.actor import Actor
from permissions.audit_export import CHUNK, MEDIA_TYPES, as_record, export
from permissions.audit_models import AuditEventQuerySet
from permissions.audit_policy import may_read_record
from permissions.audit_search import EventFilters, with_names
from permissions.errors import Invalid
from permissions.models import AuditEvent
from permissions.reasons import require
from permissions.usecases.audit_export import record_export

LARGEST_EXPORT: Final = 100_000
"""Events in one answer; ``mediacenter audit export`` has no bound."""


def filters_of(actor: Actor, query: dict[str, Any]) -> EventFilters:
    return EventFilters(
        act=query.get("act"),
        act_prefix=query.get("act_prefix"),
        target=query.get("target"),
        agency=find_agency(actor, query["agency"]) if "agency" in query else None,
        user=query.get("user"),
        since=query.get("from"),
        until=query.get("to"),
    )


def found(actor: Actor, filters: EventFilters) -> AuditEventQuerySet:
    """Raises ``NotAllowed`` for those to whom the record is closed."""
    require(may_read_record(actor))
    return AuditEvent.objects.visible_to(actor).filter(filters.condition)


class AuditView(SignedInView):
    queryset = AuditEvent.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="audit_list",
        summary="Who did what, newest first",
        description="Auditors and operators read everything, administrators of agencies what concerns their subtree.",
        parameters=[AuditQuery],
        responses=AuditEventOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(AuditQuery, request.query_params)
        language = get_language() or "vi"
        events = with_names(found(self.actor, filters_of(self.actor, query)))
        return page(self, events, lambda event: AuditEventOut(as_record(event, language=language)).data)


class ByFormat(BaseContentNegotiation):
    """``format`` says it; neither the Accept header nor DRF's own use of that parameter does."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # noqa: ARG002
        return parsers[0]

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class AuditExportView(SignedInView):
    content_negotiation_class = ByFormat

    @extend_schema(
        operation_id="audit_export",
        summary="Events as CSV or JSON Lines, oldest first",
        description=f"At most {LARGEST_EXPORT} events, else 400 `export_too_large`. The export is itself recorded.",
        parameters=[AuditExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/x-ndjson"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        query = checked_query(AuditExportQuery, request.query_params)
        form = query.pop("format")
        events = found(self.actor, filters_of(self.actor, query)).filter(at__lte=Now())
        if events.order_by()[: LARGEST_EXPORT + 1].count() > LARGEST_EXPORT:
            raise Invalid(
                f"These are more than {LARGEST_EXPORT} events. Narrow the time, or ask an operator for the command.",
                code="export_too_large",
                limit=LARGEST_EXPORT,
            )
        record_export(by=self.actor, form=form, filters={name: str(value) for name, value in query.items()})
        rows = with_names(events).order_by("at", "id").iterator(chunk_size=CHUNK)
        answer = StreamingHttpResponse(export(rows, form), content_type=MEDIA_TYPES[form])
        answer["Content-Disposition"] = f'attachment; filename="audit.{form}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
