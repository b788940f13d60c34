"""Which dates can be kept, wherever people, programs or files write one.

PostgreSQL keeps years from 4713 BC on, Python those from 1 to 9999, and a time zone moves the ends of both. A moment at
an end is stored and cannot be read again: whoever lists its row gets nothing. The database refuses those too, by checks
of the tables that take dates from outside (``within``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from permissions.errors import Invalid

EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The first moment that is too late."""
NOT_SENSIBLE: Final = _("Give a year from 1000 to 8999.")


def is_sensible(moment: datetime) -> bool:
    """Whether the moment can be kept; one without a zone is taken for UTC's."""
    return EARLIEST <= (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) < LATEST


def require_sensible(fields: Mapping[str, Any]) -> None:
    """:class:`Invalid`, naming every field whose value is a moment that cannot be kept."""
    wrong = [name for name, value in fields.items() if isinstance(value, datetime) and not is_sensible(value)]
    if wrong:
        raise Invalid(str(NOT_SENSIBLE), fields={name: [str(NOT_SENSIBLE)] for name in wrong})


def within(*columns: str) -> Q:
    """The check that each of these columns holds a moment that can be kept, or none: a check lets NULL pass."""
    condition = Q()
    for column in columns:
        condition &= Q(**{f"{column}__gte": EARLIEST, f"{column}__lt": LATEST})
    return condition
