"""Every combination that the matrix tries, by what is unusual in it."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

from tests.transcoding.matrix.cases import Case, Picture, Right, Tone
from tests.transcoding.matrix.making import TURNS, transform

X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error"
AAC = "-c:a aac"
VIDEO = {
    "h264": X264,
    "hevc": f"{X265} -pix_fmt yuv420p",
    "vp8": "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p",
    "av1": "-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p",
    "mpeg4": "-c:v mpeg4 -q:v 3",
    "mpeg2": "-c:v mpeg2video -q:v 3",
    "mpeg1": "-c:v mpeg1video -q:v 3",
    "mjpeg": "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p",
    "theora": "-c:v libtheora -q:v 8 -pix_fmt yuv420p",
    "prores": "-c:v prores_ks -profile:v 2",
    "prores4444": "-c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le",
    "dnxhr": "-c:v dnxhd -profile:v dnxhr_sq -vf scale=out_color_matrix=bt709 -pix_fmt yuv422p",
    "ffv1": "-c:v ffv1",
    "qtrle": "-c:v qtrle -pix_fmt rgb24",
    "png": "-c:v png -pix_fmt rgba",
    "rawvideo": "-c:v rawvideo -pix_fmt uyvy422",
    "v210": "-c:v v210",
    "jpeg2000": "-c:v jpeg2000 -pix_fmt yuv420p",
    "cinepak": "-c:v cinepak",
    "svq1": "-c:v svq1 -q:v 2",
    "cfhd": "-c:v cfhd -pix_fmt yuv422p10le",
    "wmv1": "-c:v wmv1 -q:v 3",
    "wmv2": "-c:v wmv2 -q:v 3",
    "msmpeg4v2": "-c:v msmpeg4v2 -q:v 3",
    "msmpeg4v3": "-c:v msmpeg4 -q:v 3",
    "flv1": "-c:v flv -q:v 3",
    "huffyuv": "-c:v huffyuv",
    "utvideo": "-c:v utvideo",
    "zmbv": "-c:v zmbv",
}
NOT_OPENED = {"huffyuv", "utvideo", "zmbv", "truehd", "wavpack"}
COARSE = {"cinepak": 70, "svq1": 50, "theora": 40, "vp8": 40}
"""Codecs that do not keep colours well."""
AUDIO = {
    "aac": AAC,
    "mp3": "-c:a libmp3lame",
    "mp2": "-c:a mp2",
    "ac3": "-c:a ac3",
    "eac3": "-c:a eac3",
    "dts": "-c:a dca -strict -2",
    "alac": "-c:a alac",
    "flac": "-c:a flac -strict -2",
    "opus": "-c:a libopus",
    "vorbis": "-c:a libvorbis",
    "wmav1": "-c:a wmav1",
    "wmav2": "-c:a wmav2",
    "adpcm_ms": "-c:a adpcm_ms",
    "adpcm_ima_wav": "-c:a adpcm_ima_wav",
    "truehd": "-c:a truehd -strict -2",
    "wavpack": "-c:a wavpack",
    **{f"pcm_{name}": f"-c:a pcm_{name}" for name in ("s16le", "s16be", "s24le", "s24be", "s32le", "f32le", "f64le")},
    **{f"pcm_{name}": f"-c:a pcm_{name}" for name in ("u8", "alaw", "mulaw")},
}
LEAST = {"dnxhr": (256, 120)}
"""Pixels that an encoder wants at least."""
SLACKEST = {"wmav2": 2}
"""Pictures that ffmpeg's AVI muxer puts in besides, empty, so that sound of this kind keeps its time."""
CONTAINERS: dict[str, tuple[str, str]] = {
    "mp4": ("h264 hevc mpeg4 av1 vp9 mpeg2 mjpeg", "aac mp3 ac3 eac3 alac flac opus dts"),
    "mov": (
        "prores h264 hevc prores4444 dnxhr mjpeg qtrle png rawvideo v210 jpeg2000 cinepak svq1 cfhd mpeg4",
        "pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_f32le pcm_f64le pcm_alaw pcm_mulaw aac mp3 alac ac3",
    ),
    "mkv": (
        "h264 hevc vp8 vp9 av1 mpeg4 mpeg2 mpeg1 ffv1 theora mjpeg rawvideo wmv1 wmv2 msmpeg4v3 prores flv1 huffyuv",
        "aac mp3 mp2 ac3 eac3 dts alac flac opus vorbis pcm_s16le pcm_f32le pcm_s24be adpcm_ms truehd wavpack",
    ),
    "webm": ("vp8 vp9 av1", "opus vorbis"),
    "ts": ("h264 hevc mpeg2 mpeg1 mpeg4", "aac mp2 mp3 ac3 eac3 opus"),
    "m2ts": ("h264 mpeg2", "ac3 aac"),
    "avi": (
        "mpeg4 mjpeg h264 msmpeg4v2 msmpeg4v3 wmv1 rawvideo ffv1 cinepak huffyuv utvideo zmbv",
        "mp3 mp2 ac3 pcm_s16le pcm_u8 adpcm_ms adpcm_ima_wav wmav2",
    ),
    "ogv": ("theora", "vorbis opus flac"),
    "3gp": ("h264 mpeg4", "aac"),
    "m4v": ("h264", "aac"),
}
EXACT = {"mp4", "mov", "m4v", "3gp"}
"""Containers that say when a picture is shown as exactly as it was meant. In all others the sound's encoder begins some
milliseconds before the picture, or a clock of milliseconds cannot say 1/30 s: one picture may be shown twice."""


def slack(suffix: str) -> int:
    return 0 if suffix in EXACT else 1


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def codecs_in_containers() -> Iterator[Case]:
    """Each picture codec with the container's first sound, and each sound with its first picture."""
    for suffix, (videos, audios) in CONTAINERS.items():
        video, audio = videos.split(), audios.split()
        for name in video:
            yield _pair(suffix, name, audio[0], group=f"picture in {suffix}")
        for name in audio[1:]:
            yield _pair(suffix, video[0], name, group=f"sound in {suffix}")


def _pair(suffix: str, video: str, audio: str, *, group: str) -> Case:
    tag = ("-tag:v", "hvc1") if video == "hevc" and suffix in {"mp4", "mov"} else ()
    size = LEAST.get(video, (128, 72))
    ends: Right | str = Right(size=size, tolerance=COARSE.get(video, 24), slack=SLACKEST.get(audio, slack(suffix)))
    if video in NOT_OPENED or audio in NOT_OPENED:
        ends = "codec_not_supported"
    return Case(
        group=group,
        name=f"{video} with {audio}",
        suffix=suffix,
        args=(*words(VIDEO[video]), *words(AUDIO[audio]), *tag),
        picture=Picture(width=size[0], height=size[1]),
        ends=ends,
    )


def film(group: str, name: str, suffix: str = "mp4", video: str = X264, audio: str = AAC, **fields: object) -> Case:
    ends = fields.setdefault("ends", Right())
    if isinstance(ends, Right):
        fields["ends"] = replace(ends, slack=max(ends.slack, slack(suffix)))
    return Case(group=group, name=name, suffix=suffix, args=(*words(video), *words(audio)), **fields)  # type: ignore[arg-type]


def turned() -> Iterator[Case]:
    corners = {0: "RGBW", 90: "BRWG", 180: "WBGR", 270: "GWRB"}
    for suffix, video in (("mp4", "h264"), ("mov", "hevc"), ("3gp", "mpeg4")):
        for degrees, matrix in TURNS.items():
            size = (72, 128) if degrees % 180 else (128, 72)
            yield film(
                "turned",
                f"{video} in {suffix} by {degrees}",
                suffix,
                VIDEO[video],
                finish=partial(transform, matrix=matrix),
                ends=Right(size=size, corners=corners[degrees], facts=(("rotation", degrees),)),
            )
    yield film("turned", "mirrored", finish=partial(transform, matrix=(-1, 0, 0, 1)), ends=Right(corners="GRWB"))
    yield film("turned", "upside down", finish=partial(transform, matrix=(1, 0, 0, -1)), ends=Right(corners="BWRG"))


RATES = {
    "1": "5",
    "5": "5",
    "10": "10",
    "12": "12",
    "15": "15",
    "24000/1001": "24000/1001",
    "24": "24",
    "25": "25",
    "30000/1001": "30000/1001",
    "30": "30",
    "48": "48",
    "50": "50",
    "60000/1001": "60000/1001",
    "60": "60",
    "90": "45",
    "100": "50",
    "120": "60",
    "240": "60",
}


def rates() -> Iterator[Case]:
    for suffix, video in (("mp4", "h264"), ("mkv", "vp8"), ("ts", "mpeg4")):
        for given, made in RATES.items():
            if suffix != "mp4" and (Fraction(given) < 10 or Fraction(given) > 60):
                continue
            seconds = 2.0
            pictures = -(-2 * Fraction(given).numerator // Fraction(given).denominator)  # as many as begin within 2 s
            lasting = float(pictures / Fraction(given))
            ends = Right(
                rate=Fraction(made),
                seconds=lasting,
                pictures=round(pictures * Fraction(made) / Fraction(given)),
                tolerance=COARSE.get(video, 24),
            )
            picture = Picture(rate=given, seconds=seconds)
            yield film(
                "rate",
                f"{given} in {suffix}",
                suffix,
                VIDEO[video],
                picture=picture,
                tones=(Tone(seconds=2),),
                ends=ends,
            )
    yield film("rate", "300", picture=Picture(rate="300"), ends="frame_rate_too_high")


DEPTHS = {
    "yuv422p": X264,
    "yuv444p": X264,
    "yuvj420p": X264,
    "yuv420p10le": X264,
    "yuv422p10le": X264,
    "yuv444p10le": X264,
    "gray": X264,
}
DEEP = (
    ("hevc yuv420p10le", "mp4", f"{X265} -pix_fmt yuv420p10le"),
    ("hevc yuv422p10le", "mkv", f"{X265} -pix_fmt yuv422p10le"),
    ("hevc yuv420p12le", "mkv", f"{X265} -pix_fmt yuv420p12le"),
    ("hevc yuv444p", "mkv", f"{X265} -pix_fmt yuv444p"),
    ("vp9 yuv420p10le", "webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le -c:a libopus"),
    ("vp9 yuv444p", "webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv444p -c:a libopus"),
    ("vp9 with alpha", "webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p -c:a libopus"),
    ("av1 yuv420p10le", "mkv", "-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p10le"),
    ("prores yuv422p10le", "mov", "-c:v prores_ks -profile:v 3"),
    ("ffv1 yuv420p16le", "mkv", "-c:v ffv1 -pix_fmt yuv420p16le"),
    ("ffv1 gbrp", "mkv", "-c:v ffv1 -pix_fmt gbrp"),
    ("ffv1 bgra", "mkv", "-c:v ffv1 -pix_fmt bgra"),
    ("rawvideo bgr24", "avi", "-c:v rawvideo -pix_fmt bgr24 -c:a pcm_s16le"),
    ("rawvideo yuv420p", "avi", "-c:v rawvideo -pix_fmt yuv420p -c:a pcm_s16le"),
    ("qtrle argb", "mov", "-c:v qtrle -pix_fmt argb"),
    ("png rgb48be", "mov", "-c:v png -pix_fmt rgb48be"),
    ("v210 yuv422p10le", "mov", "-c:v v210"),
    ("mjpeg yuvj444p", "mov", "-c:v mjpeg -q:v 2 -pix_fmt yuvj444p"),
)


def depths() -> Iterator[Case]:
    for form, video in DEPTHS.items():
        args = f"{video.partition(' -pix_fmt')[0]} -pix_fmt {form}"
        bits = 10 if "10" in form else 8
        corners = "" if form == "gray" else Right().corners
        yield film("depth", f"h264 {form}", "mkv", args, ends=Right(corners=corners, facts=(("bit_depth", bits),)))
    for name, suffix, video in DEEP:
        yield film("depth", name, suffix, video, audio="" if "-c:a" in video else AAC)


SIZES = {
    (16, 16): (16, 16),
    (17, 17): (16, 16),
    (33, 19): (32, 18),
    (101, 77): (100, 76),
    (127, 71): (126, 70),
    (72, 128): (72, 128),
    (71, 129): (70, 128),
    (16, 400): (16, 400),
    (640, 16): (640, 16),
    (320, 241): (318, 240),
    (241, 427): (240, 426),
    (427, 263): (390, 240),
    (426, 240): (426, 240),
}


def sizes() -> Iterator[Case]:
    for (width, height), size in SIZES.items():
        odd = width % 2 or height % 2
        args = "-c:v libx264 -preset ultrafast -pix_fmt yuv444p" if odd else X264
        yield film(
            "size", f"{width}x{height}", "mkv", args, picture=Picture(width=width, height=height), ends=Right(size=size)
        )
    odd_hevc = f"{X265} -pix_fmt yuv444p"
    yield film("size", "odd hevc", "mp4", odd_hevc, picture=Picture(width=131, height=75), ends=Right(size=(130, 74)))
    yield film(
        "size", "odd mjpeg", "avi", VIDEO["mjpeg"], picture=Picture(width=131, height=75), ends=Right(size=(130, 74))
    )
    yield film(
        "size",
        "odd vp9",
        "webm",
        f"{VIDEO['vp9']} -c:a libopus",
        "",
        picture=Picture(width=131, height=75),
        ends=Right(size=(130, 74)),
    )
    for width, height in ((14, 64), (64, 14), (12, 12)):
        yield film("size", f"{width}x{height}", picture=Picture(width=width, height=height), ends="frame_too_small")


def interlaced() -> Iterator[Case]:
    """Fields of 50 pictures a second, woven into 25."""
    picture = Picture(width=128, height=96, rate="50")
    ends = Right(size=(128, 96), facts=(("interlaced", True),))
    for order in ("tff", "bff"):
        woven = replace(picture, filters=f"interlace=scan={order}")
        for name, suffix, video in (
            ("mpeg2", "ts", "-c:v mpeg2video -q:v 3 -flags +ilme+ildct -c:a mp2"),
            ("h264", "mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -flags +ilme+ildct"),
            ("prores", "mov", "-c:v prores_ks -profile:v 2 -flags +ilme+ildct"),
        ):
            first = f"-top {int(order == 'tff')}"
            yield film("interlaced", f"{name} {order}", suffix, f"{video} {first}", picture=woven, ends=ends)


def anamorphic() -> Iterator[Case]:
    """Pictures keep their height. MPEG-2 knows no other shapes than 4:3 and 16:9."""
    for aspect in ("64/45", "16/15", "4/3", "1/2", "8/9"):
        size = (2 * round(180 * Fraction(aspect) / 2), 144)
        for suffix, video, audio in (("mp4", X264, AAC), ("ts", VIDEO["mpeg2"], "-c:a mp2")):
            if suffix == "ts" and aspect not in {"64/45", "16/15"}:
                continue
            tag = f"setsar={aspect}"
            picture = Picture(width=180, height=144, filters=tag)
            yield film(
                "anamorphic", f"{aspect} in {suffix}", suffix, video, audio, picture=picture, ends=Right(size=size)
            )
    mkv = Picture(width=180, height=144, filters="setsar=4/3")
    yield film("anamorphic", "4/3 in mkv", "mkv", picture=mkv, ends=Right(size=(240, 144)))
    yield film("anamorphic", "absurd", picture=Picture(width=256, filters="setsar=100/1"), ends="frame_too_large")


def high_dynamic_range() -> Iterator[Case]:
    wide = "-color_primaries bt2020 -colorspace bt2020nc"
    for transfer in ("smpte2084", "arib-std-b67"):
        facts = (("hdr", True), ("color_transfer", transfer))
        for suffix, video in (
            ("mov", f"{X265} -pix_fmt yuv420p10le -tag:v hvc1"),
            ("mkv", f"{X265} -pix_fmt yuv420p10le"),
            ("mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"),
        ):
            yield film(
                "HDR",
                f"{transfer} in {suffix}",
                suffix,
                f"{video} {wide} -color_trc {transfer}",
                ends=Right(tolerance=255, facts=facts),
            )


def variable_rates() -> Iterator[Case]:
    """Two seconds of which the second shows fewer pictures than the first."""
    half = "select='lt(t,1)+not(mod(n,2))'"
    holes = "select='lt(n,20)+gt(n,45)'"
    for suffix, given, filters, made, pictures in (
        ("mp4", "30", half, "30", 60),
        ("mkv", "30", half, "30", 60),
        ("mp4", "60", half, "60", 120),
        ("mp4", "25", holes, "25", 50),
        ("mkv", "25", holes, "25", 50),
    ):
        picture = Picture(rate=given, seconds=2, filters=filters)
        name = f"{'holes' if filters is holes else 'half'} of {given} in {suffix}"
        ends = Right(rate=Fraction(made), seconds=2, pictures=pictures, slack=2)
        case = film("variable rate", name, suffix, picture=picture, tones=(Tone(seconds=2),), ends=ends)
        yield replace(case, args=(*case.args, "-fps_mode", "vfr"))


LAYOUTS = {
    "mono": 1,
    "stereo": 2,
    "2.1": 2,
    "3.0": 2,
    "4.0": 2,
    "quad": 2,
    "5.0": 2,
    "5.1": 2,
    "5.1(side)": 2,
    "6.1": 2,
    "7.1": 2,
    "7.1(wide)": 2,
    "hexagonal": 2,
    "octagonal": 2,
}


def layouts() -> Iterator[Case]:
    for layout, channels in LAYOUTS.items():
        tones, ends = (Tone(layout=layout),), Right(channels=(channels,))
        yield film("layout", f"flac {layout}", "mkv", audio=AUDIO["flac"], tones=tones, ends=ends)
    for layout, codec, suffix in (
        ("mono", "aac", "mp4"),
        ("5.1", "aac", "mp4"),
        ("7.1", "aac", "mp4"),
        ("5.1", "ac3", "ts"),
        ("5.1", "eac3", "mp4"),
        ("5.1(side)", "dts", "mkv"),
        ("5.1", "opus", "mkv"),
        ("7.1", "opus", "webm"),
        ("mono", "vorbis", "mkv"),
        ("5.1", "pcm_s24le", "mov"),
        ("7.1", "alac", "mov"),
    ):
        video = VIDEO["vp9"] if suffix == "webm" else X264
        tones, ends = (Tone(layout=layout),), Right(channels=(1 if layout == "mono" else 2,))
        yield film("layout", f"{codec} {layout}", suffix, video, AUDIO[codec], tones=tones, ends=ends)
    sixteen = "-c:a pcm_s16le -af pan=16c|" + "|".join(f"c{n}=c0" for n in range(16))
    yield film("layout", "16 channels without names", "mov", audio=sixteen)
    for rate in (8000, 11025, 16000, 22050, 32000, 44100, 88200, 96000, 192000):
        case = film("sample rate", str(rate), "mkv", audio=AUDIO["flac"], tones=(Tone(rate=rate),))
        yield case
    yield film(
        "sample rate",
        "8000 alaw in mov",
        "mov",
        audio="-c:a pcm_alaw",
        tones=(Tone(rate=8000, layout="mono"),),
        ends=Right(channels=(1,)),
    )
