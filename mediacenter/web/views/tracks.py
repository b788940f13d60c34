"""Captions, subtitles and chapters of a work: uploaded as files, mended cue by cue, published, taken away."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from api.forms import refuse_larger_form
from assets.access import decide, get_visible
from assets.captions.cues import Cue, Written
from assets.captions.problems import refusal
from assets.captions.reading import MAX_FILE
from assets.captions.times import clock_time
from assets.models import Asset, TextTrack
from assets.states import Language, TrackKind, TrackState
from assets.tracks import TIMED, cues_of, track_of, tracks_of
from assets.usecases.tracks_edit import MAX_LABEL, add_track, change_track, remove_track
from assets.usecases.uploads_single import TooLarge
from mediacenter.web.presentation.tracks import CueRow, cue_row, track_row, track_rows
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.reasons import require
from permissions.vocabulary import Action
from transcoding.captions import read_file

CUES = 50
"""Cues of one page: four fields each, below ``DATA_UPLOAD_MAX_NUMBER_FIELDS``."""
NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
NEW = "new"
TAKES = gettext_lazy("SubRip (.srt), WebVTT, TTML or ASS. Only times, words, speakers and plain styles are kept.")


class TrackForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), help_text=TAKES)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of text"), choices=TrackKind.choices)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)
    label = forms.CharField(
        label=gettext_lazy("Name in the player's menu"),
        max_length=MAX_LABEL,
        required=False,
        help_text=gettext_lazy("Empty: the name of the language."),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=TrackState.choices, initial=TrackState.PUBLISHED.value
    )


class TrackSettings(forms.Form):
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    label = forms.CharField(
        label=gettext_lazy("Name in the player's menu"),
        max_length=MAX_LABEL,
        required=False,
        help_text=gettext_lazy("Empty: the name of the language."),
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=TrackState.choices)
    file = forms.FileField(
        label=gettext_lazy("Replace all by a file"), required=False, help_text=gettext_lazy("Empty: the texts stay.")
    )


def bounded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse larger forms by their announced length, before anything reads them."""

    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            refuse_larger_form(request, limit=MAX_FILE)
        except TooLarge:
            return render(request, "400.html", status=413)
        return view(request, *args, **kwargs)

    return wrapped


@bounded
@require_http_methods(["GET", "HEAD", "POST"])
@page
def tracks(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = _timed(actor, asset_id)
    initial = {"language": asset.original_language}
    form = TrackForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid():
        track = _add(form, actor, asset)
        if track is not None:
            messages.success(request, _("Added. Please read it through."))
            return redirect("web:asset-track", asset.pk, track.pk)
    rows = track_rows(asset, tracks_of(asset, reader=actor))
    context = {"form": form, "asset": asset, "tracks": rows}
    return render(request, "web/tracks.html", context, status=400 if form.errors else 200)


@bounded
@require_http_methods(["GET", "HEAD", "POST"])
@page
def track(request: HttpRequest, actor: Actor, asset_id: UUID, track_id: UUID) -> HttpResponse:
    """The cues of a track, a page at a time. ``act`` of a POST: ``cues``, ``settings`` or ``delete``."""
    asset = _timed(actor, asset_id)
    found = track_of(asset, track_id, reader=actor)
    first = _first(request, found)
    initial = {"revision": found.revision, "label": found.label, "state": found.state}
    act = request.POST.get("act", "")
    sends = act == "settings"
    settings = TrackSettings(request.POST if sends else None, request.FILES if sends else None, initial=initial)
    error, rows, revision = "", None, found.revision
    if request.method == "POST" and (not sends or settings.is_valid()):
        try:
            if sends:
                _set(settings, actor, found)
            else:
                _act(act, request.POST, actor, found)
        except (Invalid, Conflict) as refused:
            error = refused.message
            if act == "cues":  # what was typed stays, and so does what it was typed into
                rows, revision = typed_rows(request.POST), _number(request.POST.get("revision", ""))
        else:
            messages.success(request, _("The changes are saved."))
            return _after(act, found, first)
    context = {
        "asset": asset,
        "track": track_row(asset, found),
        "revision": revision,
        "settings": settings,
        "error": error,
        "rows": rows or shown_rows(cues_of(found), first),
        "first": first,
        "pages": range(1, found.cue_count + 1, CUES),
    }
    return render(request, "web/track.html", context, status=400 if error or settings.errors else 200)


def _timed(actor: Actor, asset_id: UUID) -> Asset:
    asset = get_visible(actor, asset_id)
    if asset.kind not in TIMED:
        raise NotFound("Only videos and recordings have captions.")
    require(decide(actor, Action.EDIT, asset))
    return asset


def _add(form: TrackForm, actor: Actor, asset: Asset) -> TextTrack | None:
    """None where it was refused; the form then says why."""
    values = form.cleaned_data
    kind, language = TrackKind(values["kind"]), Language(values["language"])
    try:
        read = read_file(values["file"].read(MAX_FILE + 1), language=language, chapters=kind is TrackKind.CHAPTERS)
        return add_track(
            asset_id=asset.pk,
            by=actor,
            kind=kind,
            language=language,
            cues=read.cues,
            label=values["label"],
            state=TrackState(values["state"]),
        )
    except Invalid as refused:
        form.add_error("file", refused.message)
    except Conflict as refused:
        form.add_error("language", refused.message)
    return None


def _act(act: str, form: QueryDict, actor: Actor, found: TextTrack) -> None:
    revision = _number(form.get("revision", ""))
    if act == "delete":
        remove_track(asset_id=found.asset_id, track_id=found.pk, by=actor, revision=revision)
    elif act == "cues":
        change_track(
            asset_id=found.asset_id,
            track_id=found.pk,
            by=actor,
            edit=lambda cues: with_page(cues, form),
            revision=revision,
        )
    else:
        raise NotFound("There is no such act.")


def _set(settings: TrackSettings, actor: Actor, found: TextTrack) -> None:
    values = settings.cleaned_data
    cues = None
    if values["file"] is not None:
        data = values["file"].read(MAX_FILE + 1)
        cues = read_file(data, language=found.language, chapters=found.kind == TrackKind.CHAPTERS).cues
    change_track(
        asset_id=found.asset_id,
        track_id=found.pk,
        by=actor,
        cues=cues,
        label=values["label"],
        state=TrackState(values["state"]),
        revision=values["revision"],
    )


def _after(act: str, found: TextTrack, first: int) -> HttpResponse:
    if act == "delete":
        return redirect("web:asset-tracks", found.asset_id)
    response = redirect("web:asset-track", found.asset_id, found.pk)
    if first > 1:
        response["Location"] += f"?from={first}"
    return response


def _first(request: HttpRequest, found: TextTrack) -> int:
    """The number of the first cue of the page that was asked for."""
    number = _number(request.GET.get("from", "1"))
    return min((number - 1) // CUES * CUES + 1, max(1, found.cue_count))


def _number(said: str) -> int:
    if not NUMBER.fullmatch(said):
        raise NotFound("There is nothing here.")
    return int(said)


def shown_rows(cues: Sequence[Cue], first: int) -> list[CueRow]:
    """The cues of a page, and room for one more."""
    rows = [cue_row(number, cue) for number, cue in enumerate(cues[first - 1 : first - 1 + CUES], start=first)]
    return [*rows, CueRow(number=NEW)]


def typed_rows(form: QueryDict) -> list[CueRow]:
    """What was sent, to be mended."""
    names = [name.removeprefix("text-") for name in form if name.startswith("text-")]
    return [
        CueRow(
            number=name,
            start=form.get(f"start-{name}", ""),
            end=form.get(f"end-{name}", ""),
            speaker=form.get(f"speaker-{name}", ""),
            text=form.get(f"text-{name}", ""),
        )
        for name in names
        if name == NEW or NUMBER.fullmatch(name)
    ]


def with_page(cues: Sequence[Cue], form: QueryDict) -> list[Written]:
    """All cues with those of a page as they were sent; one whose words were emptied goes.

    Raises ``CaptionsInvalid``.
    """
    kept = [
        Written(start=cue.start, end=cue.end, text=cue.text, speaker=cue.speaker, number=number)
        for number, cue in enumerate(cues, start=1)
        if f"text-{number}" not in form
    ]
    for row in typed_rows(form):
        if not row.text.strip():
            continue
        start, end = clock_time(row.start.strip()), clock_time(row.end.strip())
        place = int(row.number) if row.number != NEW else len(cues) + 1
        if start is None or end is None:
            raise refusal(_("Times are written like this: 00:01:02.500"), code="captions_time_invalid", cue=place)
        kept.append(Written(start=start, end=end, text=row.text, speaker=row.speaker, number=place))
    return kept
