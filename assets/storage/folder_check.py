"""Self-test of the folder store."""

import shutil
from pathlib import Path
from typing import Final
from uuid import uuid4

from assets.storage.base import StoreFinding
from assets.storage.durable import disk_errors, flush, publish, remove_empty_parents, temporary_file
from permissions.errors import InfrastructureError

LEAST_SECRET: Final = 32
LEAST_FREE: Final = 2 * 1024**3


def check_folder(root: Path, *, secret: bytes) -> list[StoreFinding]:
    """Whether objects can be written for good, whether there is room, whether the secret is one."""
    return [_writable(root), _room(root), _secret(secret)]


def _writable(root: Path) -> StoreFinding:
    target = root / "objects" / "probes" / str(uuid4())
    try:
        with disk_errors(), temporary_file(root / "tmp") as file:
            file.write(b"probe")
            flush(file)
            publish(Path(file.name), target, root=root / "objects")
            arrived = target.read_bytes() == b"probe"
            target.unlink()
            remove_empty_parents(target, root=root / "objects")
    except (InfrastructureError, OSError) as error:
        return StoreFinding(
            code="write_read_delete",
            ok=False,
            message=f"{root} cannot hold objects ({error}). It needs one local filesystem with hard links, "
            "writable by the user that runs this.",
        )
    return StoreFinding(code="write_read_delete", ok=arrived, message=f"{root} takes objects and gives them back.")


def _room(root: Path) -> StoreFinding:
    free = shutil.disk_usage(root).free
    enough = free >= LEAST_FREE
    advice = "" if enough else " Make room: uploads will be refused soon."
    return StoreFinding(code="room", ok=enough, message=f"{free / 1024**3:.1f} GiB free in {root}.{advice}")


def _secret(secret: bytes) -> StoreFinding:
    strong = len(secret) >= LEAST_SECRET and len(set(secret)) >= 8 and not secret.startswith(b"django-insecure")
    message = "URLs are signed with a secret of good length."
    if not strong:
        message = "Set SECRET_KEY to at least 32 random characters: whoever guesses it can sign URLs."
    return StoreFinding(code="secret", ok=strong, message=message)
