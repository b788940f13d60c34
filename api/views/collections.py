import hashlib
import json
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.listed_presenters import summary_of
from api.pagination import InOrder, NewestFirst
from api.presenters_base import agency_ref
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import (
    CollectionIn,
    CollectionItemIn,
    CollectionMoveIn,
    CollectionOrderIn,
    CollectionPatch,
    CollectionQuery,
    PageQuery,
)
from api.serializers.outputs import AssetSummary, CollectionOut
from api.territory import territory_of
from api.views.base import IF_MATCH, ActorView, page, require_signed_in
from api.views.etags import wanted_revision
from assets.lists.listed import listed
from assets.models import Collection, CollectionItem
from assets.usecases.collections_edit import (
    add_to_collection,
    create_collection,
    delete_collection,
    edit_collection,
    find_collection,
    items_for,
    move_in_collection,
    order_collection,
    remove_from_collection,
)
from permissions.actor import Actor
from permissions.collections import may_change_collection
from permissions.models import Agency

PRECONDITION = OpenApiResponse(description="`precondition_failed`")


def present(collection: Collection) -> dict[str, Any]:
    """What everybody who sees the collection may know: neither its revision nor how much is in it, as both would tell
    of assets that the reader may not see."""
    return CollectionOut(
        {
            "id": collection.pk,
            "title": collection.title,
            "agency": agency_ref(collection.agency),
            "created_at": collection.created_at,
            "kind": collection.kind,
            "audience": collection.audience,
            "descriptions": {
                "vi": collection.description_vi,
                "en": collection.description_en,
                "zh": collection.description_zh,
            },
            "starts_at": collection.starts_at,
            "ends_at": collection.ends_at,
            "place": collection.place,
            "shared_with": [agency_ref(share.agency) for share in collection.shares.all()],
        }
    ).data


def answer(actor: Actor, collection_id: UUID, *, status: int = 200) -> Response:
    """The collection with its ETag: the revision for those who may change it, for others a digest of the answer."""
    collection = find_collection(actor, collection_id)
    body = present(collection)
    may = bool(may_change_collection(actor, collection))
    if not may and actor.role_at(collection.agency_path) is None:
        body["shared_with"] = []
    digest = hashlib.sha256(json.dumps(body, default=str).encode()).hexdigest()[:16]
    etag = f'"{collection.revision}-{digest}"' if may else f'"{digest}"'
    return Response(body, status=status, headers={"ETag": etag})


def fields_of(actor: Actor, values: dict[str, Any]) -> tuple[dict[str, Any], list[Agency] | None]:
    """The use case's fields, and the agencies to share with."""
    shared = values.pop("shared_with", None)
    descriptions = values.pop("descriptions", {})
    fields = values | {f"description_{language}": text for language, text in descriptions.items()}
    agencies = None if shared is None else [find_agency(actor, key, field="shared_with") for key in shared]
    return fields, agencies


class CollectionsView(ActorView):
    queryset = Collection.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="collections_list",
        summary="The collections that you may see, newest first",
        parameters=[CollectionQuery],
        responses=CollectionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        require_signed_in(self.actor)
        query = checked_query(CollectionQuery, request.query_params)
        rows = Collection.objects.visible_to(self.actor).with_policy_facts()
        if "agency" in query:
            rows = rows.filter(agency=find_agency(self.actor, query["agency"]))
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])

        def listed(collection: Collection) -> dict[str, Any]:
            insider = self.actor.role_at(collection.agency_path) is not None
            return present(collection) | ({} if insider else {"shared_with": []})

        return page(self, rows, listed)

    @extend_schema(
        operation_id="collections_create",
        summary="Begin a collection",
        parameters=[IDEMPOTENCY_KEY],
        request=CollectionIn,
        responses={201: CollectionOut},
    )
    @happens_once(replays.of_collection)
    def post(self, request: Request) -> Response:
        require_signed_in(self.actor)
        values = checked(CollectionIn, request.data)
        agency = find_agency(self.actor, values.pop("agency"))
        title = values.pop("title")
        fields, shared = fields_of(self.actor, values)
        made = create_collection(by=self.actor, agency=agency, title=title, fields=fields, shared_with=shared)
        return answer_made(made)


def answer_made(made: Collection) -> Response:
    """A new collection, also for a token that may not read."""
    made = Collection.objects.with_policy_facts().get(pk=made.pk)
    digest = hashlib.sha256(str(made.pk).encode()).hexdigest()[:16]
    return Response(present(made), status=201, headers={"ETag": f'"{made.revision}-{digest}"'})


class CollectionView(ActorView):
    @extend_schema(
        operation_id="collections_get",
        summary="One collection; its assets are `items`, or `assets?album=`",
        responses=CollectionOut,
    )
    def get(self, request: Request, collection_id: UUID) -> Response:  # noqa: ARG002
        return answer(self.actor, collection_id)

    @extend_schema(
        operation_id="collections_edit",
        summary="Change what is said of a collection, and who sees it",
        parameters=[IF_MATCH],
        request=CollectionPatch,
        responses={200: CollectionOut, 412: PRECONDITION},
    )
    def patch(self, request: Request, collection_id: UUID) -> Response:
        values = checked(CollectionPatch, request.data)
        find_collection(self.actor, collection_id)
        fields, shared = fields_of(self.actor, values)
        edit_collection(
            by=self.actor,
            collection_id=collection_id,
            fields=fields,
            shared_with=shared,
            revision=wanted_revision(request),
        )
        return answer(self.actor, collection_id)

    @extend_schema(
        operation_id="collections_delete",
        summary="Take a collection away; its assets stay",
        parameters=[IF_MATCH],
        responses={204: None, 412: PRECONDITION},
    )
    def delete(self, request: Request, collection_id: UUID) -> Response:
        delete_collection(by=self.actor, collection_id=collection_id, revision=wanted_revision(request))
        return Response(status=204)


class CollectionItemsView(ActorView):
    queryset = CollectionItem.objects.none()  # for the schema
    pagination_class = InOrder

    @extend_schema(
        operation_id="collections_items",
        summary="The assets of a collection that you may see, in its order",
        parameters=[PageQuery],
        responses=AssetSummary(many=True),
    )
    def get(self, request: Request, collection_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        collection = find_collection(self.actor, collection_id)
        pages = InOrder()
        wanted = pages.slice_of([item.asset_id for item in items_for(self.actor, collection)], request)
        territory = territory_of(request)
        works = listed(self.actor, wanted)
        return pages.get_paginated_response([summary_of(self.actor, work, territory=territory) for work in works])

    @extend_schema(
        operation_id="collections_add",
        summary="Append an asset",
        request=CollectionItemIn,
        responses={200: CollectionOut},
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        values = checked(CollectionItemIn, request.data)
        add_to_collection(by=self.actor, collection_id=collection_id, asset_id=values["asset"])
        return answer(self.actor, collection_id)

    @extend_schema(
        operation_id="collections_order",
        summary="A new order of all that you see in a collection",
        parameters=[IF_MATCH],
        request=CollectionOrderIn,
        responses={200: CollectionOut, 412: PRECONDITION},
    )
    def put(self, request: Request, collection_id: UUID) -> Response:
        values = checked(CollectionOrderIn, request.data)
        order_collection(
            by=self.actor,
            collection_id=collection_id,
            assets=values["assets"],
            revision=wanted_revision(request),
        )
        return answer(self.actor, collection_id)


class CollectionItemView(ActorView):
    @extend_schema(
        operation_id="collections_move",
        summary="Move an asset within a collection",
        parameters=[IF_MATCH],
        request=CollectionMoveIn,
        responses={200: CollectionOut, 412: PRECONDITION},
    )
    def patch(self, request: Request, collection_id: UUID, asset_id: UUID) -> Response:
        values = checked(CollectionMoveIn, request.data)
        move_in_collection(
            by=self.actor,
            collection_id=collection_id,
            asset_id=asset_id,
            position=values["position"],
            revision=wanted_revision(request),
        )
        return answer(self.actor, collection_id)

    @extend_schema(
        operation_id="collections_remove",
        summary="Take an asset out of a collection",
        parameters=[IF_MATCH],
        responses={200: CollectionOut, 412: PRECONDITION},
    )
    def delete(self, request: Request, collection_id: UUID, asset_id: UUID) -> Response:
        remove_from_collection(
            by=self.actor, collection_id=collection_id, asset_id=asset_id, revision=wanted_revision(request)
        )
        return answer(self.actor, collection_id)
