"""Segments of a growing film: cut from fragments, in order, and carried on by another file."""

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from assets.growing import Span, without_holes
from tests.transcoding.video.conftest import SMALL_X264, ffmpeg, picture
from transcoding.ffmpeg.fragments import ByteRange, Fragment, FragmentError, FragmentReader, read_fragments
from transcoding.ffmpeg.ladder import choose_rungs
from transcoding.growing.cutting import Cut, Cutter
from transcoding.growing.plan import GrowingRendition, carried_on, growing_rungs
from transcoding.growing.playlists import render_growing_master, render_growing_playlist

MICRO = 1_000_000


def fragments(*begins: float, length: float = 2) -> list[Fragment]:
    """One after the other, 100 bytes each."""
    return [
        Fragment(
            range=ByteRange(offset=100 * number, length=100),
            first=ByteRange(offset=100 * number, length=10),
            begin=Fraction(begin),
            duration=Fraction(length),
            samples=50,
            independent=True,
        )
        for number, begin in enumerate(begins)
    ]


def cut(begin: int, duration: int, *, offset: int, length: int) -> Cut:
    return Cut(range=ByteRange(offset=offset, length=length), begin=Fraction(begin), duration=Fraction(duration))


def test_the_first_fragment_is_a_segment_by_itself_and_then_two_are_one() -> None:
    cutter, given = Cutter(), fragments(0, 2, 4, 6, 8, 10)
    assert cutter.feed(given[:1]) == [cut(0, 2, offset=0, length=100)]
    assert cutter.feed(given[1:2]) == []
    assert cutter.feed(given[2:]) == [cut(2, 4, offset=100, length=200), cut(6, 4, offset=300, length=200)]
    assert cutter.rest(whole=True) == [cut(10, 2, offset=500, length=100)]
    assert (cutter.end, cutter.rest(whole=True), cutter.lost) == (12, [], False)


def test_another_file_carries_on_where_the_first_one_was_cut() -> None:
    cutter = Cutter()
    cutter.feed(fragments(0, 2, 4, 6))
    cutter.begin_file()
    assert cutter.feed(fragments(0, 2, 4, 6, 8)) == [cut(6, 4, offset=300, length=200)]


def test_what_may_be_cut_short_is_left_to_the_next_file() -> None:
    cutter = Cutter()
    cutter.feed(fragments(0, 2, 4, 6))
    cutter.feed(fragments(8, length=1))  # where the file stops
    assert (cutter.rest(whole=False), cutter.end) == ([cut(6, 2, offset=300, length=100)], 8)
    cutter.begin_file()
    assert cutter.feed(fragments(6, 8, 10)) == [cut(8, 4, offset=100, length=200)]


def test_a_file_with_other_borders_adds_nothing() -> None:
    cutter = Cutter()
    cutter.feed(fragments(0, 2, 4))
    cutter.begin_file()
    assert cutter.feed(fragments(0, 5, 10, length=5)) == []
    assert (cutter.lost, cutter.end, cutter.rest(whole=True)) == (True, 6, [])


def test_what_is_behind_a_hole_waits_until_that_is_filled() -> None:
    first, second, third = (Span(begin=2 * number * MICRO, duration=2 * MICRO) for number in range(3))
    assert without_holes([third, first]) == [first]
    assert without_holes([third, second, first]) == [first, second, third]
    assert without_holes([second]) == []
    assert without_holes([first, Span(begin=MICRO, duration=MICRO), second]) == [first, second]
    assert without_holes([first, Span(begin=first.end + 500, duration=MICRO)])[-1].begin == first.end + 500


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ((1920, 1080), ["240p-lean", "360p"]),
        ((1080, 1920), ["240p-lean", "360p"]),
        ((426, 240), ["240p-lean", "240p"]),
        ((480, 300), ["240p-lean", "300p"]),
        ((160, 120), ["120p"]),
    ],
    ids=str,
)
def test_the_rungs_that_grow(size: tuple[int, int], names: list[str]) -> None:
    rungs = choose_rungs((Fraction(size[0]), Fraction(size[1])), Fraction(25))
    assert [rung.name for rung in growing_rungs(rungs)] == names


def test_a_fitted_ladder_carries_on_what_it_still_has() -> None:
    lean = GrowingRendition(name="240p-lean", bandwidth=1, width=426, height=240, rate=Fraction(25), codec="avc1")
    low = GrowingRendition(name="360p", bandwidth=9, width=640, height=360, rate=Fraction(25))
    sound = GrowingRendition(name="audio", bandwidth=1, channels=2)
    shown = [lean, low, sound]
    assert carried_on(shown, [replace(lean, bandwidth=5, codec=""), replace(sound, bandwidth=5)]) == (lean, sound)
    assert carried_on(shown, [replace(low, rate=Fraction(50)), sound]) == ()
    assert carried_on(shown, [lean, low]) == (), "the sound went"


def test_the_playlist_grows_and_ends_only_when_all_is_there() -> None:
    spans = [
        Span(begin=0, duration=2_000_000, header="aa", digest="01"),
        Span(begin=2_000_000, duration=4_004_000, header="aa", digest="02"),
        Span(begin=6_004_000, duration=2_000_000, header="bb", digest="03"),
    ]
    growing = render_growing_playlist(spans, ended=False)
    assert growing == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
        '#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=0\n#EXT-X-MAP:URI="init-aa.mp4"\n'
        "#EXTINF:2.000000,\n000000000000-01.mp4\n#EXTINF:4.004000,\n000002000000-02.mp4\n"
        '#EXT-X-MAP:URI="init-bb.mp4"\n#EXTINF:2.000000,\n000006004000-03.mp4\n'
    )
    assert render_growing_playlist(spans, ended=True) == growing + "#EXT-X-ENDLIST\n"


def test_the_master_names_every_picture_with_the_sound() -> None:
    renditions = [
        GrowingRendition(name="360p", bandwidth=880_000, width=640, height=360, rate=Fraction(25), codec="avc1.4d401e"),
        GrowingRendition(name="audio", bandwidth=140_000, channels=2, language="vie", codec="mp4a.40.2"),
    ]
    assert render_growing_master(renditions).splitlines()[3:] == [
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Tiếng Việt",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="vi",'
        'CHANNELS="2",URI="audio/index.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1020000,AVERAGE-BANDWIDTH=1020000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,'
        'FRAME-RATE=25.000,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        "360p/index.m3u8",
    ]
    assert [GrowingRendition.from_json(each.as_json()) for each in renditions] == renditions


@pytest.fixture(scope="module")
def fragmented(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("fragmented") / "media.mp4"
    flags = "+frag_keyframe+cmaf+skip_sidx+skip_trailer+delay_moov+default_base_moof"
    ffmpeg(*picture("64x64", seconds=4), *SMALL_X264, "-g", "25", "-movflags", flags, "-f", "mp4", path)
    return path.read_bytes()


def test_a_file_is_read_the_same_while_it_grows_byte_by_byte(fragmented: bytes, tmp_path: Path) -> None:
    whole = read_fragments(io.BytesIO(fragmented), size=len(fragmented))
    path, found = tmp_path / "growing.mp4", []
    path.touch()
    with path.open("rb") as file, path.open("ab", buffering=0) as writer:
        reader = FragmentReader(file)
        for start in range(0, len(fragmented), 97):
            writer.write(fragmented[start : start + 97])
            found += reader.read()
        assert reader.read() == []
    assert tuple(found) == whole.fragments
    assert reader.header == whole.codec_header


def test_a_growing_file_that_is_not_ours_is_refused() -> None:
    with pytest.raises(FragmentError):
        FragmentReader(io.BytesIO(b"\x00\x00\x00\x10free" + bytes(8))).read()
