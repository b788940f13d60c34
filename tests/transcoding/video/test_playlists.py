"""Playlists and manifests, compared whole, and the rules that they keep."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from transcoding.ffmpeg.dash import NAMESPACE, Representation, Track, render_manifest
from transcoding.ffmpeg.fragments import ByteRange, Fragment, FragmentedFile
from transcoding.ffmpeg.languages import short_language, track_name
from transcoding.ffmpeg.playlists import (
    AudioRendition,
    MediaPlaylist,
    Segment,
    Variant,
    build_playlist,
    render_keyframe_playlist,
    render_master,
    render_media_playlist,
)
from transcoding.ffmpeg.segments import LEAST_SEGMENT, begin_at_least, distances


def fragment(begin: float, duration: float, offset: int, length: int) -> Fragment:
    return Fragment(
        range=ByteRange(offset=offset, length=length),
        first=ByteRange(offset=offset, length=length // 10),
        begin=Fraction(begin),
        duration=Fraction(duration),
        samples=50,
        independent=True,
    )


FILE = FragmentedFile(
    header=ByteRange(offset=0, length=800),
    timescale=12800,
    fragments=(
        fragment(0, 2, 800, 400_000),
        fragment(2, 2, 400_800, 600_000),
        fragment(4, 2, 1_000_800, 2_000_000),
        fragment(6, 0.5, 3_000_800, 100_000),
    ),
    codec_header=b"",
)


def segment(duration: float, offset: int, length: int) -> Segment:
    return Segment(duration=duration, range=ByteRange(offset=offset, length=length))


def test_fragments_are_joined_into_segments_behind_the_index() -> None:
    assert build_playlist("media.mp4", FILE, picture=True, moved=68) == MediaPlaylist(
        uri="media.mp4",
        header=ByteRange(offset=0, length=800),
        segments=(segment(4.0, 868, 1_000_000), segment(2.5, 1_000_868, 2_100_000)),
        keyframes=(
            segment(2.0, 868, 40_000),
            segment(2.0, 400_868, 60_000),
            segment(2.0, 1_000_868, 200_000),
            segment(0.5, 3_000_868, 10_000),
        ),
    )


PLAYLIST = build_playlist("media.mp4", FILE, picture=True)


def test_the_media_playlist() -> None:
    assert render_media_playlist(PLAYLIST) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="media.mp4",BYTERANGE="800@0"\n'
        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:1000000@800\nmedia.mp4\n"
        "#EXTINF:2.500000,\n#EXT-X-BYTERANGE:2100000@1000800\nmedia.mp4\n#EXT-X-ENDLIST\n"
    )


def test_the_playlist_of_keyframes() -> None:
    short = replace(PLAYLIST, keyframes=PLAYLIST.keyframes[2:])
    assert render_keyframe_playlist(short) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="media.mp4",BYTERANGE="800@0"\n'
        "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:200000@1000800\nmedia.mp4\n"
        "#EXTINF:0.500000,\n#EXT-X-BYTERANGE:10000@3000800\nmedia.mp4\n#EXT-X-ENDLIST\n"
    )


def test_bandwidth_peaks_over_half_to_one_and_a_half_targets() -> None:
    """The last tenth of a second alone would be 8 Mbit/s; it counts only together with its neighbour."""
    segments = (segment(4.0, 800, 1_000_000), segment(4.0, 1_000_800, 2_000_000), segment(0.1, 3_000_800, 100_000))
    playlist = MediaPlaylist(uri="media.mp4", header=ByteRange(offset=0, length=800), segments=segments)
    assert playlist.average_bandwidth == round(8 * 3_100_000 / 8.1)
    assert playlist.peak_bandwidth == round(8 * 2_100_000 / 4.1)


@given(st.lists(st.fractions(Fraction(1, 25), 5, max_denominator=60_000), min_size=1, max_size=60))
def test_segments_are_four_seconds_or_more_but_for_the_last(lengths: list[Fraction]) -> None:
    *times, end = accumulate(lengths, initial=Fraction(0))
    starts = begin_at_least(times, LEAST_SEGMENT)
    assert set(starts) <= set(times)
    assert all(LEAST_SEGMENT <= each < LEAST_SEGMENT + max(lengths) for each in distances(starts, end)[:-1])


RUNG = Variant(
    uri="720p/index.m3u8",
    codec="avc1.64001f",
    average_bandwidth=2_000_000,
    peak_bandwidth=2_500_000,
    width=1280,
    height=720,
    rate=Fraction(30000, 1001),
    group="audio",
    keyframes=("720p/iframes.m3u8", 200_000, 300_000),
)
SOUND = AudioRendition(
    uri="audio/index.m3u8",
    codec="mp4a.40.2",
    channels=2,
    average_bandwidth=128_000,
    peak_bandwidth=130_000,
    language="vie",
)
LEAN = replace(SOUND, uri="audio-lean/index.m3u8", channels=1, average_bandwidth=48_000, peak_bandwidth=50_000)


def test_the_master_playlist() -> None:
    alone = Variant(
        uri="audio-lean/index.m3u8",
        codec="mp4a.40.2",
        average_bandwidth=48_000,
        peak_bandwidth=50_000,
        group="audio-lean",
    )
    english = replace(SOUND, uri="audio-2/index.m3u8", number=2, language="eng", role="description")
    tracks = [SOUND, replace(english, peak_bandwidth=140_000), replace(LEAN, group="audio-lean")]
    assert render_master([RUNG, alone], tracks) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Tiếng Việt",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="vi",'
        'CHANNELS="2",URI="audio/index.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English (audio description)",DEFAULT=NO,AUTOSELECT=YES,'
        'LANGUAGE="en",CHARACTERISTICS="public.accessibility.describes-video",CHANNELS="2",URI="audio-2/index.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-lean",NAME="Tiếng Việt",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="vi",'
        'CHANNELS="1",URI="audio-lean/index.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=2640000,AVERAGE-BANDWIDTH=2128000,CODECS="avc1.64001f,mp4a.40.2",'
        'RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE\n720p/index.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=50000,AVERAGE-BANDWIDTH=48000,CODECS="mp4a.40.2",AUDIO="audio-lean"\n'
        "audio-lean/index.m3u8\n"
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.64001f",'
        'RESOLUTION=1280x720,URI="720p/iframes.m3u8"\n'
    )


def test_the_master_of_sound_alone() -> None:
    sound = Variant(uri="audio/index.m3u8", codec="mp4a.40.2", average_bandwidth=128_000, peak_bandwidth=130_000)
    assert render_master([sound]) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"\naudio/index.m3u8\n'
    )


def test_a_commentary_is_heard_only_when_chosen() -> None:
    text = render_master([RUNG], [SOUND, replace(SOUND, number=2, role="commentary")])
    assert 'NAME="Tiếng Việt (commentary)",DEFAULT=NO,AUTOSELECT=NO' in text


@pytest.mark.parametrize(
    ("language", "role", "number", "code", "name"),
    [
        ("vie", "", 1, "vi", "Tiếng Việt"),
        ("", "", 1, "", "Main"),
        ("", "commentary", 3, "", "Track 3 (commentary)"),
        ("hmn", "", 2, "hmn", "hmn"),
        ("chi", "description", 2, "zh", "中文 (audio description)"),
    ],
)
def test_tracks_have_names_and_short_codes(language: str, role: str, number: int, code: str, name: str) -> None:
    assert short_language(language) == code
    assert track_name(code, role=role, number=number) == name


PICTURE = Representation(
    name="720p",
    uri="720p/media.mp4",
    codec="avc1.64001f",
    bandwidth=2_500_000,
    header=ByteRange(offset=0, length=800),
    index=ByteRange(offset=800, length=68),
    width=1280,
    height=720,
    rate=Fraction(30000, 1001),
)
AUDIO = replace(PICTURE, name="audio", uri="audio/media.mp4", codec="mp4a.40.2", bandwidth=130_000, channels=2)


def test_the_dash_manifest() -> None:
    tracks = [
        Track(representations=(AUDIO,), language="vie", main=True),
        Track(representations=(replace(AUDIO, name="audio-2", channels=1),), language="en", role="description"),
    ]
    root = ElementTree.fromstring(render_manifest([PICTURE], tracks, duration=11.0109, step=5))
    spaces = {"": NAMESPACE}
    assert root.attrib["type"] == "static"
    assert (root.attrib["mediaPresentationDuration"], root.attrib["minBufferTime"]) == ("PT11.011S", "PT5S")
    sets = root.findall("Period/AdaptationSet", spaces)
    assert [(each.get("mimeType"), each.get("lang"), each.get("subsegmentAlignment")) for each in sets] == [
        ("video/mp4", None, "true"),
        ("audio/mp4", "vi", "true"),
        ("audio/mp4", "en", "true"),
    ]
    shown = sets[0].find("Representation", spaces)
    assert shown is not None
    assert shown.attrib == {
        "id": "720p",
        "bandwidth": "2500000",
        "codecs": "avc1.64001f",
        "width": "1280",
        "height": "720",
        "sar": "1:1",
        "frameRate": "30000/1001",
    }
    assert shown.findtext("BaseURL", namespaces=spaces) == "720p/media.mp4"
    base = shown.find("SegmentBase", spaces)
    assert base is not None
    assert base.get("indexRange") == "800-867"
    assert [each.get("range") for each in base] == ["0-799"]
    roles = [each.get("value") for each in root.findall("Period/AdaptationSet/Role", spaces)]
    assert roles == ["main", "description"]
    assert [each.get("value") for each in root.iter(f"{{{NAMESPACE}}}Accessibility")] == ["1"]
    assert [each.get("value") for each in root.iter(f"{{{NAMESPACE}}}AudioChannelConfiguration")] == ["2", "1"]
