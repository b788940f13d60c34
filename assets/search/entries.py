"""The entries of assets, written in the transaction of the change that they show."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from html import unescape
from typing import Final
from uuid import UUID

import nh3
from django.db import connection, transaction
from django.db.models import Prefetch

from assets.articles.blocks import with_works
from assets.articles.parsing import parse
from assets.articles.serialising import to_html
from assets.captions.cues import from_stored
from assets.captions.markup import plain
from assets.models import Asset, AssetText, TextTrack
from assets.search.analysis import ANALYSIS, Passage, entry_of, fold, name_key, within
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind, TrackKind, TrackState

MAX_TEXT: Final = 200_000
_WRITE: Final = (
    "INSERT INTO assets_searchentry (asset_id, found, ranked, words, analysis)"
    " SELECT id, found::tsvector, ranked::tsvector, words, %s"
    " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS entry (id, found, ranked, words)"
    " ON CONFLICT (asset_id) DO UPDATE SET found = excluded.found, ranked = excluded.ranked, words = excluded.words,"
    " analysis = excluded.analysis"
)


def passages_of(asset: Asset) -> list[Passage]:
    """Everything of an asset that a search should find and everybody who sees the asset may read, the most important
    first."""
    texts = list(asset.texts.all())
    found = [Passage(text=text.title, weight="A", field="title") for text in texts]
    found += [Passage(text=word, weight="B", field="keyword") for word in asset.keywords]
    found += [Passage(text=name, weight="B", field="person") for name in asset.people]
    found.append(Passage(text=asset.place, weight="B", field="place"))
    found += [Passage(text=text, weight="B", field="by") for text in (asset.author, asset.credit_line, asset.source)]
    found.append(Passage(text=asset.reference, weight="B"))
    found += [Passage(text=words, weight="C") for text in texts for words in (text.caption, text.alt_text)]
    found += [Passage(text=words_of_body(asset, text), weight="D") for text in texts]
    found += [Passage(text=_said(track), weight="D") for track in asset.tracks.all()]
    return [passage for passage in found if passage.text]


def marks_of(asset: Asset) -> list[str]:
    """Lexemes for what is asked of an asset beside its words: the colours of its picture, the people it shows."""
    version = asset.current_version
    colours = [within("colour", colour) for colour in (version.colours if version else None) or ()]
    return [*colours, *sorted({within("people", name_key(name)) for name in asset.people})]


def words_of_body(asset: Asset, text: AssetText) -> str:
    """The body's words as everybody who sees the asset may read them. What an article says of the works in it is not
    searched: a reader who may not know a work would find the article by it."""
    if not text.body:
        return ""
    body = text.body
    if asset.kind == Kind.ARTICLE:
        body = to_html(with_works(parse(text.body).blocks, lambda _: None))
    return unescape(nh3.clean(body.replace("<", " <"), tags=set()))[:MAX_TEXT]


def _said(track: TextTrack) -> str:
    return " ".join(plain(cue.text) for cue in from_stored(track.sheet.cues))[:MAX_TEXT]


def refresh_search_text(asset: Asset) -> None:
    """Write what is searched of the asset anew from what is stored. Call in the transaction that changed any of it."""
    fresh = next(_loaded([asset.pk]))
    asset.search_text = searchable_text(fresh)
    asset.save(update_fields=["search_text"])
    write_entries([fresh])


def searchable_text(asset: Asset) -> str:
    """The folded text by which the release before this one searches."""
    parts = [
        asset.reference,
        asset.credit_line,
        asset.author,
        asset.source,
        asset.place,
        *asset.keywords,
        *asset.people,
    ]
    for text in asset.texts.all():
        parts += [text.title, text.caption, text.alt_text, words_of_body(asset, text)]
    return fold("\n".join(part for part in parts if part))[:MAX_TEXT]


def refresh_entries(ids: Collection[UUID]) -> int:
    """Write the entries of these assets, as they are now; how many there were. Takes their rows, in order, so that no
    change that is being made is overwritten by what was before it."""
    with transaction.atomic():
        there = Asset.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
        assets = list(_loaded([asset.pk for asset in there.only("pk")]))
        write_entries(assets)
    return len(assets)


def write_entries(assets: Sequence[Asset]) -> None:
    """Of assets with their texts and tracks as :func:`refresh_entries` loads them."""
    if not assets:
        return
    passages = {asset.pk: passages_of(asset) for asset in assets}
    marks = {asset.pk: marks_of(asset) for asset in assets}
    entries = [(pk, entry_of(pk, texts, marks[pk])) for pk, texts in sorted(passages.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                ANALYSIS,
                [pk for pk, _ in entries],
                [entry.found for _, entry in entries],
                [entry.ranked for _, entry in entries],
                [entry.words for _, entry in entries],
            ],
        )
    terms = terms_of(_flat(passages.values()))
    # after the commit, so that nobody waits for somebody else's new word; what is lost by a crash was only an offer
    transaction.on_commit(lambda: keep_terms(terms), robust=True)


def _flat(passages: Iterable[Sequence[Passage]]) -> Iterator[Passage]:
    for each in passages:
        yield from each


def _loaded(ids: Collection[UUID]) -> Iterator[Asset]:
    tracks = TextTrack.objects.filter(state=TrackState.PUBLISHED).exclude(kind=TrackKind.CHAPTERS)
    shown = Prefetch("tracks", queryset=tracks.select_related("sheet"))
    rows = Asset.objects.filter(pk__in=ids).select_related("current_version").prefetch_related("texts", shown)
    return iter(rows.defer("current_version__facts", "current_version__metadata").order_by("pk"))
