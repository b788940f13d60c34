"""bleach's corpus and the Big List of Naughty Strings in every text field of the API: each text comes back as it was
sent, without the white space at its ends, and what cannot be stored is refused at its field (threats, item 18)."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from rest_framework.serializers import CharField, Field, ValidationError
from rest_framework.test import APIClient

from api.serializers import inputs, tracks
from api.serializers.base import AgencyKeyField, StrictSerializer, TidiedText
from assets.html import ATTRIBUTES, TAGS, sanitise
from assets.states import Kind
from permissions.models import Agency
from permissions.vocabulary import AssetState, PlatformRole, Role
from tests.api.conftest import ClientFor, bearer
from tests.corpora import packed, storable, unstorable
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_token, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1/"

NAMES_OF_OTHER_THINGS = {
    "assignee", "cursor", "domains", "embed_origins", "etag", "licence_terms", "media_type", "search",
}  # fmt: skip
"""Checked as such, or questions that nothing keeps."""
CONTROL_CHARACTERS = ("\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9b")
AROUND_URLS = "".join(map(chr, range(33)))
"""What browsers leave out at the ends of a URL."""
MOST_ROUNDS = 12
"""Requests for one field; each text goes through at least one field of its test, and through every field above."""


def inner(field: Field[Any, Any, Any, Any]) -> Any:
    found: Any = field
    while hasattr(found, "child"):
        found = found.child
    return found


def text_fields() -> Iterator[tuple[str, str, Any]]:
    """Every field of the API that takes a free text: serializer, name, the field itself."""
    kinds = {**vars(inputs), **vars(tracks)}
    for name, kind in kinds.items():
        ours = isinstance(kind, type) and kind.__module__ in {inputs.__name__, tracks.__name__}
        if ours and issubclass(kind, StrictSerializer):
            for field, declared in kind().fields.items():
                found = inner(declared)
                if type(found) in {CharField, TidiedText} and not isinstance(found, AgencyKeyField):
                    yield name, field, found


FIELDS = [
    pytest.param(field, id=f"{name}.{label}")
    for name, label, field in text_fields()
    if label not in NAMES_OF_OTHER_THINGS
]


@pytest.mark.parametrize("field", FIELDS)
def test_every_text_field_takes_each_text_as_it_is(field: Any) -> None:
    for text in storable():
        if len(text) <= field.max_length:
            assert field.run_validation(text) == text
            assert field.run_validation(f" {text}\n").strip() == text


@pytest.mark.parametrize("field", FIELDS)
def test_every_text_field_refuses_control_characters(field: Any) -> None:
    if isinstance(field, TidiedText):
        return  # they are taken out, which the tests of file names and of tables show
    for text in (*unstorable(), *CONTROL_CHARACTERS):
        with pytest.raises(ValidationError) as refusal:
            field.run_validation(f"a{text}b")
        assert "Control characters" in str(refusal.value) or len(text) > field.max_length


def said(value: Any) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from said(item)
    elif isinstance(value, list):
        for item in value:
            yield from said(item)


def ask(client: APIClient, method: str, path: str, body: Any) -> Any:
    answer = getattr(client, method)(API + path, body, format="json")
    assert answer.status_code < 300, (path, body, answer.content)
    assert answer["X-Content-Type-Options"] == "nosniff"
    return answer.json() if answer.content else {}


def returned(client: APIClient, method: str, path: str, body: dict[str, Any]) -> None:
    """The answer has every text of the body, unharmed."""
    found = set(said(ask(client, method, path, body)))
    assert set(said(body)) - found == set()


def rounds(**lengths: int) -> list[dict[str, str]]:
    """Bodies that deal the corpus out to the fields: many texts in a value, other ones in each field."""
    values = {name: packed(storable(), length) for name, length in lengths.items()}
    number = min(MOST_ROUNDS, max(map(len, values.values())))
    return [
        {
            name: texts[(round_ * len(lengths) + place) % len(texts)]
            for place, (name, texts) in enumerate(values.items())
        }
        for round_ in range(number)
    ]


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", review_steps=1)


@pytest.fixture
def editor(agency: Agency, client_for: ClientFor) -> APIClient:
    return client_for(agency, Role.EDITOR)


def test_the_words_and_credits_of_a_work(editor: APIClient, agency: Agency) -> None:
    path = f"assets/{make_asset(agency=agency).pk}"
    lines = rounds(credit_line=250, author=250, source=250, licence=120, place=250)
    words = rounds(title=300, caption=5000, alt_text=2000)
    for number, fields in enumerate(lines):
        texts = {language: words[(number + place) % len(words)] for place, language in enumerate(("vi", "en", "zh"))}
        keywords = [text for text in storable()[number * 50 : number * 50 + 50] if len(text) <= 100]
        returned(editor, "patch", path, {**fields, "texts": texts, "keywords": keywords})


class Elements(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def parsed(markup: str) -> Elements:
    parser = Elements()
    parser.feed(markup)
    parser.close()
    return parser


def assert_harmless(markup: str) -> None:
    """Nothing but what the allowlist allows, links to the web or to mail."""
    read = parsed(markup)
    assert read.odd == [], markup
    for tag, attributes in read.found:
        allowed = ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        assert tag in TAGS, markup
        assert set(attributes) <= allowed, markup
        scheme = urlsplit(re.sub(r"[\t\n\r]", "", (attributes.get("href") or "").strip(AROUND_URLS))).scheme
        assert scheme in {"", "http", "https", "mailto"}, markup


def test_bodies_come_out_with_nothing_but_the_allowlist(editor: APIClient) -> None:
    every = "\n".join(storable())
    parts = [*storable(), every, *(f"<p>{text}</p>" for text in storable())]
    for text in parts:
        assert_harmless(sanitise(text))
        assert sanitise(sanitise(text)) == sanitise(text)
    body = {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "Tiêu đề", "body": every}}}
    made = ask(editor, "post", "assets", body)
    assert_harmless(made["texts"]["vi"]["body"])
    shown = editor.get(f"{API}assets/{made['id']}/article?format=html")
    assert not {tag for tag, _ in parsed(shown.content.decode()).found} & {"script", "img", "svg", "iframe", "style"}


def test_control_characters_written_as_references_leave_a_body_without_a_new_scheme() -> None:
    assert sanitise("<p>a&#1;b&#127;c</p>") == "<p>abc</p>"
    for text in ('<a href="java&#1;script:alert(1)">x</a>', '<a href="java\x01script:alert(1)">x</a>'):
        assert "href" not in sanitise(text)


def test_what_bodies_say_is_unharmed(editor: APIClient) -> None:
    wanted = "".join(f"<p>{html.escape(text)}</p>" for text in storable())
    body = {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "Tiêu đề", "body": wanted}}}
    made = ask(editor, "post", "assets", body)
    assert parsed(made["texts"]["vi"]["body"]).text == "".join(storable())
    words = " ".join(editor.get(f"{API}assets/{made['id']}/article?format=text").content.decode().split())
    assert [text for text in storable() if " ".join(text.split()) not in words] == []


def test_agencies(agency: Agency, client_for: ClientFor) -> None:
    client = client_for(agency, Role.AGENCY_ADMIN)
    lengths = {"name_vi": 200, "name_en": 200, "name_zh": 200, "default_credit_line": 250, "default_licence": 120}
    for fields in rounds(**lengths):
        answer = ask(client, "patch", "agencies/VGP", fields)
        assert set(fields.values()) <= set(said(answer))


def test_names_of_tokens_and_licences(agency: Agency, client_for: ClientFor) -> None:
    client = client_for(agency, Role.AGENCY_ADMIN)
    for fields in rounds(name=100):
        returned(client, "post", "tokens", {**fields, "scopes": ["assets:read"]})
    for number, fields in enumerate(rounds(name_vi=120, name_en=120, name_zh=120)):
        returned(client, "post", "licences", {"code": f"own-{number}", **fields} | {"agency": str(agency.pk)})


def test_titles_and_names_of_files_announced(editor: APIClient) -> None:
    for fields in rounds(title=300):
        assert ask(editor, "post", "uploads", {"agency": "VGP", "filename": "a.jpg", "size": 10, **fields})["id"]
    for text in (*packed(storable(), 240)[::12], *unstorable()):
        body = {"agency": "VGP", "filename": f"{text}x.jpg", "size": 10, "kind": "photo"}
        assert ask(editor, "post", "uploads", body)["id"]
    names = [upload["filename"] for upload in editor.get(f"{API}uploads?page_size=100").json()["results"]]
    assert len(names) > 20
    assert not [name for name in names if set(name) & set("/\\\x00\x1b\n")]


def test_releases(editor: APIClient, agency: Agency) -> None:
    path = f"assets/{make_asset(agency=agency).pk}/releases"
    for fields in rounds(name=200, reference=200, scope=2000):
        fields["name"] = " ".join(fields["name"].split())  # one line, by which releases of one person are found
        returned(editor, "post", path, {"kind": "model", **fields})


def test_comments_and_what_is_said_in_the_workflow(editor: APIClient, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency)
    path = f"assets/{asset.pk}"
    for fields in rounds(text=4000):
        returned(editor, "post", f"{path}/comments", fields)
    for number, fields in enumerate(rounds(comment=1000)[:8]):
        ask(editor, "post", f"{path}/submit", fields)
        back = {"action": "request_changes", "ids": [str(asset.pk)], **fields}
        how = ("assets/bulk", back) if number % 2 else (f"{path}/request-changes", fields)
        ask(editor, "post", *how)
        history = list(said(ask(editor, "get", f"{path}/history?page_size=2", None)["results"]))
        assert history.count(fields["comment"]) == 2, fields
    for fields in rounds(reason=1000)[:8]:
        path = f"assets/{make_ready_asset(agency=agency, state=AssetState.PUBLISHED).pk}"
        ask(editor, "post", f"{path}/withdraw", fields)
        assert fields["reason"] in set(said(ask(editor, "get", f"{path}/history", None)))


def test_nominations_and_what_the_desk_says(editor: APIClient, agency: Agency) -> None:
    desk = bearer(make_token(user=make_user(platform_role=PlatformRole.CENTRAL_EDITOR))[1])
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED)
    for fields in rounds(note=2000):
        made = ask(editor, "post", "nominations", {"asset": str(asset.pk), **fields})
        assert fields["note"] in set(said(made))
        returned(desk, "post", f"nominations/{made['id']}/decline", {"reason": fields["note"]})
    made = ask(editor, "post", "nominations", {"asset": str(asset.pk)})
    ask(desk, "post", f"nominations/{made['id']}/accept", {})
    for words in rounds(title=300, caption=5000):
        returned(desk, "patch", f"nominations/{made['id']}", words)


def test_collections(editor: APIClient) -> None:
    made = ask(editor, "post", "collections", {"agency": "VGP", "title": "Sự kiện", "kind": "event"})
    path = f"collections/{made['id']}"
    for fields, words in zip(rounds(title=200, place=250), rounds(vi=5000, en=5000, zh=5000), strict=False):
        returned(editor, "patch", path, {**fields, "descriptions": words})


def test_cells_of_tables(editor: APIClient, agency: Agency) -> None:
    path = f"assets/{make_asset(agency=agency, kind=Kind.INFOGRAPHIC).pk}/table"
    tidy = [" ".join(text.split()) for text in storable()]
    for fields in rounds(caption=300):
        returned(editor, "put", path, {**fields, "columns": ["x"], "rows": [["1"]]})
    rows = [[text, text] for text in tidy]
    body = {"columns": ["a", "b"], "rows": rows}
    assert [tuple(row) for row in ask(editor, "put", path, body)["rows"]] == [tuple(row) for row in unicode_nfc(rows)]
    for number in range(0, len(tidy), 150):
        columns = tidy[number : number + 50]
        found = ask(editor, "put", path, {"columns": columns, "rows": []})
        assert found["columns"] == unicode_nfc([columns])[0]
    spreadsheet = editor.get(f"{API}{path}?format=csv").content.decode()
    assert not [line for line in spreadsheet.removeprefix("\ufeff").splitlines() if line.startswith(("=", "@", "\t"))]


def unicode_nfc(rows: list[list[str]]) -> list[list[str]]:
    from unicodedata import normalize

    return [[normalize("NFC", cell) for cell in row] for row in rows]


def test_control_characters_are_refused_at_their_field(editor: APIClient, agency: Agency) -> None:
    path = f"{API}assets/{make_asset(agency=agency).pk}"
    bad = [*unstorable(), "a\x01", "\x7f", "a\x85b", "\x9b31m", "a\x0bb"]
    assert len(bad) > 6
    for text in bad:
        for body in ({"author": text}, {"keywords": [text]}, {"texts": {"vi": {"caption": text}}}):
            answer = editor.patch(path, body, format="json")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), text
            assert set(answer.json()["errors"]) == set(body)
    line_ends = "một\nhai\r\nba\tbốn"
    assert editor.patch(path, {"texts": {"vi": {"caption": line_ends}}}, format="json").status_code == 200


def test_pages_refuse_control_characters_in_every_form(agency: Agency, signed_in: Any) -> None:
    client = signed_in(agency, Role.EDITOR)
    asset = make_asset(agency=agency)
    for path in (f"/assets/{asset.pk}/comment", f"/assets/{asset.pk}/workflow/submit", "/collections", "/login"):
        answer = client.post(path, {"text": "a\x00b", "title": "x", "agency": str(agency.pk)})
        assert answer.status_code == 400, path
        assert "control characters" in answer.content.decode()
    assert not asset.comments.exists()


def test_names_of_people() -> None:
    """Names of people are typed on the page of the invitation; they come out as they were written."""
    member = make_member(make_agency(), Role.VIEWER)
    for text in packed(storable(), 150)[::20]:
        member.full_name = text
        member.save()
        client = bearer(make_token(user=member)[1])
        assert text in set(said(client.get(API + "session").json()))
