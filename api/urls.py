"""The routes of the API. ``tests/test_every_route.py`` walks them all."""

from django.urls import path, re_path

from api.views import (
    agencies,
    articles,
    assets,
    audit,
    collections,
    companion,
    jobs,
    parity,
    schema,
    session,
    tables,
    tokens,
    translations,
    uploads,
)
from api.views.base import NothingHere

app_name = "api"
_companion = "companion/<str:token>/s3"

urlpatterns = [
    path("session", session.SessionView.as_view(), name="session"),
    path("agencies", agencies.AgenciesView.as_view(), name="agencies"),
    path("agencies/<str:key>/parity", parity.ParityView.as_view(), name="agency-parity"),
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
    path("assets/<uuid:asset_id>", assets.AssetView.as_view(), name="asset"),
    path("assets/<uuid:asset_id>/publish", assets.AssetPublishView.as_view(), name="asset-publish"),
    path("assets/<uuid:asset_id>/withdraw", assets.AssetWithdrawView.as_view(), name="asset-withdraw"),
    path("assets/<uuid:asset_id>/reprocess", assets.AssetReprocessView.as_view(), name="asset-reprocess"),
    path("assets/<uuid:asset_id>/renditions", assets.AssetRenditionsView.as_view(), name="asset-renditions"),
    path("assets/<uuid:asset_id>/download", assets.AssetDownloadView.as_view(), name="asset-download"),
    path("assets/<uuid:asset_id>/article", articles.ArticleView.as_view(), name="asset-article"),
    path("assets/<uuid:asset_id>/used-in", articles.UsedInView.as_view(), name="asset-used-in"),
    path("assets/<uuid:asset_id>/table", tables.TableView.as_view(), name="asset-table"),
    path("translations", translations.TranslationsView.as_view(), name="translations"),
    path("jobs", jobs.JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", jobs.JobView.as_view(), name="job"),
    path("collections", collections.CollectionsView.as_view(), name="collections"),
    path("collections/<uuid:collection_id>", collections.CollectionView.as_view(), name="collection"),
    path("collections/<uuid:collection_id>/items", collections.CollectionItemsView.as_view(), name="collection-items"),
    path(
        "collections/<uuid:collection_id>/items/<uuid:asset_id>",
        collections.CollectionItemView.as_view(),
        name="collection-item",
    ),
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
