from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import NewestFirst
from api.presenters import job_out
from api.serializers.base import checked_query
from api.serializers.inputs import JobQuery
from api.serializers.outputs import JobOut
from api.views.base import SignedInView, page
from assets.models import AssetVersion, ProcessingAttempt
from permissions.actor import Actor
from permissions.errors import NotFound


def visible_jobs(actor: Actor) -> QuerySet[ProcessingAttempt]:
    """Runs of the processing of versions that the actor may know of."""
    rows = ProcessingAttempt.objects.filter(version__in=AssetVersion.objects.visible_to(actor))
    return rows.select_related("version__asset").order_by("-id")


class JobsView(SignedInView):
    queryset = ProcessingAttempt.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="jobs_list",
        summary="Processing, newest first",
        parameters=[JobQuery],
        responses=JobOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(JobQuery, request.query_params)
        rows = visible_jobs(self.actor)
        if "state" in query:
            rows = rows.filter(state=query["state"])
        if "asset" in query:
            rows = rows.filter(version__asset_id=query["asset"])
        return page(self, rows, lambda attempt: JobOut(job_out(attempt)).data)


class JobView(SignedInView):
    @extend_schema(operation_id="jobs_get", summary="One run of processing", responses=JobOut)
    def get(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002
        attempt = visible_jobs(self.actor).filter(pk=job_id).first()
        if attempt is None:
            raise NotFound("There is no such job.")
        return Response(JobOut(job_out(attempt)).data)
