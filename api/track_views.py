"""Text tracks for players, on the media origin: WebVTT that we wrote, under the same rules as the media itself.

They come out of the database: small, changed without the streams, and judged at the moment of use. Nothing here knows
sessions or cookies.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from api.errors import method_not_allowed, plain_problem_of
from api.media_absence import gone, nothing
from api.store_views import MEDIA_HEADERS, open_to_players
from api.territory import territory_of
from assets.captions.webvtt import write_webvtt
from assets.delivery import is_public, media_secret, public_cache_control, was_public
from assets.models import Asset, TextTrack
from assets.states import TrackState
from assets.storage.signing import verify_read
from assets.tracks import PREFIX, cues_of
from permissions.actor import ANONYMOUS
from permissions.errors import DomainError
from permissions.rights import may, require_use
from permissions.vocabulary import AssetState, Use

METHODS = "GET, HEAD, OPTIONS"
WEBVTT = "text/vtt; charset=utf-8"


@csrf_exempt
def public_track(request: HttpRequest, asset_id: UUID, track_id: UUID, revision: int) -> HttpResponseBase:
    """A published track of a public work; an address of an earlier revision answers what the track says now."""
    if early := _not_to_be_read(request):
        return early
    rows = _rows(asset_id, track_id, revision).filter(state=TrackState.PUBLISHED)
    track = rows.select_related("asset__agency", "asset__licence_terms").annotate(database_now=Now()).first()
    absent = f"{asset_id}/"
    if track is None:
        return open_to_players(nothing(absent))
    asset: Asset = track.asset
    now: datetime = track.database_now
    if not is_public(asset, now):
        return open_to_players(gone() if was_public(asset, now) else nothing(absent))
    try:
        require_use(may(ANONYMOUS, Use.PREVIEW, asset, now, territory=territory_of(request)))
    except DomainError as refusal:
        return open_to_players(plain_problem_of(refusal))
    return _deliver(request, track, public_cache_control(asset, now))


@csrf_exempt
def signed_track(request: HttpRequest, token: str, asset_id: UUID, track_id: UUID, revision: int) -> HttpResponseBase:
    """A track under a signature of ours, drafts too: whoever was given the address may read until it expires what it
    said then, and what it says now only where that is published."""
    if early := _not_to_be_read(request):
        return early
    key = f"{PREFIX}{asset_id}/{track_id}/{revision}.vtt"
    now = datetime.now(UTC)
    try:
        grant = verify_read(token, key, filename=None, media_type=None, secret=media_secret(), now=now)
    except DomainError as refusal:
        return open_to_players(plain_problem_of(refusal))
    as_given = Q(revision=revision)
    still_out = Q(state=TrackState.PUBLISHED, asset__state=AssetState.PUBLISHED)
    rows = _rows(asset_id, track_id, revision).filter(as_given | still_out, asset__deleted_at__isnull=True)
    track = rows.first()
    if track is None:
        return open_to_players(nothing(""))
    return _deliver(request, track, f"private, max-age={max(0, grant.expires - int(now.timestamp()))}")


def _rows(asset_id: UUID, track_id: UUID, revision: int) -> "QuerySet[TextTrack]":
    """Without numbers that no revision has yet, so that nobody fills caches before one has."""
    return TextTrack.objects.filter(pk=track_id, asset_id=asset_id, revision__gte=revision).select_related("sheet")


def _not_to_be_read(request: HttpRequest) -> HttpResponseBase | None:
    if request.method == "OPTIONS":
        return open_to_players(HttpResponse(status=204), preflight=True)
    return None if request.method in {"GET", "HEAD"} else method_not_allowed(METHODS)


def _deliver(request: HttpRequest, track: TextTrack, cache: str) -> HttpResponseBase:
    etag = f'"{track.sheet.digest[:32]}"'
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if etag in known or "*" in known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(write_webvtt(cues_of(track)), content_type=WEBVTT)
    for name, value in MEDIA_HEADERS.items():
        if name != "Accept-Ranges":
            response[name] = value
    response["ETag"] = etag
    response["Cache-Control"] = cache
    return open_to_players(response)
