"""Pictures in a size that was asked for, on the media origin: made at the first request, kept in the store's cache.

Nothing here knows sessions or cookies: the signature says that its holder may have the picture. The work is judged at
each use: once it is withdrawn, or anything that limits it is other than when the address was given, the address is
dead.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt

from api import store_views
from api.errors import method_not_allowed, plain_problem_of
from api.media_absence import gone, nothing
from assets.delivery import SIZED, limits_of, media_secret
from assets.models import Asset, OnDemandPicture
from assets.on_demand import cache
from assets.on_demand.asking import is_sizable
from assets.on_demand.wishes import SUFFIX, Wanted, read_name
from assets.states import PictureFormat
from assets.storage import get_store
from assets.storage.base import ObjectMissing
from assets.storage.folder import FolderStore
from assets.storage.headers import attachment
from assets.storage.signing import verify_read
from permissions.errors import DomainError, NotFound
from permissions.vocabulary import AssetState
from transcoding.on_demand import picture_of

LONGEST_CACHE: Final = 300
AT_THE_STORE: Final = timedelta(seconds=60)
"""How long the store's own address lives, to which the application leads where nginx does not fetch from there."""


@csrf_exempt
def sized(request: HttpRequest, token: str, asset_id: UUID, limits: str, name: str) -> HttpResponseBase:
    """GET or HEAD a picture under a signature of ours. 410 where the work was withdrawn after the link was given."""
    if request.method == "OPTIONS":
        return store_views.open_to_players(HttpResponse(status=204), preflight=True)
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed("GET, HEAD, OPTIONS")
    try:
        scope = f"{SIZED}{asset_id}/{limits}/{name}"
        grant = verify_read(token, scope, filename=None, media_type=None, secret=media_secret(), now=datetime.now(UTC))
        age = max(0, min(grant.expires - int(time.time()), LONGEST_CACHE))
        response = _answer(request, asset_id, limits, name, cache_control=f"private, max-age={age}")
    except DomainError as refusal:
        response = plain_problem_of(refusal)
    return store_views.open_to_players(response)


def _answer(request: HttpRequest, asset_id: UUID, limits: str, name: str, *, cache_control: str) -> HttpResponseBase:
    asset = Asset.objects.with_policy_facts().filter(pk=asset_id).first()
    wanted = read_name(name)
    if asset is None or asset.in_trash or wanted is None:
        return nothing(str(asset_id))
    if limits_of(asset, asset.database_now) != limits or not is_sizable(asset):
        return gone() if asset.state == AssetState.WITHDRAWN else nothing(str(asset_id))
    response = _delivered(request, asset, wanted, cache_control)
    for header, value in store_views.MEDIA_HEADERS.items():
        response.setdefault(header, value)
    response["Cache-Control"] = cache_control
    return response


def _delivered(request: HttpRequest, asset: Asset, wanted: Wanted, cache_control: str) -> HttpResponseBase:
    version = asset.current_version
    if version is None:
        raise NotFound("There is nothing here.")
    version.asset = asset
    filename = f"{asset.reference}-{wanted.width}x{wanted.height}.{SUFFIX[PictureFormat(wanted.format)]}"
    picture = picture_of(version, wanted)
    try:
        return _body(request, picture, wanted, filename, cache_control)
    except ObjectMissing:  # a cache may lose things
        cache.forget(picture)
    return _body(request, picture_of(version, wanted), wanted, filename, cache_control)


def _body(
    request: HttpRequest, picture: OnDemandPicture, wanted: Wanted, filename: str, cache_control: str
) -> HttpResponseBase:
    store = get_store()
    if isinstance(store, FolderStore):
        return store_views.folder_body(
            request, store, picture.key, cache=cache_control, filename=filename, media_type=wanted.media_type
        )
    named = {"Content-Disposition": attachment(filename)}
    if request.method == "HEAD":  # the store's signature would be for GET alone
        named["Content-Length"] = str(picture.size)
        return HttpResponse(content_type=wanted.media_type, headers=named)
    store.head(picture.key)
    url = store.sign_get(picture.key, expires_in=AT_THE_STORE, filename=filename, media_type=wanted.media_type)
    if settings.SENDFILE == "nginx":
        parts = urlsplit(url)
        inside = {"X-Accel-Redirect": f"/_store{parts.path}?{parts.query}", **named}
        return HttpResponse(content_type=wanted.media_type, headers=inside)
    return HttpResponseRedirect(url)
