"""The pages. The API's routes are in ``api/urls.py``."""

from django.urls import path
from django.views.i18n import set_language

from mediacenter.web.views import accounts, assets, embed, library, rights, tokens, uploads

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
    path("assets/<uuid:asset_id>/releases", rights.add, name="release-add"),
    path("assets/<uuid:asset_id>/releases/<uuid:release_id>/withdraw", rights.withdraw, name="release-withdraw"),
    path("assets/<uuid:asset_id>/download/<path:profile>", assets.download, name="asset-download"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("embed/<uuid:asset_id>", embed.embed, name="embed"),
]
