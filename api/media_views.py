"""Where media is fetched: public renditions by stable URLs, and signed ones of an S3 store.

Nothing here knows sessions or cookies. A public URL is judged at the moment of use against the row of the asset: a
withdrawn one is 410 at once, and caches hold it for ``PUBLIC_MAX_AGE`` at the most. With S3 the bytes come from the
store, by nginx (``SENDFILE=nginx``) or by a redirect; only manifests, which are small, pass through here.
"""

import posixpath
import re
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, register_converter
from django.urls.converters import IntConverter
from django.views.decorators.csrf import csrf_exempt

from api import growing_views, inscribed_views, sized_views, store_views, track_views
from api.errors import method_not_allowed, plain_problem, plain_problem_of
from api.media_absence import gone, nothing
from api.territory import territory_of
from assets.delivery import MANIFESTS, is_public, media_secret, public_cache_control, was_public
from assets.models import Asset, Rendition
from assets.playlists import REWRITERS
from assets.profiles import is_made_anew
from assets.storage import get_store
from assets.storage.base import ObjectStore
from assets.storage.folder import FolderStore
from assets.storage.signing import verify_read
from assets.uses.counting import count_media
from assets.watching import watchers
from permissions.actor import ANONYMOUS
from permissions.errors import DomainError
from permissions.rights import may, require_use
from permissions.vocabulary import Use
from transcoding.chunks.film import FOLDER as CHUNKS

MAX_MANIFEST = 8 * 1024 * 1024
_INNER = re.compile(rf"renditions/[^/]+/[^/]+/[^/]+/{CHUNKS}")
"""What workers hand each other below a version's prefix: parts of its original, for nobody else."""


@csrf_exempt
def public(request: HttpRequest, key: str) -> HttpResponseBase:
    """GET or HEAD a public rendition. 404 where there is none for everybody, 410 where it was withdrawn."""
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        return method_not_allowed("GET, HEAD, OPTIONS")
    found = (
        Rendition.objects.filter(_asked_for(key))
        .select_related("version__asset__agency", "version__asset__licence_terms")
        .annotate(database_now=Now())
        .first()
    )
    if found is None or found.version.hidden:
        return store_views.open_to_players(nothing(key))
    asset: Asset = found.version.asset
    if not is_public(asset, found.database_now):
        withdrawn = was_public(asset, found.database_now)
        return store_views.open_to_players(gone() if withdrawn else nothing(key))
    try:
        require_use(may(ANONYMOUS, Use.PREVIEW, asset, found.database_now, territory=territory_of(request)))
    except DomainError as refusal:
        return store_views.open_to_players(plain_problem_of(refusal))
    if found.key != f"renditions/{key}":
        return _elsewhere(found, cache=public_cache_control(asset, found.database_now))
    count_media(request, found)
    if request.method == "GET" and found.profile in MANIFESTS:
        watchers.saw(found.version, asset.kind)
    return _deliver(request, found.key, found.media_type, public_cache_control(asset, found.database_now))


def _asked_for(key: str) -> Q:
    """The rendition with this key, or the one that took its place: crops and manifests are made anew while pages show
    them."""
    asked, parts = Q(key=f"renditions/{key}"), key.split("/", 3)
    if len(parts) == len(("asset", "version", "attempt", "profile")) and is_made_anew(parts[3]):
        with suppress(ValueError):
            asked |= Q(version__asset=UUID(parts[0]), version=UUID(parts[1]), profile=parts[3])
    return asked


def _elsewhere(rendition: Rendition, *, cache: str) -> HttpResponseBase:
    """To the same profile of a later attempt, by a relative URL (RFC 9110, section 10.2.2)."""
    up = "../" * (1 + rendition.profile.count("/"))
    redirect = HttpResponseRedirect(f"{up}{rendition.attempt}/{rendition.profile}")
    redirect["Cache-Control"] = cache
    return store_views.open_to_players(redirect)


@csrf_exempt
def signed(request: HttpRequest, token: str, key: str) -> HttpResponseBase:
    """A signed URL: the folder store's own, or, with S3, the app's for streams. Of growing streams always the app's."""
    if growing_views.is_playlist(key):
        return growing_views.playlist(request, token, key)
    if _INNER.match(key):
        return store_views.open_to_players(plain_problem(404, "not_found", "There is nothing here."))
    if isinstance(get_store(), FolderStore):
        return store_views.media(request, token=token, key=key)
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        return method_not_allowed("GET, HEAD, OPTIONS")
    try:
        grant = verify_read(token, key, filename=None, media_type=None, secret=media_secret(), now=datetime.now(UTC))
    except DomainError as error:
        return store_views.open_to_players(store_views.problem(request, error))
    cache = f"private, max-age={max(0, grant.expires - int(datetime.now(UTC).timestamp()))}"
    return _signed_file(request, key, cache=cache)


def _signed_file(request: HttpRequest, key: str, *, cache: str) -> HttpResponseBase:
    found = Rendition.objects.filter(_asked_for(key.removeprefix("renditions/"))).first()
    if found is not None and found.key != key:
        return _elsewhere(found, cache=cache)
    media_type = found.media_type if found else growing_views.media_type_of(key)
    if media_type is None:
        return plain_problem(404, "not_found", "There is nothing here.")
    return _deliver(request, key, media_type, cache)


def _deliver(request: HttpRequest, key: str, media_type: str, cache: str) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return store_views.open_to_players(HttpResponse(status=204), preflight=True)
    store = get_store()
    try:
        if isinstance(store, FolderStore):
            response = store_views.folder_body(request, store, key, cache=cache)
        else:
            response = _from_s3(store, key, media_type)
    except DomainError as error:
        return store_views.open_to_players(store_views.problem(request, error))
    response["Cache-Control"] = cache
    return store_views.open_to_players(response)


def _from_s3(store: ObjectStore, key: str, media_type: str) -> HttpResponseBase:
    lifetime = settings.MEDIA_URL_LIFETIME
    rewrite = REWRITERS.get(media_type)
    if rewrite is not None:
        with store.open(key) as body:
            text = body.read(MAX_MANIFEST).decode()
        folder = posixpath.dirname(key)

        def sign(name: str) -> str:
            return store.sign_get(posixpath.normpath(f"{folder}/{name}"), expires_in=lifetime)

        response = HttpResponse(rewrite(text, sign), content_type=media_type)
        response["X-Content-Type-Options"] = "nosniff"
        return response
    url = store.sign_get(key, expires_in=lifetime, media_type=media_type)
    if settings.SENDFILE == "nginx":
        parts = urlsplit(url)
        # with its type, or nginx would add the charset of the empty page that Django takes this for
        redirect = {"X-Accel-Redirect": f"/_store{parts.path}?{parts.query}"}
        return HttpResponse(content_type=media_type, headers=redirect)
    return HttpResponseRedirect(url)


class RevisionConverter(IntConverter):
    """A number from 1, in one spelling, so that caches know one address of each revision."""

    regex = "[1-9][0-9]{0,8}"


register_converter(RevisionConverter, "revision")
urlpatterns = [
    path(
        "media/s/<str:token>/tracks/<uuid:asset_id>/<uuid:track_id>/<revision:revision>.vtt",
        track_views.signed_track,
        name="media-track-signed",
    ),
    path(
        "media/public/tracks/<uuid:asset_id>/<uuid:track_id>/<revision:revision>.vtt",
        track_views.public_track,
        name="media-track-public",
    ),
    path("media/s/<str:token>/inscribed/<str:state>/<path:key>", inscribed_views.inscribed, name="media-inscribed"),
    path("media/s/<str:token>/sized/<uuid:asset_id>/<str:limits>/<str:name>", sized_views.sized, name="media-sized"),
    path("store/<str:upload_id>/<str:number>", store_views.part, name="store-part"),
    path("media/s/<str:token>/<path:key>", signed, name="media-signed"),
    path("media/public/<path:key>", public, name="media-public"),
]
