"""The matrix beyond codecs and shapes: several tracks, times that are not plain, sound alone, and what is refused."""

from collections.abc import Iterator
from functools import partial

from tests.transcoding.matrix.axes import AAC, AUDIO, VIDEO, X264, film, words
from tests.transcoding.matrix.cases import Case, Picture, Right, Tone
from tests.transcoding.matrix.making import behead, cut_off

TWO = (Tone(), Tone(hertz=880))
LAST_PACKET = {"ts": 4}
"""Pictures that the last packet of sound may last for, whose length a transport stream does not say."""
EACH = "-map 0 -map 1 -map 2"


def tracks() -> Iterator[Case]:
    vi_en = f"{EACH} -metadata:s:a:0 language=vie -metadata:s:a:1 language=eng {AAC}"
    for suffix in ("mp4", "mkv", "ts", "mov"):
        yield film("tracks", f"two languages in {suffix}", suffix, audio=vi_en, tones=TWO, ends=Right(channels=(2, 2)))
    yield film("tracks", "two microphones", "mov", audio=f"{EACH} -c:a pcm_s16le", tones=TWO, ends=Right(channels=(2,)))
    mixed = (Tone(layout="5.1"), Tone(layout="mono", hertz=880))
    yield film("tracks", "5.1 and mono", "mkv", audio=vi_en, tones=mixed, ends=Right(channels=(2, 1)))
    described = (
        f"{EACH} -metadata:s:a:0 language=vie -metadata:s:a:1 language=vie -disposition:a:1 visual_impaired {AAC}"
    )
    yield film("tracks", "description", "mkv", audio=described, tones=TWO, ends=Right(channels=(2, 2)))
    second = f"{vi_en} -disposition:a:0 0 -disposition:a:1 default".replace("-map 1 -map 2", "-map 2 -map 1")
    yield film("tracks", "the second is the default", "mkv", audio=second, tones=TWO, ends=Right(channels=(2, 2)))
    yield film("tracks", "no sound", audio="", tones=(), ends=Right(channels=()))
    texts = "-i {folder}/text.srt -map 0 -map 1 -map 2"
    for suffix, codec in (("mp4", "mov_text"), ("mkv", "srt"), ("mkv", "ass"), ("webm", "webvtt")):
        video, audio = (VIDEO["vp8"], AUDIO["opus"]) if suffix == "webm" else (X264, AAC)
        ends = Right(tolerance=40)
        yield film("tracks", f"{codec} in {suffix}", suffix, f"{texts} {video}", f"{audio} -c:s {codec}", ends=ends)
    chapters = "-i {folder}/chapters.txt -map_metadata 2"
    yield film("tracks", "chapters in mp4", video=f"{chapters} {X264}")
    yield film("tracks", "chapters in mkv", "mkv", video=f"{chapters} {X264}")
    yield film("tracks", "a time code track", "mov", audio="-c:a pcm_s16le -timecode 01:00:00:00")
    font = "-attach {folder}/text.srt -metadata:s:t mimetype=application/x-truetype-font"
    yield film("tracks", "an attachment", "mkv", audio=f"{AAC} {font}")
    cover = f"-f lavfi -i testsrc=s=64x64:d=0.04 -map 0 -map 1 -map 2 {X264} -c:v:1 mjpeg -disposition:v:1 attached_pic"
    yield film("tracks", "cover art", video=cover)
    many = (Tone(),)
    ends = "too_many_streams"
    yield film("tracks", "forty", "mkv", audio=f"-map 0 {'-map 1 ' * 40}{AAC}", tones=many, ends=ends)


def times() -> Iterator[Case]:
    for suffix in ("ts", "mkv", "mp4"):
        yield film(
            "times",
            f"begins at ten seconds in {suffix}",
            suffix,
            audio=f"{AAC} -output_ts_offset 10",
            ends=Right(slack=1),
        )
    late = f"{AAC} -af asetpts=PTS+0.4/TB"
    for suffix in ("mp4", "mkv", "ts"):
        ends = Right(seconds=1.4, pictures=35, slack=LAST_PACKET.get(suffix, 0))
        yield film("times", f"sound comes later in {suffix}", suffix, audio=late, ends=ends)
    waits = Picture(filters="setpts=PTS+0.4/TB")
    for suffix in ("mp4", "mkv", "ts"):
        ends = Right(seconds=1.4, pictures=35)
        yield film(
            "times", f"picture comes later in {suffix}", suffix, picture=waits, tones=(Tone(seconds=1.4),), ends=ends
        )
    for suffix in ("mp4", "mkv", "ts", "avi"):
        audio = AUDIO["mp3"] if suffix == "avi" else AAC
        ends = Right(seconds=2, pictures=50, slack=LAST_PACKET.get(suffix, 0))
        long, short = (Picture(seconds=2), (Tone(seconds=1.4),)), (Picture(), (Tone(seconds=2),))
        for what, (picture, tones) in (("sound", long), ("picture", short)):
            name = f"{what} ends early in {suffix}"
            yield film("times", name, suffix, audio=audio, picture=picture, tones=tones, ends=ends)
    yield film("times", "index in front", audio=f"{AAC} -movflags +faststart")
    yield film("times", "fragments", audio=f"{AAC} -movflags +frag_keyframe+empty_moov -g 10", ends=Right(slack=1))
    yield film("times", "pictures stored out of order", video=f"{X264} -bf 3 -b_strategy 0")
    yield film("times", "open groups", video=f"{X264} -bf 3 -x264-params open-gop=1:keyint=10")
    yield film("times", "keyframes alone", video=f"{X264} -g 1")
    yield film(
        "times",
        "one picture",
        picture=Picture(seconds=0.04),
        tones=(),
        audio="",
        ends=Right(seconds=0.04, pictures=1, channels=()),
    )
    yield film(
        "times",
        "begins between keyframes",
        "ts",
        video=f"{X264} -g 10 -bf 0",
        picture=Picture(seconds=2),
        tones=(Tone(seconds=2),),
        finish=partial(behead, share=0.3),
        ends=Right(seconds=1.4, pictures=35, slack=12),
    )
    for suffix in ("ts", "mkv"):
        yield film(
            "times",
            f"the end is missing in {suffix}",
            suffix,
            picture=Picture(seconds=2),
            tones=(Tone(seconds=2),),
            finish=partial(cut_off, share=0.2),
            ends=Right(seconds=1.6, pictures=40, slack=10),
        )
    yield film("times", "the end is missing in mp4", finish=partial(cut_off, share=0.2), ends="unreadable_media")


SOUNDS = {
    "mp3": ("mp3",),
    "m4a": ("aac", "alac"),
    "wav": (
        "pcm_s16le",
        "pcm_s24le",
        "pcm_f32le",
        "pcm_f64le",
        "pcm_u8",
        "pcm_alaw",
        "pcm_mulaw",
        "adpcm_ms",
        "adpcm_ima_wav",
    ),
    "flac": ("flac",),
    "ogg": ("vorbis", "opus", "flac"),
    "aac": ("aac",),
    "mp4": ("aac",),
    "mkv": ("opus",),
    "mov": ("pcm_s16be",),
}


def sounds() -> Iterator[Case]:
    for suffix, codecs in SOUNDS.items():
        for codec in codecs:
            for layout, channels in (("stereo", 2), ("mono", 1)):
                yield _sound(
                    f"{codec} {layout} in {suffix}",
                    suffix,
                    AUDIO[codec],
                    Right(size=None, channels=(channels,)),
                    layout,
                )
    for suffix, codec in (("flac", "flac"), ("wav", "pcm_s16le"), ("m4a", "aac"), ("ogg", "vorbis")):
        yield _sound(f"5.1 in {suffix}", suffix, AUDIO[codec], Right(size=None), "5.1")
    for suffix, audio in (
        ("wma", "-c:a wmav2"),
        ("aiff", ""),
        ("au", ""),
        ("caf", "-c:a pcm_s16le"),
        ("ac3", ""),
        ("wv", ""),
    ):
        code = "type_not_allowed" if suffix in {"wma", "aiff"} else "type_unknown"
        yield _sound(f"{suffix} is refused", suffix, audio, code)


def _sound(name: str, suffix: str, audio: str, ends: Right | str, layout: str = "stereo") -> Case:
    tones = (Tone(layout=layout),)
    return Case(
        group="sound", name=name, suffix=suffix, args=words(audio), ends=ends, picture=None, tones=tones, kind="audio"
    )


REFUSED = {
    "flv": ("-c:v flv -ar 44100", "type_not_allowed"),
    "wmv": ("-c:v wmv2 -c:a wmav2", "type_not_allowed"),
    "asf": ("-c:v msmpeg4 -c:a wmav2", "type_not_allowed"),
    "mxf": ("-c:v mpeg2video -c:a pcm_s16le", "type_not_allowed"),
    "mpg": ("-c:v mpeg2video -c:a mp2", "type_not_allowed"),
    "swf": ("-c:v flv -ar 44100", "type_not_allowed"),
    "nut": ("-c:v mpeg4 -c:a mp2", "type_unknown"),
    "wtv": ("-c:v mpeg2video -c:a mp2", "type_unknown"),
}
BARE = {
    "y4m": ("-pix_fmt yuv420p", "type_unknown"),
    "ivf": (VIDEO["vp8"], "type_unknown"),
    "h264": (X264, "type_unknown"),
    "m3u8": (X264, "type_not_allowed"),
    "gif": ("", "type_does_not_fit_kind"),
    "mjpeg": ("", "type_does_not_fit_kind"),
}


def refused() -> Iterator[Case]:
    for suffix, (args, code) in REFUSED.items():
        yield film("refused", suffix, suffix, args, "", ends=code)
    for suffix, (args, code) in BARE.items():
        yield film("refused", f"{suffix} without sound", suffix, args, "", tones=(), ends=code)
    yield film("refused", "sound sent as a film", "mp4", "", picture=None, ends="no_video_stream")
    yield film("refused", "a silent film sent as sound", audio="", tones=(), ends="no_audio_stream", kind="audio")
