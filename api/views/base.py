"""What every view of the API shares."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import credentials_of
from api.deprecation import add_deprecation
from api.pagination import NewestFirst
from api.throttling import add_rate_headers
from assets.lists.newest import Newest
from permissions.actor import Actor
from permissions.errors import NotAllowed, NotFound
from permissions.reasons import SENTENCES
from permissions.vocabulary import Reason

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that you read; 412 if it changed since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that you have; 304 if it still holds.",
)


class ActorView(APIView):
    """Knows who asks."""

    takes_strangers = True
    """Whether the document says that nobody needs to sign in; what a stranger gets, the policy says."""

    @property
    def actor(self) -> Actor:
        return credentials_of(self.request).actor

    def perform_authentication(self, request: Request) -> None:
        """A token that is not known counts as a stranger's request, so that guessing is slowed down."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            self.check_throttles(request)
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        add_deprecation(request, response)
        if "public" not in response.headers["Cache-Control"]:  # what is left is one caller's, not a shared cache's
            add_rate_headers(request, response)
        return response


class NothingHere(ActorView):
    """The answer to every path that is no route of the API."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("This is no route of the API; /api/v1/docs lists them.")


class SignedInView(ActorView):
    """Refuses strangers before anything else."""

    takes_strangers = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_signed_in(self.actor)


def require_signed_in(actor: Actor) -> None:
    """Raises ``NotAllowed`` (401) for a stranger."""
    if actor.is_anonymous:
        raise NotAllowed(str(SENTENCES[Reason.NOT_SIGNED_IN]), code=str(Reason.NOT_SIGNED_IN))


def page(
    view: APIView, rows: "QuerySet[Any] | Newest", present: Any, paginator: type[NewestFirst] = NewestFirst
) -> Response:
    """One cursor page of presented rows."""
    pages = paginator()
    found = pages.paginate_queryset(cast("QuerySet[Any]", rows), view.request, view=view) or []
    return pages.get_paginated_response([present(row) for row in found])
