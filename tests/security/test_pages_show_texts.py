"""Pages with hostile texts in every field have the elements, attributes and addresses of pages with harmless ones, and
nothing more (threats, item 18)."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client

from assets.html import ATTRIBUTES, TAGS
from permissions.models import User
from tests.security.naughty_site import corpus, harmless, make_site

pytestmark = pytest.mark.django_db
ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "srcset", "xlink:href", "srcdoc", "background"}
OF_BODIES = {(tag, name) for tag in TAGS for name in ({""} | ATTRIBUTES.get(tag, set()))} | {("a", "rel")}
"""What bodies may have besides; ``linebreaks`` makes paragraphs too."""


class Seen(HTMLParser):
    """Every tag with every attribute, and the schemes of its addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: set[tuple[str, str]] = set()
        self.schemes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.add((tag, ""))
        for name, value in attrs:
            self.parts.add((tag, name))
            if name in ADDRESSES:
                self.schemes.add(urlsplit((value or "").strip("".join(map(chr, range(33))))).scheme)

    def handle_comment(self, data: str) -> None:
        self.parts.add(("comment", data))


def looked_at(user: User, pages: list[str]) -> Seen:
    client, seen = Client(headers={"accept-language": "en"}), Seen()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        seen.feed(answer.content.decode())
    seen.close()
    return seen


def test_no_text_adds_an_element_an_attribute_or_an_address() -> None:
    _, reader, pages = make_site(harmless(), code="PLAIN")
    plain = looked_at(reader, pages)
    _, reader, pages = make_site(corpus(), code="NAUGHTY")
    naughty = looked_at(reader, pages)
    assert naughty.parts - plain.parts <= OF_BODIES
    assert naughty.schemes <= plain.schemes | {"", "http", "https", "mailto"}
