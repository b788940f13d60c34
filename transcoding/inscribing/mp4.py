"""MP4 and M4A: XMP in a ``uuid`` box (XMP part 3, 1.2.7) and iTunes' list in ``moov/udta/meta``.

The index is written anew with the offsets of its chunks moved (ISO/IEC 14496-12, 8.7.5); the media are copied as they
are. Files in fragments, and such as hold other absolute offsets, are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transcoding.inscribing.splice import Edit, Source, unwritable
from transcoding.pictures.credits import Credits, plain, xmp_of

XMP_UUID: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MAX_INDEX: Final = 64 * 1024 * 1024
_MAX_BOXES: Final = 10_000
_WITH_OTHER_OFFSETS: Final = frozenset({b"moof", b"sidx", b"mfra", b"meta", b"cmov", b"mvex", b"saio"})
_TO_THE_CHUNKS: Final = frozenset({b"trak", b"mdia", b"minf", b"stbl"})


@dataclass(frozen=True, kw_only=True)
class Box:
    """``size`` bytes from ``at``, of which ``head`` are size and name."""

    name: bytes
    at: int
    head: int
    size: int


def mp4_edits(source: Source, words: Credits) -> list[Edit]:
    """What is cut and inserted. The file's own XMP, and what its list says of the same, give way to ours."""
    boxes = list(top_boxes(source))
    indexes = [box for box in boxes if box.name == b"moov"]
    if len(indexes) != 1 or any(box.name in _WITH_OTHER_OFFSETS for box in boxes):
        raise unwritable()
    index = indexes[0]
    if index.size > MAX_INDEX:
        raise unwritable()
    old = source.read(index.at + index.head, index.size - index.head)
    packet = _box(b"uuid", XMP_UUID + xmp_of(words))
    cuts = [Edit(at=box.at, removed=box.size) for box in boxes if _is_xmp(source, box)]
    draft = _index(old, words, moves=[])
    moves = [(cut.at, -cut.removed) for cut in cuts]
    moves.append((index.at, len(draft) + len(packet) - index.size))
    written = _index(old, words, moves=moves)
    return [Edit(at=index.at, removed=index.size, inserted=written + packet), *cuts]


def top_boxes(source: Source) -> Iterator[Box]:
    """The boxes of the file itself; the last one may be open to the end."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at == source.size:
            return
        start = source.read(at, 8)
        size, head = int.from_bytes(start[:4]), 8
        if size == 1:
            size, head = int.from_bytes(source.read(at + 8, 8)), 16
        elif size == 0:
            size = source.size - at
        if size < head or at + size > source.size:
            raise unwritable()
        yield Box(name=start[4:], at=at, head=head, size=size)
        at += size
    raise unwritable()


def _is_xmp(source: Source, box: Box) -> bool:
    long_enough = box.name == b"uuid" and box.size >= box.head + len(XMP_UUID)
    return long_enough and source.read(box.at + box.head, len(XMP_UUID)) == XMP_UUID


def _index(old: bytes, words: Credits, *, moves: list[tuple[int, int]]) -> bytes:
    """The new ``moov``: ``moves`` says where bytes were put in or taken out, and how many."""
    parts, user_data = [], b""
    for name, data in _children(old):
        if name == b"udta":
            user_data = data
        else:
            parts.append(_moved(name, data, moves))
    return _box(b"moov", b"".join(parts) + _box(b"udta", _user_data(user_data, words)))


def _moved(name: bytes, data: bytes, moves: list[tuple[int, int]]) -> bytes:
    """A box of the index with the offsets in it moved."""
    if name in _WITH_OTHER_OFFSETS - {b"meta"}:
        raise unwritable()
    if name in _TO_THE_CHUNKS:
        data = b"".join(_moved(child, inner, moves) for child, inner in _children(data))
    elif name in {b"stco", b"co64"}:
        data = _offsets(data, width=4 if name == b"stco" else 8, moves=moves)
    return _box(name, data)


def _offsets(data: bytes, *, width: int, moves: list[tuple[int, int]]) -> bytes:
    count = int.from_bytes(data[4:8])
    if len(data) != 8 + count * width:
        raise unwritable()
    moved = []
    for at in range(8, len(data), width):
        offset = int.from_bytes(data[at : at + width])
        offset += sum(by for start, by in moves if start < offset)
        if not 0 <= offset < 1 << 8 * width:
            raise unwritable()
        moved.append(offset.to_bytes(width))
    return data[:8] + b"".join(moved)


def _user_data(old: bytes, words: Credits) -> bytes:
    """What was there but for iTunes' list, which is written anew with the items that we do not say."""
    language, rest, items = words.language, [], []
    said = {
        b"\xa9nam": words.titles.get(language, ""),
        b"\xa9ART": words.creator,
        b"cprt": words.copyright_notice or words.credit_line,
        b"desc": words.captions.get(language, ""),
        b"\xa9cmt": words.usage_terms,
    }
    for name, data in _children(old, padded=True):
        if name == b"meta" and data[20:24] == b"mdir" and data[8:12] == b"hdlr":
            items += [_box(*item) for box, inner in _children(data[4:]) if box == b"ilst" for item in _children(inner)]
        else:
            rest.append(_box(name, data))
    kept = [item for item in items if item[4:8] not in said]
    new = [_item(name, text) for name, each in said.items() if (text := plain(each))]
    handler = _box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    rest.append(_box(b"meta", bytes(4) + handler + _box(b"ilst", b"".join(new + kept))))
    return b"".join(rest)


def _item(name: bytes, text: str) -> bytes:
    """Of iTunes' list, in UTF-8 (type 1)."""
    return _box(name, _box(b"data", b"\0\0\0\1\0\0\0\0" + text.encode()))


def _children(data: bytes, *, padded: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents of the boxes in ``data``. ``padded``: QuickTime ends user data with four zeros."""
    at = count = 0
    while at < len(data):
        if padded and not any(data[at:]):
            return
        size, name, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        count += 1
        if size < head or at + size > len(data) or count > _MAX_BOXES:
            raise unwritable()
        yield name, data[at + head : at + size]
        at += size


def _box(name: bytes, data: bytes) -> bytes:
    return (8 + len(data)).to_bytes(4) + name + data
