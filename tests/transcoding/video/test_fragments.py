"""Fragmented files read box by box: what our commands write is understood, anything else is refused."""

import io
import struct
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcoding.video.conftest import ffmpeg, picture, probe
from transcoding.ffmpeg.commands import Source, ladder_args
from transcoding.ffmpeg.description import VideoStream
from transcoding.ffmpeg.fragments import ByteRange, FragmentedFile, FragmentError, read_fragments, sidx
from transcoding.ffmpeg.ladder import plan_ladder
from transcoding.ffmpeg.runner import ProcessingCancelled
from transcoding.video.packaging import package


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds at 24 pictures a second, as the ladder's own command writes them."""
    folder = tmp_path_factory.mktemp("fragments")
    source = folder / "source.mp4"
    ffmpeg(*picture("64x48", rate="24", seconds=5), "-c:v", "libx264", "-preset", "ultrafast", source)
    video = VideoStream(index=0, codec="h264", width=64, height=48, average_rate=Fraction(24), real_rate=Fraction(24))
    args = ladder_args(Source(path=source, format="mov"), plan_ladder(video, duration=5))
    target = folder / "hls/48p"
    target.mkdir(parents=True)
    ffmpeg(*(str(folder / word) if word.startswith("hls/") else word for word in args[3:]))
    return target / "media.mp4"


def read(data: bytes) -> FragmentedFile:
    return read_fragments(io.BytesIO(data), size=len(data))


def test_each_fragment_says_when_it_begins_how_long_it_lasts_and_where_its_keyframe_ends(written: Path) -> None:
    data = written.read_bytes()
    found = read(data)
    sizes = [int(packet["size"]) for packet in probe(written, "-show_packets")["packets"]]
    assert [fragment.begin for fragment in found.fragments] == [0, 2, 4]
    assert [fragment.duration for fragment in found.fragments] == [2, 2, 1]
    assert [fragment.samples for fragment in found.fragments] == [48, 48, 24]
    assert all(fragment.independent for fragment in found.fragments)
    assert found.fragments[-1].range.end == len(data)
    first = 0
    for fragment in found.fragments:
        assert data[fragment.range.offset + 4 : fragment.range.offset + 8] == b"moof"
        inside = data[fragment.range.offset : fragment.range.end]
        assert fragment.first.length == inside.index(b"mdat") + 4 + sizes[first]
        first += fragment.samples
    assert found.header == ByteRange(offset=0, length=data.index(b"moof") - 4)


@pytest.mark.parametrize("cut", [0.05, 0.3, 0.6, 0.95, 0.999])
def test_a_file_that_ends_too_early_is_refused(cut: float, written: Path) -> None:
    data = written.read_bytes()
    with pytest.raises(FragmentError):
        read(data[: int(len(data) * cut)])


@given(st.binary(max_size=200), st.sampled_from([b"", b"moov", b"moof", b"mdat"]))
def test_any_other_bytes_are_refused(noise: bytes, kind: bytes) -> None:
    data = struct.pack(">I4s", 8 + len(noise), kind) + noise if kind else noise
    with pytest.raises(FragmentError):
        read(data)


def test_damage_inside_a_fragment_is_refused_or_read_never_crashes(written: Path) -> None:
    data = bytearray(written.read_bytes())
    begin = data.index(b"moof")
    for place in range(begin, begin + 200):
        kept, data[place] = data[place], data[place] ^ 0xFF
        with suppress(FragmentError):
            assert read(bytes(data)).fragments
        data[place] = kept


def test_the_index_adds_up_without_drift() -> None:
    third = Fraction(1001, 30000) * 7
    index = sidx(1000, Fraction(0), [(100 + number, third) for number in range(300)])
    count = struct.unpack_from(">H", index, 38)[0]
    entries = [struct.unpack_from(">III", index, 40 + 12 * number) for number in range(count)]
    assert (len(index), count) == (40 + 12 * 300, 300)
    assert sum(ticks for _, ticks, _ in entries) == round(third * 300 * 1000)
    assert {mark for _, _, mark in entries} == {0x9000_0000}


def test_packaging_stops_when_asked(written: Path) -> None:
    folder = written.parents[2]
    before = written.read_bytes()
    with pytest.raises(ProcessingCancelled):
        package(folder, "48p", picture=True, cancelled=lambda: True)
    assert written.read_bytes() == before


def test_a_packaged_file_is_read_as_before_behind_its_index(written: Path, tmp_path: Path) -> None:
    target = tmp_path / "hls/48p"
    target.mkdir(parents=True)
    (target / "media.mp4").write_bytes(written.read_bytes())
    packaged = package(tmp_path, "48p", picture=True)
    before, after = read(written.read_bytes()), read((target / "media.mp4").read_bytes())
    moved = packaged.index.length
    assert [f.range.offset - moved for f in after.fragments] == [f.range.offset for f in before.fragments]
    assert [f.begin for f in after.fragments] == list(packaged.keyframes)
    assert packaged.playlist.segments[0].range.offset == after.fragments[0].range.offset
    assert packaged.samples == 120
    assert sorted(path.name for path in target.iterdir()) == ["iframes.m3u8", "index.m3u8", "media.mp4"]
