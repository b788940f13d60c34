"""Captions, subtitles and chapters of a work: listed, read, written as a file or as cues; its transcript."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import replays
from api.forms import refuse_larger_form
from api.idempotency import IDEMPOTENCY_KEY, happens_once
from api.negotiation import OneAnswer
from api.parsers import BoundedJSONParser
from api.serializers.base import checked, checked_form, checked_query
from api.serializers.tracks import (
    CuePatch,
    TrackCuesIn,
    TrackDetail,
    TrackIn,
    TrackPatch,
    TrackQuery,
    TracksOut,
    TrackWritten,
)
from api.statements import USAGE_STATEMENT, statement_of
from api.territory import territory_of
from api.track_presenters import track_detail, track_out
from api.views.base import IF_MATCH, ActorView
from api.views.etags import wanted_revision
from assets.access import decide, get_visible, judge
from assets.captions.cues import Cue, Written, checked_cues
from assets.captions.reading import MAX_FILE
from assets.captions.subrip import write_subrip
from assets.captions.transcript import transcript
from assets.captions.webvtt import write_webvtt
from assets.models import Asset, TextTrack
from assets.states import Language, TrackKind, TrackState
from assets.storage.headers import attachment
from assets.tracks import cues_of, track_of, tracks_of
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.usecases.tracks_edit import add_track, change_track, remove_track
from permissions.actor import Actor
from permissions.errors import Invalid, NotFound
from permissions.reasons import require
from permissions.rights import require_use
from permissions.vocabulary import Action, Use
from transcoding.captions import read_file

WRITERS: dict[str, tuple[str, Callable[[TextTrack], str]]] = {
    "vtt": ("text/vtt", lambda track: write_webvtt(cues_of(track))),
    "srt": ("application/x-subrip", lambda track: write_subrip(cues_of(track))),
    "txt": ("text/plain", lambda track: transcript(cues_of(track), language=track.language)),
}
FILES = {
    (200, "text/vtt"): OpenApiTypes.STR,
    (200, "application/x-subrip"): OpenApiTypes.STR,
    (200, "text/plain"): OpenApiTypes.STR,
}


class TracksBase(ActorView):
    """What the views about tracks share."""

    def plays(self, asset: Asset) -> bool:
        return bool(judge(self.actor, Use.PREVIEW, asset, territory=territory_of(self.request)))

    def require_use(self, use: Use, asset: Asset) -> None:
        require_use(judge(self.actor, use, asset, territory=territory_of(self.request)))

    def written(self, asset: Asset, track: TextTrack, *, status: int = 200, read: "Read | None" = None) -> Response:
        said = {"format": read.format, "encoding": read.encoding} if read else {"format": None, "encoding": None}
        fresh = get_visible(self.actor, asset.pk)
        body = track_out(fresh, track, plays=self.plays(fresh)) | said
        return Response(TrackWritten(body).data, status=status, headers={"ETag": etag_of(track)})


class TracksView(TracksBase):
    parser_classes = (BoundedJSONParser, MultiPartParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_larger_form(request, limit=MAX_FILE)  # first: the CSRF check of a session would read the whole form
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="assets_tracks_list",
        summary="Captions, subtitles and chapters",
        description="Drafts are listed to those who work on the asset.",
        responses=TracksOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:  # noqa: ARG002
        asset = get_visible(self.actor, asset_id)
        plays = self.plays(asset)
        rows = [track_out(asset, track, plays=plays) for track in tracks_of(asset, reader=self.actor)]
        return Response(TracksOut({"results": rows}).data)

    @extend_schema(
        operation_id="assets_tracks_add",
        summary="Add a text track",
        description=(
            "Either `cues` as JSON, or a form with `file`: SubRip, WebVTT, TTML or ASS. Only times, words, bold, "
            "italic, underline and speakers are kept."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": TrackIn, "multipart/form-data": TrackIn},
        responses={201: TrackWritten},
    )
    @happens_once(replays.of_part_of_asset)
    def post(self, request: Request, asset_id: UUID) -> Response:
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.EDIT, asset))
        values = _values(TrackIn, request)
        read = read_cues(values, language=values["language"], kind=values["kind"])
        track = add_track(
            asset_id=asset_id,
            by=self.actor,
            kind=TrackKind(values["kind"]),
            language=Language(values["language"]),
            cues=read.cues,
            label=values.get("label", ""),
            state=TrackState(values["state"]),
        )
        return self.written(asset, track, status=201, read=read)


class _OneTrack(TracksBase):
    def found(self, asset_id: UUID, track_id: UUID) -> tuple[Asset, TextTrack]:
        asset = get_visible(self.actor, asset_id)
        return asset, track_of(asset, track_id, reader=self.actor)

    def for_editing(self, asset_id: UUID, track_id: UUID) -> tuple[Asset, TextTrack]:
        """Refused before anything that was sent is read."""
        asset, track = self.found(asset_id, track_id)
        require(decide(self.actor, Action.EDIT, asset))
        return asset, track


class TrackView(_OneTrack):
    parser_classes = (BoundedJSONParser, MultiPartParser)
    content_negotiation_class = OneAnswer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_larger_form(request, limit=MAX_FILE)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="assets_tracks_get",
        summary="A text track: its cues, or as a file to take away",
        parameters=[TrackQuery, USAGE_STATEMENT],
        responses={(200, "application/json"): TrackDetail, **FILES},
    )
    def get(self, request: Request, asset_id: UUID, track_id: UUID) -> HttpResponseBase:
        asset, track = self.found(asset_id, track_id)
        wanted = checked_query(TrackQuery, request.query_params)["format"]
        self.require_use(Use.PREVIEW if wanted == "json" else Use.DOWNLOAD, asset)
        if wanted == "json":
            return Response(track_detail(asset, track), headers={"ETag": etag_of(track)})
        return send_track(asset, track, wanted, by=self.actor, statement=statement_of(request))

    @extend_schema(
        operation_id="assets_tracks_replace",
        summary="Replace all cues",
        parameters=[IF_MATCH],
        request={"application/json": TrackCuesIn, "multipart/form-data": TrackCuesIn},
        responses=TrackWritten,
    )
    def put(self, request: Request, asset_id: UUID, track_id: UUID) -> Response:
        asset, track = self.for_editing(asset_id, track_id)
        read = read_cues(_values(TrackCuesIn, request), language=track.language, kind=track.kind)
        revision = wanted_revision(request)
        track = change_track(asset_id=asset_id, track_id=track_id, by=self.actor, cues=read.cues, revision=revision)
        return self.written(asset, track, read=read)

    @extend_schema(
        operation_id="assets_tracks_change",
        summary="Rename, publish or take back as a draft",
        parameters=[IF_MATCH],
        request=TrackPatch,
        responses=TrackWritten,
    )
    def patch(self, request: Request, asset_id: UUID, track_id: UUID) -> Response:
        asset, _track = self.for_editing(asset_id, track_id)
        values = checked(TrackPatch, request.data)
        track = change_track(
            asset_id=asset_id,
            track_id=track_id,
            by=self.actor,
            label=values.get("label"),
            state=TrackState(values["state"]) if "state" in values else None,
            revision=wanted_revision(request),
        )
        return self.written(asset, track)

    @extend_schema(
        operation_id="assets_tracks_delete",
        summary="Take a text track away",
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, asset_id: UUID, track_id: UUID) -> Response:
        self.for_editing(asset_id, track_id)
        remove_track(asset_id=asset_id, track_id=track_id, by=self.actor, revision=wanted_revision(request))
        return Response(status=204)


class CueView(_OneTrack):
    @extend_schema(
        operation_id="assets_tracks_cue",
        summary="Change one cue",
        description="`number` counts from 1 in the order of times.",
        parameters=[IF_MATCH],
        request=CuePatch,
        responses=TrackWritten,
    )
    def patch(self, request: Request, asset_id: UUID, track_id: UUID, number: int) -> Response:
        asset, _track = self.for_editing(asset_id, track_id)
        values = checked(CuePatch, request.data)
        track = change_track(
            asset_id=asset_id,
            track_id=track_id,
            by=self.actor,
            edit=lambda cues: with_cue(cues, number, values),
            revision=wanted_revision(request),
        )
        return self.written(asset, track)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was sent: the cues, and what a file was taken for."""

    cues: Sequence[Cue]
    format: str | None = None
    encoding: str | None = None


def read_cues(values: Mapping[str, Any], *, language: str, kind: str) -> Read:
    """Of ``cues`` or ``file``, whichever there is. Raises ``Invalid`` unless it is one of them."""
    if ("cues" in values) == ("file" in values):
        raise Invalid("Send either cues or a file.", fields={"cues": ["Send one of both."]})
    chapters = kind == TrackKind.CHAPTERS
    if "cues" in values:
        return Read(cues=checked_cues(values["cues"], chapters=chapters))
    file: UploadedFile[bytes] = values["file"]
    found = read_file(file.read(MAX_FILE + 1), language=language, chapters=chapters)
    return Read(cues=found.cues, format=found.format, encoding=found.encoding)


def with_cue(cues: Sequence[Cue], number: int, values: Mapping[str, Any]) -> list[Written]:
    """All cues with this one changed; :class:`NotFound` where there is none of that number."""
    if not 1 <= number <= len(cues):
        raise NotFound("There is no such cue.")
    written = [Written(start=cue.start, end=cue.end, text=cue.text, speaker=cue.speaker) for cue in cues]
    written[number - 1] = replace(written[number - 1], **values)
    return written


def send_track(asset: Asset, track: TextTrack, wanted: str, *, by: Actor, statement: str) -> HttpResponse:
    """The track as a file to take away, for the API and for the page. The caller has asked the rights."""
    name = file_name(asset, track, wanted)
    admit_downloads([Taking(asset_id=asset.pk, agency_path=asset.agency.path, file=name)], by=by, statement=statement)
    media_type, write = WRITERS[wanted]
    answer = HttpResponse(write(track), content_type=f"{media_type}; charset=utf-8")
    answer.headers["Content-Disposition"] = attachment(name)
    return answer


def file_name(asset: Asset, track: TextTrack, suffix: str) -> str:
    return f"{asset.reference}-{track.kind}.{track.language}.{suffix}"


def etag_of(track: TextTrack) -> str:
    return f'"{track.revision}"'


def _values(serializer: Any, request: Request) -> dict[str, Any]:
    is_form = (request.content_type or "").startswith("multipart/")
    return checked_form(serializer, request.data) if is_form else checked(serializer, request.data)
