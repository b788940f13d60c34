from dataclasses import asdict
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters import display_title
from api.presenters_base import agency_ref, asset_ref, collection_page, known_agency_ref
from api.serializers.base import checked_query
from api.serializers.inputs import UsesQuery
from api.serializers.uses import ReuseGraphOut, UsesOut
from api.views.base import ActorView
from assets.access import decide, get_visible
from assets.uses.graph import MOST_NODES, WEIGHED, Node, NodeKind, reuse_graph
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


class AssetReuseView(ActorView):
    @extend_schema(
        operation_id="assets_reuse",
        summary="What became of this work, as a graph",
        description="The articles, collections and copies that you may see, and the agencies and sites that used, took "
        f"or published it or one of them. At most {MOST_NODES} of each kind: the newest works, the users with the most "
        f"uses. The newest {WEIGHED} that refer to the work are looked at. Who used a work is told as `uses` tells "
        "it, who published it as `publications`.",
        parameters=[UsesQuery],
        responses=ReuseGraphOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        query = checked_query(UsesQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        graph = reuse_graph(asset, reader=self.actor, days=query["days"])
        said = {
            "since": graph.since,
            "uses_told": graph.uses_told,
            "nodes": [_node(node) for node in graph.nodes],
            "edges": [asdict(edge) for edge in graph.edges],
            "groups": [asdict(group) for group in graph.groups],
        }
        return Response(ReuseGraphOut(said).data)


def _node(node: Node) -> dict[str, object]:
    said: dict[str, object] = {"id": node.id, "kind": node.kind, "name": node.site, "reference": None, "url": None}
    agency = node.agency
    if node.asset is not None:
        agency = node.asset.agency
        ref = asset_ref(node.asset)
        said |= {"name": display_title(node.asset), "reference": ref["reference"], "url": ref["url"]}
    elif node.collection is not None:
        agency = node.collection.agency
        said |= {"name": node.collection.title, "url": collection_page(node.collection.pk)}
    elif node.kind == NodeKind.AGENCY and agency is not None:
        said |= {"name": agency_ref(agency)["name"]}
    return said | {"agency": known_agency_ref(agency)}


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
