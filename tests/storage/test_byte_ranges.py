"""Ranges and conditions of RFC 9110."""

from datetime import UTC, datetime

import pytest

from api.byte_ranges import Answer, plan

MODIFIED = datetime(2026, 11, 22, 7, 28, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 07:28:00 GMT"
BEFORE = "Sun, 22 Nov 2026 07:27:59 GMT"
WHOLE = Answer(status=200, length=10)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, WHOLE),
        ({"Range": "bytes=0-0"}, Answer(status=206, start=0, length=1)),
        ({"Range": "bytes=9-"}, Answer(status=206, start=9, length=1)),
        ({"Range": "bytes=2-100"}, Answer(status=206, start=2, length=8)),
        ({"Range": "bytes=-4"}, Answer(status=206, start=6, length=4)),
        ({"Range": "bytes=-40"}, Answer(status=206, start=0, length=10)),
        ({"Range": "bytes=10-"}, Answer(status=416)),
        ({"Range": "bytes=10-20"}, Answer(status=416)),
        ({"Range": "bytes=-0"}, Answer(status=416)),
        ({"Range": "bytes=5-2"}, WHOLE),
        ({"Range": "bytes=0-1,3-4"}, WHOLE),
        ({"Range": "bytes=0-0," * 10_000}, WHOLE),
        ({"Range": "bytes=a-b"}, WHOLE),
        ({"Range": "lines=1-2"}, WHOLE),
        ({"Range": "bytes=" + "9" * 400 + "-"}, WHOLE),
        ({"If-None-Match": '"e"'}, Answer(status=304)),
        ({"If-None-Match": 'W/"e"'}, Answer(status=304)),
        ({"If-None-Match": '"x", "e"'}, Answer(status=304)),
        ({"If-None-Match": "*"}, Answer(status=304)),
        ({"If-None-Match": '"x"'}, WHOLE),
        ({"If-None-Match": '"x"', "If-Modified-Since": DATE}, WHOLE),
        ({"If-Modified-Since": DATE}, Answer(status=304)),
        ({"If-Modified-Since": BEFORE}, WHOLE),
        ({"If-Modified-Since": "yesterday"}, WHOLE),
        ({"If-Match": '"e"'}, WHOLE),
        ({"If-Match": 'W/"e"'}, Answer(status=412)),
        ({"If-Match": '"x"'}, Answer(status=412)),
        ({"If-Unmodified-Since": BEFORE}, Answer(status=412)),
        ({"Range": "bytes=1-2", "If-Range": '"e"'}, Answer(status=206, start=1, length=2)),
        ({"Range": "bytes=1-2", "If-Range": '"x"'}, WHOLE),
        ({"Range": "bytes=1-2", "If-Range": 'W/"e"'}, WHOLE),
        ({"Range": "bytes=1-2", "If-Range": DATE}, Answer(status=206, start=1, length=2)),
        ({"Range": "bytes=1-2", "If-Range": BEFORE}, WHOLE),
    ],
)
def test_one_range_is_answered_and_conditions_hold(headers: dict[str, str], expected: Answer) -> None:
    assert plan(headers, etag='"e"', modified=MODIFIED, size=10) == expected


def test_an_empty_object_has_no_range() -> None:
    assert plan({"Range": "bytes=0-"}, etag='"e"', modified=MODIFIED, size=0) == Answer(status=416)
    assert plan({"Range": "bytes=-5"}, etag='"e"', modified=MODIFIED, size=0) == Answer(status=416)
