"""The terms that an agency asks others to accept before they download its works."""

from uuid import UUID

from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.presenters_base import Values, agency_ref
from api.serializers.base import checked, checked_query, get_agency, known_agency, named_by
from api.serializers.terms import AcceptedOut, AcceptIn, AgencyTermsOut, TermsIn, TermsQuery
from api.views.base import ActorView, require_signed_in
from permissions.actor import Actor
from permissions.conditions import acceptance_of, asks_terms_of, terms_above
from permissions.errors import NotFound
from permissions.models import Agency, AgencyTerms
from permissions.usecases.terms_accept import accept_terms
from permissions.usecases.terms_write import write_terms

NOWHERE = f"{UUID(int=0).hex}/"
"""A path that no agency has: whether there is an agency is not told by the questions that are asked."""


class TermsView(ActorView):
    @extend_schema(
        operation_id="agencies_terms_get",
        summary="The terms for works of an agency",
        description="Its own, or those of the nearest agency above that wrote some. Terms that are asked for may be "
        "read by everybody, others by whoever may know of the agency.",
        parameters=[TermsQuery],
        responses=AgencyTermsOut,
    )
    def get(self, request: Request, key: str) -> Response:
        wanted = checked_query(TermsQuery, request.query_params).get("version")
        agency = _readable(self.actor, key)
        terms = terms_above(agency.path)
        return Response(_present(self.actor, agency, terms, _version(terms, wanted)))

    @extend_schema(
        operation_id="agencies_terms_set",
        summary="Write the next version of an agency's terms",
        description="The same words again make no version. Whether they are to be accepted is the agency's setting "
        "`asks_terms`; who accepted an earlier version is asked anew.",
        request=TermsIn,
        responses={200: AgencyTermsOut, 201: AgencyTermsOut},
    )
    def put(self, request: Request, key: str) -> Response:
        require_signed_in(self.actor)
        agency = get_agency(self.actor, key)
        written, is_new = write_terms(agency_id=agency.pk, by=self.actor, texts=checked(TermsIn, request.data))
        return Response(_present(self.actor, agency, written, written), status=201 if is_new else 200)


class TermsAcceptanceView(ActorView):
    takes_strangers = False

    @extend_schema(
        operation_id="agencies_terms_accept",
        summary="Accept the terms for works of an agency",
        description="Once for each version: a person for themselves and their tokens, the token or OAuth client of an "
        "agency for all programs of the agency. Put on record. Again is the same: nothing is written twice.",
        request=AcceptIn,
        responses={
            200: AcceptedOut,
            409: OpenApiResponse(description="`terms_changed`: read `version` and accept that."),
        },
    )
    def post(self, request: Request, key: str) -> Response:
        require_signed_in(self.actor)
        version = checked(AcceptIn, request.data)["version"]
        agency = _readable(self.actor, key)
        found, _ = accept_terms(agency_id=agency.pk, version=version, by=self.actor)
        said = {
            "agency": agency_ref(found.terms.agency),
            "version": found.terms.version,
            "accepted_at": found.accepted_at,
            "on_behalf_of": agency_ref(found.agency) if found.agency else None,
        }
        return Response(AcceptedOut(said).data)


def _readable(actor: Actor, key: str) -> Agency:
    """The agency, for who may know of it; for everybody where it asks for terms. A merged one is the one that has its
    works now."""
    found = known_agency(actor, key, follow=True)
    if found is not None:
        return found
    there = None if "\x00" in key else Agency.objects.filter(named_by(key), is_active=True).first()
    if asks_terms_of(there.path if there else NOWHERE) and there is not None:
        return there
    require_signed_in(actor)
    raise NotFound("There is no such agency.")


def _version(current: AgencyTerms | None, wanted: int | None) -> AgencyTerms:
    if current is None:
        raise NotFound("This agency has no terms.")
    if wanted is None or wanted == current.version:
        return current
    found = AgencyTerms.objects.filter(agency=current.agency, version=wanted).first()
    if found is None:
        raise NotFound("There is no such version.")
    return found


def _present(actor: Actor, agency: Agency, current: AgencyTerms | None, terms: AgencyTerms) -> Values:
    language, text = terms.text_in(get_language() or "vi")
    accepted = acceptance_of(actor, terms)
    return AgencyTermsOut(
        {
            "agency": agency_ref(agency),
            "written_by": agency_ref(terms.agency),
            "version": terms.version,
            "is_current": current is not None and terms.pk == current.pk,
            "since": terms.made_at,
            "language": language,
            "text": text,
            "texts": {"vi": terms.text_vi, "en": terms.text_en, "zh": terms.text_zh},
            "asked": asks_terms_of(agency.path),
            "accepted_at": accepted.accepted_at if accepted else None,
        }
    ).data
