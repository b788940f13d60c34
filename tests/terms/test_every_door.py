"""Every way to the bytes of a download asks for terms and purpose: the doors of the route table, walked one by one, and
the places in the code that hand files out. A door that is added without asking fails here."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from assets.models import Asset, UsageStatement
from assets.states import Kind
from permissions.models import Agency, TermsAcceptance, User
from permissions.vocabulary import Audience, PlatformRole
from tests.api.conftest import bearer
from tests.factories import make_collection, make_rendition, make_token, make_track, make_user
from tests.matrix.routes import CAPTIONED, ROUTES, Ask
from tests.terms.asking import work_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
TAKES = {"download", "download_original"}
"""Acts of the route table that take a file away."""
NO_FILE = {"api:asset-releases": "who was shown agreed: words, no file"}
BESIDES = {"api:collection-archive": "/api/v1/collections/{album}/archive"}
"""Doors that the table holds by tests of their own."""
HANDS_OUT = {
    "api/inscribed_views.py": "delivers under a signature that a door made",
    "api/media_views.py": "delivers under a signature, or what is public",
    "api/presenters.py": "`download_url`, where nothing further is asked (test_terms.py)",
    "api/sized_views.py": "delivers under a signature that a door made",
    "api/store_views.py": "delivers under a signature that a door made",
    "api/views/archives.py": "a door: asks in `zip_of`",
    "api/views/assets.py": "a door",
    "api/views/audit.py": "the record, no work",
    "api/views/images.py": "a door",
    "api/views/reuse.py": "a report, no work",
    "api/views/tables.py": "the figures beside an infographic, which its page shows",
    "api/views/tracks.py": "a door",
    "assets/delivery.py": "makes the addresses for the doors",
    "assets/usecases/originals_open.py": "a door",
    "mediacenter/web/views/downloads.py": "the doors of the pages",
    "mediacenter/web/views/sizes.py": "a door",
}
STATED = {"HTTP_USAGE_STATEMENT": "B%C3%A0i v%E1%BB%81 c%E1%BA%A7u"}
SAID = "Bài về cầu"


def doors() -> list[tuple[str, str, str]]:
    """Name of the route, method and path."""
    found = [
        (name, entry.method, entry.path)
        for name, entries in ROUTES.items()
        for entry in entries
        if isinstance(entry, Ask) and entry.act in TAKES and name not in NO_FILE
    ]
    return (
        found
        + [(name, "GET", path) for name, path in BESIDES.items()]
        + [("web:collection-download", "GET", "/collections/{album}/download")]
    )


@pytest.fixture
def taker() -> User:
    """The central desk, who may take originals too."""
    return make_user(platform_role=PlatformRole.CENTRAL_EDITOR)


@pytest.fixture
def film(owner: Agency) -> Asset:
    made = work_of(owner, kind=Kind.VIDEO)
    assert made.current_version is not None
    make_rendition(made.current_version, profile="download.mp4", media_type="video/mp4")
    make_track(made, id=CAPTIONED)
    return made


@pytest.fixture
def picture(owner: Agency) -> Asset:
    return work_of(owner)


@pytest.fixture
def places(film: Asset, picture: Asset) -> dict[str, str]:
    album = make_collection(film)
    album.audience = Audience.NETWORK
    album.save()
    return {"{asset}": str(film.pk), "{album}": str(album.pk), "{picture}": str(picture.pk)}


def filled(path: str, places: dict[str, str]) -> str:
    if "width=" in path:  # films have one size
        path = path.replace("{asset}", "{picture}")
    for placeholder, identity in places.items():
        path = path.replace(placeholder, identity)
    return path


def browser(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_table_has_the_doors_that_there_are() -> None:
    assert {name for name, _, _ in doors()} == {
        "api:asset-download",
        "api:asset-image",
        "api:asset-track",
        "api:collection-archive",
        "web:asset-download",
        "web:asset-sized",
        "web:collection-download",
        "web:track-download",
    }


@pytest.mark.parametrize(("method", "path"), sorted({door[1:] for door in doors() if door[2].startswith("/api/")}))
def test_a_program_goes_through_no_door_before_it_accepted_and_said_what_for(
    method: str, path: str, taker: User, film: Asset, places: dict[str, str]
) -> None:
    client, address = bearer(make_token(user=taker)[1]), filled(path, places)
    ask = lambda **headers: client.generic(method, address, **headers)  # noqa: E731
    refused = ask(**STATED)
    assert (refused.status_code, refused.json()["code"]) == (403, "terms_not_accepted"), refused.content
    how = refused.json()["terms"][0]
    assert (how["agency"], how["version"]) == ("VGP", 1)
    assert client.get(how["url"]).json()["version"] == 1
    assert client.post(how["accept"], {"version": how["version"]}, format="json").status_code == 200
    refused = ask()
    assert (refused.status_code, refused.json()["code"]) == (403, "usage_statement_required"), refused.content
    assert (refused.json()["agencies"], refused.json()["header"]) == (["VGP"], "Usage-Statement")
    assert not UsageStatement.objects.exists()
    done = ask(**STATED)
    assert done.status_code in {200, 303}, done.content
    row = UsageStatement.objects.get()
    work = film if str(film.pk) in address or "{album}" in path else Asset.objects.get(pk=places["{picture}"])
    assert (row.asset, row.user, row.text) == (work, taker, SAID)
    _finish(done)


@pytest.mark.parametrize("path", sorted({door[2] for door in doors() if not door[2].startswith("/api/")}))
def test_a_page_asks_before_it_lets_through(path: str, taker: User, film: Asset, places: dict[str, str]) -> None:
    client, address = browser(taker), filled(path, places)
    form = client.get(address)
    assert form.status_code == 200
    page = form.content.decode()
    assert 'name="accept-' in page
    assert 'name="statement"' in page
    terms = page.split('name="accept-')[1].split('"')[0]
    assert client.post(address, {"statement": SAID}).status_code == 400
    assert client.post(address, {f"accept-{terms}": "2", "statement": SAID}).status_code == 400  # another version
    assert not TermsAcceptance.objects.exists()
    assert client.post(address, {f"accept-{terms}": "1", "statement": " "}).status_code == 400
    assert not UsageStatement.objects.exists()
    assert TermsAcceptance.objects.get().user == taker
    page = client.get(address).content.decode()
    assert 'name="accept-' not in page
    done = client.post(address, {"statement": SAID})
    assert done.status_code == 200
    assert UsageStatement.objects.get().text == SAID
    _finish(done)


def _finish(answer: Any) -> None:
    if answer.streaming:
        assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_no_other_place_in_the_code_hands_files_out() -> None:
    """Who sets ``Content-Disposition`` or signs an attachment is a door, or says why it is none."""
    found = set()
    for folder in ("api", "assets", "transcoding", "mediacenter/web"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.is_relative_to(ROOT / "assets/storage"):
                continue
            if any(_hands_out(node) for node in ast.walk(ast.parse(path.read_text()))):
                found.add(str(path.relative_to(ROOT)))
    assert found == set(HANDS_OUT)


def _hands_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value == "Content-Disposition"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id == "sized_address"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    of_urls = isinstance(node.func.value, ast.Name) and node.func.value.id == "urls"
    return node.func.attr == "sign_get" or (of_urls and node.func.attr in {"download", "inscribed", "original"})
