"""JSON and forms within bounds: size, depth, and the odd values that Python's parser would take."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from assets.usecases.uploads_single import TooLarge

MAX_DEPTH = 12


class BoundedJSONParser(JSONParser):
    """UTF-8 JSON as :func:`bounded_json` takes it, of at most ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        return bounded_json(read_bounded(stream))


def read_bounded(stream: BinaryIO) -> bytes:
    """The whole body; :class:`TooLarge` (413) without reading more than the limit."""
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"A JSON body has at most {limit} bytes.", limit=limit)
    return body


def bounded_json(body: bytes) -> Any:
    """The value of a UTF-8 JSON text (RFC 8259): at most ``MAX_DEPTH`` levels, no NaN or Infinity, no key twice, and
    only text that the database can store (no NUL, no half of a surrogate pair). Raises ``ParseError``."""
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from None
    _check(value, MAX_DEPTH)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _check(value: Any, levels: int) -> None:
    """Refuse more than ``levels`` of nesting and text that cannot be stored; never recurses deeper than that."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ParseError("NUL characters and unpaired surrogates cannot be stored.")
    elif isinstance(value, (dict, list)):
        if levels == 0:
            raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        for item in inside:
            _check(item, levels - 1)
