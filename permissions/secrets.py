"""How secrets with 256 random bits of their own are kept: one SHA-256, since nobody can try them all.

Passwords that people choose are another matter: they have Django's slow hashers.
"""

import hashlib
from typing import Any, Final

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare

RANDOM: Final = "random_sha256"


class RandomSecretHasher(BasePasswordHasher):
    """Django's form of a hash (``algorithm$digest``) for secrets that were made here. Unsalted: none repeats."""

    algorithm = RANDOM

    def salt(self) -> str:
        return ""

    def encode(self, password: str, salt: str) -> str:  # noqa: ARG002 - Django passes it
        return f"{RANDOM}${hashlib.sha256(password.encode()).hexdigest()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _, digest = encoded.partition("$")
        return {"algorithm": algorithm, "hash": digest, "salt": ""}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(self.encode(password, ""), encoded)

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": RANDOM, "hash": self.decode(encoded)["hash"][:6]}

    def must_update(self, encoded: str) -> bool:  # noqa: ARG002 - Django passes it
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to even out: every comparison costs the same."""
