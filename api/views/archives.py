"""A collection as one file."""

import threading
from collections.abc import Generator, Iterator
from functools import cache
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from zipstream import ZipStream

from api.negotiation import OneAnswer
from api.statements import USAGE_STATEMENT, statement_of
from api.territory import territory_of
from api.views.base import ActorView
from assets.archive_names import safe_stem
from assets.archives import plan_collection, zip_of
from assets.models import Collection
from assets.storage.headers import attachment
from assets.usecases.collections_edit import find_collection
from permissions.actor import Actor
from permissions.errors import InfrastructureError

TOO_LARGE = OpenApiResponse(description="`archive_too_large`")


class ArchivesBusy(InfrastructureError):
    """This process sends as many archives as it may. HTTP: 503 with ``Retry-After``."""

    code = "archives_busy"


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.ARCHIVES_AT_ONCE)


class Sent:
    """The bytes of an archive; whoever closes it, at its end or before, gives its place back."""

    def __init__(self, stream: ZipStream, place: threading.BoundedSemaphore) -> None:
        self._bytes: Generator[bytes, None, None] = stream.__iter__()
        self._place = place
        self._held = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self._bytes

    def close(self) -> None:
        if self._held.acquire(blocking=False):  # once
            try:
                self._bytes.close()
            finally:
                self._place.release()


class CollectionArchiveView(ActorView):
    content_negotiation_class = OneAnswer

    @extend_schema(
        operation_id="collections_archive",
        summary="The works of a collection that you may take away, as one ZIP",
        description="Of each work the largest file that is the whole of it, under its title and reference, and "
        "`MANIFEST.csv` with credit and terms of each and the reason for each that you see and that is left out. The "
        "length is said beforehand; a work that you may not take any more when its turn comes breaks the transfer off "
        "before it. It cannot be resumed. `archives_busy` is 503: come again after `Retry-After`.",
        parameters=[USAGE_STATEMENT],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 409: TOO_LARGE},
    )
    def get(self, request: Request, collection_id: UUID) -> HttpResponseBase:
        collection, territory = find_collection(self.actor, collection_id), territory_of(request)
        return send_archive(
            collection,
            by=self.actor,
            territory=territory,
            statement=statement_of(request),
            looks=request.method == "HEAD",
        )


def send_archive(
    collection: Collection, *, by: Actor, territory: str | None, statement: str, looks: bool = False
) -> HttpResponseBase:
    """The collection as one ZIP, for the API and for the page; without its bytes where somebody only ``looks``."""
    plan = plan_collection(collection, by=by, territory=territory)
    place = None if looks else _place()
    try:
        stream = zip_of(plan, by=by, territory=territory, statement=statement, looks=looks)
    except BaseException:
        if place is not None:
            place.release()
        raise
    answer: HttpResponseBase = HttpResponse() if place is None else StreamingHttpResponse(Sent(stream, place))
    answer["Content-Type"] = "application/zip"
    answer["Content-Length"] = str(len(stream))
    answer["Content-Disposition"] = attachment(f"{safe_stem(collection.title)}.zip")
    answer["Accept-Ranges"] = "none"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Accel-Buffering"] = "no"  # a proxy does not put gigabytes aside
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _place() -> threading.BoundedSemaphore:
    """Taken before anything is recorded: who is sent away has not downloaded."""
    place = _places()
    if not place.acquire(blocking=False):
        raise ArchivesBusy("Other archives are being sent. Try again in a few minutes.")
    return place
