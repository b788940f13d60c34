"""The warm parent of the picture processes: ``python -m transcoding.pictures CHANNEL``, started by ``process`` alone.

Each child gets the words SOURCE MEDIA_TYPE KIND FOLDER, and finds the rest of what is wanted in FOLDER. Its standard
output carries one line per step of progress. The exit code says what became of it; 0 and ``REJECTED`` leave a report in
FOLDER.
"""

import errno
import os
import socket
import sys
from pathlib import Path

REJECTED, UNAVAILABLE, OUT_OF_MEMORY, MACHINE_FAULT, ORPHANED = 65, 69, 71, 74, 75


def main(arguments: list[str]) -> int:
    """Serve as warm parent; the exit code."""
    if os.environ.get("SANDBOX_PARENT") != str(os.getppid()):
        return ORPHANED  # the worker died before the kernel knew that we depend on it
    from transcoding.forking import serve

    _warm_up()
    with socket.socket(fileno=int(arguments[0])) as channel:
        serve(channel, work)
    return 0


def _warm_up() -> None:
    """Import what every picture needs. What few need (HEIF, PDF, SVG) is left to their children: parents stay small."""
    import blurhash  # noqa: F401
    from PIL import Image

    from transcoding.pictures import child, fingerprint, icc, outcome, raster, single  # noqa: F401

    Image.preinit()
    for plugin in ("WebPImagePlugin", "AvifImagePlugin", "TiffImagePlugin", "MpoImagePlugin", "PngImagePlugin"):
        __import__(f"PIL.{plugin}")
    icc.profile(icc.SRGB)
    icc.compact_srgb()
    fingerprint.cosines()


def work(arguments: list[str]) -> int:
    """Process one picture, in a child; the exit code."""
    source, media_type, kind, folder = arguments
    try:
        return _process(Path(source), media_type, kind, Path(folder))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE


def _process(source: Path, media_type: str, kind: str, folder: Path) -> int:
    from transcoding.pictures import child, outcome, single
    from transcoding.pictures.decode import is_machine_fault
    from transcoding.pictures.wanted import take_wanted
    from transcoding.results import MediaRejected

    try:
        wanted = take_wanted(folder)
        if wanted.single is not None:
            single.make(source, media_type=media_type, kind=kind, folder=folder, wanted=wanted, single=wanted.single)
            return 0
        result = child.process(
            source, media_type=media_type, kind=kind, folder=folder, on_progress=_tell, wanted=wanted
        )
        outcome.write_result(folder, result)
    except MediaRejected as rejection:
        outcome.write_rejection(folder, rejection)
        return REJECTED
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return OUT_OF_MEMORY
        if error.errno == errno.EFBIG:
            outcome.write_rejection(
                folder,
                MediaRejected("This picture's renditions grow too large. Save it smaller.", code="output_too_large"),
            )
            return REJECTED
        sys.stderr.write(f"{error}\n")
        if is_machine_fault(error):
            return MACHINE_FAULT
        raise
    return 0


def _tell(percent: int) -> None:
    sys.stdout.write(f"{percent}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
