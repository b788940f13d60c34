"""The one allowlist for HTML in bodies, applied on write and on render (threats, item 18)."""

import nh3

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
    """Only the allowed tags and attributes; links are http(s) or mailto and give no opener."""
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=LINK_REL)
