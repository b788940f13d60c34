from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.pagination import NewestFirst
from api.presenters_base import Values, agency_ref
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import PageQuery
from api.serializers.publications import PublicationIn, PublicationOut
from api.views.base import ActorView, page
from api.workflow_presenters import name_of
from assets.access import get_visible
from assets.models import Publication
from assets.publications.reading import may_withdraw, publications_told
from assets.states import Medium
from assets.usecases.publications_report import NewPublication, report_publication
from assets.usecases.publications_withdraw import withdraw_publication
from permissions.actor import Actor


class PublicationsView(ActorView):
    queryset = Publication.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="assets_publications_list",
        summary="Where agencies published this work, as they reported, newest first",
        description="All reports for who may read the uses of the work (`may.see_uses`); for others those of their own "
        "agencies.",
        parameters=[PageQuery],
        responses=PublicationOut(many=True),
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        checked_query(PageQuery, request.query_params)
        asset = get_visible(self.actor, asset_id)
        rows = publications_told(asset, self.actor).select_related("agency", "user", "token")
        return page(self, rows, lambda row: PublicationOut(_present(row, self.actor)).data)

    @extend_schema(
        operation_id="assets_publications_create",
        summary="Report where your agency published this work",
        description="For people and tokens of any agency that see the work. An address that the agency has reported "
        "before is the same report: 200 with it, unchanged. Who reports hears by letter when the work is corrected or "
        "withdrawn.",
        parameters=[IDEMPOTENCY_KEY],
        request=PublicationIn,
        responses={201: PublicationOut, 200: PublicationOut},
    )
    @happens_once(replays.of_publication)
    def post(self, request: Request, asset_id: UUID) -> Response:
        get_visible(self.actor, asset_id)
        values = checked(PublicationIn, request.data)
        agency = find_agency(self.actor, values.pop("agency")) if "agency" in values else None
        new = NewPublication(**values | {"medium": Medium(values["medium"])})
        found, is_new = report_publication(asset_id=asset_id, by=self.actor, new=new, agency=agency)
        row = Publication.objects.select_related("agency", "user", "token").get(pk=found.pk)
        return Response(PublicationOut(_present(row, self.actor)).data, status=201 if is_new else 200)


class PublicationView(ActorView):
    @extend_schema(
        operation_id="assets_publications_delete",
        summary="Take a report back",
        description="Who made it, while of the agency that it is for, and editors of that agency.",
        responses={204: None},
    )
    def delete(self, request: Request, asset_id: UUID, publication_id: UUID) -> Response:  # noqa: ARG002
        withdraw_publication(asset_id=asset_id, publication_id=publication_id, by=self.actor)
        return Response(status=204)


def _present(row: Publication, reader: Actor) -> Values:
    return {
        "id": row.pk,
        "agency": agency_ref(row.agency),
        "by": name_of(row.user, row.token),
        "reported_at": row.reported_at,
        "medium": row.medium,
        "url": row.url,
        "title": row.title,
        "published_on": row.published_on,
        "note": row.note,
        "may_withdraw": may_withdraw(row, reader),
    }
