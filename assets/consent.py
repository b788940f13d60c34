"""When the releases of a work stop holding, summed up in two columns of the asset.

Each person or property that ever released the work must hold a release that is valid; whose release ended or was
withdrawn, and who gave no other, takes the work out of use. A release never begins after a gap (``releases_add``
refuses that), so one moment says it all: before it the work is covered, from it on it is not.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assets.models import Asset


class Term(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Consent:
    """``ends_at`` None: it holds for as long as nothing changes, or none was ever given."""

    given: bool
    ends_at: datetime | None


Subject = tuple[str, str]


def subject_of(term: Term) -> Subject:
    """Whose release it is. Case and spaces do not tell people apart, diacritics do: Hùng is not Hưng."""
    return term.kind, " ".join(unicodedata.normalize("NFC", term.name).casefold().split())


def consent_of(terms: Iterable[Term], now: datetime) -> Consent:
    """What all releases of a work together say at ``now``: the first end among those who released it."""
    by_subject: dict[Subject, list[Term]] = {}
    for term in terms:
        by_subject.setdefault(subject_of(term), []).append(term)
    ends = [end for each in by_subject.values() if (end := covered_until(each, now)) is not None]
    return Consent(given=bool(by_subject), ends_at=min(ends, default=None))


def covered_until(terms: Sequence[Term], now: datetime) -> datetime | None:
    """Until when one subject's releases hold without a gap; a moment up to ``now`` when none does; None: for ever."""
    reached = now
    while True:
        current = [t for t in terms if _begun(t, reached) and (t.ends_at is None or t.ends_at > reached)]
        if any(term.ends_at is None for term in current):
            return None
        if not current:
            break
        reached = max(term.ends_at for term in current if term.ends_at is not None)
    if reached > now:
        return reached
    return max((term.ends_at for term in terms if term.ends_at is not None and term.ends_at <= now), default=now)


def _begun(term: Term, moment: datetime) -> bool:
    return term.valid_from is None or term.valid_from <= moment


def refresh_consent(asset: Asset) -> None:
    """Sum up the releases again, at the database's time of the row. Call in the transaction that holds the asset."""
    consent = consent_of(asset.releases.all(), asset.database_now)
    asset.has_release, asset.consent_ends = consent.given, consent.ends_at
    asset.save(update_fields=["has_release", "consent_ends"])
