"""What holds of every page and every route, whichever is added next (threats, items 16, 18, 19)."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client, RequestFactory
from django.urls import reverse

from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import (
    make_agency,
    make_asset,
    make_collection,
    make_invitation,
    make_member,
    make_ready_asset,
    make_token,
    make_user,
)
from tests.security.routes import NO_ID, Route, routes

pytestmark = pytest.mark.django_db
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
BY_A_SECRET_IN_THE_ADDRESS = ("/api/v1/companion/", "/store/", "/oauth/")
"""Whoever has the address, or the secret of an OAuth client, may: no cookie takes part, so nothing can be forged with
one."""
KNOWS_NOBODY = ("/oai",)
"""Reads no cookie and changes nothing: harvesters ask by POST too."""
EVERY = list(routes())


def browser(role: Role = Role.AGENCY_ADMIN, **options: Any) -> Client:
    client = Client(**options)
    member = make_member(make_agency(code="HOME"), role)
    member.platform_role = PlatformRole.OPERATOR
    member.save()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("path", ["/agencies/%00", f"/assets/{NO_ID}/download/x%00", "/%00"])
def test_a_control_character_in_an_address_names_nothing(path: str) -> None:
    assert browser().get(path).status_code == 404
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
def test_no_unsafe_request_of_a_session_passes_without_its_csrf_token(route: Route) -> None:
    client = browser(enforce_csrf_checks=True)
    for method in UNSAFE:
        answer = client.generic(method, route.path, "{}", content_type="application/json")
        if route.path.startswith(BY_A_SECRET_IN_THE_ADDRESS):
            assert answer.status_code in {400, 401, 403, 404, 405}, (method, answer.status_code)
            continue
        if route.path in KNOWS_NOBODY:
            assert answer.status_code == (200 if method == "POST" else 405), (method, answer.status_code)
            assert not answer.cookies
            continue
        assert answer.status_code in {403, 404, 405}, (method, answer.status_code)
        if route.path.startswith("/api/"):
            assert answer["Content-Type"] == "application/problem+json"
            code = json.loads(answer.content)["code"]
            assert answer.status_code != 403 or code == "csrf_failed"
        elif answer.status_code == 404:
            assert route.path.startswith(("/api/", "/media/")), "a page looks for its form's token before anything else"


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Vui lòng thử lại"), ("en", "Please try again"), ("zh-hans", "请重试")]
)
def test_a_form_without_its_token_is_refused_by_a_page_and_by_a_problem_to_machines(language: str, words: str) -> None:
    client = browser(enforce_csrf_checks=True, headers={"accept-language": language})
    answer = client.post("/tokens", {"name": "x"})
    assert answer.status_code == 403
    assert words in answer.content.decode()
    request = RequestFactory().post("/api/v1/anything")
    refused = CsrfViewMiddleware(lambda _: HttpResponse()).process_view(request, lambda _: HttpResponse(), (), {})
    assert refused is not None
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert json.loads(refused.content)["code"] == "csrf_failed"


def test_a_token_of_another_origin_s_form_is_no_csrf_token() -> None:
    client = browser(enforce_csrf_checks=True)
    client.get("/tokens")
    client.cookies["csrftoken"] = "ab" * 16
    for token in ("ab" * 15, "ba" * 16, "", "b" * 64):
        answer = client.post("/tokens", {"csrfmiddlewaretoken": token, "name": "x"})
        assert answer.status_code == 403


class Inline(HTMLParser):
    """What a strict policy forbids: scripts and styles in the page, event handlers, other origins."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        data = said.get("type") in {"application/json", "application/ld+json"}
        if tag == "style" or (tag == "script" and "src" not in said and not data) or tag in {"base", "object", "embed"}:
            self.found.append(tag)
        for name, value in said.items():
            forbidden = name.startswith("on") or name == "style"
            picture = tag == "img" and (value or "").startswith("data:image/")  # the QR code of a new secret
            addressed = name in {"href", "src", "action"} and not picture
            scripted = addressed and (value or "").lower().startswith(("javascript:", "data:"))
            if forbidden or scripted:
                self.found.append(f"{tag} {name}={value}")


def directives(answer: HttpResponse) -> dict[str, set[str]]:
    policy = answer["Content-Security-Policy"]
    return {words[0]: set(words[1:]) for part in policy.split(";") if (words := part.split())}


def pages() -> Iterator[tuple[str, HttpResponse]]:
    """Every page that answers a GET, of an operator who administers an agency with one thing of each kind."""
    client = browser()
    agency = make_agency(code="HOUSE")
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    make_invitation(agency=agency)
    make_token(agency=agency)
    ids = {
        "asset_id": asset.pk,
        "collection_id": make_collection(make_asset(agency=agency)).pk,
        "code": "HOME",
        "language": "en",
    }
    for name in (
        "library", "upload", "asset", "asset-edit", "asset-translate", "reviews", "nominations", "agencies", "agency",
        "article-new", "agency-parity", "agency-licences", "agency-terms", "searches",
        "translations", "collections", "collection", "tokens", "audit", "account", "password-change", "factor-totp",
        "factor-key", "recovery-codes", "embed", "login", "password-reset",
    ):  # fmt: skip
        needs = {key: value for key, value in ids.items() if key in _needs(name)}
        yield name, client.get(reverse(f"web:{name}", kwargs=needs))
    yield "no page", client.get("/no-such-page")
    yield "no invitation", client.get("/invitations/x")
    yield "login (stranger)", Client().get("/login")
    yield "reset (stranger)", Client().get("/password-reset")
    yield "refused form", Client(enforce_csrf_checks=True).post("/login", {})
    yield "control characters", client.post("/tokens", {"name": "a\x00"})


def _needs(name: str) -> set[str]:
    by_asset = {"asset", "asset-edit", "asset-translate", "embed"}
    needs = {"asset_id"} if name in by_asset else set()
    needs |= {"language"} if name == "asset-translate" else set()
    needs |= {"collection_id"} if name == "collection" else set()
    return needs | ({"code"} if name in {"agency", "agency-parity", "agency-licences", "agency-terms"} else set())


def test_every_page_has_a_strict_policy_and_nothing_inline() -> None:
    seen = 0
    for name, answer in pages():
        if answer.status_code in {301, 302}:
            continue
        seen += 1
        policy = directives(answer)
        assert policy["default-src"] == {"'none'"}, name
        assert policy["script-src"] == policy["style-src"] == {"'self'"}, name
        assert policy["base-uri"] == {"'none'"}, name
        assert policy["form-action"] == {"'self'"}, name
        values = set().union(*(said for part, said in policy.items() if part != "frame-ancestors"))
        assert not {value for value in values if "unsafe" in value or value in {"*", "http:", "https:"}}, name
        read = Inline()
        read.feed(answer.content.decode())
        assert read.found == [], name
    assert seen > 20


def test_no_page_but_the_embed_page_may_be_framed() -> None:
    for name, answer in pages():
        if name == "embed":
            assert answer.status_code == 200
            assert "X-Frame-Options" not in answer
            assert directives(answer)["frame-ancestors"] == {"*"}
        elif answer.status_code not in {301, 302}:
            assert answer["X-Frame-Options"] == "DENY", name
            assert directives(answer)["frame-ancestors"] == {"'none'"}, name


def test_no_address_with_a_secret_is_told_to_another_site() -> None:
    for name, answer in pages():
        wanted = {"no-referrer"} if name == "embed" else {"same-origin", "no-referrer"}
        assert answer["Referrer-Policy"] in wanted, name
        assert answer["X-Content-Type-Options"] == "nosniff", name


@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
def test_every_answer_forbids_sniffing_and_referring(route: Route) -> None:
    for client in (browser(), Client()):
        answer = client.get(route.path)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert answer.status_code < 500


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "testserver@evil.example", "a b", ""])
@pytest.mark.parametrize("path", ["/login", "/api/v1/session", "/password-reset", f"/embed/{NO_ID}"])
def test_another_host_is_refused_before_anything_is_made_of_it(path: str, host: str) -> None:
    answer = Client(headers={"host": host}).get(path)
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_links_in_letters_and_answers_never_follow_the_host_header(client: Client, mailoutbox, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ALLOWED_HOSTS = ["*"]
    make_user(email="lan@example.vn", password="correct horse battery staple")
    client.post("/password-reset", {"email": "lan@example.vn"}, headers={"host": "evil.example"})
    assert "evil" not in "".join(letter.body for letter in mailoutbox)
    asset = make_ready_asset(state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    answer = client.get(f"/api/v1/assets/{asset.pk}", headers={"host": "evil.example"})
    assert answer.status_code == 200
    assert "evil" not in answer.content.decode()
