"""Parsing and serialising of article bodies: typed blocks, and the same value after any number of rounds."""

import re
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.articles.blocks import (
    Body,
    Cell,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Reference,
    Rule,
    Span,
    Style,
    Table,
    words_of,
)
from assets.articles.parsing import parse
from assets.articles.serialising import to_html
from assets.html import LINK_REL, sanitise

PHOTO = UUID("019ac0de-0000-7000-8000-000000000001")


def line(*texts: str) -> tuple[Span, ...]:
    return tuple(Span(text=text) for text in texts)


def test_every_kind_of_block_is_read() -> None:
    strong = Style(marks=("strong",))
    link = Style(marks=("em",), href="https://example.vn/?a=1&b=2", title="T")
    assert parse(
        "<h2> Mực  nước\n</h2><p>Một <b>hai</b><br>ba</p>"
        '<p><a href="https://example.vn/?a=1&amp;b=2" title="T"><i>đọc</i></a></p>'
        "<blockquote>Lời nói<p><cite>Bà Lan</cite></p></blockquote><hr>"
        "<ul><li>một<ol><li>a</li></ol></li><li><p>b</p><p>c</p></li></ul>"
        '<table><caption>Bảng</caption><thead><tr><th scope="col">Năm</th></tr></thead>'
        '<tbody><tr><td colspan="2">1 &lt; 2</td></tr></tbody></table>'
        f'<figure data-asset="{PHOTO}"><figcaption>Cầu</figcaption></figure>'
    ) == Body(
        blocks=(
            Heading(level=2, line=line("Mực nước")),
            Paragraph(line=(Span(text="Một "), Span(text="hai", style=strong), Span(text="\nba"))),
            Paragraph(line=(Span(text="đọc", style=link),)),
            Quote(
                blocks=(
                    Paragraph(line=line("Lời nói")),
                    Paragraph(line=(Span(text="Bà Lan", style=Style(marks=("cite",))),)),
                )
            ),
            Rule(),
            Listing(
                ordered=False,
                items=(
                    (
                        Paragraph(line=line("một")),
                        Listing(ordered=True, items=((Paragraph(line=line("a")),),)),
                    ),
                    (Paragraph(line=line("b")), Paragraph(line=line("c"))),
                ),
            ),
            Table(
                caption=line("Bảng"),
                head=((Cell(line=line("Năm"), header=True, scope="col"),),),
                body=((Cell(line=line("1 < 2"), colspan=2),),),
            ),
            Reference(asset=PHOTO, caption=line("Cầu")),
        )
    )


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("bare text", "<p>bare text</p>"),
        ("<b>a</b><b>b</b>", "<p><strong>ab</strong></p>"),
        ("<b>a<i>b</i></b>", "<p><strong>a<em>b</em></strong></p>"),
        ("<b><p>a</p></b>", "<p><strong>a</strong></p>"),
        ("<a>no link</a>", "<p>no link</p>"),
        ("<p></p><p> </p><p><br></p>", ""),
        ("<p>a</p>\n\n<p>b</p>", "<p>a</p><p>b</p>"),
        ("<h2><p>a</p><ul><li>b</li></ul></h2>", "<h2>a<br>b</h2>"),
        ("<ul>text<li>a</li></ul>", "<ul><li>text</li><li>a</li></ul>"),
        ("<table><caption>only</caption></table>", "<p>only</p>"),
        ("<figure><figcaption>words</figcaption></figure>", "<p>words</p>"),
        (f"<h3>a<figure data-asset='{PHOTO}'></figure></h3>", f'<h3>a</h3><figure data-asset="{PHOTO}"></figure>'),
        (f"<figure data-asset=' {PHOTO.hex.upper()} '></figure>", f'<figure data-asset="{PHOTO}"></figure>'),
        ("<td>stray</td>", "<p>stray</p>"),
        ("<p>a &amp;lt;script&amp;gt; &nbsp; b</p>", "<p>a &amp;lt;script&amp;gt; \xa0 b</p>"),
    ],
)
def test_what_people_write_becomes_canonical(written: str, canonical: str) -> None:
    assert to_html(parse(written).blocks) == canonical


def test_a_reference_that_is_no_id_is_reported_and_its_words_stay() -> None:
    body = parse('<figure data-asset="../x"><figcaption>Cầu</figcaption></figure>')
    assert body == Body(blocks=(Paragraph(line=line("Cầu")),), malformed=("../x",))


def test_references_are_found_wherever_they_stand() -> None:
    inside = f'<figure data-asset="{PHOTO}"></figure>'
    for holder in ("blockquote", "li", "p", "td", "th", "caption", "h2", "figcaption", "b"):
        wrapped = f"<{holder}>x{inside}</{holder}>"
        if holder in {"td", "th"}:
            wrapped = f"<table><tr>{wrapped}</tr></table>"
        if holder == "caption":
            wrapped = f"<table>{wrapped}<tr><td>1</td></tr></table>"
        assert parse(wrapped).references == (PHOTO,), holder


@pytest.mark.parametrize("tag", ["b", "blockquote", "ul", "ul><li", "table><tr><td", "a href='https://e'", "p", "s"])
def test_no_depth_of_nesting_breaks_it(tag: str) -> None:
    body = parse(f"<{tag}>" * 5000 + "đáy")
    assert "đáy" in to_html(body.blocks)
    assert parse(to_html(body.blocks)) == body


TAGS = (
    "p", "b", "i", "strong", "em", "u", "s", "sub", "sup", "cite", "blockquote", "ul", "ol", "li", "h2", "h3", "h4",
    "hr", "br", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "a", "div",
    "span", "tfoot", "script", "style", "svg", "math", "template", "noscript", "textarea", "title", "select",
    "form", "h1",
)  # fmt: skip
ATTRIBUTES = (
    "", f' data-asset="{PHOTO}"', ' data-asset="x"', ' href="https://e.vn/?a=1&b=%22"', " href='javascript:x()'",
    ' colspan="3" rowspan="0"', ' scope="col"', " onclick=x()", ' title="&quot;<b>"',
)  # fmt: skip
pieces = st.one_of(
    st.builds(lambda tag, more: f"<{tag}{more}>", st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.builds(lambda tag: f"</{tag}>", st.sampled_from(TAGS)),
    st.sampled_from(
        [" ", "\n", "&nbsp;", "&amp;", "&lt;b&gt;", "a", "đ ", "<!--", "-->", "&#0;", "]]>", "\u2028", "\r"]
    ),
    st.text(max_size=8),
)
bodies = st.lists(pieces, max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(html=bodies)
def test_serialising_and_parsing_again_gives_the_same_blocks(html: str) -> None:
    body = parse(html)
    canonical = to_html(body.blocks)
    assert parse(canonical).blocks == body.blocks
    assert to_html(parse(canonical).blocks) == canonical


@settings(max_examples=200, deadline=None)
@given(html=bodies)
def test_the_canonical_form_passes_the_allowlist_unchanged(html: str) -> None:
    canonical = to_html(parse(html).blocks)
    cleaned = sanitise(canonical)
    assert parse(cleaned).blocks == parse(canonical).blocks
    assert "<script" not in canonical
    assert not re.search(r"<[^>]*(javascript:|onclick=)", canonical)


def test_links_never_hand_over_the_window() -> None:
    canonical = to_html(parse('<a href="https://e.vn" target="_blank" rel="opener">x</a>').blocks)
    assert canonical == f'<p><a href="https://e.vn" rel="{LINK_REL}">x</a></p>'


def test_words_of_a_line_are_its_text() -> None:
    paragraph = parse("<p>a <b>b</b></p>").blocks[0]
    assert isinstance(paragraph, Paragraph)
    assert words_of(paragraph.line) == "a b"
