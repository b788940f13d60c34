"""The readers of the environment: a missing or bad value stops the start with one line that says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mediacenter.env import Environment

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("source", "read", "value"),
    [
        ({"X": " text "}, lambda e: e.text("X"), "text"),
        ({}, lambda e: e.text("X", "default"), "default"),
        ({"X": "  "}, lambda e: e.text("X", "default"), "default"),
        ({"X": "7"}, lambda e: e.integer("X", minimum=1), 7),
        ({"X": "Yes"}, lambda e: e.boolean("X"), True),
        ({"X": "off"}, lambda e: e.boolean("X", default=True), False),
        ({"X": "/srv/media"}, lambda e: e.path("X"), Path("/srv/media")),
        ({"X": "https://a.vn/"}, lambda e: e.origin("X"), "https://a.vn"),
        ({"X": "http://127.0.0.1:8000"}, lambda e: e.origin("X"), "http://127.0.0.1:8000"),
        ({"X": "a, b,,c "}, lambda e: e.words("X"), ("a", "b", "c")),
        ({"X": "nginx"}, lambda e: e.choice("X", ("app", "nginx")), "nginx"),
        ({"X": "9/hour"}, lambda e: e.rate("X", "1/s"), "9/hour"),
    ],
)
def test_what_can_be_used_is_read(source, read, value) -> None:
    assert read(Environment(source)) == value


@pytest.mark.parametrize(
    ("source", "read", "line"),
    [
        ({}, lambda e: e.text("X", expected="a name"), "X is not set: set it to a name"),
        (
            {"X": "0/min"},
            lambda e: e.rate("X", "1/s"),
            "X='0/min' cannot be used: set it to a number from 1",
        ),
        ({"X": "7"}, lambda e: e.rate("X", "1/s"), "X='7' cannot be used: set it to a number from 1"),
        ({"X": "seven"}, lambda e: e.integer("X"), "X='seven' cannot be used: set it to a whole number from 0"),
        ({"X": "0"}, lambda e: e.integer("X", minimum=1), "X='0' cannot be used: set it to a whole number from 1"),
        ({"X": "maybe"}, lambda e: e.boolean("X"), "X='maybe' cannot be used: set it to true or false"),
        ({"X": "a.vn"}, lambda e: e.origin("X"), "X='a.vn' cannot be used: set it to an origin"),
        ({"X": "https://a.vn/path"}, lambda e: e.origin("X"), "X='https://a.vn/path' cannot be used"),
        (
            {"X": "apache"},
            lambda e: e.choice("X", ("app", "nginx")),
            "X='apache' cannot be used: set it to app or nginx",
        ),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(source, read, line) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(Environment(source))
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"STORAGE_URL": "s3:/bucket"}, "mediacenter.E003: STORAGE_URL"),
        ({"SECRET_KEY": "short"}, "mediacenter.E001: SECRET_KEY is too short"),
        ({"SECRET_KEY": "x" * 60}, "mediacenter.E001: SECRET_KEY is too short or too simple"),
        ({"DEBUG": "true", "SITE_URL": "https://a.vn"}, "mediacenter.E002: DEBUG is on for a site on https"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES='one' cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(changes: dict[str, str], line: str) -> None:
    environment = {**os.environ, "SECRET_KEY": "0123456789" * 6, **changes}
    done = subprocess.run(
        [sys.executable, "-m", "mediacenter", "prepare"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert line in done.stderr
    assert "Traceback" not in done.stderr
