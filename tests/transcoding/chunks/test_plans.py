"""Where films are cut, without a film."""

from array import array
from dataclasses import replace
from fractions import Fraction
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcoding.chunks.film import Film
from transcoding.chunks.packets import Packets, parse_packets
from transcoding.chunks.plan import LONGEST_GOP, ROOM, plan_chunks, segment_pictures, why_not_cut, why_whole
from transcoding.chunks.stored import Unreadable, from_json, to_json
from transcoding.ffmpeg.commands import Source, chunk_args, cut_args
from transcoding.ffmpeg.content import Content, Fitted
from transcoding.ffmpeg.description import AudioStream, MediaDescription, VideoStream, parse_description
from transcoding.ffmpeg.filters import Window
from transcoding.ffmpeg.ladder import LadderPlan, plan_ladder
from transcoding.ffmpeg.probe import Admitted

VIDEO = VideoStream(index=0, codec="h264", width=640, height=360, average_rate=Fraction(25), real_rate=Fraction(25))
SOUND = AudioStream(index=1, codec="aac", channels=2, sample_rate=48_000, layout="stereo", duration=100.0)


def plan_at(rate: Fraction) -> LadderPlan:
    return plan_ladder(replace(VIDEO, average_rate=rate, real_rate=rate), [SOUND], duration=100)


def film_of(seconds: int, *, rate: Fraction = Fraction(25), keyframe_every: int = 50) -> Packets:
    pictures = int(seconds * rate)
    lines = ["#tb 0: 1/90000"]
    for number in range(pictures):
        shown = round(number / rate * 90_000)
        mark = "" if number % keyframe_every == 0 else ", F=0x0"
        lines.append(f"0, {shown}, {shown}, 1, {1000 + number}, 0x{number:08x}{mark}")
    return parse_packets(lines)


RATES = st.sampled_from([Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)])


@hypothesis.settings(deadline=None, max_examples=40)
@given(seconds=st.integers(30, 200), length=st.integers(4, 70), rate=RATES, every=st.integers(1, 250))
def test_chunks_follow_each_other_on_the_grid_and_have_room_on_both_sides(
    seconds: int, length: int, rate: Fraction, every: int
) -> None:
    packets, plan = film_of(seconds, rate=rate, keyframe_every=every), plan_at(rate)

    cut = plan_chunks(packets, plan, seconds=length)

    if cut.reason:
        assert cut.reason == "short"
        return
    assert [chunk.number for chunk in cut.chunks] == list(range(len(cut.chunks)))
    assert cut.chunks[0].first == 0
    assert cut.chunks[-1].end is None
    assert cut.chunks[-1].until == len(packets.shown)
    for before, after in zip(cut.chunks, cut.chunks[1:], strict=False):
        assert before.end == after.first
        assert after.first % segment_pictures(plan) == 0
        assert after.begin in packets.keyframes
        assert after.begin == 0 or packets.seconds(after.begin) <= after.first / rate - ROOM
        last = packets.seconds(before.until - 1)
        assert last >= after.first / rate or before.until == len(packets.shown)
        assert before.until == len(packets.shown) or packets.seconds(before.until) > after.first / rate + ROOM


def test_the_first_chunk_is_two_segments_and_the_last_no_stump() -> None:
    cut = plan_chunks(film_of(200), plan_at(Fraction(25)), seconds=60)

    assert [(chunk.first, chunk.end) for chunk in cut.chunks] == [(0, 200), (200, 1700), (1700, 3200), (3200, None)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"changes": True}, "changing"),
        ({"shown": array("q")}, "changing"),
        ({"shown": array("q", [0, -(1 << 63)] * 500)}, "timestamps"),
        ({"shown": array("q", [0] * 1000)}, "timestamps"),
        ({"keyframes": ()}, "keyframes"),
        ({"keyframes": (0, 100, 50)}, "keyframes"),
        ({"keyframes": (0,)}, "keyframes"),
    ],
)
def test_what_the_packets_say_against_cutting(change: dict[str, Any], reason: str) -> None:
    packets = replace(film_of(2 * int(LONGEST_GOP)), **change)

    assert why_not_cut(packets) == reason


@pytest.mark.parametrize(
    ("video", "duration", "reason"),
    [
        (VIDEO, 601, ""),
        (VIDEO, 600, "short"),
        (replace(VIDEO, codec="ffv1"), 601, "codec"),
        (replace(VIDEO, rotation=90, transformed=True), 601, ""),
        (replace(VIDEO, transformed=True, mirrored=True), 601, "mirrored"),
        (replace(VIDEO, codec="prores", interlaced=True), 601, "interlaced"),
        (replace(VIDEO, codec="mpeg2video", interlaced=True), 601, ""),
    ],
)
def test_what_the_header_says_against_cutting(video: VideoStream, duration: float, reason: str) -> None:
    assert why_whole(video, duration, above=600) == reason


@pytest.mark.parametrize(
    ("first", "second", "mirrored"),
    [((65536, 0), (0, 65536), False), ((0, -65536), (65536, 0), False), ((-65536, 0), (0, 65536), True)],
)
def test_a_mirrored_picture_is_told_from_a_turned_one(
    first: tuple[int, int], second: tuple[int, int], mirrored: bool
) -> None:
    rows = [f"0000000{number}: {a:12} {b:12} {0:12}" for number, (a, b) in enumerate((first, second, (0, 0)))]
    stream = {
        "index": 0,
        "codec_type": "video",
        "codec_name": "h264",
        "width": 64,
        "height": 48,
        "side_data_list": [{"side_data_type": "Display Matrix", "displaymatrix": "\n" + "\n".join(rows) + "\n"}],
    }

    described = parse_description({"streams": [stream], "format": {"format_name": "mov"}})

    assert described.video[0].mirrored is mirrored


def test_a_part_holds_the_packets_of_the_film_or_it_does_not() -> None:
    lines = ["#tb 0: 1/25"]
    lines += [f"0, {n}, {n}, 1, 100, 0x{n:08x}" + ("" if n % 10 == 0 else ", F=0x0") for n in range(60)]
    film = parse_packets(lines)

    def part(first: int, end: int) -> Packets:
        return parse_packets([lines[0], *lines[1 + first : 1 + end]])

    assert film.holds(part(10, 40), first=20, end=40)
    assert not film.holds(part(30, 40), first=20, end=40)
    assert not film.holds(part(20, 35), first=20, end=40)
    assert not film.holds(part(11, 40), first=20, end=40)
    assert not film.holds(parse_packets([*lines[:1], *lines[21:30], *lines[31:42]]), first=20, end=40)
    other = [line.replace("0x0000001e", "0x0000ffff") for line in lines]
    assert not film.holds(parse_packets([other[0], *other[21:]]), first=20, end=40)


def test_side_data_in_the_middle_is_a_change_and_the_number_of_a_stream_is_none() -> None:
    begin = ["#tb 0: 1/25", "0, 0, 0, 1, 100, 0x01, S=2, 1, 40"]

    assert not parse_packets([*begin, "0, 1, 1, 1, 100, 0x02, F=0x0, S=1, 1"]).changes
    assert not parse_packets([*begin, "0, 1, 1, 1, 100, 0x02, F=0x0, S=1, 1, 0x00e000e0"]).changes
    assert parse_packets([*begin, "0, 1, 1, 1, 100, 0x02, S=1, 47"]).changes


def test_a_plan_survives_the_database() -> None:
    description = MediaDescription(
        container="mov", size=5, duration=100.0, video=(VIDEO,), audio=(SOUND,), tags={"a": "ă"}
    )
    admitted = Admitted(description=description, video=VIDEO, audio=SOUND, duration=100.0, tracks=(SOUND,))
    looked = Content(keyframe_share=0.5, offset=1.5, bits=0.7, kilobits=90.5, pixels=230_400)
    fitted = Fitted(plan=plan_at(Fraction(30000, 1001)), content=looked)
    film = Film(format="mov", admitted=admitted, fitted=fitted, not_copied="size")

    assert from_json(Film, to_json(film)) == film


@pytest.mark.parametrize("stored", [{}, {"format": "mov"}, [], None, {"format": "mov", "more": 1}])
def test_a_plan_that_does_not_fit_is_said_to_be_unreadable(stored: Any) -> None:
    with pytest.raises(Unreadable):
        from_json(Film, stored)


def test_a_chunk_s_command_counts_from_a_second_that_is_exact() -> None:
    source, rate = Source(path="/chunk.nut", format="nut"), Fraction(30000, 1001)  # type: ignore[arg-type]

    args = chunk_args(source, plan_at(rate), Window(first=60_000, end=61_800, rotation=90, range="pc"))

    graph = args[args.index("-filter_complex") + 1]
    assert graph.startswith("[0:0]transpose=dir=clock[s0];[s0]fps=fps=30000/1001:start_time=2002[s1]")
    assert "trim=end_pts=61800:start_pts=60000" in graph
    assert args[args.index("-color_range") + 1] == "pc"
    assert "-copyts" in args


def test_the_last_part_is_cut_to_the_film_s_end() -> None:
    args = cut_args(Source(path="/film", format="mov"), 0, seek=12.5, until=None, name="source.nut", folder="s")  # type: ignore[arg-type]

    assert "-to" not in args
    assert args[args.index("-ss") + 1] == "12.500000"
    assert {"-copyts", "-start_at_zero"} <= set(args)
