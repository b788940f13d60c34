"""Every route of the site. ``tests/test_every_route.py`` walks them with two agencies."""

from django.urls import URLPattern, URLResolver, include, path

from api import media_views, oauth
from mediacenter.health import healthz, readyz
from mediacenter.web.views import accounts, second_factor

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mediacenter.web.urls")),
    path("api/v1/", include("api.urls")),
    *media_views.urlpatterns,
    *oauth.urlpatterns,
    # django-allauth finds these three by its own names; the rest of its pages is not part of the site
    path("login", accounts.SignIn.as_view(), name="account_login"),
    path("login/second-factor", second_factor.challenge, name="mfa_authenticate"),
    path("account/confirm", second_factor.confirm, name="account_reauthenticate"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
handler500 = "api.errors.server_error"
