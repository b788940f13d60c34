"""What belongs to the time of a work as a whole: its chapters in all languages, and its transcript."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.negotiation import OneAnswer
from api.serializers.base import checked, checked_query
from api.serializers.tracks import ChaptersIn, ChaptersOut, TranscriptOut, TranscriptQuery
from api.views.base import IF_MATCH
from api.views.etags import wanted_revision
from api.views.tracks import TracksBase
from assets.access import decide, get_visible
from assets.captions.chapters import Chapter, merged, tracks_from
from assets.captions.transcript import paragraphs, transcript
from assets.states import Language, TrackKind
from assets.tracks import cues_of, spoken_track, tracks_of
from assets.usecases.tracks_edit import set_chapters
from permissions.errors import NotFound
from permissions.reasons import require
from permissions.vocabulary import Action, Use


class ChaptersView(TracksBase):
    @extend_schema(operation_id="assets_chapters_get", summary="Chapters, titled per language", responses=ChaptersOut)
    def get(self, request: Request, asset_id: UUID) -> Response:  # noqa: ARG002
        asset = get_visible(self.actor, asset_id)
        self.require_use(Use.PREVIEW, asset)
        rows = tracks_of(asset, reader=self.actor).filter(kind=TrackKind.CHAPTERS).select_related("sheet")
        found = merged({Language(track.language): cues_of(track) for track in rows})
        answer = Response(ChaptersOut({"chapters": [asdict(chapter) for chapter in found]}).data)
        answer.headers["ETag"] = f'"{asset.revision}"'
        return answer

    @extend_schema(
        operation_id="assets_chapters_set",
        summary="Set the chapters in all languages",
        description=(
            "Makes a track of the kind `chapters` for each language that has a title, and removes the others. Send the "
            "`ETag` of what you read as `If-Match`, so that nobody's work in between is lost."
        ),
        parameters=[IF_MATCH],
        request=ChaptersIn,
        responses=ChaptersOut,
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        asset = get_visible(self.actor, asset_id)
        require(decide(self.actor, Action.EDIT, asset))
        rows = checked(ChaptersIn, request.data)["chapters"]
        said = [Chapter(start=row["start"], end=row.get("end", 0), titles=_titles(row["titles"])) for row in rows]
        version = asset.current_version
        titles = tracks_from(said, duration=version.duration if version else None)
        set_chapters(asset_id=asset_id, by=self.actor, titles=titles, revision=wanted_revision(request))
        return self.get(request, asset_id)


class TranscriptView(TracksBase):
    content_negotiation_class = OneAnswer

    @extend_schema(
        operation_id="assets_transcript",
        summary="What is said, as text to read",
        description="Of the captions, else the subtitles; without `language` in the work's own language, else in any.",
        parameters=[TranscriptQuery],
        responses={(200, "text/plain"): OpenApiTypes.STR, (200, "application/json"): TranscriptOut},
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponseBase:
        asset = get_visible(self.actor, asset_id)
        values = checked_query(TranscriptQuery, request.query_params)
        rows = tracks_of(asset, reader=self.actor).select_related("sheet")
        track = spoken_track(rows, values.get("language", ""), original=asset.original_language)
        if track is None:
            raise NotFound("There is no transcript.")
        self.require_use(Use.PREVIEW, asset)
        if values["format"] == "json":
            found = paragraphs(cues_of(track), language=track.language)
            said = {"language": track.language, "track": track.pk, "paragraphs": [asdict(one) for one in found]}
            return Response(TranscriptOut(said).data)
        text = transcript(cues_of(track), language=track.language)
        answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
        answer.headers["Content-Language"] = track.language
        return answer


def _titles(said: Mapping[str, str]) -> dict[Language, str]:
    return {Language(language): title for language, title in said.items()}
