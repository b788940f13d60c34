from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters_base import known_agency_ref
from api.serializers.base import checked_query
from api.serializers.inputs import UsesQuery
from api.serializers.uses import UsesOut
from api.views.base import ActorView
from assets.access import decide, get_visible
from assets.uses.reading import Uses, uses_of
from permissions.reasons import require
from permissions.vocabulary import Action


class AssetUsesView(ActorView):
    @extend_schema(
        operation_id="assets_uses",
        summary="Who used this work, where and how often",
        description="For the people of its agency and those above, the central desk and auditors. Counts are what "
        "reached the application, some seconds late: caches in front answer for many readers, and a page is what the "
        "reader's browser says it is.",
        parameters=[UsesQuery],
        responses=UsesOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        query = checked_query(UsesQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.SEE_USES, asset))
        return Response(UsesOut(_present(uses_of(asset, days=query["days"]))).data)


def _present(uses: Uses) -> dict[str, object]:
    return {
        "since": uses.since,
        "totals": {str(kind): count for kind, count in uses.totals.items()},
        "pages": [
            {
                "site": row.site,
                "path": row.path,
                "agency": known_agency_ref(row.agency),
                "kind": str(row.kind),
                "uses": row.uses,
            }
            for row in uses.pages
        ],
        "agencies": [
            {"agency": known_agency_ref(row.agency), "kind": str(row.kind), "uses": row.uses} for row in uses.agencies
        ],
        "more": uses.more,
        "statements": [
            {
                "text": row.text,
                "by": row.user.full_name if row.user else row.token.name if row.token else "",
                "agency": known_agency_ref(row.agency),
                "file": row.file,
                "stated_at": row.stated_at,
            }
            for row in uses.statements
        ],
    }
