from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.pagination import NewestFirst
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import DeclineIn, NationalIn, NominationIn, NominationQuery
from api.serializers.outputs import NominationOut
from api.views.base import IF_MATCH, SignedInView, page
from api.views.etags import wanted_revision
from api.workflow_presenters import nomination_out
from assets.models import Nomination
from assets.models.workflow import NominationQuerySet
from assets.nominations import get_nomination
from assets.usecases.nominations_decide import accept_nomination, decline_nomination, edit_nomination
from assets.usecases.nominations_make import nominate_asset
from permissions.actor import Actor

CHANGED = {200: NominationOut, 412: OpenApiResponse(description="`precondition_failed`")}


def _shown(actor: Actor) -> NominationQuerySet:
    rows = Nomination.objects.visible_to(actor).select_related("agency", "nominated_by", "asset__current_version")
    return rows.prefetch_related("asset__texts")


def _answer(actor: Actor, nomination_id: UUID, *, status: int = 200) -> Response:
    nomination = _shown(actor).get(pk=nomination_id)
    headers = {"ETag": f'"{nomination.revision}"'}
    return Response(NominationOut(nomination_out(nomination)).data, status=status, headers=headers)


class NominationsView(SignedInView):
    queryset = Nomination.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="nominations_list",
        summary="What agencies proposed to the central desk, newest first",
        description="The desk sees all, an agency's people their own.",
        parameters=[NominationQuery],
        responses=NominationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(NominationQuery, request.query_params)
        rows = _shown(self.actor)
        if "state" in query:
            rows = rows.filter(state=query["state"])
        if "agency" in query:
            rows = rows.filter(agency__path__startswith=find_agency(self.actor, query["agency"]).path)
        return page(self, rows, lambda nomination: NominationOut(nomination_out(nomination)).data)

    @extend_schema(
        operation_id="nominations_create",
        summary="Propose a published asset",
        parameters=[IDEMPOTENCY_KEY],
        request=NominationIn,
        responses={201: NominationOut},
    )
    @happens_once(replays.of_nomination)
    def post(self, request: Request) -> Response:
        values = checked(NominationIn, request.data)
        made = nominate_asset(asset_id=values["asset"], by=self.actor, note=values.get("note", ""))
        return _answer(self.actor, made.pk, status=201)


class NominationView(SignedInView):
    @extend_schema(operation_id="nominations_get", summary="One nomination", responses=NominationOut)
    def get(self, request: Request, nomination_id: UUID) -> Response:  # noqa: ARG002
        return _answer(self.actor, get_nomination(self.actor, nomination_id).pk)

    @extend_schema(
        operation_id="nominations_edit",
        summary="Change the national version",
        parameters=[IF_MATCH],
        request=NationalIn,
        responses=CHANGED,
    )
    def patch(self, request: Request, nomination_id: UUID) -> Response:
        values = checked(NationalIn, request.data)
        edit_nomination(nomination_id=nomination_id, by=self.actor, national=values, revision=wanted_revision(request))
        return _answer(self.actor, nomination_id)


class NominationAcceptView(SignedInView):
    @extend_schema(
        operation_id="nominations_accept",
        summary="Accept, with the desk's own words where it wants them",
        parameters=[IF_MATCH],
        request=NationalIn,
        responses=CHANGED,
    )
    def post(self, request: Request, nomination_id: UUID) -> Response:
        values = checked(NationalIn, request.data)
        accept_nomination(
            nomination_id=nomination_id, by=self.actor, national=values, revision=wanted_revision(request)
        )
        return _answer(self.actor, nomination_id)


class NominationDeclineView(SignedInView):
    @extend_schema(
        operation_id="nominations_decline",
        summary="Decline with a reason",
        parameters=[IF_MATCH],
        request=DeclineIn,
        responses=CHANGED,
    )
    def post(self, request: Request, nomination_id: UUID) -> Response:
        values = checked(DeclineIn, request.data)
        decline_nomination(
            nomination_id=nomination_id, by=self.actor, reason=values["reason"], revision=wanted_revision(request)
        )
        return _answer(self.actor, nomination_id)
