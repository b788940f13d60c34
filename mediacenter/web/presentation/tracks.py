"""What is said in a work, and its chapters, as the pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from assets.captions.cues import Cue
from assets.captions.markup import plain, tidy
from assets.captions.times import written_time
from assets.captions.transcript import paragraphs
from assets.models import Asset, TextTrack
from assets.states import Language, TrackKind, TrackState
from assets.tracks import TIMED, cues_of, fits, is_out_of_date, spoken_track
from mediacenter.web.presentation.texts import HTML_LANGUAGE, reading_language


@dataclass(frozen=True, kw_only=True)
class ChapterShown:
    """``start`` in seconds; ``seek`` the same as a script reads it."""

    start: float
    title: str

    @property
    def seek(self) -> str:
        return f"{self.start:.3f}"


@dataclass(frozen=True, kw_only=True)
class ParagraphShown:
    """``start`` in seconds; ``seek`` the same as a script reads it."""

    start: float
    speaker: str
    text: str

    @property
    def seek(self) -> str:
        return f"{self.start:.3f}"


@dataclass(frozen=True, kw_only=True)
class TranscriptShown:
    label: str
    html_language: str
    paragraphs: list[ParagraphShown]


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """``chapters_language`` is for ``lang=``. Transcripts in the reader's language first."""

    chapters: list[ChapterShown]
    chapters_language: str
    transcripts: list[TranscriptShown]


@dataclass(frozen=True, kw_only=True)
class TrackRow:
    """A track in the list of those who edit."""

    id: UUID
    name: str
    kind_label: str
    language_label: str
    state: str
    state_label: str
    cue_count: int
    out_of_date: bool


@dataclass(frozen=True, kw_only=True)
class CueRow:
    """A cue as it is typed; ``number`` from 1, empty for a new one."""

    number: str
    start: str = ""
    end: str = ""
    speaker: str = ""
    text: str = ""


def spoken_of(asset: Asset, *, pinned: bool = False) -> Spoken | None:
    """The chapters and transcripts that are published; None where there are none. ``pinned`` as in ``tracks_shown``."""
    if asset.kind not in TIMED:
        return None
    published = TextTrack.objects.filter(asset=asset, state=TrackState.PUBLISHED).select_related("sheet")
    rows = [track for track in published if fits(asset, track, pinned=pinned)]
    order = sorted(Language, key=lambda code: (code != reading_language(), code != asset.original_language))
    by_language = ((code, spoken_track(rows, code, original=asset.original_language)) for code in order)
    transcripts = [_transcript(code, track) for code, track in by_language if track is not None]
    titled = {track.language: track for track in rows if track.kind == TrackKind.CHAPTERS}
    chapters = next((titled[code] for code in order if code in titled), None)
    if not transcripts and chapters is None:
        return None
    return Spoken(
        chapters=[ChapterShown(start=cue.start / 1000, title=plain(cue.text)) for cue in cues_of(chapters)]
        if chapters
        else [],
        chapters_language=HTML_LANGUAGE[Language(chapters.language)] if chapters else "",
        transcripts=transcripts,
    )


def _transcript(language: Language, track: TextTrack) -> TranscriptShown:
    found = paragraphs(cues_of(track), language=language)
    return TranscriptShown(
        label=str(language.label),
        html_language=HTML_LANGUAGE[language],
        paragraphs=[ParagraphShown(start=one.start / 1000, speaker=one.speaker, text=one.text) for one in found],
    )


def published_rows(asset: Asset) -> list[TrackRow]:
    """The tracks that are taken away with the work."""
    if asset.kind not in TIMED:
        return []
    return track_rows(
        asset, TextTrack.objects.filter(asset=asset, state=TrackState.PUBLISHED).order_by("kind", "language")
    )


def track_rows(asset: Asset, tracks: Iterable[TextTrack]) -> list[TrackRow]:
    return [track_row(asset, track) for track in tracks]


def track_row(asset: Asset, track: TextTrack) -> TrackRow:
    return TrackRow(
        id=track.pk,
        name=track.name,
        kind_label=track.get_kind_display(),
        language_label=track.get_language_display(),
        state=track.state,
        state_label=track.get_state_display(),
        cue_count=track.cue_count,
        out_of_date=is_out_of_date(asset, track),
    )


def cue_row(number: int, cue: Cue) -> CueRow:
    return CueRow(
        number=str(number),
        start=written_time(cue.start),
        end=written_time(cue.end),
        speaker=cue.speaker,
        text=typed(cue.text),
    )


def typed(markup: str) -> str:
    """The text as people type it: signs as themselves, where they are not taken for markup."""
    bare = markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return bare if tidy(bare) == markup else markup
