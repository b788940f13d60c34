"""Many assets by their ids in one request: in the order asked for, what one may not see simply absent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers as s

from api.presenters import asset_summary, for_lists
from api.serializers.shaped import FoundAsset
from api.shaping import Include, Shape, included_in
from assets.models import Asset
from permissions.actor import Actor

BESIDE: Final = frozenset({"ids", "fields", "include"})


def require_alone(query: Mapping[str, Any]) -> None:
    """Filters and pages would make it unclear why one is absent."""
    others = sorted(set(query) - BESIDE)
    if others:
        raise s.ValidationError({name: ["Not together with ids."] for name in others})


def by_ids(
    actor: Actor, ids: Sequence[UUID], *, shape: Shape, territory: str | None
) -> tuple[dict[str, Any], list[tuple[UUID, int]]]:
    """The answer to ``GET assets?ids=`` and ``POST assets/read``, in the form of lists, and the revisions it tells."""
    rows = for_lists(Asset.objects.visible_to(actor)).in_bulk(list(ids))
    found = [rows[pk] for pk in ids if pk in rows]
    shown = summaries(actor, found, shape=shape, territory=territory)
    answer = {"next": None, "previous": None, "results": shown, "did_you_mean": None}
    return answer, [(asset.pk, asset.revision) for asset in found]


def summaries(
    actor: Actor,
    assets: Sequence[Asset],
    *,
    shape: Shape,
    territory: str | None,
    more: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """The assets (``for_lists``) as lists tell them, in this shape; ``more`` is said of each besides."""
    included = included_in(actor, assets, shape.include, territory=territory)
    said = [
        asset_summary(actor, asset, territory=territory) | included[asset.pk] | dict((more or {}).get(asset.pk, {}))
        for asset in assets
    ]
    # one serializer for all: it copies its fields, and those of all that is nested, for each new instance of it
    answers = [shape.of(each) for each in FoundAsset(said, many=True).data]
    if Include.USES not in shape.include:  # DRF says null of what is absent and could be null
        for answer in answers:
            answer.pop("uses", None)
    return answers
