"""The errors every layer may raise. They know nothing of HTTP; ``api/errors.py`` maps them."""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable ``code``, a sentence for the person who must act, and data.

    ``code`` is part of the public API and listed in ``docs/errors.md``. ``data`` must be JSON-serialisable.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code
        self.data: Mapping[str, Any] = data


class NotAllowed(DomainError):
    """The actor can see the thing but may not do this with it; ``reason`` is a policy reason code."""

    code = "not_allowed"


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it exists: the two look the same."""

    code = "not_found"


class Gone(DomainError):
    """It existed, the actor could have known it, and it is no more. HTTP: 410."""

    code = "gone"


class Invalid(DomainError):
    """The input cannot be used; ``data["fields"]`` maps field names to sentences where it applies."""

    code = "invalid"


class Conflict(DomainError):
    """The thing changed or is in a state that does not admit this act."""

    code = "conflict"


class RevisionChanged(Conflict):
    """The thing changed since the caller read it. HTTP: 412."""

    code = "precondition_failed"


class InfrastructureError(DomainError):
    """A part of the installation failed (database, store, disk, ffmpeg missing): an operator must act; retried."""

    code = "infrastructure"
