"""Where a page ends, as a text that the next request brings back.

Signed, since a window that was made up could be all of time.
"""

import base64
import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from permissions.errors import Invalid

_SIGNER = Signer(salt="assets.search.cursors", sep=".")


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """``now``: when the first page was asked for, in milliseconds; ranking goes by it. ``below`` and ``last``: the
    window of candidates (ids, the first excluded, the last included) that the page was in; ``score``, ``moment`` and
    ``asset`` are of the last hit, if that was not the last one of its window."""

    now: int
    below: UUID | None = None
    last: UUID | None = None
    asset: UUID | None = None
    score: float | None = None
    moment: datetime | None = None


def written(cursor: Cursor) -> str:
    said = {name: value for name, value in asdict(cursor).items() if value is not None}
    text = json.dumps(said, default=_plain, separators=(",", ":"))
    return _SIGNER.sign(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else value.hex


def read(text: str) -> Cursor:
    """:class:`Invalid` (``cursor_invalid``) for what :func:`written` did not make."""
    try:
        plain = _SIGNER.unsign(text)
        said = json.loads(base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)))
        ids = {name: UUID(said[name]) for name in ("below", "last", "asset") if name in said}
        moment = datetime.fromisoformat(said["moment"]) if "moment" in said else None
        score = float(said["score"]) if "score" in said else None
        now = int(said["now"])
    except (BadSignature, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise cursor_invalid() from None
    naive = moment is not None and moment.tzinfo is None
    if not 0 <= now < 1 << 47 or naive or (score is not None and not math.isfinite(score)):
        raise cursor_invalid()
    return Cursor(now=now, score=score, moment=moment, **ids)


def cursor_invalid() -> Invalid:
    return Invalid(_("This cursor is not one of ours. Begin again without it."), code="cursor_invalid")
