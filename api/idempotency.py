"""``Idempotency-Key``: a creating request that may be sent again without being done again.

Uploads have keys of their own, in their rows (``assets.usecases.uploads_create``).
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import credentials_of
from permissions.actor import Actor
from permissions.errors import DomainError
from permissions.idempotency import Answered, Once, answered, claim, keep, once

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
"""``true`` on an answer that was given before."""
LONGEST_KEY: Final = 200
KEPT_HEADERS: Final = ("ETag", "Location")
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="Repeat a request with the same key and it happens once. Up to 200 characters.",
)
Handler = Callable[..., Response]
MayRead = Callable[[Actor, UUID, Mapping[str, Any]], None]
"""Given who asks, the id of what was made and the address's parameters: raises where the answer is not for them now."""


class KeyNotTaken(DomainError):
    """This operation does not take a key."""

    code = "idempotency_key_not_taken"


def idempotency_key(request: Request) -> str | None:
    """The header's value; :class:`DomainError` when it cannot be one."""
    key = request.headers.get(HEADER)
    if key is not None and (not key.strip() or len(key) > LONGEST_KEY or not key.isprintable()):
        raise DomainError("An Idempotency-Key has 1 to 200 printable characters.", code="idempotency_key_malformed")
    return key


def happens_once(may_read: MayRead) -> Callable[[Handler], Handler]:
    """Let a view's method take a key: within 24 hours the same request of the same caller with it is the same answer.

    The method runs in one transaction with the note of its answer, so it uses neither the store nor the network. Only
    successes are kept: what was refused changed nothing, and is judged anew. Before an answer is given again
    ``may_read`` asks for the caller's rights of that moment.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def method(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
            key, actor = idempotency_key(request), credentials_of(request).actor
            if key is None or actor.is_anonymous:
                return handler(view, request, *args, **kwargs)
            wanted = once(by=actor, key=key, said=_said(request))
            before = answered(wanted)
            if before is None:
                with transaction.atomic():
                    before = claim(wanted)
                    if before is None:
                        return _kept(wanted, handler(view, request, *args, **kwargs))
            may_read(actor, UUID(json.loads(before.body)["id"]), kwargs)
            return _again(before)

        return method

    return decorate


def takes_no_key(why: str) -> Callable[[Handler], Handler]:
    """Refuse the header where it could not be kept: silence would be taken for a promise."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def method(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
            if HEADER in request.headers:
                raise KeyNotTaken(f"No Idempotency-Key is taken here: {why}")
            return handler(view, request, *args, **kwargs)

        return method

    return decorate


def _kept(wanted: Once, answer: Response) -> Response:
    headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
    body = JSONRenderer().render(answer.data)
    keep(wanted, Answered(status=answer.status_code, body=body, headers=headers))
    return answer


def _again(before: Answered) -> Response:
    return Response(json.loads(before.body), status=before.status, headers={**before.headers, REPLAYED: "true"})


def _said(request: Request) -> str:
    """Method, address, condition and content; of files their SHA-256. The order of keys in JSON says nothing."""
    body: Any = request.data
    is_form = isinstance(body, QueryDict)
    content = {name: [_value(each) for each in body.getlist(name)] for name in body} if is_form else body
    return json.dumps(
        [request.method, request.get_full_path(), request.headers.get("If-Match", ""), is_form, content], sort_keys=True
    )


def _value(given: Any) -> Any:
    if not isinstance(given, UploadedFile):
        return str(given)
    digest = sha256()
    for chunk in given.chunks():
        digest.update(chunk)
    given.seek(0)
    return [given.name, given.content_type, digest.hexdigest()]
