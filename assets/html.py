"""The one allowlist for HTML in bodies, applied on write and on render (threats, item 18)."""

import nh3

from permissions.plain_text import CONTROL, control_characters

REFERENCE = "data-asset"
"""The attribute of a ``figure`` that shows a work of the warehouse: the asset's id (``assets/articles``)."""
LINK_REL = "noopener noreferrer nofollow"
TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup", "blockquote", "cite",
    "ul", "ol", "li", "a", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "hreflang"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "figure": {REFERENCE},
}


def sanitise(html: str) -> str:
    """Only the allowed tags and attributes; links are http(s) or mailto and give no opener; no control characters, not
    even those written as references (``&#1;``)."""
    clean = _clean(html)
    if control_characters(clean):  # what remains without them is checked again: it may spell another scheme
        clean = _clean(CONTROL.sub("", clean))
    return clean


def _clean(html: str) -> str:
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=LINK_REL)
