from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters_base import agency_ref
from api.serializers.base import checked, known_agency
from api.serializers.inputs import ParityIn
from api.serializers.outputs import ParityOut
from api.views.base import SignedInView
from assets.parity import policy_for
from assets.usecases.parity_set import set_parity
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.models import Agency


def _agency(actor: Actor, key: str) -> Agency:
    agency = known_agency(actor, key)
    if agency is None:
        raise NotFound("There is no such agency.")
    return agency


def _present(agency: Agency) -> dict[str, Any]:
    policy = policy_for(agency)
    return ParityOut(
        {"requirements": policy.requirements if policy else {}, "of": agency_ref(policy.agency) if policy else None}
    ).data


class ParityView(SignedInView):
    @extend_schema(
        operation_id="agencies_parity_get",
        summary="What must be said in which languages before publication; `of` is the agency whose policy holds",
        responses=ParityOut,
    )
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        return Response(_present(_agency(self.actor, key)))

    @extend_schema(
        operation_id="agencies_parity_set",
        summary="Set the agency's own policy, also for all below it that have none",
        request=ParityIn,
        responses=ParityOut,
    )
    def put(self, request: Request, key: str) -> Response:
        values = checked(ParityIn, request.data)
        agency = _agency(self.actor, key)
        set_parity(by=self.actor, agency=agency, requirements=values["requirements"])
        return Response(_present(agency))

    @extend_schema(
        operation_id="agencies_parity_delete",
        summary="Give up the agency's own policy; the one from above holds again",
        responses={200: ParityOut},
    )
    def delete(self, request: Request, key: str) -> Response:  # noqa: ARG002
        agency = _agency(self.actor, key)
        set_parity(by=self.actor, agency=agency, requirements=None)
        return Response(_present(agency))
