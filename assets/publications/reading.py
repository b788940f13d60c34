"""The reported publications of one work, as far as the reader may know of them."""

from dataclasses import dataclass
from typing import Final

from assets.access import decide
from assets.models import Asset, Publication
from assets.models.publication import PublicationQuerySet
from permissions.actor import Actor
from permissions.vocabulary import Action, Role

SHOWN: Final = 200
COUNTED: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The newest ``SHOWN``. ``count`` is exact up to ``COUNTED``; beyond, ``more`` says that there are others."""

    rows: tuple[Publication, ...]
    count: int
    more: bool

    @property
    def unlisted(self) -> int:
        return self.count - len(self.rows)


def publications_told(asset: Asset, reader: Actor) -> PublicationQuerySet:
    """Of a row that came through ``visible_to`` and ``with_policy_facts``."""
    rows: PublicationQuerySet = Publication.objects.filter(asset=asset)
    return rows.told_to(reader, sees_uses=bool(decide(reader, Action.SEE_USES, asset)))


def reported_of(asset: Asset, reader: Actor, *, shown: int = SHOWN) -> Reported:
    """What a page shows of them, newest first."""
    told = publications_told(asset, reader)
    count = told.order_by()[: COUNTED + 1].count()
    rows = tuple(told.select_related("agency", "user", "token").order_by("-id")[:shown])
    return Reported(rows=rows, count=min(count, COUNTED), more=count > COUNTED)


def may_withdraw(publication: Publication, by: Actor) -> bool:
    """Who reported it, while of the agency still, and the editors of the agency that did."""
    role = by.role_at(publication.agency.path)
    if role is None:
        return False
    own = publication.user_id == by.user_id if by.user_id is not None else publication.token_id == by.token_id
    return own or role.includes(Role.EDITOR)
