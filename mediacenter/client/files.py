"""Files on the person's disk: finding them, reading them in pieces, and noticing when one changes under our hands."""

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mediacenter.client.answers import ClientError
from mediacenter.client.plan import PartSlice

READ_SIZE = 256 * 1024
OnBytes = Callable[[int], None]


class FileUnusable(ClientError):
    """The file cannot be uploaded as it is; the sentence says why."""


class FileChanged(FileUnusable):
    """Somebody wrote to the file since we looked at it first: half of one content and half of another helps nobody."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was changed while it was being uploaded; upload it again when it is finished.")


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file as it was when we found it. ``mtime_ns``: nanoseconds since the epoch."""

    path: Path
    size: int
    mtime_ns: int

    @classmethod
    def at(cls, path: Path) -> Self:
        """Raises :class:`FileUnusable` for what is no readable file with something in it."""
        if not path.exists():
            raise FileUnusable("There is no such file.")
        if not path.is_file():
            raise FileUnusable("This is not a file.")
        try:
            with path.open("rb") as stream:
                facts = os.fstat(stream.fileno())
        except OSError as error:
            raise FileUnusable(f"The file cannot be read ({error.strerror}): check its permissions.") from error
        if facts.st_size == 0:
            raise FileUnusable("The file is empty.")
        return cls(path=path.resolve(), size=facts.st_size, mtime_ns=facts.st_mtime_ns)

    @property
    def name(self) -> str:
        """As the server gets it: Unicode in NFC, bytes that are no UTF-8 shown as �."""
        return unicodedata.normalize("NFC", os.fsencode(self.path.name).decode("utf-8", "replace"))

    def check_unchanged(self) -> None:
        """Raise :class:`FileChanged` unless size and time are what they were."""
        try:
            facts = self.path.stat()
        except OSError as error:
            raise FileUnusable(f"{self.name} cannot be read any more ({error.strerror}).") from error
        if (facts.st_size, facts.st_mtime_ns) != (self.size, self.mtime_ns):
            raise FileChanged(self.name)

    def whole(self) -> PartSlice:
        return PartSlice(number=1, offset=0, size=self.size)

    def chunks(self, part: PartSlice) -> Iterator[bytes]:
        """The part's bytes, ``READ_SIZE`` at a time: what is in memory does not grow with the file."""
        left = part.size
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(part.offset)
            while left:
                chunk = stream.read(min(READ_SIZE, left))
                if not chunk:
                    raise FileChanged(self.name)
                left -= len(chunk)
                yield chunk

    def sha256(self, part: PartSlice, on_bytes: OnBytes = lambda _count: None) -> str:
        return self._digest(hashlib.sha256(), part, on_bytes)

    def md5(self, part: PartSlice, on_bytes: OnBytes = lambda _count: None) -> str:
        """Only to compare with an S3 ETag, which is no secret and protects nothing."""
        return self._digest(hashlib.md5(usedforsecurity=False), part, on_bytes)

    def _digest(self, digest: "hashlib._Hash", part: PartSlice, on_bytes: OnBytes) -> str:
        try:
            for chunk in self.chunks(part):
                digest.update(chunk)
                on_bytes(len(chunk))
        except OSError as error:
            raise FileUnusable(f"The file cannot be read ({error.strerror}).") from error
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the named paths amount to: usable files in order, and (path, sentence) of the others."""

    files: tuple[LocalFile, ...]
    unusable: tuple[tuple[Path, str], ...]


def find_files(paths: Iterable[Path], *, recursive: bool) -> Found:
    """Each file once, in the order named. ``recursive`` walks folders, leaving out hidden entries."""
    files: dict[Path, LocalFile] = {}
    unusable: list[tuple[Path, str]] = []
    for path in _walk(paths, recursive=recursive, unusable=unusable):
        try:
            file = LocalFile.at(path)
        except FileUnusable as error:
            unusable.append((path, str(error)))
        else:
            files.setdefault(file.path, file)
    return Found(files=tuple(files.values()), unusable=tuple(unusable))


def _walk(paths: Iterable[Path], *, recursive: bool, unusable: list[tuple[Path, str]]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
        elif not recursive:
            unusable.append((path, "This is a folder: add --recursive to upload what is in it."))
        else:
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))
