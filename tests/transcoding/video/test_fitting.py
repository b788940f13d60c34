"""Films looked into before their ladder, by real samples, real codings and real VMAF."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.transcoding.video.conftest import SMALL_X264, Processed, ffmpeg, probe, process
from tests.transcoding.video.playing import read_playlist
from tests.without_vmaf import without_vmaf
from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.content import Fitted
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.probe import Admitted, admit
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.growing.plan import GrowingRendition
from transcoding.video import encode, fitting
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


class Watching:
    """Notes what was written each time: the beginning or the whole film, and whether every file of it was there."""

    is_shown = False

    def __init__(self) -> None:
        self.seen: list[tuple[bool, bool]] = []

    @contextmanager
    def following(
        self,
        folder: Path,
        renditions: Sequence[GrowingRendition],
        *,
        duration: float,  # noqa: ARG002 - the protocol's
        whole: bool = True,
    ) -> Iterator[None]:
        yield
        written = [(folder / "hls" / each.name / "media.mp4").stat().st_size > 0 for each in renditions]
        self.seen.append((whole, all(written)))


def test_the_first_seconds_are_there_to_be_watched_before_the_look(
    film: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching, before_the_look = Watching(), []
    real = encode.fit_to_content

    def looking(*given: Any, **named: Any) -> Fitted:
        before_the_look.extend(watching.seen)
        return real(*given, **named)

    monkeypatch.setattr(encode, "fit_to_content", looking)
    source = Source(path=film("still"), format="mov")
    quiet = {"meter": Meter(lambda _: None), "cancelled": lambda: False}
    job = Job(source=source, folder=tmp_path, watched=watching, **quiet)
    encode.encode_ladder(job, admit(source, kind="video", folder=tmp_path))
    assert before_the_look == [(False, True)]
    assert watching.seen == [(False, True), (True, True)]
    assert [path.name for path in tmp_path.iterdir()] == ["hls"]


def test_a_short_film_gets_the_fixed_ladder(processed: Callable[[str], Processed]) -> None:
    ladder = processed("long.mp4").result.facts["video"]["ladder"]
    assert (ladder["fitted"], ladder["not_fitted"], ladder["content"]) == (False, "short", None)


def test_a_look_can_be_cancelled(film: Callable[[str], Path], tmp_path: Path) -> None:
    path, asked = film("still"), iter([False] * 3)
    fitting.meter()
    with pytest.raises(ProcessingCancelled):
        look(path, tmp_path, cancelled=lambda: next(asked, True))
    assert not list(tmp_path.iterdir())


def test_without_vmaf_the_fixed_ladder_is_made(film: Callable[[str], Path], tmp_path: Path) -> None:
    with without_vmaf():
        fitted = look(film("still"), tmp_path)
    assert (fitted.reason, fitted.content, fitted.plan.thorough) == ("no_vmaf", None, False)


def test_a_film_whose_samples_cannot_be_read_gets_the_fixed_ladder(film: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(path=film("still"), format="mov")
    admitted = admit(source, kind="video", folder=tmp_path)
    assert admitted.video is not None
    plan = plan_ladder(admitted.video, duration=admitted.duration)
    job = Job(source=source, folder=tmp_path, meter=Meter(lambda _: None), cancelled=lambda: False)
    assert fit_to_content(job, admitted.video, plan, duration=10 * SECONDS).reason == "unreadable"
