"""The commands, compared whole."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath

import pytest

from transcoding.ffmpeg.commands import (
    _CODECS,
    Source,
    audio_args,
    count_args,
    decode_args,
    ladder_args,
    loudness_args,
    probe_args,
    read_args,
)
from transcoding.ffmpeg.finishing import (
    Still,
    TileGrid,
    download_args,
    own_loudness_args,
    poster_args,
    sprite_args,
)
from transcoding.ffmpeg.ladder import LadderPlan, Rung
from transcoding.ffmpeg.loudness import Level
from transcoding.ffmpeg.sound import AudioPlan

SOURCE = Source(path=Path("/job/original"), format="mov")
QUIET = "-hide_banner -nostdin -y -loglevel error -nostats -progress pipe:1 -stats_period 0.5"
TALKING = QUIET.replace("error", "info")
INPUT = f"-f mov -codec_whitelist {_CODECS} -format_whitelist mov -protocol_whitelist file -i file:/job/original"
CLEAN = "-map_chapters -1 -map_metadata -1"
CMAF = "-movflags +frag_keyframe+cmaf+dash+skip_sidx+skip_trailer+delay_moov+default_base_moof"
MIX = "async=1:center_mix_level=0.7071:first_pts=0:lfe_mix_level=0:surround_mix_level=0.7071"
METER = "ebur128=dualmono=true:framelog=verbose:peak=true"


def rung(name: str, width: int, height: int, maxrate: int) -> Rung:
    return Rung(
        name=name, width=width, height=height, crf=23, maxrate=maxrate, bufsize=2 * maxrate, h264_profile="high"
    )


PLAN = LadderPlan(
    video_index=0,
    rungs=(rung("720p", 1280, 720, 2800), rung("480p", 854, 480, 1400)),
    rate=Fraction(30000, 1001),
    deinterlace=False,
    matrix="bt709",
    audio=(AudioPlan(index=1, channels=2, bitrate=128),),
)


def video_output(stream: str, name: str, maxrate: int) -> str:
    return (
        f"-map [{stream}] -f mp4 -avoid_negative_ts disabled -bufsize {2 * maxrate}k -color_primaries bt709 "
        "-color_range tv -color_trc bt709 -colorspace bt709 -crf 23 -fflags +bitexact -flags:v +bitexact+cgop "
        f"-flush_packets 1 -g 60 -keyint_min 60 {CLEAN} -maxrate {maxrate}k {CMAF} -pix_fmt yuv420p -preset veryfast "
        f"-profile:v high -sc_threshold 0 -vcodec libx264 hls/{name}/media.mp4"
    )


def audio_output(stream: str, bitrate: int, name: str) -> str:
    return (
        f"-map [{stream}] -f mp4 -b:a {bitrate}k -acodec aac -ar 48000 -avoid_negative_ts disabled -fflags +bitexact "
        f"-flags:a +bitexact -flush_packets 1 -frag_duration 2000000 {CLEAN} {CMAF} hls/{name}/media.mp4"
    )


def test_the_ladder_is_one_decode_a_cascade_and_an_encoder_for_each_rung() -> None:
    graph = (
        "[0:0]fps=fps=30000/1001:start_time=0[s0];"
        "[s0]scale=1280:720:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv[s1];"
        "[s1]format=yuv420p[s2];[s2]setsar=1[s3];[s3]split=2[s4][s5];"
        "[s5]scale=854:480:flags=bicubic[s6];[s6]setsar=1[s7];"
        f"[0:1]aresample=48000:{MIX}[s8];"
        "[s8]aformat=channel_layouts=stereo:sample_fmts=fltp[s9];[s9]atrim=start_sample=1024[s10];"
        "[s10]asplit=2[s11][s12];[s12]aformat=channel_layouts=mono:sample_fmts=fltp[s13];[s13]aformat=channel_layouts=stereo:sample_fmts=fltp[s14]"
    )
    outputs = [
        video_output("s4", "720p", 2800),
        video_output("s7", "480p", 1400),
        audio_output("s11", 128, "audio"),
        audio_output("s14", 56, "audio-lean"),
    ]
    assert " ".join(ladder_args(SOURCE, PLAN)) == " ".join([QUIET, INPUT, "-filter_complex", graph, *outputs])


def test_the_lean_rung_shows_every_second_picture_of_a_fast_film() -> None:
    lean = replace(rung("240p-lean", 426, 240, 108), lean=True, step=2)
    plan = replace(PLAN, rate=Fraction(50), rungs=(PLAN.rungs[1], lean), audio=())
    args = ladder_args(SOURCE, plan)
    assert graph_of(args).endswith("scale=426:240:flags=bicubic[s6];[s6]setsar=1[s7];[s7]framestep=2[s8]")
    assert [args[place + 1] for place, word in enumerate(args) if word == "-g"] == ["100", "50"]
    assert [args[place + 1] for place, word in enumerate(args) if word == "-threads"] == ["1"]


def test_a_copied_rung_is_not_decoded_and_the_others_have_their_keyframes_where_it_has() -> None:
    plan = replace(PLAN, copied=(Fraction(0), Fraction(2002, 1000), Fraction(3)), audio=())
    args = " ".join(ladder_args(SOURCE, plan))
    assert "-map 0:0 -f mp4 -avoid_negative_ts disabled -bsf:v filter_units=pass_types=1|5|7|8,h264_metadata=" in args
    assert f"-min_frag_duration 1990000 {CMAF} -vcodec copy hls/720p/media.mp4" in args
    assert "scale=1280:720" not in args
    assert "-force_key_frames 0,1.993658,2.991658 -forced-idr 1 -g 100000 -keyint_min 1" in args


@pytest.mark.parametrize(
    ("level", "filters"),
    [
        (Level(), ""),
        (Level(gain=-3.5), "volume=-3.5dB"),
        (
            Level(gain=12.0, limit=True),
            "volume=12.0dB aresample=192000 alimiter=attack=5:latency=true:level=false:limit=0.7943:release=50 "
            "aresample=48000 aformat=channel_layouts=stereo:sample_fmts=fltp",
        ),
    ],
)
def test_the_level_is_set_before_the_encoder(level: Level, filters: str) -> None:
    graph = graph_of(ladder_args(SOURCE, replace(PLAN, audio=(replace(PLAN.audio[0], level=level),))))
    chain = [part.partition("]")[2].rpartition("[")[0] for part in graph.split(";")]
    begin = next(number for number, part in enumerate(chain) if part.startswith("aformat"))
    end = next(number for number, part in enumerate(chain) if part.startswith("atrim"))
    assert " ".join(chain[begin + 1 : end]) == filters


def graph_of(args: list[str]) -> str:
    return args[args.index("-filter_complex") + 1]


def test_interlaced_hdr_and_short_pictures_get_their_filters_before_the_cascade() -> None:
    plan = LadderPlan(
        video_index=2,
        rungs=(rung("360p", 640, 360, 800),),
        rate=Fraction(25),
        deinterlace=True,
        matrix="bt2020",
        tone_map="smpte2084",
        hold_last=1.5,
    )
    assert graph_of(ladder_args(SOURCE, plan)) == (
        "[0:2]bwdif=deint=all:mode=send_frame:parity=auto[s0];[s0]fps=fps=25/1:start_time=0[s1];"
        "[s1]tpad=stop_duration=1.5:stop_mode=clone[s2];[s2]scale=640:360:flags=bicubic[s3];"
        "[s3]zscale=matrixin=bt2020nc:npl=203:primariesin=bt2020:transfer=linear:transferin=smpte2084[s4];"
        "[s4]format=gbrpf32le[s5];[s5]zscale=primaries=bt709[s6];[s6]tonemap=desat=0:tonemap=hable[s7];"
        "[s7]zscale=dither=error_diffusion:matrix=bt709:range=tv:transfer=bt709[s8];"
        "[s8]format=yuv420p[s9];[s9]setsar=1[s10]"
    )


def test_sound_alone_is_decoded_once_for_hls_and_mp3() -> None:
    plan = AudioPlan(index=0, channels=1, bitrate=96, pad_to=3.0)
    graph = (
        f"[0:0]aresample=48000:{MIX}[s0];[s0]aformat=channel_layouts=mono:sample_fmts=fltp[s1];"
        "[s1]apad=whole_dur=3.0[s2];[s2]asplit=2[s3][s4];[s3]atrim=start_sample=1024[s5];[s5]asplit=2[s6][s7]"
    )
    mp3 = f"-map [s4] -f mp3 -b:a 96k -acodec libmp3lame -fflags +bitexact -id3v2_version 0 {CLEAN} download.mp3"
    expected = [QUIET, INPUT, "-filter_complex", graph, audio_output("s6", 96, "audio")]
    expected += [audio_output("s7", 48, "audio-lean"), mp3]
    assert " ".join(audio_args(SOURCE, [plan])) == " ".join(expected)


def test_an_unnamed_layout_gives_its_first_two_channels() -> None:
    graph = graph_of(audio_args(SOURCE, [AudioPlan(index=0, channels=2, bitrate=128, pick=True)]))
    assert graph.startswith("[0:0]channelmap=channel_layout=stereo:map=0|1[s0];")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            probe_args(SOURCE),
            "-hide_banner -v error -print_format json -show_format -show_streams -analyzeduration 20000000 "
            f"-probesize 20000000 -f mov -protocol_whitelist file -format_whitelist mov -codec_whitelist {_CODECS} "
            "-i file:/job/original",
        ),
        (count_args(SOURCE, [0, 2]), f"{QUIET} {INPUT} -map 0:0 -map 0:2 -f null -c copy -"),
        (decode_args(SOURCE, [0]), f"{QUIET} {INPUT} -map 0:0 -f null -"),
        (read_args(SOURCE), f"{QUIET} {INPUT} -map 0:v? -map 0:a? -f null -c copy -t 10 -"),
        (
            download_args(PurePosixPath("v.mp4"), PurePosixPath("a.mp4"), "download.mp4", language="vie"),
            f"{QUIET} -i v.mp4 -i a.mp4 -map 0:v -map 1:a -f mp4 -c copy -fflags +bitexact {CLEAN} "
            "-metadata:s:a:0 language=vie -movflags +faststart download.mp4",
        ),
        (
            download_args(None, PurePosixPath("a.mp4"), "download.m4a"),
            f"{QUIET} -i a.mp4 -map 0:a -f mp4 -c copy -fflags +bitexact {CLEAN} -movflags +faststart download.m4a",
        ),
        (
            own_loudness_args(PurePosixPath("a.mp4")),
            f"{TALKING} -i a.mp4 -filter_complex [0:a]{METER}[s0] -map [s0] -f null -",
        ),
        (
            loudness_args(SOURCE, [AudioPlan(index=1, channels=1, bitrate=96, level=Level(gain=3.0), pad_to=9.0)]),
            f"{TALKING} {INPUT} -filter_complex [0:1]aresample=48000:{MIX}[s0];"
            f"[s0]aformat=channel_layouts=mono:sample_fmts=fltp[s1];[s1]{METER}[s2] -map [s2] -f null -",
        ),
        (
            poster_args(PurePosixPath("v.mp4"), 4.004, [Still(name="w320.webp", width=320, height=180)]),
            f"{QUIET} -ss 4.004 -i v.mp4 -filter_complex [0:v]split=2[s0][s1];"
            "[s0]scale=in_color_matrix=bt709:out_color_matrix=smpte170m:out_range=pc[s2];[s2]format=yuvj420p[s3];"
            "[s1]scale=320:180:flags=lanczos:in_color_matrix=bt709:out_color_matrix=smpte170m[s4] "
            f"-map [s3] -f image2 -fflags +bitexact {CLEAN} -q:v 3 -update 1 -vcodec mjpeg -vframes 1 poster.jpg "
            f"-map [s4] -f webp -compression_level 4 -fflags +bitexact {CLEAN} -quality 80 -vcodec libwebp -vframes 1 "
            "w320.webp",
        ),
    ],
    ids=["probe", "count", "decode", "read", "download", "download of sound", "our loudness", "loudness", "poster"],
)
def test_each_small_command_is_this(args: list[str], expected: str) -> None:
    assert " ".join(args) == expected


def test_the_seek_bar_decodes_keyframes_of_the_smallest_rung_only() -> None:
    grid = TileGrid(width=160, height=90, every=3, count=5, columns=5, rows=1)
    args = sprite_args(PurePosixPath("v.mp4"), grid, PurePosixPath("a.mp4"), scratch=".scratch-1")
    assert " ".join(args) == (
        f"{TALKING} -skip_frame nokey -i v.mp4 -i a.mp4 -filter_complex "
        "[0:v]select=not(mod(n\\,3))[s0];"
        "[s0]scale=160:90:flags=area:in_color_matrix=bt709:out_color_matrix=smpte170m:out_range=pc[s1];"
        "[s1]format=yuvj420p[s2];[s2]split=2[s3][s4];[s3]tile=5x1[s5];[s4]thumbnail=5[s6];"
        f"[1:a]{METER}[s7] "
        f"-map [s5] -f image2 -fflags +bitexact {CLEAN} -q:v 4 -update 1 -vcodec mjpeg -vframes 1 sprite.jpg "
        "-map [s6] -f framecrc -fps_mode passthrough -vframes 1 .scratch-1/poster-time.txt "
        "-map [s7] -f null -"
    )
