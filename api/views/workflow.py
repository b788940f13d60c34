"""The way of one asset through review to publication, and of many at once."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.pagination import NewestFirst
from api.serializers.base import checked, checked_query
from api.serializers.inputs import (
    AssignIn,
    BulkIn,
    CommentIn,
    PageQuery,
    RequestChangesIn,
    ScheduleIn,
    SubmitIn,
)
from api.serializers.outputs import AssetDetail, BulkOut, CommentOut, HistoryEntry
from api.views.assets import answer_detail
from api.views.base import IF_MATCH, ActorView, SignedInView, page
from api.views.etags import wanted_revision
from api.workflow_presenters import bulk_result, comment_out, history_entry
from assets.access import decide, get_visible
from assets.models import AssetComment, WorkflowEvent
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_assign import assign_asset
from assets.usecases.assets_bulk import BulkAction, act_on_many
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_comment import comment_on_asset
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from permissions.reasons import require
from permissions.vocabulary import Action

CHANGED = {200: AssetDetail, 412: OpenApiResponse(description="`precondition_failed`")}


class AssetSubmitView(ActorView):
    @extend_schema(
        operation_id="assets_submit",
        summary="Submit for review",
        parameters=[IF_MATCH],
        request=SubmitIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(SubmitIn, request.data)
        submit_for_review(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetApproveView(ActorView):
    @extend_schema(
        operation_id="assets_approve",
        summary="Approve somebody else's work",
        description="With two steps the asset stays in review until a second person has approved too.",
        parameters=[IF_MATCH],
        request=SubmitIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(SubmitIn, request.data)
        approve_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetRequestChangesView(ActorView):
    @extend_schema(
        operation_id="assets_request_changes",
        summary="Send back with what has to change",
        parameters=[IF_MATCH],
        request=RequestChangesIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(RequestChangesIn, request.data)
        request_changes(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetScheduleView(ActorView):
    @extend_schema(
        operation_id="assets_schedule",
        summary="Publish at a time, or no longer",
        description="At the database's time, within 5 seconds. Again with another `at` moves it; null cancels it.",
        parameters=[IF_MATCH],
        request=ScheduleIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        at, revision = checked(ScheduleIn, request.data)["at"], wanted_revision(request)
        if at is None:
            cancel_schedule(asset_id=asset_id, by=self.actor, revision=revision)
        else:
            schedule_asset(asset_id=asset_id, by=self.actor, at=at, revision=revision)
        return answer_detail(self.actor, asset_id)


class AssetArchiveView(ActorView):
    @extend_schema(
        operation_id="assets_archive", summary="Put away", parameters=[IF_MATCH], request=SubmitIn, responses=CHANGED
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(SubmitIn, request.data)
        archive_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetRestoreView(ActorView):
    @extend_schema(
        operation_id="assets_restore",
        summary="Make an archived or withdrawn asset a draft again",
        parameters=[IF_MATCH],
        request=SubmitIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(SubmitIn, request.data)
        restore_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetAssignView(ActorView):
    @extend_schema(
        operation_id="assets_assign",
        summary="Say who looks after it, and until when",
        parameters=[IF_MATCH],
        request=AssignIn,
        responses=CHANGED,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(AssignIn, request.data)
        assign_asset(asset_id=asset_id, by=self.actor, revision=wanted_revision(request), **values)
        return answer_detail(self.actor, asset_id)


class AssetCommentsView(ActorView):
    queryset = AssetComment.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="assets_comments_list",
        summary="What colleagues said about it, newest first",
        parameters=[PageQuery],
        responses=CommentOut(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.FOLLOW, asset))
        rows = AssetComment.objects.filter(asset=asset).select_related("user", "token", "mention")
        return page(self, rows, lambda comment: CommentOut(comment_out(comment)).data)

    @extend_schema(
        operation_id="assets_comments_create",
        summary="Comment",
        parameters=[IDEMPOTENCY_KEY],
        request=CommentIn,
        responses={201: CommentOut},
    )
    @happens_once(replays.of_part_of_asset)
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(CommentIn, request.data)
        made = comment_on_asset(asset_id=asset_id, by=self.actor, **values)
        return Response(CommentOut(comment_out(AssetComment.objects.get(pk=made.pk))).data, status=201)


class AssetHistoryView(ActorView):
    queryset = WorkflowEvent.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="assets_history",
        summary="Who decided what, newest first",
        parameters=[PageQuery],
        responses=HistoryEntry(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.FOLLOW, asset))
        rows = WorkflowEvent.objects.filter(asset=asset).select_related("user", "token")
        return page(self, rows, lambda event: HistoryEntry(history_entry(event)).data)


class AssetsBulkView(SignedInView):
    @extend_schema(
        operation_id="assets_bulk",
        summary="One transition for up to 100 assets",
        description="Each is done or refused by itself: see `results`, in the order of `ids`.",
        request=BulkIn,
        responses=BulkOut,
    )
    def post(self, request: Request) -> Response:
        values = checked(BulkIn, request.data)
        items = act_on_many(
            asset_ids=values["ids"],
            action=BulkAction(values["action"]),
            by=self.actor,
            comment=values.get("comment", ""),
            at=values.get("at"),
        )
        return Response(BulkOut({"results": [bulk_result(item) for item in items]}).data)
