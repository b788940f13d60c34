"""The beginning of a long film is shown before the film is fetched, and carried on by the run on the whole file."""

import itertools
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from assets.models import GrowingStream
from tests.transcoding.growing.test_growing_run import as_files, film, run, stream_of, watch
from tests.transcoding.pipeline.conftest import nothing_is_left
from tests.transcoding.video.conftest import probe
from transcoding.growing import beginning, head

pytestmark = pytest.mark.django_db
SECONDS, RATE = 90, 5


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in few bytes; its index stands at its end."""
    path = tmp_path_factory.mktemp("films") / "long.mp4"
    sources = ["-f", "lavfi", "-i", f"testsrc2=s=426x240:r={RATE}:d={SECONDS}"]
    sources += ["-f", "lavfi", "-i", f"sine=440:r=48000:d={SECONDS}"]
    coding = "-c:v libx264 -preset ultrafast -crf 40 -g 50 -pix_fmt yuv420p -c:a aac -b:a 32k"
    subprocess.run(["ffmpeg", "-v", "error", "-y", *sources, *coding.split(), str(path)], check=True)
    return path


@pytest.fixture
def small_heads(hours: Path, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """As if the film were a long one of many bytes that is not cut: what is fetched of it is a small part."""
    settings.CHUNKED_ABOVE = timedelta(hours=12)
    monkeypatch.setattr(beginning, "LEAST_BYTES", 1024)
    monkeypatch.setattr(beginning, "LEAST_SECONDS", 60.0)
    for module in (beginning, head):
        monkeypatch.setattr(module, "HEAD_BYTES", hours.stat().st_size // 8)


@pytest.mark.usefixtures("small_heads")
def test_a_long_film_is_watched_before_it_is_fetched_and_goes_on_without_a_seam(
    hours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = film(hours)
    seen = watch(version, monkeypatch)

    assert run(version) == "ready"

    assert (seen.stages[0], seen.playable[0]) == ("fetching", pytest.approx(2, abs=0.1))
    shown = max(playable for playable, stage in zip(seen.playable, seen.stages, strict=True) if stage == "fetching")
    assert 18 < shown < 26
    stream = stream_of(version)
    assert (stream.ended, stream.playable) == (True, pytest.approx(SECONDS, abs=0.2))
    for name in ("240p-lean", "audio"):
        spans = list(stream.segments.filter(rendition=name).values_list("begin", "duration"))
        assert all(abs(one[0] + one[1] - other[0]) <= 1 for one, other in itertools.pairwise(spans))
    counted = probe(
        as_files(version, tmp_path), "-allowed_extensions", "ALL", "-count_packets", "-select_streams", "v:0"
    )
    assert int(counted["streams"][0]["nb_read_packets"]) == SECONDS * RATE
    assert nothing_is_left()


@pytest.mark.usefixtures("small_heads")
@pytest.mark.parametrize("cut", [1, 3, 7])
def test_a_file_that_is_not_whole_shows_nothing_wrong_and_ends_as_any_other(
    hours: Path, tmp_path: Path, cut: int
) -> None:
    """Without its index nothing can be shown of it; the run on the file says what is wrong."""
    broken = tmp_path / "cut.mp4"
    broken.write_bytes(hours.read_bytes()[: hours.stat().st_size * cut // 8])
    version = film(broken)

    assert run(version) == "rejected"

    assert not GrowingStream.objects.exists()
    assert nothing_is_left()


def test_a_short_film_waits_until_it_is_fetched(short_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "LEAST_BYTES", 1024)
    version = film(short_film)
    seen = watch(version, monkeypatch)

    assert run(version) == "ready"

    assert set(seen.stages) == {"rendering"} | ({"storing"} & set(seen.stages))
