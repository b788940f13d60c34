"""The changes feed, by which a portal keeps an exact mirror of what it may see."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditional import answer_or_304
from api.cursors import new_cursor, read_cursor
from api.serializers.base import checked_query
from api.serializers.changes import ChangeOut, ChangesOut, ChangesQuery
from api.views.base import IF_NONE_MATCH, ActorView
from assets.changes.reading import Change, present_place, read_changes


def change_out(change: Change) -> dict[str, object]:
    values = {
        "change": change.kind.value,
        "asset": change.asset_id,
        "reference": change.reference,
        "at": change.at,
        "visible": change.visible,
    }
    return dict(ChangeOut(values).data)


class ChangesView(ActorView):
    @extend_schema(
        operation_id="changes_list",
        summary="What changed of what you may see, or could see before, in order",
        description=(
            "Nothing is missed between two answers. Entries say that an asset changed; take it with "
            "`GET assets?ids=`. `created` is also what you did not see before, `visibility_lost` what you do not see "
            "any more. 410 `cursor_expired`: take everything anew."
        ),
        parameters=[ChangesQuery, IF_NONE_MATCH],
        responses={
            200: ChangesOut,
            304: OpenApiResponse(description="What you have still holds."),
            410: OpenApiResponse(description="`cursor_expired`"),
        },
    )
    def get(self, request: Request) -> Response:
        query = checked_query(ChangesQuery, request.query_params)
        if query["since"] == "now":
            text = new_cursor(present_place(self.actor)).text
            return Response({"results": [], "next": text, "more": False})
        cursor = read_cursor(query["since"])
        reading = read_changes(actor=self.actor, since=cursor.place, limit=query["limit"])
        body = {
            "results": [change_out(change) for change in reading.changes],
            "next": cursor.at(reading.place).text,
            "more": reading.more,
        }
        return answer_or_304(request, body, signed=False)
