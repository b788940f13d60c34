from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.negotiation import OneAnswer
from api.serializers.base import checked, checked_query
from api.serializers.inputs import TableIn, TableQuery
from api.serializers.outputs import TableOut
from api.views.base import IF_MATCH, ActorView
from api.views.etags import wanted_revision
from assets.access import get_visible
from assets.models import DataTable
from assets.tables import TableData, checked_table, table_from_csv, table_to_csv
from assets.usecases.tables_edit import set_table
from permissions.actor import Actor
from permissions.errors import Invalid, NotFound


def load_table(actor: Actor, asset_id: UUID) -> DataTable:
    asset = get_visible(actor, asset_id)
    found = DataTable.objects.filter(asset=asset).first()
    if found is None:
        raise NotFound("There is no data table.")
    return found


def present(table: DataTable) -> dict[str, Any]:
    return TableOut(
        {"caption": table.caption, "columns": table.columns, "rows": table.rows, "updated_at": table.updated_at}
    ).data


def data_of(table: DataTable) -> TableData:
    return TableData(columns=tuple(table.columns), rows=tuple(tuple(row) for row in table.rows))


class TableView(ActorView):
    content_negotiation_class = OneAnswer

    @extend_schema(
        operation_id="assets_table_get",
        summary="The data of an infographic, as JSON or as CSV",
        parameters=[TableQuery],
        responses={(200, "application/json"): TableOut, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponseBase:
        wanted = checked_query(TableQuery, request.query_params)["format"]
        table = load_table(self.actor, asset_id)
        if wanted == "json":
            return Response(present(table))
        answer = HttpResponse(table_to_csv(data_of(table)), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{asset_id}.csv"'
        return answer

    @extend_schema(
        operation_id="assets_table_set",
        summary="Set the data of an infographic",
        description="Either `columns` and `rows`, or `csv` with a heading row.",
        parameters=[IF_MATCH],
        request=TableIn,
        responses=TableOut,
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        values = checked(TableIn, request.data)
        get_visible(self.actor, asset_id)
        if ("csv" in values) == ("columns" in values):
            raise Invalid("Send either columns and rows, or csv.", fields={"csv": ["Send one of both."]})
        table = (
            table_from_csv(values["csv"])
            if "csv" in values
            else checked_table(values["columns"], values.get("rows", []))
        )
        set_table(
            asset_id=asset_id,
            by=self.actor,
            table=table,
            caption=values.get("caption", ""),
            revision=wanted_revision(request),
        )
        return Response(present(load_table(self.actor, asset_id)))

    @extend_schema(
        operation_id="assets_table_delete",
        summary="Take the data away",
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, asset_id: UUID) -> Response:
        load_table(self.actor, asset_id)
        set_table(asset_id=asset_id, by=self.actor, table=None, revision=wanted_revision(request))
        return Response(status=204)
