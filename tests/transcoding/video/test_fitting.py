"""Films looked into before their ladder, by real samples, real codings and real VMAF."""

import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.transcoding.video.conftest import SMALL_X264, Processed, ffmpeg, probe, process
from tests.transcoding.video.playing import read_playlist
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.content import Fitted
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.video import fitting
from transcoding.video.fitting import fit_to_content
from transcoding.video.job import Job
from transcoding.video.meter import Meter

SECONDS = 61
STILL = f"testsrc2=s=1280x720:r=5:d=0.2,loop=loop=-1:size=1:start=0,setpts=N/5/TB,trim=duration={SECONDS}"
LIVELY = f"testsrc2=s=1280x720:r=5:d={SECONDS},noise=alls=20:allf=t:all_seed=7"


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("films")

    def make(name: str) -> Path:
        path = folder / f"{name}.mp4"
        if not path.exists():
            ffmpeg("-f", "lavfi", "-i", STILL if name == "still" else LIVELY, *SMALL_X264, "-r", "5", "-g", "25", path)
        return path

    return make


@pytest.fixture(scope="session")
def still(film: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Processed:
    return process(film("still"), tmp_path_factory.mktemp("still"), container="mov")


def look(path: Path, folder: Path, *, cancelled: Callable[[], bool] = lambda: False) -> Fitted:
    source = Source(path=path, format="mov")
    admitted: Admitted = admit(source, kind="video", folder=folder)
    assert admitted.video is not None
    plan = plan_ladder(admitted.video, admitted.tracks, duration=admitted.duration)
    job = Job(source=source, folder=folder, meter=Meter(lambda _: None), cancelled=cancelled)
    return fit_to_content(job, admitted.video, plan, duration=admitted.duration)


def test_a_still_film_is_found_out_and_says_so_in_its_facts(still: Processed) -> None:
    ladder = still.result.facts["video"]["ladder"]
    assert (ladder["fitted"], ladder["not_fitted"], ladder["content"]) == (True, "", "still")
    assert ladder["keyframe_seconds"] == 4.0
    assert ladder["expected_bits"] < 0.95
    assert ladder["rungs"] == [rung.path.parent.name for rung in still.rungs]


def test_the_keyframes_of_a_fitted_ladder_are_four_seconds_apart_in_every_rung(still: Processed) -> None:
    for rung in still.rungs:
        path = still.folder / rung.path
        packets = probe(path, "-select_streams", "v", "-show_packets")["packets"]
        times = [Fraction(packet["pts_time"]) for packet in packets if "K" in packet["flags"]]
        assert [time - times[0] for time in times] == [4 * number for number in range(16)]
        assert len(packets) == 5 * SECONDS
        segments = [part.seconds for part in read_playlist(path.parent / "index.m3u8")]
        assert segments == pytest.approx([4.0] * 15 + [1.0])


def test_a_lively_film_keeps_keyframes_every_two_seconds(film: Callable[[str], Path], tmp_path: Path) -> None:
    fitted = look(film("lively"), tmp_path)
    assert fitted.content is not None
    assert fitted.content.liveliness == "lively"
    assert fitted.plan.gop == 10


def test_the_same_film_gets_the_same_ladder_and_leaves_nothing_behind(
    film: Callable[[str], Path], tmp_path: Path
) -> None:
    first, second = (look(film("still"), tmp_path) for _ in range(2))
    assert first == second
    assert not list(tmp_path.iterdir())


def test_a_short_film_gets_the_fixed_ladder(processed: Callable[[str], Processed]) -> None:
    ladder = processed("long.mp4").result.facts["video"]["ladder"]
    assert (ladder["fitted"], ladder["not_fitted"], ladder["content"]) == (False, "short", None)


def test_a_look_can_be_cancelled(film: Callable[[str], Path], tmp_path: Path) -> None:
    path, asked = film("still"), iter([False] * 3)
    fitting.meter()
    with pytest.raises(ProcessingCancelled):
        look(path, tmp_path, cancelled=lambda: next(asked, True))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def no_vmaf(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is told to take the machine's own ffmpeg, which cannot measure VMAF."""
    program = shutil.which("ffmpeg")
    assert program is not None
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", program)
    fitting.meter.cache_clear()
    yield
    fitting.meter.cache_clear()


@pytest.mark.usefixtures("no_vmaf")
def test_without_vmaf_the_fixed_ladder_is_made(film: Callable[[str], Path], tmp_path: Path) -> None:
    fitted = look(film("still"), tmp_path)
    assert (fitted.reason, fitted.content, fitted.plan.thorough) == ("no_vmaf", None, False)


def test_a_film_whose_samples_cannot_be_read_gets_the_fixed_ladder(film: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(path=film("still"), format="mov")
    admitted = admit(source, kind="video", folder=tmp_path)
    assert admitted.video is not None
    plan = plan_ladder(admitted.video, duration=admitted.duration)
    job = Job(source=source, folder=tmp_path, meter=Meter(lambda _: None), cancelled=lambda: False)
    assert fit_to_content(job, admitted.video, plan, duration=10 * SECONDS).reason == "unreadable"
