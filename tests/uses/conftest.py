"""People with a browser."""

from tests.web.conftest import signed_in

__all__ = ["signed_in"]
