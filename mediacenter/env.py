"""Typed readers of the environment. A missing or bad value stops the start with one line that says what to set."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
RATE = re.compile(r"[1-9][0-9]{0,9}/(s|sec|second|m|min|minute|h|hour|d|day)")


class Environment:
    """Reads settings from a mapping (``os.environ`` by default); each reader names its variable in errors."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def _read(self, name: str, default: T | None, parse: Callable[[str], T], expected: str) -> T:
        text = self._source.get(name, "").strip()
        if not text:
            if default is None:
                raise ImproperlyConfigured(f"{name} is not set: set it to {expected} (see deploy/env.example).")
            return default
        try:
            return parse(text)
        except ValueError:
            raise ImproperlyConfigured(f"{name}={text!r} cannot be used: set it to {expected}.") from None

    def text(self, name: str, default: str | None = None, *, expected: str = "a text") -> str:
        return self._read(name, default, str, expected)

    def integer(self, name: str, default: int | None = None, *, minimum: int = 0) -> int:
        def parse(text: str) -> int:
            value = int(text)
            if value < minimum:
                raise ValueError
            return value

        return self._read(name, default, parse, f"a whole number from {minimum}")

    def boolean(self, name: str, default: bool | None = None) -> bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }

        def parse(text: str) -> bool:
            if text.lower() not in words:
                raise ValueError
            return words[text.lower()]

        return self._read(name, default, parse, "true or false")

    def path(self, name: str, default: Path | None = None) -> Path:
        return self._read(name, default, lambda text: Path(text).expanduser().resolve(), "a folder")

    def origin(self, name: str, default: str | None = None) -> str:
        """A URL's scheme, host and port, without a slash at the end."""

        def parse(text: str) -> str:
            parts = urlsplit(text)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
                raise ValueError
            return f"{parts.scheme}://{parts.netloc}"

        return self._read(name, default, parse, "an origin such as https://media.example.vn")

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        return self._read(
            name, default, lambda text: tuple(w.strip() for w in text.split(",") if w.strip()), "a comma-separated list"
        )

    def rate(self, name: str, default: str) -> str:
        """Requests in a period, as Django REST framework writes them."""

        def parse(text: str) -> str:
            if not RATE.fullmatch(text):
                raise ValueError
            return text

        return self._read(name, default, parse, "a number from 1 and a period, such as 120/min (s, min, hour or day)")

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        def parse(text: str) -> str:
            if text not in choices:
                raise ValueError
            return text

        return self._read(name, default, parse, " or ".join(choices))
