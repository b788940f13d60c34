import hashlib
import json

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.pagination import ByPath
from api.presenters import agency_detail, agency_out, usage_out
from api.serializers.base import checked, checked_query, find_agency, get_agency
from api.serializers.inputs import AgencyIn, AgencyPatch, AgencyQuery, MergeIn, MoveIn
from api.serializers.outputs import AgencyDetail, AgencyOut, RetentionOut, UsageOut
from api.trash_presenters import retention_item
from api.views.base import IF_MATCH, SignedInView, page
from api.views.etags import wanted_revision
from assets.quota import usage_of
from assets.retention import next_to_go
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.logos_set import set_logo
from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import Decision, can_in_agency
from permissions.reasons import require
from permissions.usecases.agencies import create_agency
from permissions.usecases.agencies_edit import edit_agency
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AgencyAction

MOST_NEXT = 100
"""Assets that the preview of the retention lists."""


class AgenciesView(SignedInView):
    queryset = Agency.objects.none()  # for the schema
    pagination_class = ByPath

    @extend_schema(
        operation_id="agencies_list",
        summary="Agencies in the order of the tree",
        parameters=[AgencyQuery],
        responses=AgencyOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(AgencyQuery, request.query_params)
        rows: QuerySet[Agency] = Agency.objects.filter(is_active=True)
        if not can_in_agency(self.actor, AgencyAction.VIEW, ""):
            rows = rows.none()
        if "parent" in query:
            rows = rows.filter(parent=find_agency(self.actor, query["parent"], field="parent"))
        for word in query.get("search", "").split():
            named = Q(name_vi__icontains=word) | Q(name_en__icontains=word) | Q(name_zh__icontains=word)
            rows = rows.filter(named | Q(code__iexact=word))
        return page(self, rows, lambda agency: AgencyOut(agency_out(agency)).data, ByPath)

    @extend_schema(
        operation_id="agencies_create",
        summary="Add an agency below one you administer",
        parameters=[IDEMPOTENCY_KEY],
        request=AgencyIn,
        responses={201: AgencyOut},
    )
    @happens_once(replays.of_agency)
    def post(self, request: Request) -> Response:
        values = checked(AgencyIn, request.data)
        parent = find_agency(self.actor, values.pop("parent"), field="parent") if "parent" in values else None
        agency = create_agency(by=self.actor, parent=parent, **values)
        return Response(AgencyOut(agency_out(agency)).data, status=201)


class AgencyView(SignedInView):
    @extend_schema(operation_id="agencies_get", summary="One agency, by id or code", responses=AgencyDetail)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        return answer_agency(self.actor, get_agency(self.actor, key))

    @extend_schema(
        operation_id="agencies_update",
        summary="Change an agency's settings",
        parameters=[IF_MATCH],
        request=AgencyPatch,
        responses=AgencyDetail,
    )
    def patch(self, request: Request, key: str) -> Response:
        agency = get_agency(self.actor, key)
        values = checked(AgencyPatch, request.data)
        revision = wanted_revision(request)
        if "logo" in values:
            work = values.pop("logo")
            edited = set_logo(agency_id=agency.pk, by=self.actor, work=work, fields=values, revision=revision)
        else:
            edited = edit_agency(agency_id=agency.pk, by=self.actor, fields=values, revision=revision)
        return answer_agency(self.actor, edited)


class AgencyMoveView(SignedInView):
    @extend_schema(
        operation_id="agencies_move",
        summary="Put an agency, with all below it, under another one",
        parameters=[IF_MATCH],
        request=MoveIn,
        responses=AgencyDetail,
    )
    def post(self, request: Request, key: str) -> Response:
        agency = get_agency(self.actor, key)
        above = checked(MoveIn, request.data)["parent"]
        parent = find_agency(self.actor, above, field="parent") if above is not None else None
        moved = move_agency(
            agency_id=agency.pk,
            parent_id=parent.pk if parent else None,
            by=self.actor,
            revision=wanted_revision(request),
        )
        return answer_agency(self.actor, moved)


class AgencyMergeView(SignedInView):
    @extend_schema(
        operation_id="agencies_merge",
        summary="Merge an agency into another one; answers that one",
        parameters=[IF_MATCH],
        request=MergeIn,
        responses=AgencyDetail,
    )
    def post(self, request: Request, key: str) -> Response:
        agency = get_agency(self.actor, key)
        into = find_agency(self.actor, checked(MergeIn, request.data)["into"], field="into")
        kept = merge_agency(agency_id=agency.pk, into_id=into.pk, by=self.actor, revision=wanted_revision(request))
        return answer_agency(self.actor, kept)


class AgencyUsageView(SignedInView):
    @extend_schema(operation_id="agencies_usage", summary="What the agency has, and its quota", responses=UsageOut)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        agency = get_agency(self.actor, key)
        require(can_in_agency(self.actor, AgencyAction.UPLOAD, agency.path) or manages(self.actor, agency))
        return Response(UsageOut(usage_out(usage_of(agency), agency)).data)


class AgencyRetentionView(SignedInView):
    @extend_schema(
        operation_id="agencies_retention",
        summary="What the retention policies take from the agency, and those below it, at the next run",
        responses=RetentionOut,
    )
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        agency = get_agency(self.actor, key)
        require(manages(self.actor, agency))
        found = next_to_go(agency, by=self.actor, limit=MOST_NEXT)
        rows = [retention_item(asset, policy) for asset, policy in found.items]
        return Response(RetentionOut({"results": rows, "more": found.more}).data)


def manages(actor: Actor, agency: Agency) -> Decision:
    return can_in_agency(actor, AgencyAction.MANAGE, agency.path)


def answer_agency(actor: Actor, agency: Agency) -> Response:
    """The agency with its ETag, which changes with all that the answer says."""
    body = AgencyDetail(agency_detail(agency, manages=bool(manages(actor, agency)))).data
    digest = hashlib.sha256(json.dumps(body, default=str).encode()).hexdigest()[:16]
    return Response(body, headers={"ETag": f'"{agency.revision}-{digest}"'})
