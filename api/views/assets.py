import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.bulk import by_ids, require_alone, summaries
from api.conditional import answer_or_304, holds, without_urls
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.inscribed_views import inscription_of
from api.presenters import (
    asset_detail,
    download_name,
    for_detail,
    for_lists,
    renditions_of,
)
from api.rights_presenters import asks_out, terms_of
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.bulk import DetailQuery, ReadIn, read_ids
from api.serializers.inputs import (
    ArticleIn,
    AssetPatch,
    DownloadQuery,
    Empty,
    RenditionsQuery,
    WithdrawIn,
)
from api.serializers.outputs import AssetDetail, Download, RenditionOut, RenditionsOut
from api.serializers.search import AssetQuery, is_searched, search_query
from api.serializers.shaped import (
    FOUND,
    READ,
    FoundAsset,
    FoundAssets,
    ReadAsset,
    SparseFoundAsset,
    SparseReadAsset,
    UsesSum,
    whole_or_sparse,
)
from api.shaping import Include, Shape, included_in, shape_of
from api.statements import USAGE_STATEMENT, statement_of
from api.territory import territory_of
from api.views.base import IF_MATCH, IF_NONE_MATCH, ActorView, require_signed_in
from api.views.etags import wanted_revision
from api.views.search import LIST_DESCRIPTION, AssetPages, found_page
from assets.access import get_visible, judge, not_visible
from assets.delivery import AssetUrls, SignedUrl, is_public
from assets.lists.listed import ListedWork
from assets.models import Asset, AssetQuerySet
from assets.queries import newest
from assets.tombstones import refuse_purged
from assets.usecases.articles_create import create_article
from assets.usecases.assets_cancel_processing import cancel_processing
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_reprocess import reprocess_asset
from assets.usecases.assets_withdraw import withdraw_asset
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.usecases.originals_open import open_original
from assets.uses.counting import count_download, count_read
from assets.versions import at_version, version_of
from permissions.actor import Actor
from permissions.conditions import conditions_of
from permissions.errors import NotFound
from permissions.rights import require_use
from permissions.vocabulary import Use

IN_DETAIL = frozenset(Include) - {Include.USES}
"""What one asset's answer has anyway."""


def detail_of(actor: Actor, asset_id: UUID, *, territory: str | None = None) -> tuple[Asset, dict[str, Any]]:
    """The asset and its full answer, for somebody who may see it."""
    asset = _fetched(asset_id, for_detail(Asset.objects.visible_to(actor)), actor)
    duplicate = asset.duplicate_of
    if duplicate is not None and not Asset.objects.visible_to(actor).filter(pk=duplicate.pk).exists():
        duplicate = None
    return asset, AssetDetail(asset_detail(actor, asset, duplicate=duplicate, territory=territory)).data


def etag_of(asset: Asset, body: Mapping[str, Any]) -> str:
    """``"{revision}-{digest}"``. The digest covers all that the answer says but its URLs, whose signatures differ each
    time, and for these a time step of half their life, so that 304 never confirms URLs that are about to end."""
    step = int(asset.database_now.timestamp() // max(1, settings.MEDIA_URL_LIFETIME.total_seconds() / 2))
    public = is_public(asset, asset.database_now)
    said = json.dumps([public, None if public else step, without_urls(body)], default=str)
    return f'"{asset.revision}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"'


def _shaped(
    actor: Actor, asset: Asset, body: Mapping[str, Any], *, shape: Shape, territory: str | None
) -> dict[str, Any]:
    more = included_in(actor, [asset], shape.include, territory=territory)[asset.pk]
    return shape.of({**body, **({"uses": UsesSum(more["uses"]).data if more["uses"] else None} if more else {})})


def answer_detail(actor: Actor, asset_id: UUID, *, status: int = 200) -> Response:
    """For somebody who has just acted on it: one of those who keep the work, whom no territory binds."""
    asset, body = detail_of(actor, asset_id)
    return Response(body, status=status, headers={"ETag": etag_of(asset, body)})


class AssetsView(ActorView):
    queryset = Asset.objects.none()  # for the schema
    pagination_class = AssetPages

    @extend_schema(
        operation_id="assets_list",
        summary="The assets that you may see, searched, filtered and sorted",
        description=LIST_DESCRIPTION,
        parameters=[AssetQuery],
        responses=whole_or_sparse(FOUND, FoundAsset, SparseFoundAsset, many=True),
    )
    def get(self, request: Request) -> Response:
        asked = checked_query(AssetQuery, request.query_params)
        shape, territory = shape_of(asked), territory_of(request)
        if "ids" in asked:
            require_alone(request.query_params)
            found, revisions = by_ids(self.actor, read_ids(asked["ids"]), shape=shape, territory=territory)
            return answer_or_304(request, found, signed=True, revisions=revisions)
        query = search_query(self.actor, asked)
        if is_searched(query):
            cursor, size = asked.get("cursor"), asked.get("page_size")
            return found_page(self, query, cursor=cursor, size=size, territory=territory, shape=shape)
        pages = AssetPages()
        rows = cast("QuerySet[Asset]", newest(self.actor, query))
        works = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(
            summaries(self.actor, cast("list[ListedWork]", works), shape=shape, territory=territory)
        )

    @extend_schema(
        operation_id="assets_create",
        summary="Create an article",
        parameters=[IDEMPOTENCY_KEY],
        request=ArticleIn,
        responses={201: AssetDetail},
    )
    @happens_once(replays.of_article)
    def post(self, request: Request) -> Response:
        require_signed_in(self.actor)
        values = checked(ArticleIn, request.data)
        agency = find_agency(self.actor, values.pop("agency"))
        values.pop("kind")
        asset = create_article(by=self.actor, agency=agency, texts=values.pop("texts"), fields=values)
        return answer_detail(self.actor, asset.pk, status=201)


class AssetsReadView(ActorView):
    @extend_schema(
        operation_id="assets_read",
        summary="Many assets by their ids",
        description="What `GET assets?ids=` answers, for more ids than a request line holds: a reading, which changes "
        "nothing and takes the scope of reading. What you may not see is absent.",
        request=ReadIn,
        responses=FoundAssets,
    )
    def post(self, request: Request) -> Response:
        asked = checked(ReadIn, request.data)
        ids = tuple(dict.fromkeys(asked["ids"]))
        found, _ = by_ids(self.actor, ids, shape=shape_of(asked), territory=territory_of(request))
        return Response(found)


class AssetView(ActorView):
    @extend_schema(
        operation_id="assets_get",
        summary="One asset, with everything you may know of it",
        parameters=[DetailQuery, IF_NONE_MATCH],
        responses={
            200: whole_or_sparse(READ, ReadAsset, SparseReadAsset),
            304: OpenApiResponse(description="What you have still holds."),
        },
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        shape, territory = shape_of(checked_query(DetailQuery, request.query_params)), territory_of(request)
        asset, body = detail_of(self.actor, asset_id, territory=territory)
        body = _shaped(self.actor, asset, body, shape=shape.without(IN_DETAIL), territory=territory)
        count_read(asset_id, self.actor)
        etag = etag_of(asset, body)
        if holds(request.headers.get("If-None-Match", ""), etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(body, headers={"ETag": etag})

    @extend_schema(
        operation_id="assets_edit",
        summary="Change texts, credits, rights, audience",
        description="Only what is sent changes; `texts` merges by language.",
        parameters=[IF_MATCH],
        request=AssetPatch,
        responses={200: AssetDetail, 412: OpenApiResponse(description="`precondition_failed`")},
    )
    def patch(self, request: Request, asset_id: UUID) -> Response:
        values = checked(AssetPatch, request.data)
        get_visible(self.actor, asset_id)
        shared, reason = values.pop("shared_with", None), values.pop("reason", "")
        edit_asset(
            asset_id=asset_id,
            by=self.actor,
            texts=values.pop("texts", None),
            shared_with=None if shared is None else [find_agency(self.actor, a, field="shared_with") for a in shared],
            fields=values,
            revision=wanted_revision(request),
            reason=reason,
        )
        return answer_detail(self.actor, asset_id)


class AssetPublishView(ActorView):
    @extend_schema(
        operation_id="assets_publish",
        summary="Publish to the asset's audience",
        parameters=[IF_MATCH],
        request=Empty,
        responses=AssetDetail,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        checked(Empty, request.data)
        publish_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request))
        return answer_detail(self.actor, asset_id)


class AssetWithdrawView(ActorView):
    @extend_schema(
        operation_id="assets_withdraw",
        summary="Pull a published asset",
        parameters=[IF_MATCH],
        request=WithdrawIn,
        responses=AssetDetail,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(WithdrawIn, request.data)
        withdraw_asset(asset_id=asset_id, by=self.actor, reason=values["reason"], revision=wanted_revision(request))
        return answer_detail(self.actor, asset_id)


class AssetReprocessView(ActorView):
    @extend_schema(
        operation_id="assets_reprocess",
        summary="Process a rejected file again",
        request=Empty,
        responses={202: AssetDetail},
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        checked(Empty, request.data)
        reprocess_asset(asset_id=asset_id, by=self.actor)
        return answer_detail(self.actor, asset_id, status=202)


class AssetCancelProcessingView(ActorView):
    @extend_schema(
        operation_id="assets_cancel_processing",
        summary="End the processing of a file",
        request=Empty,
        responses=AssetDetail,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        checked(Empty, request.data)
        cancel_processing(asset_id=asset_id, by=self.actor)
        return answer_detail(self.actor, asset_id)


class AssetRenditionsView(ActorView):
    @extend_schema(
        operation_id="assets_renditions",
        summary="The files made from the original",
        parameters=[RenditionsQuery],
        responses=RenditionsOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        query = checked_query(RenditionsQuery, request.query_params)
        asset, territory = _for_files(self.actor, asset_id, version=query.get("version")), territory_of(request)
        require_use(judge(self.actor, Use.PREVIEW, asset, territory=territory))
        rows = renditions_of(self.actor, asset, territory=territory)
        return Response({"results": [RenditionOut(row).data for row in rows]})


class AssetDownloadView(ActorView):
    @extend_schema(
        operation_id="assets_download",
        summary="A link to download the original or a rendition",
        parameters=[DownloadQuery, USAGE_STATEMENT],
        responses={200: Download, 409: OpenApiResponse(description="`metadata_unwritable`: ask without `metadata`.")},
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        query = checked_query(DownloadQuery, request.query_params)
        profile, number, inscribed = query["profile"], query.get("version"), query["metadata"]
        if profile == "original":
            return self._original(request, asset_id, number, inscribed=inscribed)
        asset = _for_files(self.actor, asset_id, version=number)
        version = asset.current_version
        if version is None:
            raise NotFound("An article has no file.")
        require_use(judge(self.actor, Use.DOWNLOAD, asset, territory=territory_of(request)))
        found = next((r for r in version.renditions.all() if r.profile == profile), None)
        if found is None:
            raise NotFound("There is no rendition of this profile.")
        name = download_name(asset, found)
        urls = AssetUrls(asset, version, now=asset.database_now)
        signed = urls.inscribed(found.key) if inscribed else urls.download(found, name=name)
        size = inscription_of(asset, version, found).size if inscribed else found.size
        facts = {"size": size, "media_type": found.media_type, "sha256": None}
        taking = Taking(asset_id=asset_id, agency_path=asset.agency.path, file=profile)
        admit_downloads([taking], by=self.actor, statement=statement_of(request))
        count_download(asset_id, self.actor)
        return _download(self.actor, asset, signed, filename=f"{name}.{found.key.rpartition('.')[2]}", **facts)

    def _original(self, request: Request, asset_id: UUID, number: int | None, *, inscribed: bool) -> Response:
        territory = territory_of(request)
        version, signed = open_original(
            asset_id=asset_id,
            by=self.actor,
            number=number,
            territory=territory,
            inscribed=inscribed,
            statement=statement_of(request),
        )
        asset = get_visible(self.actor, asset_id)
        size = inscription_of(asset, version, None).size if inscribed else version.size
        count_download(asset_id, self.actor)
        return _download(
            self.actor,
            asset,
            signed,
            filename=version.filename,
            size=size,
            media_type=version.media_type or "application/octet-stream",
            sha256=None if inscribed else version.sha256 or None,
        )


def _download(actor: Actor, asset: Asset, signed: SignedUrl, **facts: Any) -> Response:
    link = {"url": signed.url, "expires_at": signed.expires_at, "terms": terms_of(asset)}
    link["asks"] = asks_out(conditions_of(actor, asset.agency.path))
    return Response(Download(facts | link).data)


def _for_files(actor: Actor, asset_id: UUID, *, version: int | None) -> Asset:
    """The asset in this version, or as it is now."""
    asset = _fetched(asset_id, for_lists(Asset.objects.visible_to(actor)), actor)
    return asset if version is None else at_version(asset, version_of(asset, version, reader=actor))


def _fetched(asset_id: UUID, rows: AssetQuerySet, actor: Actor) -> Asset:
    """The asset from rows that are visible to the actor; absence is said as everywhere, a purge to those who could have
    known what was purged."""
    asset = rows.filter(pk=asset_id).first()
    if asset is None:
        refuse_purged(actor, asset_id)
        raise not_visible()
    return asset
