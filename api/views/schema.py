from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.throttling import add_rate_headers


class RefusingInJSON(APIView):
    """Refuses with problem+json, whatever it shows otherwise."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if response.status_code >= 400:
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
        response = super().finalize_response(request, response, *args, **kwargs)
        add_rate_headers(request, response)
        return response


class SchemaView(RefusingInJSON, SpectacularAPIView):
    """The OpenAPI document."""


@method_decorator(csp_update({"style-src": [UNSAFE_INLINE]}), name="dispatch")
class DocsView(RefusingInJSON, SpectacularSwaggerSplitView):
    """The document as a page. Everything it loads is ours; Swagger UI sets styles inline, so only styles are eased."""

    url_name = "api:schema"
