"""What pictures are compared by: one narrow row for each version that is a picture."""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from assets.models.version import AssetVersion

HASH_BITS = 256

if TYPE_CHECKING:
    Field = models.Field[str, str]
else:
    Field = models.Field  # takes no types when it runs


class BitsField(Field):
    """PostgreSQL's ``bit(256)``; in Python a string of so many 0 and 1."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  Django's signature
        return f"bit({HASH_BITS})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ARG002  likewise
        return f"%s::bit({HASH_BITS})"


class Fingerprint(models.Model):
    """The perceptual hash of a version's picture and the keys by which the index finds its likes
    (``assets/similar/bands.py``); no keys where the picture is too flat for its hash to say anything."""

    version = models.OneToOneField(AssetVersion, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    bits = BitsField()
    bands = ArrayField(models.IntegerField())

    class Meta:
        indexes = (GinIndex(fields=("bands",), name="fingerprint_bands", fastupdate=False),)

    def __str__(self) -> str:
        return str(self.version_id)


class Distance(models.Func):
    """In how many bits two hashes differ (Hamming distance)."""

    function = "bit_count"
    arg_joiner = " # "
    output_field = models.IntegerField()
