"""What a storage key looks like: ``originals/{asset}/{version}``, ``renditions/{asset}/{version}/{attempt}/{path}``,
``pictures/{asset}/{version}/{picture}.webp`` (made on demand; a cache).

Keys are made by the product from UUIDs and its own names; no text of a user ever becomes part of one. Both stores check
every key, so that a mistake elsewhere cannot reach outside a folder or delete a whole kind of objects.
"""

import re
from typing import Final
from uuid import UUID

from assets.storage.base import KeyRefused

MAX_KEY_LENGTH: Final = 512
ORIGINALS: Final = "originals/"
RENDITIONS: Final = "renditions/"
PICTURES: Final = "pictures/"
PROBES: Final = "probes/"

_SEGMENT = r"[a-z0-9][a-z0-9._-]{0,99}"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(
    rf"originals/{_UUID}/{_UUID}|renditions/{_UUID}/{_UUID}/{_UUID}(?:/{_SEGMENT})+|probes/{_UUID}"
    rf"|pictures/{_UUID}/{_UUID}/{_UUID}\.(?:webp|jpg|avif|png)",
    re.ASCII,
)
_OF_ATTEMPT = re.compile(rf"renditions/{_UUID}/{_UUID}/({_UUID})/", re.ASCII)
_PREFIX = re.compile(
    rf"originals/{_UUID}/|pictures/{_UUID}/|renditions/{_UUID}/(?:{_UUID}/(?:{_UUID}/(?:{_SEGMENT}/)*)?)?", re.ASCII
)


def check_key(key: str) -> str:
    """The key itself, or :class:`KeyRefused`."""
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise KeyRefused("This is not a storage key of this installation.", key=key[:MAX_KEY_LENGTH])
    return key


def check_prefix(prefix: str) -> str:
    """A prefix that names at least one asset and ends in ``/``, or :class:`KeyRefused`."""
    if len(prefix) > MAX_KEY_LENGTH or not _PREFIX.fullmatch(prefix):
        raise KeyRefused("This prefix does not name an asset's objects.", prefix=prefix[:MAX_KEY_LENGTH])
    return prefix


def attempt_of(key: str) -> UUID | None:
    """The attempt that stored a rendition, or what becomes one; None for other keys."""
    found = _OF_ATTEMPT.match(key)
    return UUID(found[1]) if found else None


def is_original(key: str) -> bool:
    """Originals are only ever handed out as attachments."""
    return key.startswith(ORIGINALS)
