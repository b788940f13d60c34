"""The pages. The API's routes are in ``api/urls.py``."""

from django.urls import path
from django.views.i18n import set_language

from mediacenter.web.views import (
    account,
    accounts,
    assets,
    audit,
    embed,
    library,
    second_factor,
    tokens,
    uploads,
    workflow,
)

app_name = "web"

urlpatterns = [
    path("", library.library, name="library"),
    path("login", accounts.SignIn.as_view(), name="login"),
    path("login/identity", accounts.identity, name="oidc"),
    path("login/identity/callback", accounts.identity_callback, name="oidc-callback"),
    path("logout", accounts.SignOut.as_view(), name="logout"),
    path("language", set_language, name="language"),
    path("account", account.account, name="account"),
    path("account/password", account.password, name="password-change"),
    path("account/app", second_factor.totp, name="factor-totp"),
    path("account/key", second_factor.key, name="factor-key"),
    path("account/factors/<int:factor_id>/remove", second_factor.remove, name="factor-remove"),
    path("account/recovery-codes", second_factor.codes, name="recovery-codes"),
    path("account/sessions/<int:session_id>/end", account.session_end, name="session-end"),
    path("account/sessions/end-others", account.sessions_end, name="sessions-end"),
    path("password-reset", account.reset, name="password-reset"),
    path("password-reset/<str:uidb64>/<str:token>", account.ResetConfirm.as_view(), name="password-reset-confirm"),
    path("upload", uploads.upload, name="upload"),
    path("assets/<uuid:asset_id>", assets.detail, name="asset"),
    path("assets/<uuid:asset_id>/edit", assets.edit, name="asset-edit"),
    path("assets/<uuid:asset_id>/publish", assets.publish, name="asset-publish"),
    path("assets/<uuid:asset_id>/withdraw", assets.withdraw, name="asset-withdraw"),
    path("assets/<uuid:asset_id>/download/<path:profile>", assets.download, name="asset-download"),
    path("assets/<uuid:asset_id>/workflow/<slug:action>", workflow.act, name="asset-act"),
    path("assets/<uuid:asset_id>/comment", workflow.comment, name="asset-comment"),
    path("assets/<uuid:asset_id>/assign", workflow.assign, name="asset-assign"),
    path("reviews", workflow.reviews, name="reviews"),
    path("nominations", workflow.nominations, name="nominations"),
    path("nominations/<uuid:nomination_id>/decide", workflow.decide_nomination, name="nomination-decide"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("audit", audit.audit, name="audit"),
    path("embed/<uuid:asset_id>", embed.embed, name="embed"),
]
