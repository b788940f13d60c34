"""HTML of an article → typed blocks.

nh3 (html5ever) does the parsing of what people send: it repairs, closes and escapes like a browser and leaves the tags
of the one allowlist. What it writes is well-formed, so that the standard library's tokenizer reads it without guessing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from uuid import UUID

from assets.articles.blocks import (
    PLAIN,
    Block,
    Body,
    Cell,
    Heading,
    Line,
    Listing,
    Paragraph,
    Quote,
    Reference,
    Row,
    Rule,
    Style,
    Table,
)
from assets.articles.lines import Piece, joined_lines, tidy
from assets.html import REFERENCE, sanitise

MAX_NESTING = 60
"""Elements inside each other; what is deeper is read as if its tags were not there."""
MAX_DEPTH = 6
"""Quotes and lists inside each other."""
VOID = frozenset({"br", "hr"})
MARK_OF = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em",
    "u": "u", "s": "s", "sub": "sub", "sup": "sup", "cite": "cite",
}  # fmt: skip
SCOPES = frozenset({"row", "col", "rowgroup", "colgroup"})


def parse(html: str) -> Body:
    """The body as typed blocks. Never fails: what cannot stay where it is moves to the next place where it can, and
    text is never lost. Serialising and parsing again gives the same value."""
    tree = _Tree()
    tree.feed(sanitise(html))
    tree.close()
    reader = _Reader()
    return Body(blocks=reader.blocks(tree.root.children, PLAIN, 0), malformed=tuple(reader.malformed))


@dataclass(frozen=True, kw_only=True)
class _Node:
    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["_Node | str"] = field(default_factory=list)


class _Tree(HTMLParser):
    """The elements of well-formed HTML. Keeps a stack of its own, so that no depth of nesting recurses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node()
        self._open = [self.root]
        self._ignored = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag=tag, attributes={name: value or "" for name, value in attrs})
        if tag in VOID:
            self._open[-1].children.append(node)
        elif len(self._open) > MAX_NESTING:
            self._ignored += 1
        else:
            self._open[-1].children.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._ignored:
            self._ignored -= 1
        elif len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


Children = Sequence[_Node | str]


class _Flow:
    """Blocks so far, and the text that will become the next paragraph."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pieces: list[Piece] = []

    def flush(self) -> None:
        line = tidy(self.pieces)
        self.pieces.clear()
        if line:
            self.blocks.append(Paragraph(line=line))

    def add(self, *blocks: Block) -> None:
        self.flush()
        self.blocks += blocks


class _Reader:
    def __init__(self) -> None:
        self.malformed: list[str] = []

    def blocks(self, children: Children, style: Style, depth: int) -> tuple[Block, ...]:
        flow = _Flow()
        self._read(children, style, flow, depth)
        flow.flush()
        return tuple(flow.blocks)

    def _read(self, children: Children, style: Style, flow: _Flow, depth: int) -> None:
        for child in children:
            if isinstance(child, str):
                flow.pieces.append(Piece(text=child, style=style))
            elif child.tag == "br":
                flow.pieces.append(Piece(text=None, style=style))
            elif child.tag in MARK_OF:
                self._read(child.children, style.marked(MARK_OF[child.tag]), flow, depth)
            elif child.tag == "a":
                self._read(child.children, _linked(style, child.attributes), flow, depth)
            else:
                flow.flush()
                self._block(child, style, flow, depth)
                flow.flush()

    def _block(self, node: _Node, style: Style, flow: _Flow, depth: int) -> None:
        if node.tag == "hr":
            flow.add(Rule())
        elif node.tag in {"h2", "h3", "h4"}:
            line, moved = self._line(node.children, style, depth)
            flow.add(*([Heading(level=int(node.tag[1]), line=line)] if line else []), *moved)
        elif node.tag == "blockquote" and depth < MAX_DEPTH:
            inside = self.blocks(node.children, style, depth + 1)
            flow.add(*([Quote(blocks=inside)] if inside else []))
        elif node.tag in {"ul", "ol"} and depth < MAX_DEPTH:
            items = self._items(node, style, depth + 1)
            flow.add(*([Listing(ordered=node.tag == "ol", items=items)] if items else []))
        elif node.tag == "table":
            flow.add(*self._table(node, style, depth))
        elif node.tag == "figure" and REFERENCE in node.attributes:
            flow.add(*self._reference(node, style, depth))
        else:
            self._read(node.children, style, flow, depth)

    def _items(self, node: _Node, style: Style, depth: int) -> tuple[tuple[Block, ...], ...]:
        found = []
        for child in node.children:
            inside = child.children if isinstance(child, _Node) and child.tag == "li" else [child]
            item = self.blocks(inside, style, depth)
            if item:
                found.append(item)
        return tuple(found)

    def _reference(self, node: _Node, style: Style, depth: int) -> list[Block]:
        caption, moved = self._line(node.children, style, depth)
        value = node.attributes[REFERENCE].strip()
        try:
            asset = UUID(value)
        except ValueError:
            self.malformed.append(value[:100])
            return [*([Paragraph(line=caption)] if caption else []), *moved]
        return [Reference(asset=asset, caption=caption), *moved]

    def _table(self, node: _Node, style: Style, depth: int) -> list[Block]:
        caption: Line = ()
        head: list[Row] = []
        body: list[Row] = []
        moved: list[Block] = []
        for child in node.children:
            if isinstance(child, str):
                continue
            if child.tag == "caption":
                line, more = self._line(child.children, style, depth)
                caption = joined_lines([caption, line]) if caption else line
                moved += more
                continue
            rows = [child] if child.tag == "tr" else child.children
            for row in rows:
                cells, more = self._row(row, style, depth)
                moved += more
                if cells:
                    (head if child.tag == "thead" else body).append(cells)
        if head or body:
            return [Table(caption=caption, head=tuple(head), body=tuple(body)), *moved]
        return [*([Paragraph(line=caption)] if caption else []), *moved]

    def _row(self, row: _Node | str, style: Style, depth: int) -> tuple[Row, list[Block]]:
        cells: list[Cell] = []
        moved: list[Block] = []
        for node in row.children if isinstance(row, _Node) else ():
            if isinstance(node, str):
                continue
            line, more = self._line(node.children, style, depth)
            moved += more
            scope = node.attributes.get("scope", "").lower()
            cells.append(
                Cell(
                    line=line,
                    header=node.tag == "th",
                    scope=scope if node.tag == "th" and scope in SCOPES else "",
                    colspan=_count(node.attributes.get("colspan", ""), 100),
                    rowspan=_count(node.attributes.get("rowspan", ""), 1000),
                )
            )
        return tuple(cells), moved

    def _line(self, children: Children, style: Style, depth: int) -> tuple[Line, list[Block]]:
        """Everything as one line, where no blocks can stand; works shown inside move to after the block."""
        lines: list[Line] = []
        moved: list[Block] = []
        _flatten(self.blocks(children, style, depth), lines, moved)
        return joined_lines(lines), moved


def _flatten(blocks: Sequence[Block], lines: list[Line], moved: list[Block]) -> None:
    for block in blocks:
        if isinstance(block, (Paragraph, Heading)):
            lines.append(block.line)
        elif isinstance(block, Quote):
            _flatten(block.blocks, lines, moved)
        elif isinstance(block, Listing):
            for item in block.items:
                _flatten(item, lines, moved)
        elif isinstance(block, Table):
            lines += [block.caption] if block.caption else []
            lines += [cell.line for row in (*block.head, *block.body) for cell in row if cell.line]
        elif isinstance(block, Reference):
            moved.append(block)


def _linked(style: Style, attributes: dict[str, str]) -> Style:
    href = attributes.get("href", "").strip()
    if not href:
        return style
    return Style(
        marks=style.marks,
        href=href,
        title=attributes.get("title", "").strip(),
        hreflang=attributes.get("hreflang", "").strip(),
    )


def _count(text: str, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 and int(text) else 1
