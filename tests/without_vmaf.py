"""A machine whose ffmpeg cannot measure VMAF."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from transcoding.video import fitting


@contextmanager
def without_vmaf() -> Iterator[None]:
    """The package is told to take the machine's own ffmpeg, which cannot; what was found before and meanwhile is
    forgotten."""
    program = shutil.which("ffmpeg")
    assert program is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMAGEIO_FFMPEG_EXE", program)
        fitting._meter.cache_clear()
        try:
            yield
        finally:
            fitting._meter.cache_clear()
