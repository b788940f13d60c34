"""Many assets by their ids in one request: in the order asked for, what one may not see simply absent."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditional import answer_or_304
from api.presenters import asset_summary, for_lists
from api.serializers.outputs import AssetSummary
from api.territory import territory_of
from assets.models import Asset
from permissions.actor import Actor


def require_alone(query: Mapping[str, Any]) -> None:
    """Filters and pages would make it unclear why one is absent."""
    others = sorted(set(query) - {"ids"})
    if others:
        raise s.ValidationError({name: ["Not together with ids."] for name in others})


def by_ids(request: Request, actor: Actor, ids: Sequence[UUID]) -> Response:
    """The answer to ``GET assets?ids=``, conditional."""
    territory = territory_of(request)
    rows = {asset.pk: asset for asset in for_lists(Asset.objects.visible_to(actor)).filter(pk__in=ids)}
    shown = [AssetSummary(asset_summary(actor, rows[pk], territory=territory)).data for pk in ids if pk in rows]
    return answer_or_304(request, {"next": None, "previous": None, "results": shown, "did_you_mean": None}, signed=True)
