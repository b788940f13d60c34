"""Captions, subtitles and chapters: added, replaced, mended cue by cue, renamed, published, taken away.

They are content as the data of an infographic is: whoever may edit the asset edits them and is one of its makers, what
was approved goes back into review, the history keeps each state and the record each act.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.captions.cues import Cue, Written, as_json, checked_cues, digest_of
from assets.captions.markup import readable
from assets.captions.problems import CaptionsInvalid
from assets.history import begin_change, keep_revision
from assets.models import Asset, CueSheet, TextTrack
from assets.search import refresh_search_text
from assets.states import Language, RevisionAct, TrackKind, TrackState
from assets.tracks import TIMED, cues_of
from assets.transitions import content_changed
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, NotFound, RevisionChanged
from permissions.vocabulary import Action

MAX_LABEL = 100
MAX_WORDINGS = 2_000
"""Of all tracks of a work together: the history keeps each, and no quota counts them."""
Edit = Callable[[Sequence[Cue]], Sequence[Written]]


@transaction.atomic
def add_track(
    *,
    asset_id: UUID,
    by: Actor,
    kind: TrackKind,
    language: Language,
    cues: Sequence[Cue],
    label: str = "",
    state: TrackState = TrackState.PUBLISHED,
) -> TextTrack:
    """A track more. Raises as editing does; ``CaptionsInvalid`` for what has no time, ``Conflict`` (``track_exists``)
    where the asset has one of this kind in this language."""
    asset = _begin(asset_id, by)
    if TextTrack.objects.filter(asset=asset, kind=kind, language=language).exists():
        raise Conflict(_("There is already such a track in this language."), code="track_exists")
    track = TextTrack(asset=asset, kind=kind, language=language, label=_label(label), state=state)
    _write(track, cues, asset)
    track.save(force_insert=True)
    _end(asset, track, "asset.track_added", by=by, after=facts_of(track))
    return track


@transaction.atomic
def change_track(
    *,
    asset_id: UUID,
    track_id: UUID,
    by: Actor,
    cues: Sequence[Cue] | None = None,
    edit: Edit | None = None,
    label: str | None = None,
    state: TrackState | None = None,
    revision: int | None = None,
) -> TextTrack:
    """Replace what is given: all cues, or with ``edit`` those that it makes of the present ones.

    ``revision`` is the track's and guards against lost updates (``RevisionChanged``). Raises ``NotFound``,
    ``CaptionsInvalid`` and as editing does.
    """
    asset = _begin(asset_id, by)
    track = _locked(asset, track_id, revision)
    before = facts_of(track)
    if edit is not None:
        cues = checked_cues(edit(cues_of(track)), chapters=track.kind == TrackKind.CHAPTERS)
    if cues is not None:
        _write(track, cues, asset)
    if label is not None:
        track.label = _label(label)
    if state is not None:
        track.state = state
    track.revision += 1
    track.updated_at = asset.database_now
    track.save()
    _end(asset, track, "asset.track_changed", by=by, before=before, after=facts_of(track))
    return track


@transaction.atomic
def remove_track(*, asset_id: UUID, track_id: UUID, by: Actor, revision: int | None = None) -> Asset:
    """Take a track away; the history keeps what it said. Raises as :func:`change_track`."""
    asset = _begin(asset_id, by)
    track = _locked(asset, track_id, revision)
    before = facts_of(track)
    TextTrack.objects.filter(pk=track.pk).delete()
    _end(asset, track, "asset.track_removed", by=by, before=before)
    return asset


@transaction.atomic
def set_chapters(
    *,
    asset_id: UUID,
    by: Actor,
    titles: Mapping[Language, Sequence[Cue]],
    state: TrackState | None = None,
    revision: int | None = None,
) -> Asset:
    """The chapters in all languages at once: a track for each, and none in the languages that are not given.

    ``state`` None: a track keeps its own, a new one is published. ``revision`` is the asset's and guards against lost
    updates (``RevisionChanged``). Raises as :func:`add_track`.
    """
    asset = _begin(asset_id, by, revision=revision)
    rows = {
        track.language: track
        for track in TextTrack.objects.filter(asset=asset, kind=TrackKind.CHAPTERS).select_related("sheet")
    }
    before = {language: facts_of(track) for language, track in rows.items()}
    for language, cues in titles.items():
        track = rows.get(language)
        if track is None:
            track = TextTrack(asset=asset, kind=TrackKind.CHAPTERS, language=language, revision=0)
        _write(track, cues, asset)
        track.state = state or track.state
        track.revision += 1
        track.updated_at = asset.database_now
        track.save()
    TextTrack.objects.filter(asset=asset, kind=TrackKind.CHAPTERS).exclude(language__in=list(titles)).delete()
    after = {str(language): len(cues) for language, cues in titles.items()}
    _end(asset, None, "asset.chapters_set", by=by, before=before, after=after)
    return asset


def facts_of(track: TextTrack) -> dict[str, Any]:
    """What the record says of a track."""
    return {
        "kind": str(track.kind),
        "language": str(track.language),
        "label": track.label,
        "state": str(track.state),
        "cues": track.cue_count,
        "sheet": track.sheet.digest,
    }


def _begin(asset_id: UUID, by: Actor, *, revision: int | None = None) -> Asset:
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    if asset.kind not in TIMED:
        sentence = _("Only videos and recordings have captions and chapters.")
        raise CaptionsInvalid(sentence, code="captions_not_timed")
    begin_change(asset)
    return asset


def _locked(asset: Asset, track_id: UUID, revision: int | None) -> TextTrack:
    track = TextTrack.objects.filter(asset=asset, pk=track_id).select_related("sheet").first()
    if track is None:
        raise NotFound(_("There is no such text track."))
    if revision is not None and revision != track.revision:
        raise RevisionChanged(_("Somebody changed this in the meantime. Load it again."), revision=track.revision)
    return track


def _write(track: TextTrack, cues: Sequence[Cue], asset: Asset) -> None:
    """Name the sheet of these cues, stored once for the asset, and the file that they are for."""
    sheet, created = CueSheet.objects.get_or_create(
        asset=asset, digest=digest_of(cues), defaults={"cues": as_json(cues)}
    )
    if created and CueSheet.objects.filter(asset=asset).count() > MAX_WORDINGS:
        sentence = _("The history of this work holds %(most)d wordings of its captions: mend several cues at once.")
        raise Conflict(sentence % {"most": MAX_WORDINGS}, code="too_many_wordings")
    track.sheet = sheet
    track.cue_count = len(cues)
    track.made_for_id = asset.current_version_id


def _label(label: str) -> str:
    return " ".join(readable(label).split())[:MAX_LABEL]


def _end(asset: Asset, track: TextTrack | None, act: str, *, by: Actor, **data: Any) -> None:
    asset.updated_at = asset.database_now
    asset.revision += 1
    content_changed(asset, by=by)
    asset.save()
    refresh_search_text(asset)
    keep_revision(asset, RevisionAct.TRACKS_CHANGED, by=by)
    said = {"track": str(track.pk)} if track is not None else {}
    record(act, by=by, target=asset.pk, agency_id=asset.agency_id, **said, **data)
