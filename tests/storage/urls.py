"""Only the folder store's views."""

from api.media_views import urlpatterns

__all__ = ["urlpatterns"]
