"""Typed blocks → HTML: the canonical form, or with the works shown by whoever delivers."""

from collections.abc import Callable, Iterable
from html import escape

from assets.articles.blocks import (
    PLAIN,
    Block,
    Cell,
    Heading,
    Line,
    Listing,
    Paragraph,
    Quote,
    Reference,
    Row,
    Style,
    Table,
)
from assets.html import LINK_REL, REFERENCE

Show = Callable[[Reference], str]


def to_html(blocks: Iterable[Block], *, show: Show | None = None) -> str:
    """The blocks as HTML without white space between them. ``show`` writes the works; without it they stay references,
    and ``parse`` of the result gives the same blocks."""
    return "".join(_block(block, show or _reference) for block in blocks)


def line_to_html(line: Line) -> str:
    """Spans with as few elements as their order allows."""
    out: list[str] = []
    now = PLAIN
    for span in line:
        _restyle(out, now, span.style)
        now = span.style
        out.append(escape(span.text, quote=False).replace("\n", "<br>"))
    _restyle(out, now, PLAIN)
    return "".join(out)


def _restyle(out: list[str], now: Style, then: Style) -> None:
    """Close what ends and open what begins; a link is outermost."""
    if now == then:
        return
    same_link = (now.href, now.title, now.hreflang) == (then.href, then.title, then.hreflang)
    kept = 0
    if same_link:
        while kept < min(len(now.marks), len(then.marks)) and now.marks[kept] == then.marks[kept]:
            kept += 1
    out += [f"</{mark}>" for mark in reversed(now.marks[kept:])]
    if not same_link:
        out += ["</a>"] if now.href else []
        out += [_link(then)] if then.href else []
    out += [f"<{mark}>" for mark in then.marks[kept:]]


def _link(style: Style) -> str:
    more = "".join(
        f' {name}="{escape(value)}"' for name, value in (("title", style.title), ("hreflang", style.hreflang)) if value
    )
    return f'<a href="{escape(style.href)}"{more} rel="{LINK_REL}">'


def _block(block: Block, show: Show) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{line_to_html(block.line)}</p>"
    if isinstance(block, Heading):
        return f"<h{block.level}>{line_to_html(block.line)}</h{block.level}>"
    if isinstance(block, Quote):
        return f"<blockquote>{to_html(block.blocks, show=show)}</blockquote>"
    if isinstance(block, Listing):
        tag = "ol" if block.ordered else "ul"
        return f"<{tag}>{''.join(f'<li>{_item(item, show)}</li>' for item in block.items)}</{tag}>"
    if isinstance(block, Table):
        return _table(block)
    return show(block) if isinstance(block, Reference) else "<hr>"


def _item(item: tuple[Block, ...], show: Show) -> str:
    """A list item that begins with its only paragraph is written without ``p``, as people write lists."""
    first = item[0]
    if isinstance(first, Paragraph) and not any(isinstance(block, Paragraph) for block in item[1:]):
        return line_to_html(first.line) + to_html(item[1:], show=show)
    return to_html(item, show=show)


def _reference(reference: Reference) -> str:
    caption = f"<figcaption>{line_to_html(reference.caption)}</figcaption>" if reference.caption else ""
    return f'<figure {REFERENCE}="{reference.asset}">{caption}</figure>'


def _table(table: Table) -> str:
    caption = f"<caption>{line_to_html(table.caption)}</caption>" if table.caption else ""
    head = f"<thead>{_rows(table.head)}</thead>" if table.head else ""
    body = f"<tbody>{_rows(table.body)}</tbody>" if table.body else ""
    return f"<table>{caption}{head}{body}</table>"


def _rows(rows: tuple[Row, ...]) -> str:
    return "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    scope = f' scope="{cell.scope}"' if cell.scope else ""
    spans = "".join(
        f' {name}="{count}"' for name, count in (("colspan", cell.colspan), ("rowspan", cell.rowspan)) if count > 1
    )
    return f"<{tag}{scope}{spans}>{line_to_html(cell.line)}</{tag}>"
