"""What a text may hold, wherever people or programs write one."""

import re
from typing import Final

CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""C0 and C1 without tab, line feed and carriage return: nothing to read, and XML 1.0, terminals and mail headers suffer
from them."""


def control_characters(text: str) -> bool:
    """Whether the text has control characters other than tabs and line ends, and so cannot be taken."""
    return CONTROL.search(text) is not None
