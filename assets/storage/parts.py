"""The rules of multipart uploads that both stores keep, as pure functions.

S3's limits (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html) are the protocol's, also on a folder.
"""

import base64
import re
from collections.abc import Mapping, Sequence

from assets.storage.base import (
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_PARTS,
    MIN_PART_SIZE,
    PartRefused,
    PartSpec,
    StoredPart,
)

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_spec(part: PartSpec) -> PartSpec:
    """The part's announcement, if any store can take it; otherwise :class:`PartRefused`."""
    if not 1 <= part.number <= MAX_PARTS:
        raise PartRefused(f"Part numbers go from 1 to {MAX_PARTS}.", code="part_unknown", number=part.number)
    if not 0 <= part.size <= MAX_PART_SIZE:
        raise PartRefused(f"A part has at most {MAX_PART_SIZE} bytes.", code="part_wrong_size", number=part.number)
    if part.sha256 is not None and not _SHA256.fullmatch(part.sha256):
        raise PartRefused("SHA-256 is 64 lower-case hex digits.", code="part_wrong_checksum", number=part.number)
    return part


def check_list(parts: Sequence[StoredPart], *, size: int) -> None:
    """Whether ``parts`` can make an object of ``size`` bytes at all: order, least sizes, sum."""
    if not parts:
        raise PartRefused("An upload has at least one part.", code="part_missing", number=1)
    previous = 0
    for part in parts:
        check_spec(PartSpec(number=part.number, size=part.size, sha256=part.sha256))
        if part.number <= previous:
            raise PartRefused(
                f"Part {part.number} is named twice or out of order.", code="part_unknown", number=part.number
            )
        previous = part.number
    for part in parts[:-1]:
        if part.size < MIN_PART_SIZE:
            raise PartRefused(
                f"Part {part.number} is smaller than {MIN_PART_SIZE} bytes; only the last one may be.",
                code="part_wrong_size",
                number=part.number,
            )
    total = sum(part.size for part in parts)
    if total != size or size > MAX_OBJECT_SIZE:
        raise PartRefused(
            f"The parts have {total} bytes together, not {size}.", code="part_wrong_size", size=total, expected=size
        )


def check_arrived(announced: Sequence[StoredPart], arrived: Sequence[StoredPart]) -> None:
    """Whether every announced part is in the store as announced; names the first one that is not."""
    by_number: Mapping[int, StoredPart] = {part.number: part for part in arrived}
    for part in announced:
        stored = by_number.get(part.number)
        if stored is None:
            raise PartRefused(f"Part {part.number} has not arrived.", code="part_missing", number=part.number)
        if stored.size != part.size:
            raise PartRefused(
                f"Part {part.number} has {stored.size} bytes, not {part.size}.",
                code="part_wrong_size",
                number=part.number,
            )
        if part.sha256 and stored.sha256 and part.sha256 != stored.sha256:
            raise PartRefused(
                f"Part {part.number} has other bytes than announced.", code="part_wrong_checksum", number=part.number
            )
        if stored.etag != part.etag:
            raise PartRefused(
                f"Part {part.number} was replaced since; ask for the list of parts again.",
                code="part_unknown",
                number=part.number,
            )


def to_base64(sha256: str) -> str:
    """Hex to the base64 form of ``x-amz-checksum-sha256``."""
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")


def to_hex(checksum: str | None) -> str | None:
    """``x-amz-checksum-sha256`` (base64) to lower-case hex; None for none or for a checksum of checksums (``…-N``)."""
    if not checksum or "-" in checksum:
        return None
    return base64.b64decode(checksum, validate=True).hex()
