"""Lets one system user pass through folders that are closed to others, and nobody else.

Root's project lies in ``/root``, which PostgreSQL's own user cannot enter. Opening it to everybody would be the wide
way; a POSIX access control entry "search, for this user" on each closed folder is the narrow one (acl(5)).
"""

import os
import stat
import struct
from pathlib import Path

XATTR = "system.posix_acl_access"
VERSION = 2
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
SEARCH = 1
NOBODY = 0xFFFFFFFF
ENTRY = struct.Struct("<HHI")

Entry = tuple[int, int, int]
"""Tag, permission bits, user or group id."""


def entries_of_mode(mode: int) -> list[Entry]:
    """The three entries that permission bits stand for."""
    return [
        (USER_OBJ, mode >> 6 & 7, NOBODY),
        (GROUP_OBJ, mode >> 3 & 7, NOBODY),
        (OTHER, mode & 7, NOBODY),
    ]


def decode(raw: bytes) -> list[Entry]:
    return [ENTRY.unpack_from(raw, at) for at in range(4, len(raw), ENTRY.size)]


def encode(entries: list[Entry]) -> bytes:
    return struct.pack("<I", VERSION) + b"".join(ENTRY.pack(*entry) for entry in sorted(entries, key=_order))


def _order(entry: Entry) -> tuple[int, int]:
    return entry[0], entry[2]


def with_search(entries: list[Entry], user_id: int) -> list[Entry]:
    """The same list with "search" for the user, and a mask that takes nothing away from the others."""
    own = [bits for tag, bits, who in entries if (tag, who) == (USER, user_id)]
    kept = [entry for entry in entries if entry[0] != MASK and (entry[0], entry[2]) != (USER, user_id)]
    added = [*kept, (USER, (own[0] if own else 0) | SEARCH, user_id)]
    masks = [bits for tag, bits, _ in entries if tag == MASK]
    group_class = 0
    for tag, bits, _ in added:
        group_class |= bits if tag in {USER, GROUP_OBJ, GROUP} else 0
    return [*added, (MASK, (masks[0] | SEARCH) if masks else group_class, NOBODY)]


def may_search(entries: list[Entry], user_id: int) -> bool:
    """Whether the user's own entry lets them pass; a ``chmod`` of the folder may have masked it."""
    mask = next((bits for tag, bits, _ in entries if tag == MASK), 7)
    return any((tag, who) == (USER, user_id) and bits & mask & SEARCH for tag, bits, who in entries)


def let_pass(path: Path, user_id: int) -> list[Path]:
    """Let the user reach ``path`` through every folder above it; the folders that had to be changed.

    Raises OSError where the file system keeps no access control lists.
    """
    changed = []
    for folder in reversed(path.resolve().parents):
        mode = folder.stat().st_mode
        if mode & stat.S_IXOTH or (folder.stat().st_uid == user_id and mode & stat.S_IXUSR):
            continue
        entries = decode(os.getxattr(folder, XATTR)) if XATTR in os.listxattr(folder) else entries_of_mode(mode)
        if may_search(entries, user_id):
            continue
        os.setxattr(folder, XATTR, encode(with_search(entries, user_id)))
        changed.append(folder)
    return changed
