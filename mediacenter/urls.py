"""Every route of the site. ``tests/test_every_route.py`` walks them with two agencies."""

from django.urls import URLPattern, URLResolver, include, path

from api import media_views
from mediacenter.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mediacenter.web.urls")),
    path("api/v1/", include("api.urls")),
    *media_views.urlpatterns,
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
handler500 = "api.errors.server_error"
