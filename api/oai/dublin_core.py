"""A public work in unqualified Dublin Core (``oai_dc``), in all languages that it has."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils import translation

from api.described import public_embed_url
from api.feeds_xml import DUBLIN_CORE, Writer
from api.presenters import display_title
from api.presenters_base import asset_page
from assets.access import judge
from assets.articles.delivering import CATALOGUE, HTML_LANGUAGE
from assets.models import Asset
from assets.moments import rfc3339
from assets.profiles import is_crop
from assets.showing import is_internal
from assets.states import Kind
from assets.terms import credit_of, usage_sentence
from permissions.actor import ANONYMOUS
from permissions.vocabulary import Use

NAMESPACE: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
TYPES: Final[Mapping[Kind, str]] = {
    Kind.PHOTO: "StillImage",
    Kind.INFOGRAPHIC: "StillImage",
    Kind.VIDEO: "MovingImage",
    Kind.AUDIO: "Sound",
    Kind.ARTICLE: "Text",
}
"""DCMI's type vocabulary."""
Said = tuple[str, str, str | None]
"""An element, its text, and the language of that."""


def write_dublin_core(xml: Writer, asset: Asset, *, territory: str | None) -> None:
    """The work, which came by ``visible_to(ANONYMOUS)`` and ``for_lists``."""
    xml.start(
        "oai_dc:dc",
        xmlns_oai_dc=NAMESPACE,
        xmlns_dc=DUBLIN_CORE,
        xmlns_xsi="http://www.w3.org/2001/XMLSchema-instance",
        xsi_schemaLocation=f"{NAMESPACE} {SCHEMA}",
    )
    for name, text, language in elements(asset, territory=territory):
        if text:
            xml.add(f"dc:{name}", text, xml_lang=language)
    xml.end("oai_dc:dc")


def elements(asset: Asset, *, territory: str | None) -> Iterator[Said]:
    """Everything that is said, empty texts too."""
    texts = [text for text in asset.texts.all() if text.title]
    original = asset.original_language
    languages = [text.language for text in texts] or [original]
    for text in texts:
        yield "title", text.title, HTML_LANGUAGE[text.language]
    if not texts:
        yield "title", display_title(asset), None
    yield "creator", asset.author, None
    yield from (("subject", keyword, None) for keyword in asset.keywords)
    for text in texts:
        yield "description", text.caption, HTML_LANGUAGE[text.language]
    for code, tag in sorted(
        HTML_LANGUAGE.items()
    ):  # a name that falls back to another language would be marked wrongly
        yield "publisher", getattr(asset.agency, f"name_{code}"), tag
    yield "date", rfc3339(asset.published_at.replace(microsecond=0)) if asset.published_at else "", None
    yield "type", TYPES[Kind(asset.kind)], None
    yield from (("format", media_type, None) for media_type in _formats(asset))
    yield "identifier", asset_page(asset.pk), None
    if judge(ANONYMOUS, Use.EMBED, asset, territory=territory):
        yield from (("identifier", public_embed_url(asset, code), None) for code in languages)
    yield "identifier", asset.reference, None
    yield from (("language", HTML_LANGUAGE[code], None) for code in languages)
    yield "coverage", asset.place, None
    yield "coverage", f"{asset.event_date:%Y-%m-%d}" if asset.event_date else "", None
    yield from _rights(asset, languages)


def _formats(asset: Asset) -> list[str]:
    if asset.kind == Kind.ARTICLE:
        return ["text/html"]
    version = asset.current_version
    files = version.renditions.all() if version is not None else ()
    return sorted({file.media_type for file in files if not is_internal(file) and not is_crop(file.profile)})


def _rights(asset: Asset, languages: list[str]) -> Iterator[Said]:
    for code in languages:
        with translation.override(CATALOGUE[code]):
            yield "rights", usage_sentence(asset), HTML_LANGUAGE[code]
    with translation.override(CATALOGUE[asset.original_language]):
        yield "rights", credit_of(asset), None
    if asset.licence_terms is not None:
        yield "rights", asset.licence_terms.url, None
