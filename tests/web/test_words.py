"""The pages' words and markup: everything is translated, nothing is inline."""

import ast
import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import assets
import mediacenter.web
import permissions
from permissions.errors import Conflict, DomainError, Gone, Invalid, NotAllowed

ROOT = Path(__file__).parents[2]
WEB = ROOT / "mediacenter" / "web"
PACKAGES = ("permissions", "assets", "mediacenter/web")
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}
Message = tuple[str, str]


def messages() -> Iterator[Message]:
    """Context and text of every message of the pages and of the words that they show."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            yield from _extracted(path.read_bytes())
    for path in (WEB / "templates").rglob("*.html"):
        yield from _extracted(templatize(path.read_text(), origin=path.name).encode())


def _extracted(source: bytes) -> Iterator[Message]:
    for _, found, _, context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        yield context or "", found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("locale", ["vi", "en", "zh_Hans"])
def test_every_word_of_the_pages_is_translated(locale: str) -> None:
    with (WEB / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=locale, abort_invalid=True)
    translated = {
        (message.context or "", message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in catalogue
        if message.id
        and all(message.string if isinstance(message.string, tuple) else [message.string])
        and not message.fuzzy
    }
    wanted = set(messages())
    assert len(wanted) > 200
    assert wanted - translated == set()


@pytest.mark.parametrize("locale", ["vi", "en", "zh_Hans"])
def test_translations_keep_the_places_to_fill_in(locale: str) -> None:
    with (WEB / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        source = message.id[-1] if isinstance(message.id, tuple) else message.id
        for text in texts:
            assert sorted(places.findall(text)) == sorted(places.findall(source)), text


SHOWN = (Conflict, Gone, Invalid, NotAllowed)
"""Errors whose sentences the pages show. What is not found, or out of order, has a page with words of its own."""
SAID_ELSEWHERE = {
    "assets/names.py": "uploads: programs send them",
    "assets/storage/": "between programs",
    "assets/usecases/articles_create.py": "the API alone",
    "assets/usecases/uploads_": "uploads: programs send them",
    "permissions/usecases/agencies.py": "the API and the shell",
    "permissions/usecases/bootstrap.py": "the shell",
    "permissions/usecases/identities.py": "the page of people who are not admitted has its own words",
    "permissions/usecases/passwords.py": "the form shows what is said of its field",
    "permissions/usecases/people.py": "the shell",
    "permissions/usecases/people_suspend.py": "the API alone",
    "permissions/usecases/tokens.py": "the form offers only what can be made",
}


def _kinds(kind: type[DomainError]) -> Iterator[str]:
    yield kind.__name__
    for more in kind.__subclasses__():
        yield from _kinds(more)


def _plain_sentences(path: Path, kinds: set[str]) -> Iterator[str]:
    """Where an error of these kinds gets a sentence that no catalogue has. A mistake of a program is no sentence."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args):
            continue
        codes = [ast.unparse(word.value) for word in node.keywords if word.arg == "code"]
        unknown_field = "'unknown_field'" in codes
        if isinstance(node.args[0], ast.Constant | ast.JoinedStr) and not unknown_field:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.args[0])}"


def test_sentences_of_refusals_that_pages_show_are_translated() -> None:
    for package in (permissions, assets, mediacenter.web):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    kinds = {name for kind in SHOWN for name in _kinds(kind)}
    assert {"LastAdministrator", "RevisionChanged", "IntoItself", "TextsMissing"} <= kinds
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    plain = [text for path in paths for text in _plain_sentences(path, kinds)]
    assert [text for text in plain if not text.startswith(tuple(SAID_ELSEWHERE))] == []
    assert [reason for reason in SAID_ELSEWHERE if not any(text.startswith(reason) for text in plain)] == []


def test_templates_have_no_inline_scripts_styles_or_handlers() -> None:
    for path in (WEB / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), path
        for script in re.findall(r"<script[^>]*>", text):
            data = script == '<script type="application/ld+json">'  # read, never run
            assert data or " src=" in script, path


def test_pages_load_nothing_from_elsewhere() -> None:
    for path in [*(WEB / "templates").rglob("*.html"), *(WEB / "static" / "css").glob("*.css")]:
        assert not re.search(r"(src|href|url\()=?[\"']?(https?:)?//", path.read_text()), path


def _luminance(colour: str) -> float:
    if len(colour) == 4:
        colour = "#" + "".join(letter * 2 for letter in colour[1:])
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        *((ink, ground, 4.5) for ink in ("ink", "ink-soft", "brand") for ground in ("ground", "paper", "brand-soft")),
        ("good", "good-soft", 4.5),
        ("good", "paper", 4.5),
        ("warn", "warn-soft", 4.5),
        ("bad", "bad-soft", 4.5),
        ("bad", "paper", 4.5),
        ("paper", "brand", 4.5),
        ("paper", "bad", 4.5),
        ("line-strong", "paper", 3.0),  # borders of fields (WCAG 1.4.11)
        ("line-strong", "ground", 3.0),
    ],
)
def test_colours_have_the_contrast_of_wcag_aa(text: str, ground: str, least: float) -> None:
    css = (WEB / "static" / "css" / "base.css").read_text()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", css))
    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least
