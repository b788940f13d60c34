"""Whether what came of a source is right, by what independent readers say of every file."""

import json
import re
import subprocess
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.transcoding.matrix.cases import Case, Right, Tone
from tests.transcoding.matrix.streaming import judge_manifest, judge_master
from tests.transcoding.video.conftest import Processed
from tests.transcoding.video.playing import attributes, read_playlist

COLOURS = {"R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), "W": (255, 255, 255)}
LOUDNESS = -16.0
"""LUFS of everything that is delivered."""
AAC_FRAME = 1024 / 48_000
RATE = 48_000


def judge(case: Case, ends: Right, done: Processed) -> None:
    """Raise AssertionError where anything that came of ``case`` is not as ``ends`` says."""
    listed = {str(file.path) for file in done.result.renditions}
    assert listed == {str(path.relative_to(done.folder)) for path in done.folder.rglob("*") if path.is_file()}
    if ends.size is not None:
        pictures = [_read(done.folder / file.path) for file in done.rungs]
        _judge_rungs(ends, done, pictures)
        _judge_segments(done, pictures)
        _judge_corners(ends, done.path("poster.jpg"))
    download = _read(done.path("download.mp4" if ends.size else "download.m4a"))
    _judge_download(ends, download)
    _judge_sound(case, ends, done)
    _judge_told(ends, done)
    judge_master(done)
    judge_manifest(done)


def _read(path: Path) -> dict[str, Any]:
    """ffprobe's view, every picture decoded. Not a word of complaint may come with it."""
    command = ["ffprobe", "-v", "warning", "-print_format", "json", "-show_format", "-show_streams"]
    command += ["-count_frames", "-show_packets", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr == "", path
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def _judge_rungs(ends: Right, done: Processed, pictures: list[dict[str, Any]]) -> None:
    """ffprobe says of each rung what the plan says, and it holds every picture."""
    assert (done.rungs[0].width, done.rungs[0].height) == ends.size
    for file, read in zip(done.rungs, pictures, strict=True):
        (stream,) = read["streams"]
        rate = Fraction(str(file.facts["frame_rate"]))
        step = ends.rate / rate
        assert step == (2 if "lean" in file.profile and ends.rate > 30 else 1)
        assert (stream["codec_name"], stream["pix_fmt"], stream["field_order"]) == ("h264", "yuv420p", "progressive")
        assert (stream["width"], stream["height"]) == (file.width, file.height)
        assert stream.get("sample_aspect_ratio", "1:1") == "1:1"
        assert [stream[key] for key in ("color_space", "color_transfer", "color_primaries")] == ["bt709"] * 3
        assert Fraction(stream["r_frame_rate"]) == rate
        assert file.facts["codec"] == f"avc1.{_profile(stream)}{stream['level']:02x}"
        assert int(stream["nb_read_frames"]) == pytest.approx(
            float(ends.pictures / step), abs=ends.slack + (step > 1) / 2
        )
        assert int(stream["nb_read_frames"]) == len(read["packets"])
        assert file.duration == pytest.approx(float(len(read["packets"]) / rate), abs=0.002)
        shown = sorted(float(packet["pts_time"]) for packet in read["packets"])
        steps = [after - before for before, after in pairwise(shown)]
        assert steps == pytest.approx([float(1 / rate)] * len(steps), abs=0.001)
    assert done.rungs[0].duration == pytest.approx(ends.seconds, abs=(ends.slack + 0.6) / float(ends.rate))


def _profile(stream: dict[str, Any]) -> str:
    return {"High": "6400", "Main": "4d40", "Constrained Baseline": "42c0"}[stream["profile"]]


def _judge_segments(done: Processed, pictures: list[dict[str, Any]]) -> None:
    """Cut at the same times in every rung, each at a keyframe, each keyframe in the list of keyframes."""
    cuts = []
    for file, read in zip(done.rungs, pictures, strict=True):
        folder = (done.folder / file.path).parent
        parts, keyframes = read_playlist(folder / "index.m3u8"), read_playlist(folder / "iframes.m3u8")
        assert parts[-1].end == (folder / "media.mp4").stat().st_size
        assert [part.offset for part in parts[1:]] == [part.end for part in parts[:-1]]
        times = [float(packet["pts_time"]) for packet in read["packets"] if packet["flags"].startswith("K")]
        times = [time - times[0] for time in times]
        begins = [0.0, *accumulate(part.seconds for part in keyframes)][:-1]
        assert times == pytest.approx(begins, abs=0.001)
        cuts.append([0.0, *accumulate(part.seconds for part in parts)][:-1])
        assert all(min(abs(cut - time) for time in times) < 0.001 for cut in cuts[-1])
    assert all(cut == pytest.approx(cuts[0], abs=0.001) for cut in cuts[1:])


def _judge_corners(ends: Right, poster: Path) -> None:
    if not ends.corners:
        return
    with Image.open(poster) as image:
        width, height = image.size
        across, down = (max(1, width // 20), max(1, height // 20))
        places = [(x, y) for y in (down, height - 1 - down) for x in (across, width - 1 - across)]
        seen = [image.convert("RGB").getpixel(place) for place in places]
    named = "".join(_nearest(colour) for colour in seen)
    assert named == ends.corners, seen
    for colour, name in zip(seen, named, strict=True):
        assert colour == pytest.approx(COLOURS[name], abs=ends.tolerance), seen


def _nearest(colour: Any) -> str:
    """By hue: tone mapping makes colours darker."""
    bright = max(1, *colour)
    shares = [255 * part / bright for part in colour]
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(shares, COLOURS[name], strict=True)))


def _judge_download(ends: Right, read: dict[str, Any]) -> None:
    kinds = [stream["codec_type"] for stream in read["streams"]]
    assert kinds == ["video"] * (ends.size is not None) + ["audio"] * bool(ends.channels)
    slack = (ends.slack + 0.6) / float(ends.rate) + 2 * AAC_FRAME
    assert float(read["format"]["duration"]) == pytest.approx(ends.seconds, abs=slack)


def _judge_sound(case: Case, ends: Right, done: Processed) -> None:
    """Each track is there in both forms, with its tone, as loud as all else, and as long as its source."""
    folders = [f"audio-{number}" if number > 1 else "audio" for number in range(1, len(ends.channels) + 1)]
    found = {path.name for path in (done.folder / "hls").glob("audio*")}
    assert found == {name + form for name in folders for form in ("", "-lean")}
    loudness = done.result.facts["loudness"]
    assert (loudness is None) == (not folders)
    for name, channels, tone in zip(folders, ends.channels, case.tones, strict=False):
        for form in ("", "-lean"):
            heard = _pcm(done.path(f"hls/{name}{form}/media.mp4"), channels)
            assert _level(heard) == pytest.approx(LOUDNESS, abs=1.5)
            assert _share(heard, tone) > 0.5
    if folders:
        assert loudness["integrated_lufs"] == pytest.approx(LOUDNESS, abs=1)
        assert loudness["true_peak_dbtp"] <= -1.5


def _pcm(path: Path, channels: int) -> np.ndarray[Any, Any]:
    """Decoded samples, one row a channel; as many channels as ffprobe says, and no complaint."""
    command = ["ffmpeg", "-v", "warning", "-i", str(path), "-f", "f32le", "-"]
    ended = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert ended.stderr == b"", path
    return np.frombuffer(ended.stdout, dtype="<f4").reshape(-1, channels).T


def _level(samples: np.ndarray[Any, Any]) -> float:
    """LUFS of a tone of some hundred Hz, which ITU-R BS.1770 does not weight; mono is heard from two loudspeakers."""
    loud = samples[:, np.abs(samples).max(axis=0) > 0.02]
    power = sum(float(np.mean(channel**2)) for channel in loud) * (2 if len(samples) == 1 else 1)
    return -0.691 + 10 * float(np.log10(power))


def _share(samples: np.ndarray[Any, Any], tone: Tone) -> float:
    """How much of the sound is the tone."""
    mono = samples.mean(axis=0)
    spectrum = np.abs(np.fft.rfft(mono)) ** 2
    hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
    return float(spectrum[np.abs(hertz - tone.hertz) < 20].sum() / spectrum.sum())


def _judge_told(ends: Right, done: Processed) -> None:
    """The master names every rung and the facts say what is unusual."""
    text = done.path("hls/master.m3u8").read_text(encoding="utf-8")
    told = [attributes(line) for line in text.splitlines() if line.startswith("#EXT-X-STREAM-INF:")]
    sizes = [each["RESOLUTION"] for each in told if "RESOLUTION" in each]
    assert sizes == [f"{file.width}x{file.height}" for file in reversed(done.rungs)]
    assert all(re.fullmatch(r"(avc1\.[0-9a-f]{6})?,?(mp4a\.40\.2)?", each["CODECS"]) for each in told)
    video = done.result.facts["video"] or {}
    assert {key: video[key] for key, _ in ends.facts} == dict(ends.facts)
