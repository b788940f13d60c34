"""An article for a reader: as HTML, as plain text, and with an ETag that follows the works it shows."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from assets.articles.blocks import (
    Block,
    Heading,
    Line,
    Listing,
    Paragraph,
    Quote,
    Reference,
    Table,
    with_works,
    words_of,
)
from assets.articles.parsing import parse
from assets.articles.resolving import Refused, Resolved, Shown, Withdrawn, Works, resolve
from assets.articles.serialising import line_to_html, to_html
from assets.models import Asset, AssetText
from assets.showing import TrackShown
from assets.states import Kind
from permissions.actor import Actor

HTML_LANGUAGE = {"vi": "vi", "en": "en", "zh": "zh-Hans"}
CATALOGUE = {"vi": "vi", "en": "en", "zh": "zh-hans"}
"""Our own words in an article are in the article's language, whoever reads it."""


@dataclass(frozen=True, kw_only=True)
class Article:
    """One text of an article, with the works as this reader may see them now."""

    asset: Asset
    language: str
    headline: str
    lead: str
    blocks: tuple[Block, ...]
    works: Works


def read_article(
    asset: Asset, text: AssetText, *, reader: Actor, territory: str | None = None, embedded: bool = False
) -> Article:
    """The article for this reader. The caller fetched it through ``visible_to`` and ``with_policy_facts``;
    ``territory`` is where the reader is, if that is known; ``embedded`` is for the pages of others."""
    body = parse(text.body)
    works = resolve(
        body.references,
        reader=reader,
        language=text.language,
        territory=territory,
        embedded_by=asset.agency_id if embedded else None,
    )
    return Article(
        asset=asset,
        language=text.language,
        headline=text.title,
        lead=text.caption,
        blocks=with_works(body.blocks, lambda reference: reference if reference.asset in works else None),
        works=works,
    )


def preview_article(asset: Asset, language: str, html: str, *, reader: Actor, territory: str | None) -> str:
    """A body that is not stored yet, as it would be shown."""
    text = AssetText(asset=asset, language=language, body=html)
    return body_html(read_article(asset, text, reader=reader, territory=territory))


def body_html(article: Article) -> str:
    """The blocks as HTML; safe by construction, every text and attribute escaped."""
    with translation.override(CATALOGUE[article.language]):
        return to_html(article.blocks, show=lambda reference: _figure(reference, article.works.get(reference.asset)))


def article_html(article: Article) -> str:
    """A self-contained ``article`` element with headline and lead."""
    lead = "".join(f'<p class="lead">{escape(part, quote=False)}</p>' for part in article.lead.split("\n") if part)
    headline = f"<h1>{escape(article.headline, quote=False)}</h1>"
    return f'<article lang="{HTML_LANGUAGE[article.language]}">{headline}{lead}{body_html(article)}</article>'


def article_text(article: Article) -> str:
    """Plain text: blocks apart by an empty line, works in brackets."""
    with translation.override(CATALOGUE[article.language]):
        parts = [article.headline, article.lead, *_texts(article.blocks, article.works)]
    return "\n\n".join(part for part in parts if part) + "\n"


def article_etag(article: Article, *, form: str) -> str:
    """``"{revision}-{digest}"``: of the text, of the reader's view of each work, and, where a URL is signed, of a time
    step of half its life."""
    works = {str(key): _stamp(work) for key, work in sorted(article.works.items())}
    signed = any(isinstance(work, Shown) and not work.public for work in article.works.values())
    half = max(1, settings.MEDIA_URL_LIFETIME.total_seconds() / 2)
    step = int(article.asset.database_now.timestamp() // half) if signed else None
    said = json.dumps([form, article.language, article.headline, article.lead, to_html(article.blocks), works, step])
    return f'"{article.asset.revision}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"'


def notice_for(work: Resolved) -> str:
    """What is said in the place of a work that cannot be shown."""
    if isinstance(work, Withdrawn):
        return _("This work was withdrawn by its publisher.")
    if isinstance(work, Refused):
        return work.sentence
    return _("This work is still being processed.")


def _stamp(work: Resolved) -> str:
    if isinstance(work, Shown):
        return f"{work.stamp}:{work.title}:{work.alt}:{work.credit}"
    return type(work).__name__


def _figure(reference: Reference, work: Resolved | None) -> str:
    if work is None:
        return ""
    if not isinstance(work, Shown):
        return f'<figure class="gone"><p>{escape(notice_for(work))}</p></figure>'
    caption = line_to_html(reference.caption)
    credit = f"<small>{escape(work.credit)}</small>" if work.credit else ""
    words = " ".join(part for part in (caption, credit, _correction(work)) if part)
    return f'<figure data-kind="{work.kind}">{_media(work)}<figcaption>{words}</figcaption></figure>'


def _correction(work: Shown) -> str:
    said = correction_said(work)
    return f'<small class="corrected">{escape(said)}</small>' if said else ""


def correction_said(work: Shown) -> str:
    """That the work is another than it was when it was published; empty where it is the same."""
    if work.corrected is None:
        return ""
    return _("Corrected on %(day)s.") % {"day": date_format(localtime(work.corrected), "SHORT_DATE_FORMAT")}


def _media(work: Shown) -> str:
    spoken = HTML_LANGUAGE[work.language]
    play = work.playback
    if play is not None and play.progressive:
        tag = "audio" if work.kind == Kind.AUDIO else "video"
        poster = f' poster="{escape(play.poster)}"' if play.poster and tag == "video" else ""
        size = f' width="{play.width}" height="{play.height}"' if play.width and play.height and tag == "video" else ""
        label = f' aria-label="{escape(work.title)}" lang="{spoken}"'
        source = f'<source src="{escape(play.progressive)}" type="{escape(play.progressive_type)}">'
        texts = "".join(_track(track) for track in play.tracks) if tag == "video" else ""
        shared = ' crossorigin="anonymous"' if texts else ""  # or a page elsewhere is not given them
        return f'<{tag} controls preload="none"{shared}{poster}{size}{label}>{source}{texts}</{tag}>'
    if work.picture is not None:
        image = work.picture
        size = f'width="{image.width}" height="{image.height}" alt="{escape(work.alt)}" lang="{spoken}"'
        return (
            f'<img src="{escape(image.url)}" srcset="{escape(image.srcset)}" sizes="(max-width: 900px) 100vw, 820px" '
            f'{size} loading="lazy" decoding="async">'
        )
    return f'<p lang="{spoken}">{escape(work.title)}</p>'


def _track(track: TrackShown) -> str:
    said = f'kind="{track.kind}" src="{escape(track.url)}" srclang="{track.language}" label="{escape(track.label)}"'
    return f"<track {said}>"


def _texts(blocks: Iterable[Block], works: Works) -> Iterator[str]:
    for block in blocks:
        text = _text(block, works)
        if text:
            yield text


def _text(block: Block, works: Works) -> str:
    if isinstance(block, (Paragraph, Heading)):
        return words_of(block.line)
    if isinstance(block, Quote):
        return _indented("\n\n".join(_texts(block.blocks, works)), "> ", "> ")
    if isinstance(block, Listing):
        signs = (f"{number}. " if block.ordered else "- " for number in range(1, len(block.items) + 1))
        items = ("\n".join(_texts(item, works)) for item in block.items)
        return "\n".join(_indented(text, sign, "  ") for sign, text in zip(signs, items, strict=True) if text)
    if isinstance(block, Table):
        rows = ["\t".join(_cell(cell.line) for cell in row) for row in (*block.head, *block.body)]
        return "\n".join([*([words_of(block.caption)] if block.caption else []), *rows])
    return _reference_text(block, works.get(block.asset)) if isinstance(block, Reference) else "* * *"


def _cell(line: Line) -> str:
    return words_of(line).replace("\n", " ").replace("\t", " ")


def _indented(text: str, first: str, rest: str) -> str:
    return "\n".join((rest if number else first) + line for number, line in enumerate(text.split("\n")))


def _reference_text(reference: Reference, work: Resolved | None) -> str:
    if work is None:
        return ""
    if not isinstance(work, Shown):
        return f"[{notice_for(work)}]"
    said = words_of(reference.caption).replace("\n", " ") or work.title
    label, corrected = str(Kind(work.kind).label), correction_said(work)
    return f"[{label}: {said}{f' ({work.credit})' if work.credit else ''}{f' {corrected}' if corrected else ''}]"
