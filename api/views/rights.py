"""Licences, and what an asset may be used for: verdicts and releases."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.pagination import NewestFirst
from api.presenters import for_lists
from api.rights_presenters import licence_out, release_out, rights_of
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import LicenceIn, LicencePatch, LicenceQuery, PageQuery, ReleaseIn
from api.serializers.outputs import LicenceOut, ReleaseOut, RightsOut
from api.territory import territory_of
from api.views.base import IF_MATCH, ActorView, SignedInView, page
from api.views.etags import wanted_revision
from assets.access import decide, get_visible, not_visible
from assets.models import Asset, Licence, Release
from assets.models.rights import ReleaseKind
from assets.usecases.licences_create import create_licence
from assets.usecases.licences_retire import set_licence_active
from assets.usecases.releases_add import NewRelease, add_release
from assets.usecases.releases_withdraw import withdraw_release
from permissions.reasons import require
from permissions.vocabulary import Action


class LicencesView(SignedInView):
    queryset = Licence.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="licences_list",
        summary="Licences of the platform, and own terms of agencies above, at and below yours",
        description="With `agency`, those that its assets may carry.",
        parameters=[LicenceQuery],
        responses=LicenceOut(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(LicenceQuery, request.query_params)
        rows = Licence.objects.visible_to(self.actor).select_related("agency")
        if "agency" in query:
            rows = rows.usable_by(find_agency(self.actor, query["agency"]))
        return page(self, rows, lambda licence: LicenceOut(licence_out(licence)).data)

    @extend_schema(
        operation_id="licences_create",
        summary="Add own terms of an agency",
        parameters=[IDEMPOTENCY_KEY],
        request=LicenceIn,
        responses={201: LicenceOut},
    )
    @happens_once(replays.of_licence)
    def post(self, request: Request) -> Response:
        values = checked(LicenceIn, request.data)
        agency = find_agency(self.actor, values.pop("agency"))
        made = create_licence(by=self.actor, agency=agency, code=values.pop("code"), fields=values)
        return Response(LicenceOut(licence_out(made)).data, status=201)


class LicenceView(SignedInView):
    @extend_schema(
        operation_id="licences_edit",
        summary="Offer own terms for new assets, or no longer",
        request=LicencePatch,
        responses=LicenceOut,
    )
    def patch(self, request: Request, licence_id: UUID) -> Response:
        values = checked(LicencePatch, request.data)
        edited = set_licence_active(by=self.actor, licence_id=licence_id, active=values["is_active"])
        return Response(LicenceOut(licence_out(edited)).data)


class AssetRightsView(ActorView):
    @extend_schema(
        operation_id="assets_rights",
        summary="What you may do with an asset now, and why not",
        description="One verdict for every use, and the terms that go with a copy.",
        responses=RightsOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        asset = for_lists(Asset.objects.visible_to(self.actor)).filter(pk=asset_id).first()
        if asset is None:
            raise not_visible()
        return Response(RightsOut(rights_of(self.actor, asset, territory=territory_of(request))).data)


class AssetReleasesView(ActorView):
    queryset = Release.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="releases_list",
        summary="The releases of an asset, withdrawn ones too",
        description="For those who may see the original's facts.",
        parameters=[PageQuery],
        responses=ReleaseOut(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.DOWNLOAD_ORIGINAL, asset))
        rows = asset.releases.select_related("document", "created_by")
        return page(self, rows, lambda release: ReleaseOut(release_out(release)).data)

    @extend_schema(
        operation_id="releases_add",
        summary="Attach a release or consent",
        parameters=[IDEMPOTENCY_KEY, IF_MATCH],
        request=ReleaseIn,
        responses={201: ReleaseOut},
    )
    @happens_once(replays.of_part_of_asset)
    def post(self, request: Request, asset_id: UUID) -> Response:
        values = checked(ReleaseIn, request.data)
        new = NewRelease(kind=ReleaseKind(values.pop("kind")), **values)
        made = add_release(by=self.actor, asset_id=asset_id, new=new, revision=wanted_revision(request))
        made.refresh_from_db()
        return Response(ReleaseOut(release_out(made)).data, status=201)


class AssetReleaseView(ActorView):
    @extend_schema(
        operation_id="releases_withdraw",
        summary="Withdraw a release",
        description="It stays in the record. Unless another release of the same name holds, others lose the asset now.",
        parameters=[IF_MATCH],
        responses={200: ReleaseOut, 409: OpenApiResponse(description="`release_withdrawn`")},
    )
    def delete(self, request: Request, asset_id: UUID, release_id: UUID) -> Response:
        ended = withdraw_release(
            by=self.actor, asset_id=asset_id, release_id=release_id, revision=wanted_revision(request)
        )
        return Response(ReleaseOut(release_out(ended)).data)
