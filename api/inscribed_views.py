"""Copies of files with the work's words in them, on the media origin: found and sent piece by piece, never stored.

Nothing here knows sessions or cookies: the signature says that its holder may have the file. What the work says is
read at the moment of use; a changed word changes the ETag, so that a download that is resumed never mixes two copies.
"""

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from api import byte_ranges
from api.errors import method_not_allowed, plain_problem_of
from api.media_absence import gone, nothing
from api.presenters import download_name
from api.store_views import MEDIA_HEADERS
from assets.delivery import INSCRIBED, media_secret
from assets.models import Asset, AssetVersion, Rendition
from assets.storage import get_store
from assets.storage.headers import attachment, check_media_type
from assets.storage.signing import verify_read
from permissions.errors import DomainError
from permissions.vocabulary import AssetState
from transcoding.crediting import words_of
from transcoding.inscribing.splice import Plan
from transcoding.inscribing.stored import bytes_of, plan_for

_LONGEST_CACHE = 300


@csrf_exempt
def inscribed(request: HttpRequest, token: str, state: str, key: str) -> HttpResponseBase:
    """GET or HEAD a copy under a signature of ours. 410 where the work was withdrawn after the link was given."""
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed("GET, HEAD")
    try:
        scope = f"{INSCRIBED}{state}/{key}"
        grant = verify_read(token, scope, filename=None, media_type=None, secret=media_secret(), now=datetime.now(UTC))
        return _deliver(request, key, state, age=max(0, min(grant.expires - int(time.time()), _LONGEST_CACHE)))
    except DomainError as refusal:
        return plain_problem_of(refusal)


def inscription_of(asset: Asset, version: AssetVersion, rendition: Rendition | None) -> Plan:
    """The plan of a copy of this rendition, or of the original. Raises ``Unwritable`` (409 ``metadata_unwritable``)."""
    key, media_type = (rendition.key, rendition.media_type) if rendition else (version.original_key, version.media_type)
    return plan_for(key, media_type, words_of(asset, version))


def _deliver(request: HttpRequest, key: str, state: str, *, age: int) -> HttpResponseBase:
    found = _found(key)
    if found is None or found[0].asset.in_trash:
        return nothing("")
    version, rendition = found
    asset: Asset = version.asset
    if asset.state != state:  # what it says now is not for those who were given what it said then
        return gone() if asset.state == AssetState.WITHDRAWN else nothing("")
    stored, planned = get_store().head(key), inscription_of(asset, version, rendition)
    answer = byte_ranges.plan(
        request.headers, etag=(etag := _etag(stored.etag, planned)), modified=asset.updated_at, size=planned.size
    )
    response: HttpResponseBase
    if request.method == "HEAD" or answer.status not in {200, 206}:
        response = HttpResponse(status=answer.status)
    else:
        body: Iterator[bytes] = bytes_of(planned, key, start=answer.start, length=answer.length)
        response = StreamingHttpResponse(body, status=answer.status)
    _describe(response, version, rendition)
    response["ETag"], response["Last-Modified"] = etag, http_date(asset.updated_at.timestamp())
    response["Cache-Control"] = f"private, max-age={age}"
    if answer.status in {200, 206}:
        response["Content-Length"] = str(answer.length)
    if answer.status == 206:
        response["Content-Range"] = f"bytes {answer.start}-{answer.start + answer.length - 1}/{planned.size}"
    if answer.status == 416:
        response["Content-Range"] = f"bytes */{planned.size}"
    return response


def _found(key: str) -> tuple[AssetVersion, Rendition | None] | None:
    beside = ("asset__agency", "asset__licence_terms")
    rendition = Rendition.objects.filter(key=key).select_related(*(f"version__{each}" for each in beside)).first()
    if rendition is not None:
        return rendition.version, rendition
    version = AssetVersion.objects.filter(original_key=key).select_related(*beside).first()
    return None if version is None else (version, None)


def _describe(response: HttpResponseBase, version: AssetVersion, rendition: Rendition | None) -> None:
    for name, value in MEDIA_HEADERS.items():
        response[name] = value
    name, media_type = version.filename, version.media_type
    if rendition is not None:
        name = f"{download_name(version.asset, rendition)}.{rendition.key.rpartition('.')[2]}"
        media_type = rendition.media_type
    response["Content-Disposition"] = attachment(name)
    response["Content-Type"] = check_media_type(media_type)


def _etag(stored: str, plan: Plan) -> str:
    """Of the stored file and all that is put into it."""
    digest = hashlib.sha256(stored.encode())
    for piece in plan.pieces:
        digest.update(piece if isinstance(piece, bytes) else f"{piece.start}+{piece.length}".encode())
    return f'"{digest.hexdigest()[:32]}"'
