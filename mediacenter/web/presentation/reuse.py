"""The graph of reuse as a page shows it: a drawing, and the same as a nested list."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_lazy

from assets.models import Asset
from assets.states import UseKind
from assets.uses.graph import Edge, EdgeKind, Graph, Node, NodeKind
from mediacenter.web.presentation.texts import best_words

WIDTH: Final = 762
BOX: Final = 220
BOX_HEIGHT: Final = 30
ROW: Final = 38
COLUMNS: Final = (1, 271, 541)
"""Where the columns begin: the work, what was made of it, who used them."""
FITTING: Final = 26
"""So many narrow letters fit into a box."""
HEADINGS: Final = {
    NodeKind.ORIGINAL: gettext_lazy("The same file, earlier"),
    NodeKind.ARTICLE: gettext_lazy("Articles"),
    NodeKind.DUPLICATE: gettext_lazy("Copies of the same file"),
    NodeKind.COLLECTION: gettext_lazy("Collections"),
    NodeKind.AGENCY: gettext_lazy("Agencies"),
    NodeKind.SITE: gettext_lazy("Sites"),
}


@dataclass(frozen=True, kw_only=True)
class Use:
    """Who used a work, and how: the name of each way of use and how often."""

    name: str
    ways: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something made of the work, with who used it. ``language`` is that of the name, for ``lang=``."""

    name: str
    address: str
    language: str
    uses: tuple[Use, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """All of a kind that are shown; ``rest`` says how many more there are, and is empty where there are none."""

    heading: str
    entries: tuple[Entry, ...]
    rest: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """A node of the drawing, in its units; ``text`` is as much of the name as fits."""

    x: int
    y: int
    text: str
    name: str
    kind: str

    @property
    def text_x(self) -> int:
        return self.x + 10

    @property
    def text_y(self) -> int:
        return self.y + 20


@dataclass(frozen=True, kw_only=True)
class ReuseShown:
    """``lines`` are the paths of the drawing; ``rests`` are of users, of whom there are more than are shown."""

    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    height: int
    sections: tuple[Section, ...]
    own: tuple[Use, ...]
    rests: tuple[str, ...]
    width: int = WIDTH
    box: int = BOX
    box_height: int = BOX_HEIGHT


def reuse_shown(graph: Graph) -> ReuseShown | None:
    """None where nothing became of the work that the reader may know of."""
    if not graph.edges:
        return None
    boxes, lane = _boxes(graph)
    rests = {group.kind: _rest(group.left_out, more=group.more) for group in graph.groups}
    sections = tuple(
        Section(heading=str(HEADINGS[kind]), entries=entries, rest=rests.get(kind, ""))
        for kind in (NodeKind.ORIGINAL, NodeKind.ARTICLE, NodeKind.DUPLICATE, NodeKind.COLLECTION)
        if (entries := tuple(_entry(node, graph) for node in graph.nodes if node.kind == kind))
    )
    return ReuseShown(
        boxes=tuple(boxes.values()),
        lines=tuple(dict.fromkeys(_line(boxes[edge.start], boxes[edge.end], lane) for edge in graph.edges)),
        height=max(box.y for box in boxes.values()) + ROW,
        sections=sections,
        own=_uses_of(graph.nodes[0], graph),
        rests=tuple(f"{HEADINGS[kind]}: {rests[kind]}" for kind in (NodeKind.AGENCY, NodeKind.SITE) if rests.get(kind)),
    )


def _rest(left_out: int, *, more: bool) -> str:
    if not left_out and not more:
        return ""
    if not left_out:
        return gettext("and others")
    return gettext("and %(count)s more") % {"count": f"{left_out}+" if more else left_out}


def _entry(node: Node, graph: Graph) -> Entry:
    if node.collection is not None:
        address = reverse("web:collection", args=[node.collection.pk])
        return Entry(name=node.collection.title, address=address, language="", uses=())
    asset = _asset(node)
    words = best_words(asset)
    return Entry(
        name=words.title,
        address=reverse("web:asset", args=[asset.pk]),
        language=words.html_language,
        uses=_uses_of(node, graph),
    )


def _asset(node: Node) -> Asset:
    if node.asset is None:
        raise ValueError(f"{node.id} is no work.")
    return node.asset


def _uses_of(node: Node, graph: Graph) -> tuple[Use, ...]:
    """Who used this work, the most busy first, as the graph has them."""
    users = {each.id: each for each in graph.nodes if each.kind in COLUMN_OF_USERS}
    ways: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.start == node.id and edge.end in users:
            ways[edge.end].append(edge)
    return tuple(
        Use(name=_name(user), ways=tuple((_label(edge.kind), edge.uses) for edge in ways[key]))
        for key, user in users.items()
        if key in ways
    )


def _label(kind: EdgeKind) -> str:
    return gettext("Published") if kind == EdgeKind.PUBLISHED else str(UseKind(kind.value).label)


def _name(node: Node) -> str:
    if node.asset is not None:
        return node.asset.reference if node.kind == NodeKind.WORK else best_words(node.asset).title
    if node.collection is not None:
        return str(node.collection.title)
    if node.site:
        return f"{node.site} ({node.agency.code})" if node.agency else node.site
    return node.agency.name_in(get_language() or "vi") if node.agency else gettext("Others")


COLUMN_OF_USERS: Final = frozenset({NodeKind.AGENCY, NodeKind.SITE, NodeKind.OTHERS})


def _column(node: Node) -> int:
    return 0 if node.kind == NodeKind.WORK else 2 if node.kind in COLUMN_OF_USERS else 1


def _boxes(graph: Graph) -> tuple[dict[str, Box], Box | None]:
    """Each column in the order of the graph, centred beside the tallest; and, where lines go from the work straight to
    its users, a place above the middle column that is left free for them: behind a box they would seem to be its."""
    columns = [[node for node in graph.nodes if _column(node) == number] for number in range(3)]
    users = {node.id for node in columns[2]}
    passes = bool(columns[1]) and any(edge.start == graph.nodes[0].id and edge.end in users for edge in graph.edges)
    free = [0, int(passes), 0]
    rows = [len(nodes) + left for nodes, left in zip(columns, free, strict=True)]

    def top(number: int, row: int) -> int:
        return (max(rows) - rows[number]) * ROW // 2 + row * ROW + (ROW - BOX_HEIGHT) // 2

    boxes = {
        node.id: Box(
            x=COLUMNS[number],
            y=top(number, row + free[number]),
            text=fitting(_name(node)),
            name=_name(node),
            kind=node.kind.value,
        )
        for number, nodes in enumerate(columns)
        for row, node in enumerate(nodes)
    }
    return boxes, Box(x=COLUMNS[1], y=top(1, 0), text="", name="", kind="") if passes else None


def fitting(text: str, *, room: int = FITTING) -> str:
    """As much as fits into ``room`` narrow letters; Chinese characters take two each."""
    taken, used = "", 0
    for letter in unicodedata.normalize("NFC", text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > room:
            return taken.rstrip() + "…"
        taken += letter
    return taken


def _line(start: Box, end: Box, lane: Box | None = None) -> str:
    """From the edge of one box to the nearest edge of the other, level where it leaves and where it comes. From the
    first column to the last by the ``lane``, if there is one."""
    if lane is not None and (start.x, end.x) == (COLUMNS[0], COLUMNS[2]):
        return f"{_line(start, lane)} H{lane.x + BOX} {_line(lane, end)}"
    rightwards = end.x >= start.x
    x1, x2 = (start.x + BOX, end.x) if rightwards else (start.x, end.x + BOX)
    y1, y2 = (box.y + BOX_HEIGHT // 2 for box in (start, end))
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
