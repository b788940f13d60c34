"""The stream of a film that is still being encoded: its playlists, written from its rows when they are asked for.

The signature in the URL is what lets the reader; whoever handed it out has asked whether the work may be seen while it
is made. There is no public URL of a growing stream.
"""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from api import store_views
from api.errors import method_not_allowed, plain_problem
from assets.delivery import media_secret
from assets.growing import FOLDER, PLAYLIST
from assets.models import GrowingStream
from assets.playlists import HLS_TYPE
from assets.storage.signing import verify_read
from permissions.errors import DomainError
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.playlists import render_growing_master, render_growing_playlist
from transcoding.growing.rows import spans_of

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY: Final = re.compile(
    rf"renditions/(?P<asset>{_UUID})/(?P<version>{_UUID})/(?P<attempt>{_UUID})/{FOLDER}/"
    rf"(?:(?P<master>master\.m3u8)|(?P<rendition>[a-z0-9-]+)/(?P<file>[a-z0-9.-]+))",
    re.ASCII,
)
_SEGMENT: Final = re.compile(r"([0-9]{12})-([0-9a-f]{12})\.mp4", re.ASCII)
_HEADER: Final = re.compile(r"init-([0-9a-f]{12})\.mp4", re.ASCII)


def is_playlist(key: str) -> bool:
    """Whether the key is one of a growing stream that no object stands for."""
    found = _KEY.fullmatch(key)
    return found is not None and (found["master"] is not None or found["file"] == PLAYLIST)


def playlist(request: HttpRequest, token: str, key: str) -> HttpResponseBase:
    """GET or HEAD the master or a rendition's playlist, as far as it has grown. 404 once the stream has gone."""
    if request.method == "OPTIONS":
        return store_views.open_to_players(HttpResponse(status=204), preflight=True)
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed("GET, HEAD, OPTIONS")
    try:
        verify_read(token, key, filename=None, media_type=None, secret=media_secret(), now=datetime.now(UTC))
    except DomainError as error:
        return store_views.open_to_players(store_views.problem(request, error))
    text = _playlist(key)
    if text is None:
        return store_views.open_to_players(plain_problem(404, "not_found", "There is nothing here."))
    response = HttpResponse(text, content_type=HLS_TYPE)
    for name, value in store_views.MEDIA_HEADERS.items():
        response[name] = value
    response["Cache-Control"] = "private, no-store"
    return store_views.open_to_players(response)


def media_type_of(key: str) -> str | None:
    """Of a stored header or segment of a growing stream; None where there is none such."""
    found = _KEY.fullmatch(key)
    stream = _stream(found) if found and found["rendition"] else None
    if found is None or stream is None:
        return None
    rendition = next((each for each in _renditions(stream) if each.name == found["rendition"]), None)
    segment, header = _SEGMENT.fullmatch(found["file"]), _HEADER.fullmatch(found["file"])
    wanted = {"begin": int(segment[1]), "digest": segment[2]} if segment else {"header": header[1]} if header else None
    known = wanted is not None and stream.segments.filter(rendition=found["rendition"], **wanted).exists()
    return rendition.media_type if rendition is not None and known else None


def _playlist(key: str) -> str | None:
    found = _KEY.fullmatch(key)
    stream = _stream(found) if found else None
    if found is None or stream is None:
        return None
    renditions = _renditions(stream)
    if found["master"]:
        return render_growing_master(renditions)
    if found["rendition"] not in {each.name for each in renditions}:
        return None
    return render_growing_playlist(spans_of(stream, found["rendition"]), ended=stream.ended)


def _stream(found: "re.Match[str]") -> GrowingStream | None:
    """The stream of the attempt that has its version's token."""
    return GrowingStream.objects.filter(
        attempt=UUID(found["attempt"]),
        attempt__version=UUID(found["version"]),
        attempt__version__asset=UUID(found["asset"]),
        attempt__version__attempt=F("attempt"),
    ).first()


def _renditions(stream: GrowingStream) -> list[GrowingRendition]:
    return [GrowingRendition.from_json(each) for each in stream.renditions]
