"""The commands of a look into a film, compared whole, and what is read of their answers."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.transcoding.video.test_commands import CLEAN, INPUT, PLAN, QUIET, SOURCE, graph_of
from transcoding.ffmpeg.commands import samples_args
from transcoding.ffmpeg.content import Samples, tried
from transcoding.ffmpeg.trials import comparing_args, packets_args, parse_packets, parse_vmaf, trials_args

RUNG = PLAN.rungs[1]
SAMPLES = Samples(begins=(20.5, 65.5), seconds=4.5, pictures=120, rung=RUNG)


def coded(stream: str, crf: int, path: str, *, gop: int = 60, more: str = "", last: str = "") -> str:
    return (
        f"-map [{stream}] -f nut -color_primaries bt709 -color_range tv -color_trc bt709 -colorspace bt709 -crf {crf} "
        f"-fflags +bitexact -flags:v +bitexact+cgop -g {gop} -keyint_min {gop} {CLEAN} -pix_fmt yuv420p "
        f"-preset veryfast -profile:v high {more}-sc_threshold 0 {last}-vcodec libx264 {path}"
    )


def test_samples_are_decoded_once_and_coded_as_planned() -> None:
    args = samples_args(SOURCE, PLAN, SAMPLES, folder="look")
    scale = "scale=854:480:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv"
    graph = (
        "[0:0]fps=fps=30000/1001[s0];[s0]trim=end_frame=120[s1];[s1]setpts=PTS-STARTPTS[s2];"
        f"[s2]{scale}[s3];[s3]format=yuv420p[s4];[s4]setsar=1[s5];"
        "[1:0]fps=fps=30000/1001[s6];[s6]trim=end_frame=120[s7];[s7]setpts=PTS-STARTPTS[s8];"
        f"[s8]{scale}[s9];[s9]format=yuv420p[s10];[s10]setsar=1[s11];"
        "[s5][s11]concat=a=0:n=2:v=1[s12];[s12]split=2[s13][s14]"
    )
    inputs = [INPUT.replace("-i ", f"-ss {begin} -t 4.5 -i ") for begin in SAMPLES.begins]
    plain = "-map [s13] -f nut -vcodec rawvideo look/reference.nut"
    expected = [QUIET, *inputs, "-filter_complex", graph, plain, coded("s14", 23, "look/fixed.nut")]
    assert " ".join(args) == " ".join(expected)


def test_an_interlaced_film_is_deinterlaced_for_its_samples_too() -> None:
    graph = graph_of(samples_args(SOURCE, replace(PLAN, deinterlace=True), SAMPLES, folder="look"))
    assert graph.startswith("[0:0]bwdif=deint=all:mode=send_frame:parity=auto[s0];[s0]fps=")


def test_trials_are_more_thorough_and_have_fewer_bits() -> None:
    more, last = "-rc-lookahead 40 -refs 2 ", "-subq 4 -trellis 1 "
    expected = [
        f"{QUIET} -i look/reference.nut -filter_complex [0:v]split=2[s0][s1]",
        coded("s0", 25, "look/trial-0.nut", gop=120, more=more, last=last),
        coded("s1", 27, "look/trial-1.nut", gop=120, more=more, last=last),
    ]
    assert " ".join(trials_args(tried(PLAN, RUNG, 0.6), folder="look")) == " ".join(expected)


def test_each_coding_is_compared_with_the_samples_picture_by_picture() -> None:
    args = comparing_args(["fixed.nut", "trial-0.nut"], folder="look")
    assert graph_of(args) == (
        "[0:v]settb=1[s0];[s0]setpts=N[s1];[1:v]settb=1[s2];[s2]setpts=N[s3];[s3]split=2[s4][s5];"
        "[s1][s4]libvmaf=log_fmt=json:log_path=look/vmaf-0.json:n_subsample=3[s6];[2:v]settb=1[s7];[s7]setpts=N[s8];"
        "[s8][s5]libvmaf=log_fmt=json:log_path=look/vmaf-1.json:n_subsample=3[s9]"
    )


def test_sizes_and_keyframes_are_read_from_ffprobe() -> None:
    assert packets_args(folder="look")[-1] == "look/fixed.nut"
    text = b'{"packets": [{"size": "900", "flags": "K__"}, {"size": "30", "flags": "___"}]}'
    assert parse_packets(text) == [(900, True), (30, False)]


def test_vmaf_is_the_mean_of_its_report() -> None:
    assert parse_vmaf('{"pooled_metrics": {"vmaf": {"min": 80, "mean": 93.25}}}') == pytest.approx(93.25)


def test_a_step_of_half_a_crf_is_said_plainly() -> None:
    rung = replace(RUNG, crf=24.5)
    args = trials_args([(rung, replace(PLAN, rate=Fraction(25)))], folder="look")
    assert args[args.index("-crf") + 1] == "24.5"
