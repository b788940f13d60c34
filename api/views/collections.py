from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import NewestFirst
from api.presenters_base import agency_ref
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import CollectionIn, CollectionItemIn, CollectionQuery
from api.serializers.outputs import CollectionOut
from api.views.base import SignedInView, page
from assets.models import Collection
from assets.usecases.collections_edit import add_to_collection, create_collection
from permissions.errors import NotFound


def present(collection: Collection) -> dict[str, object]:
    values = {"id": collection.pk, "title": collection.title, "created_at": collection.created_at}
    return CollectionOut(values | {"agency": agency_ref(collection.agency)}).data


class CollectionsView(SignedInView):
    queryset = Collection.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="collections_list",
        summary="Collections of your agencies",
        parameters=[CollectionQuery],
        responses=CollectionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(CollectionQuery, request.query_params)
        rows = Collection.objects.visible_to(self.actor).select_related("agency")
        if "agency" in query:
            rows = rows.filter(agency=find_agency(self.actor, query["agency"]))
        return page(self, rows, present)

    @extend_schema(
        operation_id="collections_create",
        summary="Begin a collection",
        request=CollectionIn,
        responses={201: CollectionOut},
    )
    def post(self, request: Request) -> Response:
        values = checked(CollectionIn, request.data)
        agency = find_agency(self.actor, values["agency"])
        made = create_collection(by=self.actor, agency=agency, title=values["title"])
        made.refresh_from_db()
        return Response(present(made), status=201)


class CollectionView(SignedInView):
    @extend_schema(
        operation_id="collections_get",
        summary="One collection; its assets are `assets?album=`",
        responses=CollectionOut,
    )
    def get(self, request: Request, collection_id: UUID) -> Response:  # noqa: ARG002
        rows = Collection.objects.visible_to(self.actor).select_related("agency")
        found = rows.filter(pk=collection_id).first()
        if found is None:
            raise NotFound("There is no such collection.")
        return Response(present(found))


class CollectionItemsView(SignedInView):
    @extend_schema(
        operation_id="collections_add",
        summary="Append an asset",
        request=CollectionItemIn,
        responses={200: CollectionOut},
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        values = checked(CollectionItemIn, request.data)
        return Response(
            present(add_to_collection(by=self.actor, collection_id=collection_id, asset_id=values["asset"]))
        )
