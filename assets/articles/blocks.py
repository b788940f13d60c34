"""What an article's body is made of. Values, compared as a whole; ``parsing.py`` makes them, nobody else."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

MARKS = ("cite", "strong", "em", "u", "s", "sub", "sup")
"""In the order in which they are nested, outermost first; a link is outside all of them."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a stretch of text is marked. ``marks`` are in the order of :data:`MARKS`; ``href`` empty is no link."""

    marks: tuple[str, ...] = ()
    href: str = ""
    title: str = ""
    hreflang: str = ""

    def marked(self, mark: str) -> "Style":
        marks = tuple(name for name in MARKS if name == mark or name in self.marks)
        return Style(marks=marks, href=self.href, title=self.title, hreflang=self.hreflang)


PLAIN = Style()


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of text in one style. White space is single spaces; a line feed is a line break that is meant."""

    text: str
    style: Style = PLAIN


Line = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    line: Line


@dataclass(frozen=True, kw_only=True)
class Heading:
    """``level`` 2 to 4: the headline is the article's title and the only one of level 1."""

    level: int
    line: Line


@dataclass(frozen=True, kw_only=True)
class Quote:
    blocks: tuple["Block", ...]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """``items`` are blocks each, so that lists can be nested."""

    ordered: bool
    items: tuple[tuple["Block", ...], ...]


@dataclass(frozen=True, kw_only=True)
class Cell:
    line: Line
    header: bool = False
    scope: str = ""
    colspan: int = 1
    rowspan: int = 1


Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    caption: Line
    head: tuple[Row, ...]
    body: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A work of the warehouse shown at this place, with the words that this article says of it."""

    asset: UUID
    caption: Line


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A thematic break."""


Block = Paragraph | Heading | Quote | Listing | Table | Reference | Rule


@dataclass(frozen=True, kw_only=True)
class Body:
    """``malformed`` are the ``data-asset`` values that name nothing because they are no ids."""

    blocks: tuple[Block, ...]
    malformed: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[UUID, ...]:
        """The ids of the works in the order in which they appear, repeated where one is shown twice."""
        return tuple(block.asset for block in walk(self.blocks) if isinstance(block, Reference))


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block, those inside quotes and lists after the one that holds them."""
    for block in blocks:
        yield block
        if isinstance(block, Quote):
            yield from walk(block.blocks)
        elif isinstance(block, Listing):
            for item in block.items:
                yield from walk(item)


def with_works(blocks: Iterable[Block], said: Callable[[Reference], Reference | None]) -> tuple[Block, ...]:
    """The blocks with each work as ``said`` has it, None for nothing: then what held nothing else goes too, as if the
    work had never been written there."""
    found = (_with_works(block, said) for block in blocks)
    return tuple(block for block in found if block is not None)


def _with_works(block: Block, said: Callable[[Reference], Reference | None]) -> Block | None:
    if isinstance(block, Reference):
        return said(block)
    if isinstance(block, Quote):
        inside = with_works(block.blocks, said)
        return replace(block, blocks=inside) if inside else None
    if isinstance(block, Listing):
        items = tuple(kept for kept in (with_works(item, said) for item in block.items) if kept)
        return replace(block, items=items) if items else None
    return block


def words_of(line: Line) -> str:
    """The text alone."""
    return "".join(span.text for span in line)
