"""Errors as ``application/problem+json`` (RFC 9457): the one table from domain errors to HTTP."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.csrf import csrf_failure as default_csrf_failure
from django.views.defaults import server_error as default_server_error
from rest_framework import exceptions, status
from rest_framework.response import Response

from api.authentication import CsrfFailed
from assets.storage.base import StoreFull
from assets.usecases.uploads_single import TooLarge
from permissions.errors import (
    Conflict,
    DomainError,
    Gone,
    InfrastructureError,
    Invalid,
    NotAllowed,
    NotFound,
    RevisionChanged,
)
from permissions.idempotency import AnswerTooLarge, IdempotencyKeyReused, KeysExhausted

logger = logging.getLogger(__name__)
CANCELLED = "57014"
"""SQLSTATE ``query_canceled``."""
READ_ONLY = "25006"
"""PostgreSQL's ``read_only_sql_transaction``."""

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MACHINE_PATHS = ("/api/", "/media/", "/store/", "/oauth/")

STATUS_BY_ERROR: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (Gone, 410),
    (NotAllowed, 403),
    (RevisionChanged, 412),
    (IdempotencyKeyReused, 422),
    (KeysExhausted, 429),
    (AnswerTooLarge, 413),
    (TooLarge, 413),
    (Conflict, 409),
    (Invalid, 400),
    (StoreFull, 507),
    (InfrastructureError, 503),
)
TITLES = {
    400: "The request cannot be used",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Media type not supported",
    422: "The request cannot be used",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available at the moment",
    507: "The store is full",
}
CODE_BY_EXCEPTION: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.NotAuthenticated, "not_signed_in"),
    (exceptions.AuthenticationFailed, "token_invalid"),
    (CsrfFailed, "csrf_failed"),
    (exceptions.PermissionDenied, "not_allowed"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "media_type_not_supported"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.Throttled, "throttled"),
    (exceptions.ParseError, "malformed"),
)
PROBLEM_BY_DJANGO_EXCEPTION: tuple[tuple[type[Exception], int, str, str], ...] = (
    (Http404, 404, "not_found", "There is nothing here, or you may not see it."),
    (PermissionDenied, 403, "not_allowed", "You may not do this."),
    (RequestDataTooBig, 413, "too_large", "The body, or what it says besides a file, is too large."),
    (SuspiciousOperation, 400, "malformed", "The request is not well-formed."),
)


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error; a ``not_signed_in`` refusal is 401."""
    if error.reason == "not_signed_in":
        return status.HTTP_401_UNAUTHORIZED
    return next((code for kind, code in STATUS_BY_ERROR if isinstance(error, kind)), 400)


def problem(http_status: int, code: str, detail: str, **data: Any) -> dict[str, Any]:
    """The body of a problem answer."""
    return {
        "type": "about:blank",
        "title": TITLES.get(http_status, "Error"),
        "status": http_status,
        "code": code,
        "detail": detail,
        **data,
    }


def domain_problem(error: DomainError) -> tuple[int, dict[str, Any]]:
    """Status and body for a domain error; its ``fields`` become ``errors``."""
    data = dict(error.data)
    fields = data.pop("fields", None)
    if fields:
        data["errors"] = fields
    code = status_of(error)
    return code, problem(code, error.reason, error.message, **data)


def problem_of(exception: Exception) -> tuple[int, dict[str, Any]] | None:
    """Status and body for every exception that is an answer; None for one that is a fault of ours."""
    if isinstance(exception, DomainError):
        code, body = domain_problem(exception)
        if code >= 500:
            logger.warning("%s: %s", exception.reason, exception.message)
        return code, body
    if isinstance(exception, exceptions.APIException):
        return _api_problem(exception)
    if ended_by_limit(exception):
        logger.error("A statement was ended by WEB_STATEMENT_SECONDS: %s", exception)
        return 503, problem(503, "took_too_long", "This took too long. Ask for less, or try again later.")
    if isinstance(exception, (OperationalError, InterfaceError)) or _read_only(exception):
        logger.error("The database did not answer: %s", exception)
        return 503, problem(503, "database_unavailable", "The database is not available. Try again shortly.")
    for kind, code, name, detail in PROBLEM_BY_DJANGO_EXCEPTION:
        if isinstance(exception, kind):
            return code, problem(code, name, detail)
    return None


def ended_by_limit(exception: BaseException) -> bool:
    """Whether PostgreSQL ended a statement because it took too long (``WEB_STATEMENT_SECONDS``)."""
    return isinstance(exception, OperationalError) and getattr(exception.__cause__, "sqlstate", "") == CANCELLED


def _read_only(exception: Exception) -> bool:
    """Whether the database takes no changes now, as while another server takes over."""
    return isinstance(exception, InternalError) and getattr(exception.__cause__, "sqlstate", "") == READ_ONLY


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001
    """DRF's exception handler. Unknown exceptions stay Django's: logged, 500, and nothing told."""
    found = problem_of(exception)
    if found is None:
        return None
    code, body = found
    response = Response(body, status=code, content_type=MEDIA_TYPE)
    _add_headers(response, exception)
    return response


def plain_problem_of(exception: Exception) -> JsonResponse:
    """The same for views outside DRF; re-raises what is a fault of ours."""
    found = problem_of(exception)
    if found is None:
        raise exception
    code, body = found
    response = JsonResponse(body, status=code, content_type=MEDIA_TYPE)
    _add_headers(response, exception)
    return response


def plain_problem(http_status: int, code: str, detail: str, **data: Any) -> JsonResponse:
    """A problem answer of a view outside DRF that has no exception to tell of."""
    response = JsonResponse(problem(http_status, code, detail, **data), status=http_status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def method_not_allowed(allowed: str) -> JsonResponse:
    """405 of a view outside DRF; ``allowed`` is the Allow header."""
    response = plain_problem(405, "method_not_allowed", f"Only {allowed} can be asked here.")
    response["Allow"] = allowed
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``: a problem for machines, the site's page for people. Tells nothing of the cause."""
    if request.path.startswith(MACHINE_PATHS):
        return plain_problem(500, "internal", "Something went wrong here. It has been logged.")
    return default_server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's ``CSRF_FAILURE_VIEW``, by the same rule. Views of DRF check by themselves (``api.authentication``)."""
    if request.path.startswith(MACHINE_PATHS):
        return plain_problem(403, "csrf_failed", "Send the CSRF cookie's value as X-CSRFToken.")
    return default_csrf_failure(request, reason)


def _add_headers(response: HttpResponse, exception: Exception) -> None:
    response["Cache-Control"] = "no-store"
    if response.status_code == 401:
        response["WWW-Authenticate"] = getattr(exception, "auth_header", None) or 'Bearer realm="mediacenter"'
    wait = getattr(exception, "wait", None)
    again = getattr(exception, "retry_after", None)
    if isinstance(exception, exceptions.Throttled) and wait is not None:
        response["Retry-After"] = str(max(1, int(wait + 0.999)))
    elif again is not None:
        response["Retry-After"] = str(again)
    elif response.status_code == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)


def _api_problem(exception: exceptions.APIException) -> tuple[int, dict[str, Any]]:
    code = exception.status_code
    if isinstance(exception, exceptions.ValidationError):
        fields = _field_errors(exception.detail)
        name = "unknown_field" if _only_unknown(exception) else "invalid"
        return code, problem(code, name, "Some fields cannot be used; see errors.", errors=fields)
    name = next((c for kind, c in CODE_BY_EXCEPTION if isinstance(exception, kind)), "error")
    return code, problem(code, name, str(exception.detail))


def _field_errors(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(key): _field_errors(value) for key, value in detail.items()}
    if isinstance(detail, list):
        return [_field_errors(item) if isinstance(item, (Mapping, list)) else str(item) for item in detail]
    return [str(detail)]


def _only_unknown(exception: exceptions.ValidationError) -> bool:
    def codes(value: Any) -> list[str]:
        if isinstance(value, Mapping):
            return [code for item in value.values() for code in codes(item)]
        if isinstance(value, list):
            return [code for item in value for code in codes(item)]
        return [str(value)]

    return set(codes(exception.get_codes())) == {"unknown_field"}
