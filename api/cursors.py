"""Places in the changes feed as texts that say nothing: a number would tell how much happens that one may not see.

AES-SIV (RFC 5297) with a key derived from the installation's secret: the same place, taken once, is the same text; with
a salt, the texts of two takings cannot be compared. A text that was not made here, or before the secret changed, is
refused.
"""

import base64
import binascii
import hashlib
import secrets
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from assets.changes.reading import Place
from permissions.errors import Invalid

FORM: Final = struct.Struct(">q8s4s")
PURPOSE: Final = b"mediacenter.changes.1"


@dataclass(frozen=True, kw_only=True)
class Cursor:
    place: Place
    salt: bytes

    @property
    def text(self) -> str:
        plain = FORM.pack(self.place.sequence, self.place.fingerprint, self.salt)
        return base64.urlsafe_b64encode(_cipher(settings.SECRET_KEY).encrypt(plain, [PURPOSE])).decode().rstrip("=")

    def at(self, place: Place) -> "Cursor":
        """The same series of cursors, further on."""
        return Cursor(place=place, salt=self.salt)


def new_cursor(place: Place) -> Cursor:
    return Cursor(place=place, salt=secrets.token_bytes(4))


def read_cursor(text: str) -> Cursor:
    """``cursor_invalid`` for a text that this installation did not make."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _no_cursor() from None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            sequence, fingerprint, salt = FORM.unpack(_cipher(secret).decrypt(sealed, [PURPOSE]))
        except (InvalidTag, ValueError, struct.error):
            continue
        return Cursor(place=Place(sequence=sequence, fingerprint=fingerprint), salt=salt)
    raise _no_cursor()


def _cipher(secret: str) -> AESSIV:
    return AESSIV(hashlib.sha512(PURPOSE + secret.encode()).digest())


def _no_cursor() -> Invalid:
    return Invalid("This cursor is not one of ours. Take everything anew.", code="cursor_invalid")
