"""JSON within bounds: depth and the odd values that Python's parser would take."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 12


class BoundedJSONParser(JSONParser):
    """At most ``MAX_DEPTH`` levels, no NaN or Infinity, no key twice, no NUL. The body's size is Django's limit."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        text = self._text(stream, (parser_context or {}).get("encoding") or "utf-8")
        try:
            value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from None
        if _depth(value) > MAX_DEPTH:
            raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        return value

    @staticmethod
    def _text(stream: Any, encoding: str) -> str:
        try:
            text = stream.read().decode(encoding)
        except (UnicodeDecodeError, LookupError):
            raise ParseError("The body is not UTF-8.") from None
        if "\\u0000" in text or "\x00" in text:
            raise ParseError("NUL characters cannot be stored.")
        return str(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
