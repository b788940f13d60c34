"""Plans as JSON and back, so that other workers on other machines know them. Pure.

Only what plans are made of: frozen dataclasses, fractions, tuples, mappings of text, and plain values. A plan is read
by the release that wrote it; one that no longer fits raises :class:`Unreadable`, and the film is planned anew.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Unreadable(ValueError):
    """The stored plan is not one of this release."""


def to_json(value: Any) -> Any:
    """Lists, dictionaries and plain values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    return value


def from_json(kind: type[T], data: Any) -> T:
    """The ``kind`` that :func:`to_json` was given."""
    try:
        made: T = _made(kind, data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"not a {kind.__name__} of this release: {error}") from error
    return made


def _made(kind: Any, data: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _made(hints[name], each) for name, each in data.items()})
    if kind is Fraction:
        return Fraction(data)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        return None if data is None else _made(inner, data)
    if origin is tuple:
        kinds = get_args(kind)
        return tuple(_made(kinds[0], each) for each in data)
    return data
