from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import ByPath
from api.presenters import agency_out
from api.serializers.base import checked, checked_query, find_agency, known_agency
from api.serializers.inputs import AgencyIn, AgencyQuery
from api.serializers.outputs import AgencyOut
from api.views.base import SignedInView, page
from permissions.errors import NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.usecases.agencies import create_agency
from permissions.vocabulary import AgencyAction


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
        operation_id="agencies_create", summary="Add an agency below one you administer", request=AgencyIn,
        responses={201: AgencyOut},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        values = checked(AgencyIn, request.data)
        parent = find_agency(self.actor, values.pop("parent"), field="parent") if "parent" in values else None
        agency = create_agency(by=self.actor, parent=parent, **values)
        return Response(AgencyOut(agency_out(agency)).data, status=201)


class AgencyView(SignedInView):
    @extend_schema(operation_id="agencies_get", summary="One agency, by id or code", responses=AgencyOut)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        agency = known_agency(self.actor, key)
        if agency is None:
            raise NotFound("There is no such agency.")
        return Response(AgencyOut(agency_out(agency)).data)
