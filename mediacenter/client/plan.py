"""Which bytes go where: pure arithmetic over sizes, parts and what has arrived."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mediacenter.client.answers import ArrivedPart

GROUP = 8
"""Parts whose URLs are asked in one request: few requests, and no URL waits long before it is used."""


@dataclass(frozen=True, kw_only=True)
class PartSlice:
    """Part ``number`` (from 1) is ``size`` bytes of the file from ``offset``."""

    number: int
    offset: int
    size: int


def slices(size: int, part_size: int) -> tuple[PartSlice, ...]:
    """The file's parts: all of ``part_size`` bytes but the last."""
    return tuple(
        PartSlice(number=index + 1, offset=offset, size=min(part_size, size - offset))
        for index, offset in enumerate(range(0, size, part_size))
    )


def groups(parts: Sequence[PartSlice], count: int = GROUP) -> Iterator[Sequence[PartSlice]]:
    for start in range(0, len(parts), count):
        yield parts[start : start + count]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A part of ours which the server says it has: worth a comparison before it is believed."""

    part: PartSlice
    arrived: ArrivedPart


def compare(parts: Iterable[PartSlice], arrived: Iterable[ArrivedPart]) -> tuple[list[PartSlice], list[Claim]]:
    """``(missing, claims)``. A part with another size, or with nothing to compare its bytes by, is missing."""
    by_number = {part.number: part for part in arrived}
    missing: list[PartSlice] = []
    claims: list[Claim] = []
    for part in parts:
        there = by_number.get(part.number)
        if there is None or there.size != part.size or not (there.sha256 or is_md5(there.etag)):
            missing.append(part)
        else:
            claims.append(Claim(part=part, arrived=there))
    return missing, claims


def is_md5(etag: str) -> bool:
    """Whether an ETag can be the part's MD5 (what S3 gives where no customer-held key encrypts)."""
    return len(etag) == 32 and all(letter in "0123456789abcdef" for letter in etag.lower())
