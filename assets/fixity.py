"""Fixity: what the rows say and what the store holds are the same, byte for byte; whatever is not is listed.

Rows and listing are walked side by side in key order, so that memory does not grow with the archive; nothing is
changed. What is being purged promises no objects any more (``assets/usecases/assets_purge.py``).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from django.db.models import Sum
from django.db.models.functions import Collate
from django.utils import timezone

from assets.models import AssetVersion, OnDemandPicture, ProcessingAttempt, Rendition, ReplacedObject, Upload
from assets.states import UploadState
from assets.storage import get_store
from assets.storage.base import ObjectMissing, ObjectStore, StoredObject, StoreUnavailable
from assets.storage.keys import attempt_of

BLOCK: Final = 1024 * 1024
CHUNK: Final = 2000
CHECKSUM_MISMATCH: Final = "checksum_mismatch"
YOUNG: Final = timedelta(hours=24)
"""So long an object may be without a row (invariant B), and longer only where an upload or a run is under way."""
TRIES: Final = 3


class Finding(StrEnum):
    """What can be wrong with one key."""

    ORIGINAL_MISSING = "original_missing"
    ORIGINAL_SIZE = "original_size"
    ORIGINAL_ALTERED = "original_altered"
    ORIGINAL_UNREADABLE = "original_unreadable"
    RENDITION_MISSING = "rendition_missing"
    RENDITION_SIZE = "rendition_size"
    OBJECT_UNKNOWN = "object_unknown"
    OBJECT_UNKNOWN_YOUNG = "object_unknown_young"

    @property
    def is_damage(self) -> bool:
        """A young object without a row is normal; everything else needs somebody."""
        return self is not Finding.OBJECT_UNKNOWN_YOUNG


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """One key and what is wrong with it; ``expected`` and ``found`` as texts, empty where there is none."""

    finding: Finding
    key: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a row says of its object.

    ``size`` is None where the file was refused because it was not what its uploader had announced: then the hash says
    what is stored. ``sha256`` is empty for renditions and for originals not hashed yet.
    """

    key: str
    size: int | None
    sha256: str = ""
    is_original: bool


@dataclass(kw_only=True)
class Tally:
    """How much was looked at; bytes are those that were hashed."""

    originals: int = 0
    renditions: int = 0
    unhashed: int = 0
    bytes_hashed: int = 0


def verify(
    *,
    rehash: bool = True,
    tally: Tally | None = None,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Iterator[Discrepancy]:
    """Compare every row with its object and every object with its row; with ``rehash``, hash every original.

    ``tally`` is counted up on the way; ``on_bytes`` gets the size of each block hashed. What the archive changes
    meanwhile is looked at a second time before it is called missing. Raises ``StoreUnavailable`` where the store cannot
    be listed.
    """
    counted, store, begun = tally or Tally(), get_store(), timezone.now()
    for expected, found in side_by_side(chain(_originals(), _renditions()), store.list_objects()):
        if expected is None:
            if found is not None:
                yield from _without_row(found, begun)
            continue
        counted.originals += expected.is_original
        counted.renditions += not expected.is_original
        if found is None:
            yield from _without_object(store, expected)
        elif expected.size not in (None, found.size):
            yield _discrepancy(expected, "size", expected=str(expected.size), found=str(found.size))
        elif expected.is_original and not expected.sha256:
            counted.unhashed += 1
        elif expected.is_original and rehash:
            yield from _rehash(store, expected, counted, on_bytes)


def total_bytes() -> int:
    """How many bytes of originals there are to hash, for a progress bar."""
    return int(AssetVersion.objects.exclude(sha256="").aggregate(total=Sum("size"))["total"] or 0)


def side_by_side(
    rows: Iterable[Expected], objects: Iterable[StoredObject]
) -> Iterator[tuple[Expected | None, StoredObject | None]]:
    """Join two streams that rise by key; one side is None where the other has no partner."""
    left, right = iter(rows), iter(objects)
    row, found = next(left, None), next(right, None)
    while row is not None or found is not None:
        if found is None or (row is not None and row.key < found.key):
            yield row, None
            row = next(left, None)
        elif row is None or found.key < row.key:
            yield None, found
            found = next(right, None)
        else:
            yield row, found
            row, found = next(left, None), next(right, None)


def _originals() -> Iterator[Expected]:
    """By the byte order of their keys, as the store lists them: hence the collation."""
    rows = AssetVersion.objects.filter(asset__purging_at__isnull=True).order_by(Collate("original_key", "C"))
    columns = rows.values_list("original_key", "size", "sha256", "rejection_code")
    for key, size, sha256, rejection in columns.iterator(chunk_size=CHUNK):
        yield Expected(key=key, size=None if rejection == CHECKSUM_MISMATCH else size, sha256=sha256, is_original=True)


def _renditions() -> Iterator[Expected]:
    kept = Rendition.objects.filter(version__asset__purging_at__isnull=True)
    rows = kept.order_by(Collate("key", "C")).values_list("key", "size")
    for key, size in rows.iterator(chunk_size=CHUNK):
        yield Expected(key=key, size=size, is_original=False)


def _without_object(store: ObjectStore, expected: Expected) -> Iterator[Discrepancy]:
    """Missing, unless the row is gone by now (renditions were replaced), or is about to go (the asset is being purged),
    or the object came after it was listed."""
    rows = (
        AssetVersion.objects.filter(original_key=expected.key, asset__purging_at__isnull=True)
        if expected.is_original
        else Rendition.objects.filter(key=expected.key, version__asset__purging_at__isnull=True)
    )
    if not rows.exists():
        return
    try:
        store.head(expected.key)
    except ObjectMissing:
        yield _discrepancy(expected, "missing", expected="" if expected.size is None else str(expected.size))


def _without_row(found: StoredObject, begun: datetime) -> Iterator[Discrepancy]:
    """Unknown, unless its row was written after the rows were read. An open upload may finish for days, and what was
    replaced waits for the sweeper. Pictures made on demand are a cache: one that is missing is made again."""
    if AssetVersion.objects.filter(original_key=found.key).exists() or Rendition.objects.filter(key=found.key).exists():
        return
    is_expected = (
        found.modified > begun - YOUNG
        or Upload.objects.filter(key=found.key, state=UploadState.OPEN).exists()
        or ReplacedObject.objects.filter(key=found.key).exists()
        or OnDemandPicture.objects.filter(key=found.key).exists()
        or _is_under_work(found.key)
    )
    finding = Finding.OBJECT_UNKNOWN_YOUNG if is_expected else Finding.OBJECT_UNKNOWN
    yield Discrepancy(finding=finding, key=found.key, found=str(found.size))


def _is_under_work(key: str) -> bool:
    """Whether a run stored it that is not at its end: a long film's chunks may lie for days before they are joined."""
    attempt = attempt_of(key)
    if attempt is None:
        return False
    return ProcessingAttempt.objects.filter(pk=attempt, state=ProcessingAttempt.State.RUNNING).exists()


def _rehash(
    store: ObjectStore, expected: Expected, tally: Tally, on_bytes: Callable[[int], None]
) -> Iterator[Discrepancy]:
    try:
        found = _hash(store, expected.key, on_bytes)
    except ObjectMissing:
        yield _discrepancy(expected, "missing", expected=expected.sha256)
    except (StoreUnavailable, OSError) as error:
        yield _discrepancy(expected, "unreadable", expected=expected.sha256, found=str(error))
    else:
        tally.bytes_hashed += found.size
        if found.sha256 != expected.sha256:
            yield _discrepancy(expected, "altered", expected=expected.sha256, found=found.sha256)


@dataclass(frozen=True, kw_only=True)
class _Hashed:
    size: int
    sha256: str


def _hash(store: ObjectStore, key: str, on_bytes: Callable[[int], None]) -> _Hashed:
    """Read the whole object, from its beginning again where the connection breaks."""
    for attempt in range(1, TRIES + 1):
        digest, size = hashlib.sha256(), 0
        try:
            with store.open(key) as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                    on_bytes(len(block))
            return _Hashed(size=size, sha256=digest.hexdigest())
        except StoreUnavailable:
            on_bytes(-size)
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _discrepancy(row: Expected, what: str, *, expected: str = "", found: str = "") -> Discrepancy:
    kind = "original" if row.is_original else "rendition"
    return Discrepancy(finding=Finding(f"{kind}_{what}"), key=row.key, expected=expected, found=found)
