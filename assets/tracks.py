"""The text tracks of a work for those who read: who gets which, where players fetch them, what is said."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assets.access import decide
from assets.captions.cues import Cue, from_stored
from assets.delivery import is_public, media_secret
from assets.models import Asset, TextTrack
from assets.showing import TrackShown
from assets.states import Kind, Language, TrackKind, TrackState
from assets.storage.signing import ReadGrant, expiry, read_token
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.vocabulary import Action

TIMED = frozenset({Kind.VIDEO, Kind.AUDIO})
"""What has a time for texts to belong to."""
PREFIX = "tracks/"
_TAGS = {Language.VI: "vi", Language.EN: "en", Language.ZH: "zh-Hans"}


def works_on(asset: Asset, reader: Actor) -> bool:
    """Whether drafts are for the reader: who follows the work on the asset, and who may edit it."""
    return bool(decide(reader, Action.FOLLOW, asset)) or bool(decide(reader, Action.EDIT, asset))


def tracks_of(asset: Asset, *, reader: Actor) -> "QuerySet[TextTrack]":
    """The tracks that the reader of a visible asset (``with_policy_facts``) may know of, by kind and language."""
    rows = TextTrack.objects.filter(asset=asset).order_by("kind", "language")
    return rows if works_on(asset, reader) else rows.filter(state=TrackState.PUBLISHED)


def track_of(asset: Asset, track_id: UUID, *, reader: Actor) -> TextTrack:
    """One of them with its cues at hand, or :class:`NotFound`."""
    found = tracks_of(asset, reader=reader).filter(pk=track_id).select_related("sheet").first()
    if found is None:
        raise NotFound(_("There is no such text track."))
    return found


def spoken_track(tracks: Iterable[TextTrack], language: str, *, original: str) -> TextTrack | None:
    """The best text of what is said, in this language: captions before subtitles. Without a language that of the work,
    else any."""
    spoken = sorted(
        (track for track in tracks if track.kind != TrackKind.CHAPTERS),
        key=lambda track: (track.language != (language or original), track.kind != TrackKind.CAPTIONS, track.language),
    )
    found = next(iter(spoken), None)
    return None if found is None or (language and found.language != language) else found


def cues_of(track: TextTrack) -> tuple[Cue, ...]:
    """In the order of their times."""
    return from_stored(track.sheet.cues)


def is_out_of_date(asset: Asset, track: TextTrack) -> bool:
    """Whether the times were made for another file than the one that is current."""
    return track.made_for_id is not None and track.made_for_id != asset.current_version_id


def track_key(track: TextTrack) -> str:
    """The end of its addresses; the revision is in it, so that a changed track is fetched anew."""
    return f"{PREFIX}{track.asset_id}/{track.pk}/{track.revision}.vtt"


def track_url(asset: Asset, track: TextTrack, *, now: datetime) -> str:
    """Where players fetch it as WebVTT: the stable address of what is public, else a signed one that expires."""
    key = track_key(track)
    if track.state == TrackState.PUBLISHED and is_public(asset, now):
        return f"{settings.MEDIA_ORIGIN}/media/public/{key}"
    grant = ReadGrant(scope=key, expires=expiry(datetime.now(UTC) + settings.MEDIA_URL_LIFETIME))
    return f"{settings.MEDIA_ORIGIN}/media/s/{read_token(grant, secret=media_secret())}/{key}"


def fits(asset: Asset, track: TextTrack, *, pinned: bool) -> bool:
    """Whether the track is for the file that is shown. Beside the current file all are until somebody has looked at
    them; beside an earlier one (``pinned``) only those that were made for it."""
    return not (pinned and is_out_of_date(asset, track))


def tracks_shown(asset: Asset, *, pinned: bool = False) -> tuple[TrackShown, ...]:
    """The published tracks of a work (``with_policy_facts``) for a player: they go wherever the media goes. Captions
    first, chapters last. ``pinned``: the asset is shown with an earlier file."""
    if asset.kind not in TIMED:
        return ()
    order = list(TrackKind)
    published = [
        track
        for track in asset.tracks.all()
        if track.state == TrackState.PUBLISHED and fits(asset, track, pinned=pinned)
    ]
    rows = sorted(published, key=lambda track: (order.index(TrackKind(track.kind)), track.language))
    return tuple(
        TrackShown(
            kind=track.kind,
            language=_TAGS[Language(track.language)],
            label=track.name,
            url=track_url(asset, track, now=asset.database_now),
        )
        for track in rows
    )
