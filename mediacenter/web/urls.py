"""The pages. The API's routes are in ``api/urls.py``."""

from django.urls import path
from django.views.i18n import set_language

from mediacenter.web.views import (
    accounts,
    agencies,
    agency,
    assets,
    audit,
    embed,
    invitations,
    library,
    tokens,
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
    path("agencies", agencies.agencies, name="agencies"),
    path("agencies/<str:code>", agency.agency, name="agency"),
    path("agencies/<str:code>/members/<uuid:member_id>", agency.member, name="agency-member"),
    path("agencies/<str:code>/invitations", agency.invite, name="agency-invite"),
    path("agencies/<str:code>/invitations/<uuid:invitation_id>/revoke", agency.revoke, name="agency-invitation-revoke"),
    path("agencies/<str:code>/handover", agency.handover, name="agency-handover"),
    path("agencies/<str:code>/place", agency.place, name="agency-place"),
    path("agencies/<str:code>/tokens", agency.token, name="agency-token"),
    path("invitations/<str:secret>", invitations.invitation, name="invitation"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("audit", audit.audit, name="audit"),
    path("embed/<uuid:asset_id>", embed.embed, name="embed"),
]
