"""The commands, compared whole."""

from fractions import Fraction
from pathlib import Path, PurePosixPath

import pytest

from transcoding.ffmpeg.commands import (
    _CODECS,
    Source,
    Still,
    TileGrid,
    audio_args,
    count_args,
    decode_args,
    download_args,
    ladder_args,
    loudness_args,
    poster_args,
    probe_args,
    read_args,
    sprite_args,
)
from transcoding.ffmpeg.ladder import AudioPlan, LadderPlan, Rung

SOURCE = Source(path=Path("/job/original"), format="mov")
QUIET = "-hide_banner -nostdin -y -loglevel error -nostats -progress pipe:1 -stats_period 0.5"
TALKING = QUIET.replace("error", "info")
INPUT = f"-f mov -codec_whitelist {_CODECS} -format_whitelist mov -protocol_whitelist file -i file:/job/original"
CLEAN = "-map_chapters -1 -map_metadata -1"
HLS = "-hls_flags single_file+independent_segments -hls_playlist_type vod -hls_segment_filename hls/{name}/media.mp4 "
HLS += "-hls_segment_options movflags=+negative_cts_offsets:fflags=+bitexact -hls_segment_type fmp4 -hls_time 4"


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
    audio=AudioPlan(index=1, channels=2, bitrate=128),
)


def video_output(stream: str, name: str, maxrate: int) -> str:
    return (
        f"-map [{stream}] -f hls -avoid_negative_ts disabled -bufsize {2 * maxrate}k -color_primaries bt709 "
        "-color_range tv -color_trc bt709 -colorspace bt709 -crf 23 -fflags +bitexact -flags:v +bitexact+cgop -g 60 "
        f"{HLS.format(name=name)} -keyint_min 60 {CLEAN} -maxrate {maxrate}k -pix_fmt yuv420p -preset veryfast "
        f"-profile:v high -sc_threshold 0 -vcodec libx264 hls/{name}/index.m3u8"
    )


def audio_output(stream: str, bitrate: int) -> str:
    return (
        f"-map [{stream}] -f hls -b:a {bitrate}k -acodec aac -ar 48000 -avoid_negative_ts disabled -fflags +bitexact "
        f"-flags:a +bitexact {HLS.format(name='audio')} {CLEAN} hls/audio/index.m3u8"
    )


def test_the_ladder_is_one_decode_a_cascade_and_an_encoder_for_each_rung() -> None:
    graph = (
        "[0:0]fps=fps=30000/1001:start_time=0[s0];"
        "[s0]scale=1280:720:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv[s1];"
        "[s1]format=yuv420p[s2];[s2]setsar=1[s3];[s3]split=2[s4][s5];"
        "[s5]scale=854:480:flags=bicubic[s6];[s6]setsar=1[s7];"
        "[0:1]aresample=48000:async=1:first_pts=0[s8];"
        "[s8]aformat=channel_layouts=stereo:sample_fmts=fltp[s9];[s9]atrim=start_sample=1024[s10]"
    )
    outputs = [video_output("s4", "720p", 2800), video_output("s7", "480p", 1400), audio_output("s10", 128)]
    assert " ".join(ladder_args(SOURCE, PLAN)) == " ".join([QUIET, INPUT, "-filter_complex", graph, *outputs])


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
        "[0:0]aresample=48000:async=1:first_pts=0[s0];[s0]aformat=channel_layouts=mono:sample_fmts=fltp[s1];"
        "[s1]apad=whole_dur=3.0[s2];[s2]asplit=2[s3][s4];[s3]atrim=start_sample=1024[s5]"
    )
    mp3 = f"-map [s4] -f mp3 -b:a 96k -acodec libmp3lame -fflags +bitexact -id3v2_version 0 {CLEAN} download.mp3"
    expected = [QUIET, INPUT, "-filter_complex", graph, audio_output("s5", 96), mp3]
    assert " ".join(audio_args(SOURCE, plan)) == " ".join(expected)


def test_an_unnamed_layout_gives_its_first_two_channels() -> None:
    graph = graph_of(audio_args(SOURCE, AudioPlan(index=0, channels=2, bitrate=128, pick=True)))
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
            loudness_args(PurePosixPath("a.mp4")),
            f"{TALKING} -i a.mp4 -filter_complex [0:a]ebur128=framelog=verbose:peak=true[s0] -map [s0] -f null -",
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
    ids=["probe", "count", "decode", "read", "download", "download of sound", "loudness", "poster"],
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
        "[1:a]ebur128=framelog=verbose:peak=true[s7] "
        f"-map [s5] -f image2 -fflags +bitexact {CLEAN} -q:v 4 -update 1 -vcodec mjpeg -vframes 1 sprite.jpg "
        "-map [s6] -f framecrc -fps_mode passthrough -vframes 1 .scratch-1/poster-time.txt "
        "-map [s7] -f null -"
    )
