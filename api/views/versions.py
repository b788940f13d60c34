"""The files and the history of an asset: what there was, what changed, and making it current again."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import ByNumber
from api.presenters import change_out, revision_item, versions_item
from api.serializers.base import checked, checked_query
from api.serializers.inputs import CorrectionReasonIn, DiffQuery, Empty, PageQuery, RestoreIn
from api.serializers.outputs import AssetDetail, DiffOut, RevisionItem, VersionItem
from api.views.assets import answer_detail
from api.views.base import IF_MATCH, ActorView, page
from api.views.etags import wanted_revision
from assets.access import get_visible
from assets.models import AssetVersion, Revision
from assets.revisions import compare, revisions_of
from assets.usecases.corrections_decide import confirm_correction, decline_correction
from assets.usecases.revisions_restore import restore_texts
from assets.usecases.versions_restore import restore_version
from assets.versions import versions_of, with_corrections

CHANGED = {200: AssetDetail, 412: OpenApiResponse(description="`precondition_failed`")}


class VersionsView(ActorView):
    queryset = AssetVersion.objects.none()  # for the schema
    pagination_class = ByNumber

    @extend_schema(
        operation_id="assets_versions",
        summary="The files that it has had, newest first",
        description="Corrections that wait, and drafts, are for those who may follow the work on the asset.",
        parameters=[PageQuery],
        responses=VersionItem(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        rows = with_corrections(versions_of(asset, reader=self.actor))
        return page(self, rows, lambda version: VersionItem(versions_item(self.actor, asset, version)).data, ByNumber)


class VersionConfirmView(ActorView):
    @extend_schema(
        operation_id="versions_confirm",
        summary="Let a correction take the place of the current file",
        description="By an editor; where the agency reviews its work, by somebody who did not make it.",
        parameters=[IF_MATCH],
        request=Empty,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID, number: int) -> Response:
        checked(Empty, request.data)
        confirm_correction(asset_id=asset_id, number=number, by=self.actor, revision=wanted_revision(request))
        return answer_detail(self.actor, asset_id)


class VersionDeclineView(ActorView):
    @extend_schema(
        operation_id="versions_decline",
        summary="Decline a correction, or take one's own back",
        description="For one's own a token needs `assets:write` instead of `assets:publish`.",
        parameters=[IF_MATCH],
        request=CorrectionReasonIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID, number: int) -> Response:
        values = checked(CorrectionReasonIn, request.data)
        revision = wanted_revision(request)
        decline_correction(asset_id=asset_id, number=number, by=self.actor, revision=revision, **values)
        return answer_detail(self.actor, asset_id)


class VersionRestoreView(ActorView):
    @extend_schema(
        operation_id="versions_restore",
        summary="Make an earlier file current again",
        description="A correction as any other: see `correction` for one that waits for its confirmation.",
        parameters=[IF_MATCH],
        request=RestoreIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID, number: int) -> Response:
        values = checked(RestoreIn, request.data)
        restore_version(
            asset_id=asset_id,
            number=number,
            by=self.actor,
            reason=values.get("reason", ""),
            revision=wanted_revision(request),
        )
        return answer_detail(self.actor, asset_id)


class RevisionsView(ActorView):
    queryset = Revision.objects.none()  # for the schema
    pagination_class = ByNumber

    @extend_schema(
        operation_id="assets_revisions",
        summary="Every state of its content, newest first",
        parameters=[PageQuery],
        responses=RevisionItem(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        rows = revisions_of(get_visible(self.actor, asset_id), reader=self.actor).defer("content")
        return page(self, rows, lambda revision: RevisionItem(revision_item(revision)).data, ByNumber)


class RevisionRestoreView(ActorView):
    @extend_schema(
        operation_id="revisions_restore",
        summary="Say again what a revision said",
        description="Its texts and descriptive fields, as a new revision; who may see and use it stays as it is.",
        parameters=[IF_MATCH],
        request=RestoreIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID, number: int) -> Response:
        values = checked(RestoreIn, request.data)
        restore_texts(
            asset_id=asset_id,
            number=number,
            by=self.actor,
            reason=values.get("reason", ""),
            revision=wanted_revision(request),
        )
        return answer_detail(self.actor, asset_id)


class DiffView(ActorView):
    @extend_schema(
        operation_id="assets_diff",
        summary="What differs between two revisions",
        parameters=[DiffQuery],
        responses=DiffOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        query = checked_query(DiffQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        found = compare(asset, query["from"], query["to"], reader=self.actor)
        body = {
            "before": revision_item(found.before),
            "after": revision_item(found.after),
            "changes": [change_out(change) for change in found.changes],
        }
        return Response(DiffOut(body).data)
