"""Installations and the files that people bring to them."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.instance import FORMS, Installation


def make_film(path: Path, *, seconds: int, size: str) -> Path:
    """Moving picture at 25 frames a second with sound."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *source, *sound, *codecs, str(path)],
        check=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of 640 × 360 with sound."""
    return make_film(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=3, size="640x360")


@pytest.fixture(scope="session", params=list(FORMS))
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """Each test runs on the embedded form and on the one with real services."""
    with tempfile.TemporaryDirectory(prefix="mediacenter-acceptance-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL has a system user of its own when root runs the tests
        with FORMS[request.param](Path(folder)) as running:
            yield running
