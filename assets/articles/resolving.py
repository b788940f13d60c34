"""What a reader gets to see of the works that an article shows: asked of the policy at the moment of reading."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from assets.access import judge
from assets.delivery import AssetUrls, is_public
from assets.models import Asset, AssetText, Rendition
from assets.showing import Picture, Playback, is_internal, picture, playback
from assets.states import Kind
from assets.tracks import tracks_shown
from permissions.actor import Actor
from permissions.policy import can
from permissions.rights import Verdict
from permissions.vocabulary import Action, AssetState, Use


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """One file that may be fetched by itself. Bytes, pixels, seconds."""

    name: str
    url: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    duration: float | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A work that the reader may see now, as its current version is. ``stamp`` changes with all that is shown of it,
    ``corrected`` is when what is published of it was last corrected."""

    id: UUID
    kind: str
    reference: str
    title: str
    alt: str
    credit: str
    language: str
    picture: Picture | None
    playback: Playback | None
    files: tuple[ShownFile, ...]
    public: bool
    corrected: datetime | None
    stamp: str
    asset: Asset = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """A work that the reader could see, or could have seen had it not been withdrawn: said, never shown."""


@dataclass(frozen=True, kw_only=True)
class Unready:
    """A work whose file is not processed yet; only insiders meet one."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A work that the reader knows of and whose terms keep it from being shown here; ``sentence`` says why."""

    sentence: str
    asset: Asset = field(repr=False, compare=False)


Resolved = Shown | Withdrawn | Unready | Refused
Works = Mapping[UUID, Resolved]
"""Without the works that the reader may not know of: an article passes over them in silence."""


def judged(works: Works) -> tuple[Asset, ...]:
    """The rows of the works whose window and territories decided what is said of them: what shows them holds for no
    longer, and for nobody elsewhere."""
    return tuple(work.asset for work in works.values() if isinstance(work, (Shown, Refused)))


def resolve(
    references: Iterable[UUID],
    *,
    reader: Actor,
    language: str = "",
    territory: str | None = None,
    embedded_by: UUID | None = None,
) -> dict[UUID, Resolved]:
    """The works for this reader, at the database's time of this call; ``language`` is preferred for their words,
    ``territory`` is where the reader is, if that is known. ``embedded_by``: the agency whose article is shown in the
    pages of others; works that are not its own must be free for that."""
    wanted = set(references)
    rows = Asset.objects.with_policy_facts().prefetch_related("texts", "current_version__renditions", "tracks")
    visible = set(Asset.objects.visible_to(reader).filter(pk__in=wanted).values_list("pk", flat=True))
    found: dict[UUID, Resolved] = {}
    for asset in rows.filter(pk__in=wanted):
        if asset.state == AssetState.WITHDRAWN:
            if asset.pk in visible or _was_visible(reader, asset):
                found[asset.pk] = Withdrawn()
        elif asset.pk in visible:
            use = Use.PREVIEW if embedded_by in {None, asset.agency_id} else Use.EMBED
            shown = judge(reader, use, asset, territory=territory)
            found[asset.pk] = _found(asset, language, shown, judge(reader, Use.DOWNLOAD, asset, territory=territory))
    return found


def _found(asset: Asset, language: str, shown: Verdict, download: Verdict) -> Resolved:
    if not asset.is_processed:
        return Unready()
    if not shown:
        return Refused(sentence=shown.sentence, asset=asset)
    return _shown(asset, language, with_files=bool(download))


def _was_visible(reader: Actor, asset: Asset) -> bool:
    """Whether the policy showed it up to its withdrawal: one that was under embargo then never was there."""
    before = copy.copy(asset)
    before.state, before.deleted_at = AssetState.PUBLISHED, None
    return bool(can(reader, Action.VIEW, before, now=asset.withdrawn_at or asset.database_now))


def _shown(asset: Asset, language: str, *, with_files: bool) -> Shown:
    version = asset.current_version
    assert version is not None, "what is processed has a version"  # noqa: S101  for the type checker
    urls = AssetUrls(asset, version, now=asset.database_now)
    renditions = list(version.renditions.all())
    title, alt, spoken = _words(asset, language)
    played = asset.kind in {Kind.VIDEO, Kind.AUDIO}
    public = is_public(asset, asset.database_now)
    return Shown(
        id=asset.pk,
        kind=asset.kind,
        reference=asset.reference,
        title=title,
        alt=alt or title,
        credit=asset.credit_line or asset.source or asset.agency.name_in(get_language() or "vi"),
        language=spoken,
        picture=picture(renditions, urls),
        playback=playback(renditions, urls, tracks=tracks_shown(asset)) if played else None,
        files=shown_files(urls, renditions) if with_files else (),
        public=public,
        corrected=asset.corrected_at,
        stamp=f"{asset.revision}:{version.pk}:{version.attempt}:{public}:{with_files}",
        asset=asset,
    )


def shown_files(urls: AssetUrls, renditions: Iterable[Rendition]) -> tuple[ShownFile, ...]:
    """Those that are for readers, not for players and pages alone."""
    return tuple(_file(urls, each) for each in renditions if not is_internal(each))


def _file(urls: AssetUrls, rendition: Rendition) -> ShownFile:
    return ShownFile(
        name=rendition.profile,
        url=urls.rendition(rendition),
        media_type=rendition.media_type,
        size=rendition.size,
        width=rendition.width,
        height=rendition.height,
        duration=rendition.duration,
    )


def _words(asset: Asset, language: str) -> tuple[str, str, str]:
    """Title, text alternative and their language: the wanted one, else the original's, else any."""
    texts: dict[str, AssetText] = {text.language: text for text in asset.texts.all() if text.title}
    order = [language, asset.original_language, *texts]
    text = next((texts[code] for code in order if code in texts), None)
    if text is None:
        return asset.reference, "", asset.original_language
    return text.title, text.alt_text, text.language
