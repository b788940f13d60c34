"""What two answers are compared by."""

from typing import Any

OF_THE_CALLER = ("Content-Length", "RateLimit")
"""What the caller has left tells of their own requests only; a length is that of the body, which is compared itself."""


def told_headers(answer: Any) -> dict[str, str]:
    """The headers that could tell of what the caller may not know."""
    return {name: value for name, value in answer.headers.items() if not name.startswith(OF_THE_CALLER)}
