"""What is said of one work outside: the facts that ninjs, JSON-LD and oEmbed have in common, for whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from api.presenters import best_text, display_title
from api.presenters_base import asset_page
from assets.access import judge
from assets.articles.delivering import CATALOGUE, HTML_LANGUAGE
from assets.articles.resolving import ShownFile, shown_files
from assets.delivery import AssetUrls
from assets.lists.listed import THUMBNAILS
from assets.models import Asset, AssetText
from assets.showing import TrackShown, is_whole_work
from assets.terms import credit_of, usage_sentence
from assets.tracks import tracks_shown
from permissions.actor import ANONYMOUS, Actor
from permissions.errors import NotFound
from permissions.vocabulary import Use


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A text of the work; ``code`` as the API takes it, ``language`` a tag of BCP 47."""

    code: str
    language: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Described:
    """A work in the words of one language. ``uri`` names it for ever; ``embed_url`` is the page that everybody may
    frame, empty where not everybody may. ``main`` is the file that stands for the work. Pixels, seconds."""

    asset: Asset
    uri: str
    code: str
    language: str
    title: str
    caption: str
    alt: str
    agency: str
    credit: str
    copyright: str
    terms: str
    licence_url: str
    embed_url: str
    signed: bool
    thumbnail: ShownFile | None
    main: ShownFile | None
    files: tuple[ShownFile, ...]
    tracks: tuple[TrackShown, ...]
    translations: tuple[Translation, ...]


def describe(
    actor: Actor, asset: Asset, *, language: str | None, territory: str | None, lasting: bool = False
) -> Described:
    """What this actor may be told of a work that came by ``visible_to`` and ``for_lists``. ``language`` is demanded:
    :class:`NotFound` where there is no text in it; without it the reader's. ``territory``: where the actor is.

    Files are those that the actor may take away, pictures to look at those that they may see. With ``lasting`` only
    those that everybody may fetch, for what is kept by who reads it: a signature would not outlive that.
    """
    text = _text(asset, language)
    code = text.language if text else asset.original_language
    version = asset.current_version
    urls = AssetUrls(asset, version, now=asset.database_now) if version else None
    found = shown_files(urls, version.renditions.all()) if version and urls and (urls.public or not lasting) else ()
    looks = judge(actor, Use.PREVIEW, asset, territory=territory)
    takes = judge(actor, Use.DOWNLOAD, asset, territory=territory)
    taken = found if takes else ()
    licence = asset.licence_terms
    with translation.override(CATALOGUE[code]):  # one document is in one language
        credit, terms = credit_of(asset), usage_sentence(asset)
    return Described(
        asset=asset,
        uri=asset_page(asset.pk),
        code=code,
        language=HTML_LANGUAGE[code],
        title=text.title if text else display_title(asset),
        caption=text.caption if text else "",
        alt=text.alt_text if text else "",
        agency=asset.agency.name_in(code),
        credit=credit,
        copyright=copyright_of(asset) or credit,
        terms=terms,
        licence_url=licence.url if licence else "",
        embed_url=public_embed_url(asset, code) if judge(ANONYMOUS, Use.EMBED, asset, territory=territory) else "",
        signed=bool(found) and urls is not None and not urls.public,
        thumbnail=_thumbnail(found) if looks else None,
        main=main_file(asset, taken),
        files=taken,
        tracks=tracks_shown(asset) if taken else (),
        translations=_translations(asset),
    )


def public_embed_url(asset: Asset, code: str) -> str:
    """The page to frame, in the words of this language."""
    return f"{settings.SITE_URL}/embed/{asset.pk}?lang={code}"


def public_page(asset: Asset, code: str) -> str:
    """The one address that search engines are to know the page in this language by; the site's own language, and a work
    without texts (``code`` is empty), need no parameter."""
    page = f"{settings.SITE_URL}/embed/{asset.pk}"
    return page if code in ("", settings.LANGUAGE_CODE) else f"{page}?lang={code}"


def copyright_of(asset: Asset) -> str:
    """The notice that the file came with."""
    version = asset.current_version
    return str(version.metadata.get("copyright_notice") or "") if version else ""


def main_file(asset: Asset, files: Iterable[ShownFile]) -> ShownFile | None:
    """The largest file that is the whole work: no crop, no poster, no thumbnail of something else."""
    whole = [file for file in files if is_whole_work(asset.kind, media_type=file.media_type, profile=file.name)]
    return max(whole, key=lambda file: (file.width or 0, file.size), default=None)


def _text(asset: Asset, language: str | None) -> AssetText | None:
    if language is None:
        return best_text(asset)
    found = next((text for text in asset.texts.all() if text.language == language and text.title), None)
    if found is None:
        raise NotFound("This has no text in this language.")
    return found


def _translations(asset: Asset) -> tuple[Translation, ...]:
    titled = (text for text in asset.texts.all() if text.title)
    return tuple(
        Translation(code=text.language, language=HTML_LANGUAGE[text.language], title=text.title) for text in titled
    )


def _thumbnail(files: Iterable[ShownFile]) -> ShownFile | None:
    named = {file.name: file for file in files}
    return next((named[name] for name in THUMBNAILS if name in named), None)
