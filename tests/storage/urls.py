"""Only the folder store's views."""

from api.store_views import urlpatterns

__all__ = ["urlpatterns"]
