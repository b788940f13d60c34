"""The pages. The API's routes are in ``api/urls.py``."""

from django.urls import path
from django.views.i18n import set_language

from mediacenter.web.views import (
    accounts,
    assets,
    audit,
    collections,
    embed,
    library,
    tables,
    tokens,
    translations,
    uploads,
)

app_name = "web"

urlpatterns = [
    path("", library.library, name="library"),
    path("login", accounts.SignIn.as_view(), name="login"),
    path("logout", accounts.SignOut.as_view(), name="logout"),
    path("language", set_language, name="language"),
    path("upload", uploads.upload, name="upload"),
    path("assets/<uuid:asset_id>", assets.detail, name="asset"),
    path("assets/<uuid:asset_id>/edit", assets.edit, name="asset-edit"),
    path("assets/<uuid:asset_id>/publish", assets.publish, name="asset-publish"),
    path("assets/<uuid:asset_id>/withdraw", assets.withdraw, name="asset-withdraw"),
    path("assets/<uuid:asset_id>/download/<path:profile>", assets.download, name="asset-download"),
    path("assets/<uuid:asset_id>/table", tables.table, name="asset-table"),
    path("assets/<uuid:asset_id>/translate/<str:language>", translations.translate, name="asset-translate"),
    path("translations", translations.work, name="translations"),
    path("collections", collections.listing, name="collections"),
    path("collections/<uuid:collection_id>", collections.detail, name="collection"),
    path("collections/<uuid:collection_id>/delete", collections.delete, name="collection-delete"),
    path("collections/<uuid:collection_id>/items", collections.items, name="collection-items"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("audit", audit.audit, name="audit"),
    path("embed/<uuid:asset_id>", embed.embed, name="embed"),
]
