"""What pictures are compared by: one narrow row for each version that is a picture."""

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models.functions import Cast

from assets.models.version import AssetVersion

HASH_BITS: Final = 256
BANDS: Final = 16
WIDTH: Final = HASH_BITS // BANDS

if TYPE_CHECKING:
    Field = models.Field[str | None, str | None]
else:
    Field = models.Field  # takes no types when it runs


class BitsField(Field):
    """PostgreSQL's ``bit(256)``; in Python a string of so many 0 and 1."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  Django's signature
        return f"bit({HASH_BITS})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ARG002  likewise
        return f"%s::bit({HASH_BITS})"


class Slice(models.Func):
    """Some bits of a hash, from the place ``first``, counted from 1."""

    function = "substring"
    template = "%(function)s(%(expressions)s from %(first)s for %(width)s)"
    output_field = BitsField()


def band(number: int) -> Cast:
    """The value of one of the :data:`BANDS` bands of a hash, from 0."""
    return Cast(Slice("bits", first=number * WIDTH + 1, width=WIDTH), models.IntegerField())


class Fingerprint(models.Model):
    """The perceptual hash of a version's picture, indexed by each of its bands (``assets/similar/bands.py``); none
    where the picture is too flat for its hash to say anything."""

    version = models.OneToOneField(AssetVersion, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    bits = BitsField(null=True)

    class Meta:
        indexes = tuple(models.Index(band(number), name=f"fingerprint_band_{number}") for number in range(BANDS))

    def __str__(self) -> str:
        return str(self.version_id)


class Distance(models.Func):
    """In how many bits two hashes differ (Hamming distance)."""

    function = "bit_count"
    arg_joiner = " # "
    output_field = models.IntegerField()
