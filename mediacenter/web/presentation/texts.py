"""Which words of an asset a reader gets."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from assets.models import Asset, AssetText
from assets.states import Language

HTML_LANGUAGE = {Language.VI: "vi", Language.EN: "en", Language.ZH: "zh-Hans"}


@dataclass(frozen=True, kw_only=True)
class Words:
    """Text in one language; ``html_language`` is for ``lang=``, so that it is pronounced and hyphenated right."""

    language: Language
    label: str
    html_language: str
    title: str = ""
    caption: str = ""
    alt_text: str = ""
    body: str = ""
    state: str = ""
    state_label: str = ""
    article: str = ""
    """The body with the works that it shows, as safe HTML for this reader; empty for what is no article."""


def reading_language() -> Language:
    """The language of the page as one of the languages that texts are kept in."""
    code = (get_language() or Language.VI)[:2]
    return Language(code) if code in Language.values else Language.VI


def all_words(asset: Asset) -> list[Words]:
    """The asset's texts, the reader's language first, then the original's."""
    order = (reading_language(), asset.original_language)
    rows = sorted(asset.texts.all(), key=lambda row: _rank(row.language, order))
    return [_words(row) for row in rows]


def best_words(asset: Asset) -> Words:
    """Text for a headline: the first with a title; the file's name or the reference stands in where there is none."""
    for words in all_words(asset):
        if words.title:
            return words
    version = asset.current_version
    language = Language(asset.original_language)
    return Words(
        language=language,
        label=str(language.label),
        html_language=HTML_LANGUAGE[language],
        title=version.filename if version else asset.reference,
    )


def alternative_text(asset: Asset) -> str:
    """What is read aloud instead of the picture: the alt text, else the title."""
    for words in all_words(asset):
        if words.alt_text:
            return words.alt_text
    return best_words(asset).title


def _rank(language: str, order: Iterable[str]) -> int:
    places = list(order)
    return places.index(language) if language in places else len(places)


def _words(row: AssetText) -> Words:
    language = Language(row.language)
    return Words(
        language=language,
        label=str(language.label),
        html_language=HTML_LANGUAGE[language],
        title=row.title,
        caption=row.caption,
        alt_text=row.alt_text,
        body=row.body,
        state=row.state,
        state_label=row.get_state_display(),
    )
