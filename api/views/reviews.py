from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import ByPlace
from api.presenters import for_lists
from api.serializers.base import checked_query, find_agency
from api.serializers.inputs import ReviewQuery
from api.serializers.outputs import ReviewItem
from api.territory import territory_of
from api.views.base import SignedInView, page
from api.workflow_presenters import review_item
from assets.models import Asset
from assets.reviews import ReviewFilters, work_list
from permissions.vocabulary import AssetState


class ReviewsView(SignedInView):
    queryset = Asset.objects.none()  # for the schema
    pagination_class = ByPlace

    @extend_schema(
        operation_id="reviews_list",
        summary="What waits for somebody: urgent first, then by due time",
        description="`state` is `in_review` unless said otherwise.",
        parameters=[ReviewQuery],
        responses=ReviewItem(many=True),
    )
    def get(self, request: Request) -> Response:
        query = checked_query(ReviewQuery, request.query_params)
        said = query.get("assignee")
        person = self.actor.user_id if said == "me" else said if said != "none" else None
        filters = ReviewFilters(
            state=query.get("state", AssetState.IN_REVIEW),
            agency=find_agency(self.actor, query["agency"]) if "agency" in query else None,
            assignee=person,
            unassigned=said == "none" or (said == "me" and person is None),
            urgent=query.get("urgent", False),
            overdue=query.get("overdue", False),
        )
        rows = for_lists(work_list(self.actor, filters)).select_related("assignee")
        territory = territory_of(request)
        return page(
            self, rows, lambda asset: ReviewItem(review_item(self.actor, asset, territory=territory)).data, ByPlace
        )
