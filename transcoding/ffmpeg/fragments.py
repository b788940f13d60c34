"""Our own fragmented MP4 files, read box by box, and the index that goes in front (ISO/IEC 14496-12, 8.8 and 8.16.3).

A file is its header (``ftyp``, ``moov``, later ``sidx``) and fragments of one ``moof`` and one ``mdat`` of one track,
as our commands make them. Media data is never read, only skipped.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import BinaryIO

MAX_BOX = 16 * 1024 * 1024
"""Bytes of a header or a ``moof`` that are read into memory; ours have some hundred to some thousand."""
_NOT_SYNC = 0x10000
_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"traf"})


class FragmentError(ValueError):
    """The file is not whole, or not one that our commands write."""


@dataclass(frozen=True, kw_only=True)
class ByteRange:
    """``length`` bytes of a file from ``offset`` on."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """One ``moof`` with its ``mdat``. Times in seconds, exactly; ``first`` ends with the first sample's data.

    ``begin`` is when its first sample is shown, ``samples`` how many it holds, ``independent`` whether decoding can
    begin with it.
    """

    range: ByteRange
    first: ByteRange
    begin: Fraction
    duration: Fraction
    samples: int
    independent: bool


@dataclass(frozen=True, kw_only=True)
class FragmentedFile:
    """``header`` is what a player needs before any fragment. ``timescale``: ticks a second."""

    header: ByteRange
    timescale: int
    fragments: tuple[Fragment, ...]
    codec_header: bytes


@dataclass(frozen=True, kw_only=True)
class _Box:
    kind: bytes
    offset: int
    size: int


def read_fragments(file: BinaryIO, *, size: int) -> FragmentedFile:
    """The structure of a whole file of ``size`` bytes. Raises :class:`FragmentError` where it is not as ours are."""
    try:
        return _read_fragments(file, size=size)
    except struct.error as error:
        raise FragmentError("a box of the file is shorter than its fields") from error


def _read_fragments(file: BinaryIO, *, size: int) -> FragmentedFile:
    header, fragments, timescale, moof = b"", [], 0, None
    for box in _top_boxes(file, size=size):
        if box.kind == b"moof":
            moof = box
        elif box.kind == b"mdat" and moof is not None:
            fragments.append(_fragment(_read(file, moof), moof=moof, end=box.offset + box.size, timescale=timescale))
            moof = None
        elif fragments or moof or box.kind not in {b"ftyp", b"moov", b"sidx"}:
            raise FragmentError(f"an unexpected box {box.kind!r} at {box.offset}")
        else:
            header += _read(file, box)
            timescale = timescale or _timescale(header)
    if not fragments or moof is not None:
        raise FragmentError("the file holds no whole fragment")
    first = fragments[0].range.offset
    return FragmentedFile(
        header=ByteRange(offset=0, length=first),
        timescale=timescale,
        fragments=tuple(fragments),
        codec_header=header,
    )


def put_at(file: BinaryIO, *, size: int, begin: Fraction, number: int) -> None:
    """Move the fragments of a whole file of ``size`` bytes, which begins at 0, to ``begin`` seconds of another one, of
    which the first is fragment ``number`` (ISO/IEC 14496-12, 8.8.5 and 8.8.12)."""
    timescale = read_fragments(file, size=size).timescale
    ticks = begin * timescale
    if ticks.denominator != 1:
        raise FragmentError(f"{begin} s is no whole number of ticks of 1/{timescale} s")
    for count, box in enumerate(box for box in list(_top_boxes(file, size=size)) if box.kind == b"moof"):
        data = bytearray(_read(file, box))
        for kind, at, _ in _inside(bytes(data)):
            if kind == b"mfhd":
                struct.pack_into(">I", data, at + 4, number + count)
            elif kind == b"tfdt":
                form = ">Q" if data[at] else ">I"
                (time,) = struct.unpack_from(form, data, at + 4)
                struct.pack_into(form, data, at + 4, time + int(ticks))
        file.seek(box.offset)
        file.write(data)


class FragmentReader:
    """Reads a file that is still being written: each fragment once, as soon as the whole of it is there.

    ``header``: what a player needs before any fragment, known with the first one; an index is passed over.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.header = b""
        self._file = file
        self._position = 0
        self._timescale = 0
        self._moof: _Box | None = None

    def read(self) -> list[Fragment]:
        """The fragments that became whole since the last call. Raises :class:`FragmentError`."""
        size, found = self._file.seek(0, os.SEEK_END), []
        while (box := _box_at(self._file, self._position, size=size)) is not None:
            try:
                found += self._take(box)
            except struct.error as error:
                raise FragmentError("a box of the file is shorter than its fields") from error
            self._position += box.size
        return found

    def _take(self, box: _Box) -> list[Fragment]:
        if box.kind == b"moof":
            self._moof = box
        elif box.kind == b"mdat" and self._moof is not None:
            moof, self._moof = self._moof, None
            data = _read(self._file, moof)
            return [_fragment(data, moof=moof, end=box.offset + box.size, timescale=self._timescale)]
        elif self._moof is None and box.kind in {b"ftyp", b"moov"}:
            self.header += _read(self._file, box)
            self._timescale = self._timescale or _timescale(self.header)
        elif box.kind != b"sidx":
            raise FragmentError(f"an unexpected box {box.kind!r} at {box.offset}")
        return []


def _box_at(file: BinaryIO, position: int, *, size: int) -> _Box | None:
    """The box that begins there, if the whole of it lies inside ``size`` bytes."""
    file.seek(position)
    start = file.read(16)
    if len(start) < 8:
        return None
    length, kind = struct.unpack_from(">I4s", start)
    if length == 1 and len(start) == 16:
        (length,) = struct.unpack_from(">Q", start, 8)
    return _Box(kind=kind, offset=position, size=length) if 8 <= length <= size - position else None


def sidx(timescale: int, begin: Fraction, subsegments: Sequence[tuple[int, Fraction]]) -> bytes:
    """The segment index of track 1 for ``subsegments`` (bytes, seconds) that follow it at once.

    Each begins with a picture that decoding can begin with (SAP type 1), or is sound.
    """
    ends = accumulate((seconds for _, seconds in subsegments), initial=Fraction(0))
    ticks = [round(end * timescale) for end in ends]
    entries = b"".join(
        struct.pack(">III", length, after - before, 0x9000_0000)
        for (length, _), (before, after) in zip(subsegments, pairwise(ticks), strict=True)
    )
    first = max(0, round(begin * timescale))
    fields = struct.pack(">IIIQQHH", 1 << 24, 1, timescale, first, 0, 0, len(subsegments))
    return struct.pack(">I4s", 8 + len(fields) + len(entries), b"sidx") + fields + entries


def _top_boxes(file: BinaryIO, *, size: int) -> Iterator[_Box]:
    position = 0
    while position < size:
        box = _box_at(file, position, size=size)
        if box is None:
            raise FragmentError(f"the box at {position} does not end inside the file")
        yield box
        position += box.size


def _read(file: BinaryIO, box: _Box) -> bytes:
    if box.size > MAX_BOX:
        raise FragmentError(f"the box {box.kind!r} at {box.offset} is too large")
    file.seek(box.offset)
    return file.read(box.size)


def _inside(data: bytes, position: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin of the body and end of every box in ``data``, parents before their children."""
    end = len(data) if end is None else end
    while position + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, position)
        if length < 8 or position + length > end:
            raise FragmentError(f"the box {kind!r} does not end inside its parent")
        yield kind, position + 8, position + length
        if kind in _PARENTS or kind == b"moof":
            yield from _inside(data, position + 8, position + length)
        position += length


def _timescale(header: bytes) -> int:
    for kind, begin, _ in _inside(header):
        if kind == b"mdhd":
            (ticks,) = struct.unpack_from(">I", header, begin + (20 if header[begin] else 12))
            return int(ticks)
    return 0


@dataclass
class _Defaults:
    """What ``tfhd`` says of samples that say nothing themselves."""

    duration: int = 0
    size: int = 0
    flags: int = 0


def _fragment(data: bytes, *, moof: _Box, end: int, timescale: int) -> Fragment:
    """One ``moof`` read. Samples lie behind each other from the first run's offset on."""
    defaults, decode_time, samples, first_data = _Defaults(), 0, [], None
    for kind, begin, _ in _inside(data):
        if kind == b"tfhd":
            defaults = _tfhd(data, begin)
        elif kind == b"tfdt":
            (decode_time,) = struct.unpack_from(">Q" if data[begin] else ">I", data, begin + 4)
        elif kind == b"trun":
            offset, run = _trun(data, begin, defaults)
            first_data = offset if first_data is None else first_data
            samples += run
    if not samples or first_data is None or timescale <= 0:
        raise FragmentError(f"the fragment at {moof.offset} has no samples")
    duration, size, flags, shown = samples[0][0], samples[0][1], samples[0][2], samples[0][3]
    total = sum(sample[0] for sample in samples)
    if duration <= 0 or first_data + sum(sample[1] for sample in samples) > end - moof.offset:
        raise FragmentError(f"the samples of the fragment at {moof.offset} do not fit it")
    return Fragment(
        range=ByteRange(offset=moof.offset, length=end - moof.offset),
        first=ByteRange(offset=moof.offset, length=first_data + size),
        begin=Fraction(decode_time + shown, timescale),
        duration=Fraction(total, timescale),
        samples=len(samples),
        independent=not flags & _NOT_SYNC,
    )


def _tfhd(data: bytes, begin: int) -> _Defaults:
    flags = int.from_bytes(data[begin + 1 : begin + 4], "big")
    position, found = begin + 8, _Defaults()
    for bit, size, name in ((0x1, 8, ""), (0x2, 4, ""), (0x8, 4, "duration"), (0x10, 4, "size"), (0x20, 4, "flags")):
        if flags & bit:
            if name:
                setattr(found, name, struct.unpack_from(">I", data, position)[0])
            position += size
    return found


def _trun(data: bytes, begin: int, defaults: _Defaults) -> tuple[int, list[tuple[int, int, int, int]]]:
    """Where the run's data begins behind its ``moof``, and of each sample duration, size, flags, composition offset."""
    signed, flags = data[begin] > 0, int.from_bytes(data[begin + 1 : begin + 4], "big")
    (count,) = struct.unpack_from(">I", data, begin + 4)
    position, offset, first_flags = begin + 8, 0, defaults.flags
    if flags & 0x1:
        (offset,) = struct.unpack_from(">i", data, position)
        position += 4
    if flags & 0x4:
        (first_flags,) = struct.unpack_from(">I", data, position)
        position += 4
    present = [place for place, bit in enumerate((0x100, 0x200, 0x400, 0x800)) if flags & bit]
    form = ">" + "".join("i" if place == 3 and signed else "I" for place in present)
    rows = struct.iter_unpack(form, data[position : position + 4 * len(present) * count]) if present else [()] * count
    samples = []
    for number, row in enumerate(rows):
        sample = [defaults.duration, defaults.size, first_flags if number == 0 else defaults.flags, 0]
        for place, value in zip(present, row, strict=True):
            sample[place] = value
        samples.append((sample[0], sample[1], sample[2], sample[3]))
    return offset, samples
