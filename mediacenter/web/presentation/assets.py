"""An asset as the pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from assets.access import decide, judge
from assets.articles.delivering import Article, body_html, read_article
from assets.delivery import AssetUrls
from assets.models import Asset, AssetVersion, ProcessingAttempt, Rendition
from assets.models.asset import AssetQuerySet
from assets.rejections import rejection_sentence
from assets.states import ASSET_TRANSITIONS, Kind, Language, VersionState
from assets.tracks import tracks_shown
from mediacenter.web.presentation.media import (
    Download,
    Picture,
    Playback,
    background,
    downloads,
    growing_playback,
    picture,
    playback,
)
from mediacenter.web.presentation.rights import Rights, rights_shown
from mediacenter.web.presentation.texts import Words, all_words, alternative_text, best_words
from mediacenter.web.presentation.tracks import Spoken, TrackRow, published_rows, spoken_of
from permissions.actor import Actor
from permissions.conditions import Conditions, conditions_of
from permissions.reasons import SENTENCES
from permissions.vocabulary import Action, AssetState, Use
from transcoding.inscribing.stored import can_carry_words

PLAYED = frozenset({Kind.VIDEO, Kind.AUDIO})
LOOKING = frozenset(
    {
        Action.VIEW,
        Action.DOWNLOAD,
        Action.DOWNLOAD_ORIGINAL,
        Action.FOLLOW,
        Action.SEE_USES,
        Action.REPORT,
        Action.COMMENT,
    }
)
UNFINISHED = frozenset({VersionState.RECEIVED, VersionState.PROCESSING})


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the processing of the current version is. ``percent`` 0–100; ``message`` is the rejection's sentence."""

    state: VersionState
    label: str
    percent: int = 0
    code: str = ""
    message: str = ""

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def ready(self) -> bool:
        return self.state == VersionState.READY

    @property
    def rejected(self) -> bool:
        return self.state == VersionState.REJECTED


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a list shows of an asset. ``duration`` in seconds. ``marked``: its title as a search found it, and ``said``:
    what else was found, both HTML."""

    id: UUID
    reference: str
    kind: str
    kind_label: str
    state: str
    state_label: str
    audience_label: str
    agency: str
    words: Words
    alt: str
    created_at: datetime
    picture: Picture | None
    background: str
    duration: float | None
    progress: Progress | None
    marked: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether a button is shown alive; ``sentence`` says why not."""

    allowed: bool
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class AssetPage:
    """What the detail page shows of an asset beyond its card."""

    card: Card
    asset: Asset
    texts: list[Words]
    playback: Playback | None
    spoken: Spoken | None
    downloads: list[Download]
    track_files: list[TrackRow]
    may: dict[str, Permission]
    rights: Rights
    asks: Conditions

    @property
    def original_carries_words(self) -> bool:
        """Whether there is also a copy of the original with the work's words in it."""
        version: AssetVersion | None = self.asset.current_version
        return version is not None and can_carry_words(version.media_type)

    @property
    def may_download(self) -> bool:
        return self.rights.allows(Use.DOWNLOAD)

    @property
    def timed(self) -> bool:
        """Whether it can have captions and chapters."""
        return self.asset.kind in PLAYED

    @property
    def may_grow(self) -> bool:
        """Whether a player may be wanted before the page is read anew."""
        unfinished = self.card.progress is not None and self.card.progress.unfinished
        return unfinished and self.playback is None and self.asset.kind == Kind.VIDEO

    @property
    def acts(self) -> bool:
        """Whether anything can be done at all."""
        return any(self.may[action.value].allowed for action in Action if action not in LOOKING)

    @property
    def translatable(self) -> list[dict[str, str]]:
        """The languages besides the original's."""
        others = [language for language in Language if language != self.asset.original_language]
        return [{"code": str(language), "label": str(language.label)} for language in others]

    @property
    def publishable(self) -> bool:
        """Whether publishing can come next: in this state, and with a file that was not rejected."""
        rejected = self.card.progress is not None and self.card.progress.rejected
        return AssetState.PUBLISHED in ASSET_TRANSITIONS[AssetState(self.card.state)] and not rejected


def for_pages(assets: AssetQuerySet) -> AssetQuerySet:
    """With everything that :func:`card` and :func:`asset_page` ask of the rows, in a fixed number of queries."""
    running = ProcessingAttempt.objects.filter(state=ProcessingAttempt.State.RUNNING)
    return assets.with_policy_facts().prefetch_related(
        "texts",
        Prefetch("current_version__renditions", Rendition.objects.order_by("profile")),
        Prefetch("current_version__attempts", running, to_attr="running_attempts"),
    )


def renditions_of(asset: Asset) -> Iterable[Rendition]:
    return asset.current_version.renditions.all() if asset.current_version else ()


def urls_for(asset: Asset, actor: Actor, territory: str | None) -> AssetUrls | None:
    """Where this reader finds the files; None for what has no file, and for what may not be looked at from where the
    reader is. A signed URL asks nobody again, so the rights are asked before there is one."""
    return urls_of(asset) if judge(actor, Use.PREVIEW, asset, territory=territory) else None


def urls_of(asset: Asset) -> AssetUrls | None:
    """Where the files of the current version are, for who was judged already; None for what has no file."""
    version = asset.current_version
    return AssetUrls(asset, version, now=asset.database_now) if version else None


def card(asset: Asset, urls: AssetUrls | None) -> Card:
    version = asset.current_version
    return Card(
        id=asset.pk,
        reference=asset.reference,
        kind=asset.kind,
        kind_label=asset.get_kind_display(),
        state=asset.state,
        state_label=asset.get_state_display(),
        audience_label=asset.get_audience_display(),
        agency=asset.agency.name_in(get_language() or "vi"),
        words=best_words(asset),
        alt=alternative_text(asset),
        created_at=asset.created_at,
        picture=picture(renditions_of(asset), urls) if urls else None,
        background=background(asset),
        duration=version.duration if version else None,
        progress=progress(asset),
    )


def card_for(asset: Asset, actor: Actor, territory: str | None) -> Card:
    """With the picture, if this reader may look at it from there."""
    return card(asset, urls_for(asset, actor, territory))


def asset_page(asset: Asset, actor: Actor, *, territory: str | None = None) -> AssetPage:
    """``territory``: where the reader is, if that is known."""
    rights = rights_shown(asset, actor, territory=territory)
    urls = urls_for(asset, actor, territory)
    return AssetPage(
        card=card(asset, urls),
        asset=asset,
        texts=article_words(asset, actor, territory=territory) if asset.kind == Kind.ARTICLE else all_words(asset),
        playback=played(asset, actor, urls) if urls and asset.kind in PLAYED else None,
        spoken=spoken_of(asset) if rights.allows(Use.PREVIEW) else None,
        downloads=downloads(renditions_of(asset)),
        track_files=published_rows(asset) if rights.allows(Use.DOWNLOAD) else [],
        may={action.value: _permission(actor, action, asset) for action in Action},
        rights=rights,
        asks=conditions_of(actor, asset.agency.path),
    )


def played(asset: Asset, actor: Actor, urls: AssetUrls) -> Playback | None:
    """The streams, or for those who follow the work what has grown of them."""
    tracks = tracks_shown(asset)
    whole = playback(renditions_of(asset), urls, tracks=tracks)
    if whole is not None or not decide(actor, Action.FOLLOW, asset):
        return whole
    return growing_playback(asset.current_version, urls, tracks=tracks)


def article_words(asset: Asset, reader: Actor, *, territory: str | None = None) -> list[Words]:
    """The texts of an article, its works judged for this reader."""
    rows = {row.language: row for row in asset.texts.all()}
    return [
        with_article(words, read_article(asset, rows[words.language], reader=reader, territory=territory))
        for words in all_words(asset)
    ]


def with_article(words: Words, article: Article) -> Words:
    """The words with their body as the article shows it."""
    return replace(words, article=mark_safe(body_html(article)))  # noqa: S308  made of typed blocks, every text escaped


def progress(asset: Asset) -> Progress | None:
    """None for what has no file."""
    version = asset.current_version
    if version is None:
        return None
    attempts: list[ProcessingAttempt] = getattr(version, "running_attempts", [])
    return Progress(
        state=VersionState(version.state),
        label=version.get_state_display(),
        percent=attempts[0].progress if attempts else 0,
        code=version.rejection_code,
        message=rejection_sentence(version.rejection_code, version.rejection_message),
    )


def _permission(actor: Actor, action: Action, asset: Asset) -> Permission:
    decision = decide(actor, action, asset)
    return Permission(allowed=bool(decision), sentence=str(SENTENCES[decision.reason]) if decision.reason else "")
