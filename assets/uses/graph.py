"""What became of one work: what was made of it, and who used, took or published it or what was made of it.

Everything in it is judged for the reader: a work or a collection that they may not see is no node and in no number, and
who used a work is told to who may read its uses (``SEE_USES``). The number of queries does not grow with the work.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from assets.access import decide
from assets.models import ArticleReference, Asset, Collection, CollectionItem, Publication, UseCount
from assets.states import UseKind
from assets.uses.reading import DAYS
from permissions.actor import Actor
from permissions.models import Agency
from permissions.vocabulary import Action

MOST_NODES: Final = 24
"""Of each kind."""
COUNTED: Final = 100
"""So many works or collections of a kind are counted; and so many ways of use are read, the most used first."""
WEIGHED: Final = 2000
"""The rights to so many are asked, the newest: what bounds a work that very many refer to."""


class NodeKind(StrEnum):
    WORK = "work"
    ORIGINAL = "original"
    ARTICLE = "article"
    COLLECTION = "collection"
    DUPLICATE = "duplicate"
    AGENCY = "agency"
    SITE = "site"
    OTHERS = "others"
    """The public, people of several agencies, and pages that were too many to tell apart."""


class EdgeKind(StrEnum):
    """From a work to what was made of it, or to who used it; uses as :class:`UseKind`."""

    SHOWN_IN = "shown_in"
    COLLECTED_IN = "collected_in"
    DUPLICATED_AS = "duplicated_as"
    EMBED = UseKind.EMBED.value
    MEDIA = UseKind.MEDIA.value
    DOWNLOAD = UseKind.DOWNLOAD.value
    READ = UseKind.READ.value
    PUBLISHED = "published"


MADE: Final = {
    NodeKind.ARTICLE: EdgeKind.SHOWN_IN,
    NodeKind.DUPLICATE: EdgeKind.DUPLICATED_AS,
    NodeKind.COLLECTION: EdgeKind.COLLECTED_IN,
}
USERS: Final = (NodeKind.AGENCY, NodeKind.SITE)


@dataclass(frozen=True, kw_only=True)
class Node:
    """``asset`` of works, ``collection`` of collections; ``agency``: the one itself, or whose registered domain a site
    is. ``site`` is a host."""

    id: str
    kind: NodeKind
    asset: Asset | None = None
    collection: Collection | None = None
    agency: Agency | None = None
    site: str = ""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """``start`` and ``end`` are ids of nodes. ``uses``: how often; of ``PUBLISHED`` how many were reported; 1 of
    what was made."""

    start: str
    end: str
    kind: EdgeKind
    uses: int = 1


@dataclass(frozen=True, kw_only=True)
class Group:
    """``shown`` nodes of this kind of ``count``; with ``more`` there are others that were not counted."""

    kind: NodeKind
    shown: int
    count: int
    more: bool

    @property
    def left_out(self) -> int:
        return self.count - self.shown


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The first node is the work. Uses are those since ``since``; reported publications are all. ``uses_told``: whether
    the reader may know who used the work itself."""

    since: date
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]
    uses_told: bool


@dataclass(frozen=True, kw_only=True)
class _Tie:
    """One user of one work, as a sum of the database says it."""

    node: Node
    edge: Edge


def reuse_graph(asset: Asset, *, reader: Actor, days: int = DAYS, most: int = MOST_NODES) -> Graph:
    """Of an asset that came through ``visible_to`` and ``with_policy_facts`` for this reader. At most ``most`` nodes of
    each kind; of works and collections the newest, of agencies and sites those with the most uses."""
    since = timezone.localdate() - timedelta(days=days - 1)
    work = Node(id=_id("work", asset.pk), kind=NodeKind.WORK, asset=asset)
    made, edges, groups = _made_of(work, asset, reader=reader, most=most)
    followed = {node.asset.pk: node for node in (work, *made) if node.asset and node.kind != NodeKind.ORIGINAL}
    told = [node.asset for node in followed.values() if node.asset and decide(reader, Action.SEE_USES, node.asset)]
    sites, more_sites = _shown_on(told, since=since)
    takers, more_takers = _taken_by(told, since=since)
    reported, more_reported = _published_by(followed, told, reader=reader)
    ties = [*takers, *reported, *sites]
    more = {NodeKind.AGENCY: more_takers or more_reported, NodeKind.SITE: more_sites}
    users, among = _busiest(ties, most=most, more=more)
    kept = {node.id for node in users}
    return Graph(
        since=since,
        nodes=(work, *made, *users),
        edges=(*edges, *_summed(tie.edge for tie in ties if tie.edge.end in kept)),
        groups=(*groups, *among),
        uses_told=asset in told,
    )


def _made_of(work: Node, asset: Asset, *, reader: Actor, most: int) -> tuple[list[Node], list[Edge], list[Group]]:
    """Articles, copies and collections, then the work that this one is a copy of."""
    visible = Asset.objects.visible_to(reader)
    found = _found(asset, reader=reader)
    works = [pk for kind in (NodeKind.ARTICLE, NodeKind.DUPLICATE) for pk in found[kind][:most]]
    origin = _origin(asset)
    rows = visible.with_policy_facts().prefetch_related("texts").in_bulk([*works, *origin])
    albums = Collection.objects.visible_to(reader).select_related("agency").in_bulk(found[NodeKind.COLLECTION][:most])
    nodes = [
        Node(id=_id("collection", pk), kind=kind, collection=albums[pk])
        if pk in albums
        else Node(id=_id("work", pk), kind=kind, asset=rows[pk])
        for kind, keys in found.items()
        for pk in keys[:most]
        if pk in rows or pk in albums
    ]
    edges = [Edge(start=work.id, end=node.id, kind=MADE[node.kind]) for node in nodes]
    for original in (rows[pk] for pk in origin if pk in rows):
        nodes.append(Node(id=_id("work", original.pk), kind=NodeKind.ORIGINAL, asset=original))
        edges.append(Edge(start=nodes[-1].id, end=work.id, kind=EdgeKind.DUPLICATED_AS))
    return nodes, edges, [_group(kind, keys, most=most) for kind, keys in found.items()]


def _origin(asset: Asset) -> list[UUID]:
    return [asset.duplicate_of_id] if asset.duplicate_of_id else []


def _found(asset: Asset, *, reader: Actor) -> dict[NodeKind, list[UUID]]:
    """The ids of what was made of the work, the newest first, and of each kind one more than are counted."""
    visible = Asset.objects.visible_to(reader)
    shown = ArticleReference.objects.filter(asset=asset).order_by("-article_id").values("article_id").distinct()
    copies = Asset.objects.filter(duplicate_of=asset).exclude(pk__in=_origin(asset)).order_by("-pk").values("pk")
    held = CollectionItem.objects.filter(asset=asset).order_by("-pk").values("collection_id")
    albums = Collection.objects.visible_to(reader)
    return {
        NodeKind.ARTICLE: _newest(visible.filter(pk__in=shown[:WEIGHED])),
        NodeKind.DUPLICATE: _newest(visible.filter(pk__in=copies[:WEIGHED])),
        NodeKind.COLLECTION: _newest(albums.filter(pk__in=held[:WEIGHED])),
    }


def _newest(rows: "QuerySet[Asset] | QuerySet[Collection]") -> list[UUID]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[: COUNTED + 1])


def _group(kind: NodeKind, found: Sequence[object], *, most: int, more: bool = False) -> Group:
    count = min(len(found), COUNTED)
    return Group(kind=kind, shown=min(count, most), count=count, more=more or len(found) > COUNTED)


def _id(prefix: str, key: UUID | str) -> str:
    return f"{prefix}:{key}"


OTHERS: Final = Node(id=_id("others", "all"), kind=NodeKind.OTHERS)


def _agency_node(agency: Agency | None) -> Node:
    return Node(id=_id("agency", agency.pk), kind=NodeKind.AGENCY, agency=agency) if agency else OTHERS


def _site_node(site: str, agency: Agency | None) -> Node:
    return Node(id=_id("site", site), kind=NodeKind.SITE, site=site, agency=agency) if site else OTHERS


def _shown_on(works: Sequence[Asset], *, since: date) -> tuple[list[_Tie], bool]:
    """The sites whose pages show the works."""
    rows = UseCount.objects.filter(asset__in=works, day__gte=since, kind__in=(UseKind.EMBED, UseKind.MEDIA))
    sums = rows.order_by().values_list("asset", "kind", "site", "agency").annotate(sum=Sum("uses"))
    found = list(sums.order_by("-sum", "site", "asset", "kind")[: COUNTED + 1])
    agencies = _agencies(row[3] for row in found)
    ties = [
        _tie(pk, _site_node(site, agencies.get(agency)), EdgeKind(kind), uses) for pk, kind, site, agency, uses in found
    ]
    return ties[:COUNTED], len(ties) > COUNTED


def _taken_by(works: Sequence[Asset], *, since: date) -> tuple[list[_Tie], bool]:
    """The agencies that downloaded and read the works."""
    rows = UseCount.objects.filter(asset__in=works, day__gte=since, kind__in=(UseKind.DOWNLOAD, UseKind.READ))
    sums = rows.order_by().values_list("asset", "kind", "agency").annotate(sum=Sum("uses"))
    found = list(sums.order_by("-sum", "agency", "asset", "kind")[: COUNTED + 1])
    agencies = _agencies(row[2] for row in found)
    ties = [_tie(pk, _agency_node(agencies.get(agency)), EdgeKind(kind), uses) for pk, kind, agency, uses in found]
    return ties[:COUNTED], len(ties) > COUNTED


def _published_by(followed: Mapping[UUID, Node], told: Sequence[Asset], *, reader: Actor) -> tuple[list[_Tie], bool]:
    """The agencies that reported a publication, as far as the reader may know of reports (``told_to``)."""
    others = followed.keys() - {asset.pk for asset in told}
    all_of = Publication.objects.filter(asset__in=told)
    own = Publication.objects.filter(asset__in=others).told_to(reader, sees_uses=False)
    sums = (all_of | own).order_by().values_list("asset", "agency").annotate(sum=Count("pk"))
    found = list(sums.order_by("-sum", "agency", "asset")[: COUNTED + 1])
    agencies = _agencies(row[1] for row in found)
    ties = [_tie(pk, _agency_node(agencies.get(agency)), EdgeKind.PUBLISHED, uses) for pk, agency, uses in found]
    return ties[:COUNTED], len(ties) > COUNTED


def _tie(asset: UUID, node: Node, kind: EdgeKind, uses: int) -> _Tie:
    return _Tie(node=node, edge=Edge(start=_id("work", asset), end=node.id, kind=kind, uses=uses))


def _agencies(ids: Iterable[UUID | None]) -> dict[UUID | None, Agency]:
    return {agency.pk: agency for agency in Agency.objects.filter(pk__in={pk for pk in ids if pk is not None})}


def _busiest(ties: Sequence[_Tie], *, most: int, more: Mapping[NodeKind, bool]) -> tuple[list[Node], tuple[Group, ...]]:
    """The users with the most uses, of each kind ``most``, and how many there are of the kind; those who cannot be told
    apart are one node, the last."""
    weight: Counter[str] = Counter()
    nodes: dict[str, Node] = {}
    for tie in ties:
        weight[tie.node.id] += tie.edge.uses
        nodes.setdefault(tie.node.id, tie.node)
    ordered = sorted(nodes.values(), key=lambda node: (-weight[node.id], node.id))
    users: list[Node] = []
    groups = []
    for kind in USERS:
        found = [node for node in ordered if node.kind == kind]
        users += found[:most]
        groups.append(_group(kind, found, most=most, more=more[kind]))
    return users + [node for node in ordered if node.kind == NodeKind.OTHERS], tuple(groups)


def _summed(edges: Iterable[Edge]) -> Iterable[Edge]:
    """One edge for each start, end and kind."""
    found: dict[tuple[str, str, EdgeKind], Edge] = {}
    for edge in edges:
        key = (edge.start, edge.end, edge.kind)
        before = found.get(key)
        found[key] = replace(edge, uses=edge.uses + before.uses) if before else edge
    return found.values()
