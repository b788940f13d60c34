"""What a reader wants of assets: some fields only (``fields``), or also what else has a route of its own (``include``).

Whatever is included is fetched for a page at once: the number of queries does not grow with the assets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import prefetch_related_objects

from api.presenters import may, renditions_of, texts_of
from api.rights_presenters import rights_of
from assets.access import decide
from assets.articles.stored import works_named
from assets.models import Asset
from assets.uses.reading import totals_of
from permissions.actor import Actor
from permissions.conditions import conditions_for
from permissions.vocabulary import Action

Values = Mapping[str, Any]


class Include(StrEnum):
    """What can stand in the answer beside its own fields; the names are the ones of the detail."""

    TEXTS = "texts"
    RENDITIONS = "renditions"
    RIGHTS = "rights"
    MAY = "may"
    USES = "uses"


ALWAYS: Final = "id"
"""An answer without it could not be matched with anything."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """``fields`` None: all of them. What is included is there whether ``fields`` names it or not."""

    fields: frozenset[str] | None = None
    include: frozenset[Include] = frozenset()

    def without(self, there: frozenset[Include]) -> "Shape":
        """For an answer that has these anyway: nothing to fetch, but to keep."""
        kept = None if self.fields is None else self.fields | {str(each) for each in self.include & there}
        return replace(self, fields=kept, include=self.include - there)

    def of(self, answer: Values) -> dict[str, Any]:
        """The answer with no more than what is wanted."""
        if self.fields is None:
            return dict(answer)
        wanted = {ALWAYS, *self.fields, *(str(each) for each in self.include)}
        return {name: value for name, value in answer.items() if name in wanted}


def shape_of(asked: Mapping[str, Any]) -> Shape:
    """The shape that validated ``fields`` and ``include`` ask for."""
    fields = asked.get("fields")
    return Shape(
        fields=None if fields is None else frozenset(fields),
        include=frozenset(Include(name) for name in asked.get("include", ())),
    )


def included_in(
    actor: Actor, assets: Sequence[Asset], include: frozenset[Include], *, territory: str | None
) -> dict[UUID, dict[str, Any]]:
    """What is to be included, by asset. The rows came through ``visible_to`` and ``for_lists``."""
    makers: dict[Include, Callable[[Asset], Any]] = {}
    if Include.TEXTS in include:
        known = works_named(assets, reader=actor)
        makers[Include.TEXTS] = lambda asset: texts_of(actor, asset, known=known)
    if Include.RENDITIONS in include:
        asked = conditions_for(actor, [asset.agency.path for asset in assets])
        makers[Include.RENDITIONS] = lambda asset: renditions_of(
            actor, asset, territory=territory, asked=asked[asset.agency.path]
        )
    if Include.RIGHTS in include:
        prefetch_related_objects(list(assets), "licence_terms__agency")
        makers[Include.RIGHTS] = lambda asset: rights_of(actor, asset, territory=territory)
    if Include.MAY in include:
        makers[Include.MAY] = lambda asset: may(actor, asset)
    if Include.USES in include:
        makers[Include.USES] = _uses(actor, assets)
    return {asset.pk: {str(name): make(asset) for name, make in makers.items()} for asset in assets}


def _uses(actor: Actor, assets: Sequence[Asset]) -> Callable[[Asset], dict[str, Any] | None]:
    """None for those who may not know."""
    told = [asset.pk for asset in assets if decide(actor, Action.SEE_USES, asset)]
    since, totals = totals_of(told)

    def of(asset: Asset) -> dict[str, Any] | None:
        found = totals.get(asset.pk)
        return None if found is None else {"since": since, "totals": {str(kind): uses for kind, uses in found.items()}}

    return of
