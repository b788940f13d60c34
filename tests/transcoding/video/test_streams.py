"""What players are given: the rules of HLS authoring, keyframe ranges, segment indexes, sound as it should be heard."""

import struct
import subprocess
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from defusedxml import ElementTree

from tests.transcoding.video.conftest import AAC, SMALL_X264, Processed, ffmpeg, probe, process
from tests.transcoding.video.playing import attributes, measured_peak, read_playlist
from transcoding.ffmpeg.dash import NAMESPACE

Get = Callable[[str], Processed]
STREAMED = pytest.mark.parametrize("name", ["h264.mp4", "long.mp4", "tracks.mkv", "silent.mp4"])
RATE = 48_000


def master_of(done: Processed) -> list[str]:
    return done.path("hls/master.m3u8").read_text(encoding="utf-8").splitlines()


def variants_of(done: Processed) -> list[tuple[dict[str, str], str]]:
    """Attributes and URI of every variant."""
    lines = master_of(done)
    return [
        (attributes(line), lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith("#EXT-X-STREAM-INF:")
    ]


@STREAMED
def test_the_master_keeps_the_authoring_rules(name: str, processed: Get) -> None:
    done = processed(name)
    lines, hls = master_of(done), done.folder / "hls"
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    sounds = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    for group in {sound["GROUP-ID"] for sound in sounds}:
        members = [sound for sound in sounds if sound["GROUP-ID"] == group]
        assert len({sound["NAME"] for sound in members}) == len(members)
        assert [sound["DEFAULT"] for sound in members] == ["YES"] + ["NO"] * (len(members) - 1)
    for told, uri in variants_of(done):
        tracks = [sound for sound in sounds if "RESOLUTION" in told and sound["GROUP-ID"] == told["AUDIO"]]
        heard = max((measured_peak((hls / sound["URI"]).parent) for sound in tracks), default=0.0)
        peak = measured_peak((hls / uri).parent) + heard
        assert int(told["BANDWIDTH"]) == pytest.approx(peak, rel=0.001)
        assert int(told["AVERAGE-BANDWIDTH"]) <= int(told["BANDWIDTH"])
        if "RESOLUTION" in told:
            stream = probe((hls / uri).parent / "media.mp4")["streams"][0]
            assert told["RESOLUTION"] == f"{stream['width']}x{stream['height']}"
            numerator, denominator = stream["avg_frame_rate"].split("/")
            assert float(told["FRAME-RATE"]) == pytest.approx(int(numerator) / int(denominator), abs=0.01)
            assert told["CODECS"].startswith("avc1.")
            assert int(told["CODECS"].split(",")[0][-2:], 16) == stream["level"]
            assert told["CLOSED-CAPTIONS"] == "NONE"


@STREAMED
def test_segments_are_of_one_length_in_every_rung_and_stand_alone(name: str, processed: Get) -> None:
    done = processed(name)
    timings = []
    for file in done.rungs:
        folder = (done.folder / file.path).parent
        text = (folder / "index.m3u8").read_text()
        assert "#EXT-X-INDEPENDENT-SEGMENTS" in text
        timings.append(list(accumulate(part.seconds for part in read_playlist(folder / "index.m3u8"))))
        packets = probe(done.folder / file.path, "-show_packets")["packets"]
        keys = [packet["pts_time"] for packet in packets if "K" in packet["flags"]]
        for begin in [0.0, *timings[-1][:-1]]:
            assert min(abs(float(key) - float(keys[0]) - begin) for key in keys) < 0.001
    first = timings[0][:-1]
    assert all(other[:-1] == pytest.approx(first, abs=0.001) for other in timings)


@STREAMED
def test_each_keyframe_of_the_playlist_is_one_picture_by_itself(name: str, processed: Get, tmp_path: Path) -> None:
    done = processed(name)
    told = [attributes(line) for line in master_of(done) if line.startswith("#EXT-X-I-FRAME-STREAM-INF:")]
    rungs = [uri for variant, uri in variants_of(done) if "RESOLUTION" in variant]
    assert [each["URI"] for each in told] == [uri.replace("index", "iframes") for uri in rungs]
    uri = told[0]["URI"]
    folder = (done.folder / "hls" / uri).parent
    data = (folder / "media.mp4").read_bytes()
    parts = read_playlist(folder / "iframes.m3u8")
    assert "#EXT-X-I-FRAMES-ONLY" in (folder / "iframes.m3u8").read_text()
    header = int((folder / "iframes.m3u8").read_text().partition('BYTERANGE="')[2].partition("@")[0])
    pictures = pictures_of(folder / "media.mp4", "-skip_frame", "nokey")
    assert len(parts) == len(pictures)
    for number, part in enumerate(parts):
        alone = tmp_path / f"{number}.mp4"
        alone.write_bytes(data[:header] + data[part.offset : part.end])
        assert pictures_of(alone, "-err_detect", "ignore_err")[:1] == [pictures[number]]
    peak = max(8 * part.length / part.seconds for part in parts)
    assert int(told[0]["BANDWIDTH"]) <= peak + 1
    assert sum(part.seconds for part in parts) == pytest.approx(
        sum(part.seconds for part in read_playlist(folder / "index.m3u8")), abs=0.001
    )


def pictures_of(path: Path, *options: str) -> list[str]:
    """A checksum of every picture that can be decoded."""
    command = ["ffmpeg", "-v", "quiet", *options, "-i", str(path), "-map", "0:v", "-fps_mode", "passthrough"]
    listing = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, text=True, check=False, timeout=60)
    return [line.rpartition(",")[2].strip() for line in listing.stdout.splitlines() if not line.startswith("#")]


@STREAMED
def test_the_segment_index_of_dash_names_the_segments_of_hls(name: str, processed: Get) -> None:
    done = processed(name)
    root = ElementTree.fromstring(done.path("hls/manifest.mpd").read_text(encoding="utf-8"))
    shown = {each.get("id"): each for each in root.iter(f"{{{NAMESPACE}}}Representation")}
    assert set(shown) == {path.parent.name for path in done.folder.glob("hls/*/media.mp4")}
    for folder, each in ((done.folder / "hls" / str(each.get("id")), each) for each in shown.values()):
        base = each.find(f"{{{NAMESPACE}}}SegmentBase")
        assert base is not None
        begin, end = map(int, str(base.get("indexRange")).split("-"))
        data = (folder / "media.mp4").read_bytes()
        index = data[begin : end + 1]
        assert (len(index), index[4:8]) == (struct.unpack_from(">I", index)[0], b"sidx")
        scale, _, _, _, count = struct.unpack_from(">IQQHH", index, 16)
        entries = [struct.unpack_from(">III", index, 40 + 12 * number) for number in range(count)]
        parts = read_playlist(folder / "index.m3u8")
        assert [size for size, _, _ in entries] == [part.length for part in parts]
        assert [ticks / scale for _, ticks, _ in entries] == pytest.approx([part.seconds for part in parts], abs=0.001)
        assert end + 1 == parts[0].offset
        assert end + 1 + sum(size for size, _, _ in entries) == len(data)
        assert int(str(each.get("bandwidth"))) == pytest.approx(measured_peak(folder), rel=0.001)


def test_the_rung_for_bad_networks_keeps_to_200_kbit_with_its_sound(tmp_path: Path) -> None:
    """Moving noise at 60 pictures a second, and noise to hear: as hard as it gets."""
    source = tmp_path / "hard.mp4"
    noisy = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=60:d=9,noise=alls=12:allf=t"]
    hiss = ["-f", "lavfi", "-i", "anoisesrc=c=white:r=48000:d=9:a=0.2"]
    ffmpeg(*noisy, *hiss, *SMALL_X264, "-b:v", "4M", *AAC, source)
    done = process(source, tmp_path / "out", container="mov")
    lean = next(told for told, uri in variants_of(done) if uri.startswith("240p-lean"))
    assert int(lean["BANDWIDTH"]) <= 200_000
    assert lean["FRAME-RATE"] == "30.000"
    alone = next(told for told, uri in variants_of(done) if uri.startswith("audio-lean"))
    assert int(alone["BANDWIDTH"]) <= 64_000
    assert "RESOLUTION" not in alone


def pcm(path: Path, channels: int) -> np.ndarray:
    """Decoded samples, one row a channel."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", str(channels), "-ar", str(RATE), "-f", "f32le", "-"]
    data = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return np.frombuffer(data, dtype="<f4").reshape(-1, channels).T


def strength(samples: np.ndarray, frequency: float) -> float:
    """The amplitude of one tone in the middle second."""
    middle = samples[len(samples) // 2 - RATE // 2 : len(samples) // 2 + RATE // 2]
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(middle)) / RATE)
    return float(2 * abs(np.mean(middle * wave)))


def test_five_channels_become_two_by_itus_coefficients(tmp_path: Path) -> None:
    tones = {"FL": 300, "FR": 500, "FC": 700, "LFE": 60, "BL": 1100, "BR": 1300}
    source = tmp_path / "surround.wav"
    expressions = "|".join(f"0.1*sin(2*PI*{frequency}*t)" for frequency in tones.values())
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{expressions}':c=5.1:s=48000:d=3", "-c:a", "pcm_s24le", source)
    done = process(source, tmp_path / "out", container="wav", kind="audio")
    left, right = pcm(done.path("hls/audio/media.mp4"), 2)
    one = strength(left, 300)
    heard = {name: (strength(left, hz) / one, strength(right, hz) / one) for name, hz in tones.items()}
    assert heard["FR"] == pytest.approx((0, 1), abs=0.02)
    assert heard["FC"] == pytest.approx((0.7071, 0.7071), abs=0.02)
    assert heard["BL"] == pytest.approx((0.7071, 0), abs=0.02)
    assert heard["BR"] == pytest.approx((0, 0.7071), abs=0.02)
    assert heard["LFE"] == pytest.approx((0, 0), abs=0.02)


SPEECH = "aevalsrc='0.5*sin(2*PI*(180+60*sin(2*PI*3*t))*t)*(0.2+0.8*abs(sin(2*PI*0.7*t)))':s=48000:d=8"
CLAP = "anoisesrc=c=white:r=48000:d=8:a=0.7:seed=7,bandpass=f=1800:width_type=h:w=2000,volume=6dB"
CLAPS = f"{SPEECH},volume=-14dB[s];{CLAP},volume='lt(mod(t,2),0.02)':eval=frame[c];[s][c]"
SOUNDS = {
    "quiet": f"{SPEECH},volume=-18dB,aformat=channel_layouts=stereo",
    "loud": f"{SPEECH},volume=9dB,alimiter=level=0,aformat=channel_layouts=stereo",
    "mono": f"{SPEECH},volume=-12dB",
    "claps": f"{CLAPS}amix=inputs=2:normalize=0,aformat=channel_layouts=stereo",
}


def levelled(expression: str, folder: Path) -> Processed:
    source = folder / "source.wav"
    ffmpeg("-f", "lavfi", "-i", expression, "-c:a", "pcm_s24le", source)
    return process(source, folder / "out", container="wav", kind="audio")


@pytest.mark.parametrize("name", SOUNDS)
def test_everything_comes_out_at_minus_sixteen_lufs_under_the_ceiling(name: str, tmp_path: Path) -> None:
    done = levelled(SOUNDS[name], tmp_path)
    heard, track = done.result.facts["loudness"], done.result.facts["tracks"][0]
    assert heard["integrated_lufs"] == pytest.approx(-16, abs=1.5 if name == "claps" else 0.3)
    assert heard["true_peak_dbtp"] <= -1.5
    assert probe(done.path("hls/audio/media.mp4"))["streams"][0]["channels"] == (1 if name == "mono" else 2)
    assert track["limited"] == (name == "claps")
    assert (track["gain_db"] < 0) == (name == "loud")


def test_a_linear_gain_changes_nothing_but_the_volume(tmp_path: Path) -> None:
    done = levelled(SOUNDS["quiet"], tmp_path)
    before, after = pcm(done.source, 2)[0], pcm(done.path("hls/audio/media.mp4"), 2)[0]
    gain = 10 ** (done.result.facts["tracks"][0]["gain_db"] / 20)
    loudest = np.abs(before).max()
    windows = [(np.abs(side[RATE * n : RATE * (n + 1)]).max()) for n in range(7) for side in (before, after)]
    ratios = [windows[n + 1] / windows[n] for n in range(0, 14, 2)]
    assert ratios == pytest.approx([gain] * 7, rel=0.05)
    assert np.abs(after).max() == pytest.approx(loudest * gain, rel=0.05)


def test_mono_stays_mono_and_its_lean_form_is_as_loud(tmp_path: Path) -> None:
    done = levelled(SOUNDS["mono"], tmp_path)
    assert probe(done.path("hls/audio/media.mp4"))["streams"][0]["channels"] == 1
    full, lean = (pcm(done.path(f"hls/{name}/media.mp4"), 1)[0] for name in ("audio", "audio-lean"))
    assert np.std(lean) == pytest.approx(np.std(full), rel=0.03)


def test_the_lean_form_of_equal_channels_is_as_loud_as_both(tmp_path: Path) -> None:
    done = levelled(SOUNDS["quiet"], tmp_path)
    full, lean = (pcm(done.path(f"hls/{name}/media.mp4"), 2) for name in ("audio", "audio-lean"))
    assert np.std(lean[0]) == pytest.approx(np.std(full[0]), rel=0.03)
    assert np.std(lean[0] - lean[1]) < 0.2 * np.std(lean[0])  # what is left is the encoder's


@pytest.mark.parametrize(
    ("expression", "integrated"),
    [("anullsrc=r=48000:cl=stereo:d=2", None), ("sine=440:r=48000:d=0.2", None)],
    ids=["silence", "a fifth of a second"],
)
def test_what_has_no_loudness_keeps_its_level(expression: str, integrated: float | None, tmp_path: Path) -> None:
    done = levelled(expression, tmp_path)
    track = done.result.facts["tracks"][0]
    assert (track["gain_db"], track["limited"], track["loudness"]["integrated_lufs"]) == (0.0, False, integrated)
    assert not [path for path in done.folder.rglob("*.mp4") if path.stat().st_size == 0]


def test_every_language_is_a_rendition_of_its_own(processed: Get) -> None:
    done = processed("tracks.mkv")
    sounds = [attributes(line) for line in master_of(done) if line.startswith("#EXT-X-MEDIA:")]
    told = [(each["GROUP-ID"], each["LANGUAGE"], each["NAME"], each["URI"]) for each in sounds]
    assert told == [
        ("audio", "vi", "Tiếng Việt", "audio/index.m3u8"),
        ("audio", "en", "English", "audio-2/index.m3u8"),
        ("audio", "vi", "Tiếng Việt (audio description)", "audio-3/index.m3u8"),
        ("audio-lean", "vi", "Tiếng Việt", "audio-lean/index.m3u8"),
        ("audio-lean", "en", "English", "audio-2-lean/index.m3u8"),
        ("audio-lean", "vi", "Tiếng Việt (audio description)", "audio-3-lean/index.m3u8"),
    ]
    assert sounds[2]["CHARACTERISTICS"] == "public.accessibility.describes-video"
    main, english = (pcm(done.path(f"hls/{name}/media.mp4"), 1)[0] for name in ("audio", "audio-2"))
    assert strength(main, 440) > 20 * strength(main, 880)
    assert strength(english, 880) > 20 * strength(english, 440)
    facts = done.result.facts["tracks"]
    assert [(each["language"], each["role"]) for each in facts] == [("vie", ""), ("eng", ""), ("vie", "description")]
    assert [each["gain_db"] for each in facts][1] == pytest.approx(facts[0]["gain_db"] - 10, abs=1)
    root = ElementTree.fromstring(done.path("hls/manifest.mpd").read_text(encoding="utf-8"))
    sets = list(root.iter(f"{{{NAMESPACE}}}AdaptationSet"))[1:]
    assert [(each.get("lang"), len(each.findall(f"{{{NAMESPACE}}}Representation"))) for each in sets] == [
        ("vi", 2),
        ("en", 2),
        ("vi", 2),
    ]
