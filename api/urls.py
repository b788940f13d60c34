"""The routes of the API. ``tests/test_every_route.py`` walks them all."""

from django.urls import path, re_path

from api.views import (
    agencies,
    assets,
    audit,
    collections,
    companion,
    jobs,
    nominations,
    reviews,
    schema,
    session,
    tokens,
    uploads,
    workflow,
)
from api.views.base import NothingHere

app_name = "api"
_companion = "companion/<str:token>/s3"

urlpatterns = [
    path("session", session.SessionView.as_view(), name="session"),
    path("agencies", agencies.AgenciesView.as_view(), name="agencies"),
    path("agencies/<str:key>", agencies.AgencyView.as_view(), name="agency"),
    path("tokens", tokens.TokensView.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>", tokens.TokenView.as_view(), name="token"),
    path("uploads", uploads.UploadsView.as_view(), name="uploads"),
    path("uploads/file", uploads.UploadFileView.as_view(), name="upload-file"),
    path("uploads/companion", companion.CompanionView.as_view(), name="upload-companion"),
    path("uploads/<uuid:upload_id>", uploads.UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/parts", uploads.UploadPartsView.as_view(), name="upload-parts"),
    path("uploads/<uuid:upload_id>/complete", uploads.UploadCompleteView.as_view(), name="upload-complete"),
    path("assets", assets.AssetsView.as_view(), name="assets"),
    path("assets/bulk", workflow.AssetsBulkView.as_view(), name="assets-bulk"),
    path("assets/<uuid:asset_id>", assets.AssetView.as_view(), name="asset"),
    path("assets/<uuid:asset_id>/publish", assets.AssetPublishView.as_view(), name="asset-publish"),
    path("assets/<uuid:asset_id>/withdraw", assets.AssetWithdrawView.as_view(), name="asset-withdraw"),
    path("assets/<uuid:asset_id>/reprocess", assets.AssetReprocessView.as_view(), name="asset-reprocess"),
    path("assets/<uuid:asset_id>/renditions", assets.AssetRenditionsView.as_view(), name="asset-renditions"),
    path("assets/<uuid:asset_id>/download", assets.AssetDownloadView.as_view(), name="asset-download"),
    path("assets/<uuid:asset_id>/submit", workflow.AssetSubmitView.as_view(), name="asset-submit"),
    path("assets/<uuid:asset_id>/approve", workflow.AssetApproveView.as_view(), name="asset-approve"),
    path(
        "assets/<uuid:asset_id>/request-changes",
        workflow.AssetRequestChangesView.as_view(),
        name="asset-request-changes",
    ),
    path("assets/<uuid:asset_id>/schedule", workflow.AssetScheduleView.as_view(), name="asset-schedule"),
    path("assets/<uuid:asset_id>/archive", workflow.AssetArchiveView.as_view(), name="asset-archive"),
    path("assets/<uuid:asset_id>/restore", workflow.AssetRestoreView.as_view(), name="asset-restore"),
    path("assets/<uuid:asset_id>/assign", workflow.AssetAssignView.as_view(), name="asset-assign"),
    path("assets/<uuid:asset_id>/comments", workflow.AssetCommentsView.as_view(), name="asset-comments"),
    path("assets/<uuid:asset_id>/history", workflow.AssetHistoryView.as_view(), name="asset-history"),
    path("reviews", reviews.ReviewsView.as_view(), name="reviews"),
    path("nominations", nominations.NominationsView.as_view(), name="nominations"),
    path("nominations/<uuid:nomination_id>", nominations.NominationView.as_view(), name="nomination"),
    path(
        "nominations/<uuid:nomination_id>/accept", nominations.NominationAcceptView.as_view(), name="nomination-accept"
    ),
    path(
        "nominations/<uuid:nomination_id>/decline",
        nominations.NominationDeclineView.as_view(),
        name="nomination-decline",
    ),
    path("jobs", jobs.JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", jobs.JobView.as_view(), name="job"),
    path("collections", collections.CollectionsView.as_view(), name="collections"),
    path("collections/<uuid:collection_id>", collections.CollectionView.as_view(), name="collection"),
    path("collections/<uuid:collection_id>/items", collections.CollectionItemsView.as_view(), name="collection-items"),
    path(f"{_companion}/multipart", companion.CreateMultipart.as_view(), name="companion-create"),
    path(f"{_companion}/multipart/<uuid:upload_id>", companion.MultipartUpload.as_view(), name="companion-upload"),
    path(
        f"{_companion}/multipart/<uuid:upload_id>/<int:number>",
        companion.MultipartPart.as_view(),
        name="companion-part",
    ),
    path(
        f"{_companion}/multipart/<uuid:upload_id>/complete",
        companion.CompleteMultipart.as_view(),
        name="companion-complete",
    ),
    path(f"{_companion}/params", companion.FormParams.as_view(), name="companion-params"),
    path(f"{_companion}/form", companion.FormUpload.as_view(), name="companion-form"),
    path("audit", audit.AuditView.as_view(), name="audit"),
    path("audit/export", audit.AuditExportView.as_view(), name="audit-export"),
    path("schema", schema.SchemaView.as_view(), name="schema"),
    path("docs", schema.DocsView.as_view(), name="docs"),
    re_path(r"", NothingHere.as_view(), name="nothing"),
]
