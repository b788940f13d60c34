"""HTTP of the folder store: part PUTs and media GETs by signed URL. On S3 the bucket answers, and these are 404.

Plain views without session, cookies or CSRF: the signature is the only credential.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import wraps
from typing import BinaryIO, Final, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from api.byte_ranges import Answer, plan
from api.errors import method_not_allowed, plain_problem_of
from assets.storage import get_store
from assets.storage.base import ObjectMissing, PartRefused, PartSpec, StoredObject
from assets.storage.folder import FolderStore
from assets.storage.headers import delivered_type, disposition
from assets.storage.keys import is_original
from assets.storage.parts import to_base64
from assets.storage.signing import UrlInvalid, parse_expires
from permissions.errors import DomainError

_CHUNK: Final = 256 * 1024
_DRAIN: Final = 64 * 1024 * 1024
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}|0", re.ASCII)
_LONGEST_CACHE: Final = 24 * 3600
# What media from users may do in a browser: nothing but be shown.
MEDIA_HEADERS: Final = {
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}

View = Callable[..., HttpResponseBase]


def problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """RFC 9457, in the same form as the API's."""
    response = plain_problem_of(error)
    if response.status_code == 507:
        response["Retry-After"] = "30"
    if request.method == "PUT":
        _drain(request)
    return response


def _drain(request: HttpRequest) -> None:
    """Read what a refused client still sends, within bounds, so that it gets to read why."""
    left = _DRAIN
    try:
        while left > 0 and (block := request.read(min(_CHUNK, left))):
            left -= len(block)
    except OSError:
        return  # it has gone away


def _folder_view(view: View) -> View:
    """Only where the store is a folder; domain errors as problem+json."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **where: str) -> HttpResponseBase:
        store = get_store()
        if not isinstance(store, FolderStore):
            return problem(request, ObjectMissing("The store of this installation answers elsewhere."))
        try:
            return view(request, store, **where)
        except DomainError as error:
            return problem(request, error)

    return cast("View", answer)


def _cors(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Let the site's pages and those of the allowed origins send parts and read the answers."""
    response["Vary"] = "Origin"
    origin = request.headers.get("Origin", "")
    if origin and origin in (settings.SITE_URL, *settings.UPLOAD_CORS_ORIGINS):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        if request.method == "OPTIONS":
            response["Access-Control-Allow-Methods"] = "PUT"
            response["Access-Control-Allow-Headers"] = "content-type, x-amz-checksum-sha256"
            response["Access-Control-Max-Age"] = "3600"
    return response


@csrf_exempt
def part(request: HttpRequest, upload_id: str, number: str) -> HttpResponseBase:
    """PUT one part to a signed URL; answers its ETag like S3 does."""
    if request.method == "OPTIONS":
        return _cors(request, HttpResponse(status=204))
    if request.method != "PUT":
        return _cors(request, method_not_allowed("PUT, OPTIONS"))
    return _cors(request, _put_part(request, upload_id=upload_id, number=number))


@_folder_view
def _put_part(request: HttpRequest, store: FolderStore, *, upload_id: str, number: str) -> HttpResponseBase:
    spec = PartSpec(number=_whole(number), size=_whole(_one(request, "size") or ""), sha256=_one(request, "sha256"))
    key = store.authorize_part(
        upload_id,
        spec,
        expires=parse_expires(_one(request, "expires") or ""),
        signature=_one(request, "sig") or "",
    )
    if refusal := _refused_headers(request, spec):
        raise refusal
    stored = store.put_part(key, upload_id, spec, cast("BinaryIO", request))
    response = HttpResponse(status=200, headers={"ETag": f'"{stored.etag}"', "Cache-Control": "no-store"})
    if spec.sha256:
        response["x-amz-checksum-sha256"] = to_base64(spec.sha256)
    return response


def _refused_headers(request: HttpRequest, spec: PartSpec) -> DomainError | None:
    """What S3 would refuse by its signed headers: the length, and the checksum that the URL names."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not _NUMBER.fullmatch(length) or int(length) != spec.size:
        return PartRefused(
            f"Part {spec.number} must be sent with Content-Length: {spec.size}.",
            code="part_wrong_size",
            number=spec.number,
        )
    expected = None if spec.sha256 is None else to_base64(spec.sha256)
    if request.headers.get("x-amz-checksum-sha256") != expected:
        return UrlInvalid("The header x-amz-checksum-sha256 must be sent as it was signed.")
    return None


@csrf_exempt
def media(request: HttpRequest, token: str, key: str) -> HttpResponseBase:
    """GET or HEAD an object by signed URL."""
    if request.method == "OPTIONS":
        return open_to_players(HttpResponse(status=204), preflight=True)
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed("GET, HEAD, OPTIONS")
    response = _get_media(request, token=token, key=key)
    return response if is_original(key) else open_to_players(response)


@_folder_view
def _get_media(request: HttpRequest, store: FolderStore, *, token: str, key: str) -> HttpResponseBase:
    filename, media_type = _one(request, "filename"), _one(request, "type")
    grant = store.authorize_read(token, key, filename=filename, media_type=media_type)
    age = max(0, min(grant.expires - int(time.time()), _LONGEST_CACHE))
    cache = f"private, max-age={age}"
    return folder_body(request, store, key, cache=cache, filename=filename, media_type=media_type)


def folder_body(
    request: HttpRequest,
    store: FolderStore,
    key: str,
    *,
    cache: str,
    filename: str | None = None,
    media_type: str | None = None,
) -> HttpResponseBase:
    """The object, or the range asked for, with the headers that bytes from users need. The caller authorised it."""
    response = _body(request, store, store.head(key))
    for name, value in MEDIA_HEADERS.items():
        response[name] = value
    response["Content-Type"] = delivered_type(key, media_type)
    if named := disposition(key, filename):
        response["Content-Disposition"] = named
    response["Cache-Control"] = cache
    return response


def _body(request: HttpRequest, store: FolderStore, found: StoredObject) -> HttpResponseBase:
    if settings.SENDFILE == "nginx":  # which answers ranges and conditions itself, with the same ETag
        return HttpResponse(headers={"X-Accel-Redirect": f"/_objects/{found.key}"})
    etag = f'"{found.etag}"'
    answer = plan(request.headers, etag=etag, modified=found.modified, size=found.size)
    response: HttpResponseBase
    if request.method == "HEAD" or answer.status not in {200, 206}:
        response = HttpResponse(status=answer.status)
    else:
        response = StreamingHttpResponse(_Blocks(store, found.key, answer), status=answer.status)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(found.modified.timestamp())
    if answer.status in {200, 206}:
        response["Content-Length"] = str(answer.length)
    if answer.status == 206:
        response["Content-Range"] = f"bytes {answer.start}-{answer.start + answer.length - 1}/{found.size}"
    if answer.status == 416:
        response["Content-Range"] = f"bytes */{found.size}"
    return response


class _Blocks:
    """An object's bytes in bounded pieces. The file is opened at once, so that a deletion meanwhile cannot cut the
    answer, and closed with the response, also when nobody read it."""

    def __init__(self, store: FolderStore, key: str, answer: Answer) -> None:
        self._stack = ExitStack()
        self._file = self._stack.enter_context(store.open(key, start=answer.start, length=answer.length))

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if block := self._file.read(_CHUNK):
            return block
        raise StopIteration

    def close(self) -> None:
        """Called by Django when the response is done with."""
        self._stack.close()


def open_to_players(response: HttpResponseBase, *, preflight: bool = False) -> HttpResponseBase:
    """Renditions may be fetched by players on any origin; the signature in the URL is what lets them."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Length, Content-Range, ETag"
    if preflight:
        response["Access-Control-Allow-Methods"] = "GET, HEAD"
        response["Access-Control-Allow-Headers"] = "range, if-range"
        response["Access-Control-Max-Age"] = "86400"
    return response


def _one(request: HttpRequest, name: str) -> str | None:
    """A query parameter that may be given once."""
    values = request.GET.getlist(name)
    if len(values) > 1:
        raise UrlInvalid(f"{name} is given twice.")
    return values[0] if values else None


def _whole(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise UrlInvalid("This URL was not signed by this installation, or was changed.")
    return int(text)
