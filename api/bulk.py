"""Many assets by their ids in one request: in the order asked for, what one may not see simply absent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers as s

from api.listed_presenters import summary_of
from api.presenters import for_lists
from api.serializers.shaped import FoundAsset
from api.shaping import Include, Shape, included_in
from assets.lists.listed import ListedWork, listed
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
    found = listed(actor, ids)
    shown = summaries(actor, found, shape=shape, territory=territory)
    answer = {"next": None, "previous": None, "results": shown, "did_you_mean": None}
    return answer, [(work.id, work.revision) for work in found]


def summaries(
    actor: Actor,
    works: Sequence[ListedWork],
    *,
    shape: Shape,
    territory: str | None,
    more: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """The works as lists tell them, in this shape; ``more`` is said of each besides."""
    more = more or {}
    said = [summary_of(actor, work, territory=territory) | dict(more.get(work.id, {})) for work in works]
    if shape.include:
        said = _with_included(actor, works, said, shape=shape, territory=territory)
    return [shape.of(each) for each in said]


def _with_included(
    actor: Actor,
    works: Sequence[ListedWork],
    said: Sequence[Mapping[str, Any]],
    *,
    shape: Shape,
    territory: str | None,
) -> list[dict[str, Any]]:
    """What has gone out of sight since the works were read is not told any more."""
    rows = for_lists(Asset.objects.visible_to(actor)).in_bulk([work.id for work in works])
    included = included_in(actor, list(rows.values()), shape.include, territory=territory)
    whole = [{**each, **included[work.id]} for work, each in zip(works, said, strict=True) if work.id in rows]
    # one serializer for all: it copies its fields, and those of all that is nested, for each new instance of it
    answers = [dict(each) for each in FoundAsset(whole, many=True).data]
    if Include.USES not in shape.include:  # DRF says null of what is absent and could be null
        for answer in answers:
            answer.pop("uses", None)
    return answers
