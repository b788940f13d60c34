"""Text tracks and chapters: what is sent and what is answered."""

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from api.serializers.outputs import Output
from assets.captions.cues import MAX_CUE_LETTERS, MAX_CUES, MAX_MARKUP, MAX_TIME, Written
from assets.states import Language, TrackKind, TrackState
from assets.usecases.tracks_edit import MAX_LABEL
from permissions.plain_text import control_characters

FORMATS: Final = ("json", "vtt", "srt", "txt")
TIMES: Final = ("start", "end")
WORDS: Final = {"text": MAX_MARKUP, "speaker": MAX_CUE_LETTERS}
MAX_CHAPTERS: Final = 500


class CueIn(StrictSerializer):
    """Times in milliseconds. `text` has `<b>`, `<i>`, `<u>`, `&amp;`, `&lt;`, `&gt;` and line feeds; other tags go."""

    start = s.IntegerField(min_value=0, max_value=MAX_TIME)
    end = s.IntegerField(min_value=0, max_value=MAX_TIME)
    text = s.CharField(max_length=MAX_MARKUP)
    speaker = s.CharField(max_length=100, required=False, allow_blank=True)


class CuePatch(StrictSerializer):
    start = s.IntegerField(min_value=0, max_value=MAX_TIME, required=False)
    end = s.IntegerField(min_value=0, max_value=MAX_TIME, required=False)
    text = s.CharField(max_length=MAX_MARKUP, required=False)
    speaker = s.CharField(max_length=100, required=False, allow_blank=True)


@extend_schema_field(CueIn(many=True))
class CuesField(s.Field[Any, Any, Any, Any]):
    """Thousands of cues, read by hand: a serializer for each takes seconds."""

    def to_internal_value(self, data: Any) -> list[Written]:
        if not isinstance(data, list):
            raise s.ValidationError("This is a list of cues.")
        if len(data) > MAX_CUES:
            raise s.ValidationError(f"These are more than {MAX_CUES} cues.")
        return [_written(number, row) for number, row in enumerate(data, start=1)]

    def to_representation(self, value: Any) -> Any:
        return value


def _written(number: int, row: Any) -> Written:
    if not isinstance(row, Mapping):
        raise s.ValidationError(f"Cue {number} is no object.")
    unknown = sorted(set(row) - {*TIMES, *WORDS})
    if unknown:
        raise s.ValidationError(f"Cue {number}: unknown field {unknown[0]!r:.60}.", code="unknown_field")
    for name in TIMES:
        if type(row.get(name)) is not int:
            raise s.ValidationError(f"Cue {number}: {name} is a whole number of milliseconds.")
    for name, most in WORDS.items():
        text = row.get(name, "")
        if not isinstance(text, str) or len(text) > most:
            raise s.ValidationError(f"Cue {number}: {name} is a text of up to {most} characters.")
        if control_characters(text):
            raise s.ValidationError(f"Cue {number}: control characters cannot be stored.")
    return Written(start=row["start"], end=row["end"], text=row.get("text", ""), speaker=row.get("speaker", ""))


class TrackIn(StrictSerializer):
    """Either `cues` or, as a form, `file`: SubRip, WebVTT, TTML or ASS, in any encoding that Vietnamese has had."""

    kind = s.ChoiceField(choices=TrackKind.choices, default=TrackKind.CAPTIONS)
    language = s.ChoiceField(choices=Language.choices)
    label = s.CharField(max_length=MAX_LABEL, required=False, allow_blank=True)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    state = s.ChoiceField(choices=TrackState.choices, default=TrackState.PUBLISHED)
    cues = CuesField(required=False)
    file = s.FileField(required=False, allow_empty_file=True)


class TrackCuesIn(StrictSerializer):
    """Either `cues` or, as a form, `file`."""

    cues = CuesField(required=False)
    file = s.FileField(required=False, allow_empty_file=True)


class TrackPatch(StrictSerializer):
    label = s.CharField(max_length=MAX_LABEL, required=False, allow_blank=True)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    state = s.ChoiceField(choices=TrackState.choices, required=False)


class TrackQuery(StrictSerializer):
    format = s.ChoiceField(choices=FORMATS, default="json")


class TranscriptQuery(StrictSerializer):
    language = s.ChoiceField(choices=Language.choices, required=False)
    format = s.ChoiceField(choices=("txt", "json"), default="txt")


class ChapterTitles(StrictSerializer):
    vi = s.CharField(max_length=300, required=False, allow_blank=True)
    en = s.CharField(max_length=300, required=False, allow_blank=True)
    zh = s.CharField(max_length=300, required=False, allow_blank=True)


class ChapterIn(StrictSerializer):
    """Milliseconds. Without `end` a chapter lasts until the next one, the last until the end of the work."""

    start = s.IntegerField(min_value=0, max_value=MAX_TIME)
    end = s.IntegerField(min_value=1, max_value=MAX_TIME, required=False)
    titles = ChapterTitles()


class ChaptersIn(StrictSerializer):
    chapters = s.ListField(child=ChapterIn(), max_length=MAX_CHAPTERS)


class TrackOut(Output):
    id = s.UUIDField()
    kind = s.ChoiceField(choices=TrackKind.choices)
    language = s.ChoiceField(choices=Language.choices)
    label = s.CharField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    name = s.CharField(help_text="What menus call it: the label, or the language in itself.")
    state = s.ChoiceField(choices=TrackState.choices)
    cue_count = s.IntegerField()
    out_of_date = s.BooleanField(help_text="Its times were made for another file than the current one.")
    updated_at = s.DateTimeField()
    revision = s.IntegerField()
    url = s.CharField(allow_null=True, help_text="WebVTT for players; null where the work itself may not be looked at.")


class TracksOut(Output):
    results = TrackOut(many=True)


class CueOut(Output):
    start = s.IntegerField()
    end = s.IntegerField()
    text = s.CharField()
    speaker = s.CharField()


class TrackDetail(TrackOut):
    cues = CueOut(many=True)


class TrackWritten(TrackOut):
    format = s.CharField(allow_null=True, help_text="What the file was taken for: `srt`, `webvtt`, `ttml`, `ass`.")
    encoding = s.CharField(allow_null=True, help_text="What its bytes were taken for.")


class ParagraphOut(Output):
    start = s.IntegerField(help_text="Milliseconds.")
    speaker = s.CharField()
    text = s.CharField()


class TranscriptOut(Output):
    language = s.ChoiceField(choices=Language.choices)
    track = s.UUIDField()
    paragraphs = ParagraphOut(many=True)


class ChapterOut(Output):
    start = s.IntegerField()
    end = s.IntegerField()
    titles = s.DictField(child=s.CharField())


class ChaptersOut(Output):
    chapters = ChapterOut(many=True)
