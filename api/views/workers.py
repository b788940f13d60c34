from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.workers import WorkforceOut
from api.views.base import SignedInView
from assets.workers import workforce_for


class WorkersView(SignedInView):
    @extend_schema(
        operation_id="workers_list", summary="Who works and what waits, for operators", responses=WorkforceOut
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response(WorkforceOut(asdict(workforce_for(self.actor))).data)
