from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import takes_no_key
from api.pagination import NewestFirst
from api.presenters import invitation_out, member_out
from api.serializers.base import checked, checked_query, get_agency
from api.serializers.inputs import HandoverIn, InvitationIn, MemberPatch, PageQuery, PersonPatch
from api.serializers.outputs import HandoverOut, InvitationOut, MemberOut, PersonOut
from api.views.base import SignedInView, page
from assets.usecases.drafts_handover import hand_over_drafts
from permissions.models import Invitation, Membership
from permissions.usecases.invitations import invitations_of, invite_person, revoke_invitation
from permissions.usecases.members import change_member, members_of, remove_member
from permissions.usecases.people_change import change_person
from permissions.vocabulary import Role


class MembersView(SignedInView):
    queryset = Membership.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="members_list",
        summary="The members of an agency that you administer",
        parameters=[PageQuery],
        responses=MemberOut(many=True),
    )
    def get(self, request: Request, key: str) -> Response:
        checked_query(PageQuery, request.query_params)
        rows = members_of(get_agency(self.actor, key), by=self.actor)
        return page(self, rows, lambda member: MemberOut(member_out(member)).data)


class MemberView(SignedInView):
    @extend_schema(
        operation_id="members_update",
        summary="Give a member another role, suspend or reactivate them",
        request=MemberPatch,
        responses=MemberOut,
    )
    def patch(self, request: Request, key: str, member_id: UUID) -> Response:
        agency = get_agency(self.actor, key)
        values = checked(MemberPatch, request.data)
        member = change_member(
            agency_id=agency.pk,
            member_id=member_id,
            by=self.actor,
            role=Role(values["role"]) if "role" in values else None,
            suspended=values.get("suspended"),
        )
        return Response(MemberOut(member_out(member)).data)

    @extend_schema(operation_id="members_remove", summary="End a membership", request=None, responses={204: None})
    def delete(self, request: Request, key: str, member_id: UUID) -> Response:  # noqa: ARG002
        remove_member(agency_id=get_agency(self.actor, key).pk, member_id=member_id, by=self.actor)
        return Response(status=204)


class InvitationsView(SignedInView):
    queryset = Invitation.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="invitations_list",
        summary="Open invitations of an agency that you administer",
        parameters=[PageQuery],
        responses=InvitationOut(many=True),
    )
    def get(self, request: Request, key: str) -> Response:
        checked_query(PageQuery, request.query_params)
        rows = invitations_of(get_agency(self.actor, key), by=self.actor)
        return page(self, rows, lambda row: InvitationOut(invitation_out(row)).data)

    @extend_schema(
        operation_id="invitations_create",
        summary="Invite somebody by e-mail; the link is in the letter alone",
        request=InvitationIn,
        responses={201: InvitationOut},
    )
    @takes_no_key("a letter is sent. Sent again, the invitation takes the place of the open one.")
    def post(self, request: Request, key: str) -> Response:
        agency = get_agency(self.actor, key)
        values = checked(InvitationIn, request.data)
        made = invite_person(
            agency_id=agency.pk,
            email=values["email"],
            role=Role(values["role"]),
            by=self.actor,
            language=values.get("language", ""),
        )
        return Response(InvitationOut(invitation_out(made)).data, status=201)


class InvitationView(SignedInView):
    @extend_schema(
        operation_id="invitations_revoke", summary="Take an invitation back", request=None, responses={204: None}
    )
    def delete(self, request: Request, key: str, invitation_id: UUID) -> Response:  # noqa: ARG002
        agency = get_agency(self.actor, key)
        revoke_invitation(agency_id=agency.pk, invitation_id=invitation_id, by=self.actor)
        return Response(status=204)


class HandoverView(SignedInView):
    @extend_schema(
        operation_id="agencies_handover",
        summary="Give a leaver's drafts in this agency to a colleague",
        request=HandoverIn,
        responses=HandoverOut,
    )
    def post(self, request: Request, key: str) -> Response:
        agency = get_agency(self.actor, key)
        values = checked(HandoverIn, request.data)
        count = hand_over_drafts(agency_id=agency.pk, from_id=values["leaver"], to_id=values["to"], by=self.actor)
        return Response(HandoverOut({"handed_over": count}).data)


class PersonView(SignedInView):
    @extend_schema(
        operation_id="people_update",
        summary="Shut a person out of the platform, let them in again, reset lost second factors (operators)",
        request=PersonPatch,
        responses=PersonOut,
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        values = checked(PersonPatch, request.data)
        user = change_person(
            user_id=user_id, by=self.actor, active=values.get("active"), reset="second_factors" in values
        )
        said = {"id": user.pk, "full_name": user.full_name, "email": user.email, "active": user.is_active}
        return Response(PersonOut(said).data)
