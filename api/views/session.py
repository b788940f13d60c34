from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import Credentials, credentials_of, user_of
from api.presenters import agency_out, token_out
from api.presenters_base import agency_ref
from api.serializers.outputs import SessionOut
from api.views.base import ActorView
from assets.storage.base import MAX_OBJECT_SIZE, MIN_PART_SIZE
from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.vocabulary import AgencyAction


def granted_agencies(actor: Actor) -> "QuerySet[Agency]":
    """The agencies in which the actor has a role of its own (not only inherited)."""
    return Agency.objects.filter(pk__in=[grant.agency_id for grant in actor.grants])


def _token(credentials: Credentials) -> dict[str, Any] | None:
    """With the scopes that count now: an OAuth client may have asked for fewer than it was registered with."""
    if credentials.token is None:
        return None
    return token_out(credentials.token) | {"scopes": sorted(credentials.actor.scopes or ())}


class SessionView(ActorView):
    @extend_schema(operation_id="session", summary="Who am I, and what may I do", responses=SessionOut)
    def get(self, request: Request) -> Response:
        credentials = credentials_of(request)
        actor, user = credentials.actor, user_of(request)
        agencies = {agency.pk: agency for agency in granted_agencies(actor)}
        grants = [(agencies[grant.agency_id], grant.role) for grant in actor.grants]
        own = user if actor.user_id is not None else None
        answer = {
            "authenticated": not actor.is_anonymous,
            "user": {"id": own.pk, "email": own.email, "full_name": own.full_name} if own else None,
            "token": _token(credentials),
            "agency": agency_ref(agencies[actor.agency_id]) if actor.agency_id in agencies else None,
            "platform_role": actor.platform_role,
            "memberships": [{"agency": agency_out(agency), "role": role} for agency, role in grants],
            "upload_agencies": [
                agency_ref(agency) for agency, _ in grants if can_in_agency(actor, AgencyAction.UPLOAD, agency.path)
            ],
            "limits": {
                "part_size_min": MIN_PART_SIZE,
                "single_post_limit": settings.SINGLE_POST_LIMIT,
                "max_size": MAX_OBJECT_SIZE,
            },
        }
        return Response(SessionOut(answer).data)
