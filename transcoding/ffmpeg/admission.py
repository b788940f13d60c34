"""What is let in: caps on what a file may claim, each with a reason that tells the uploader what to do. Pure."""

from permissions.errors import DomainError
from transcoding.ffmpeg.description import AudioStream, MediaDescription, VideoStream
from transcoding.ffmpeg.languages import short_language
from transcoding.results import MediaRejected

FORMATS = frozenset(
    {"mov", "matroska", "mpegts", "mpeg", "avi", "mp3", "aac", "flac", "ogg", "wav", "aiff", "asf", "mxf", "flv"}
)
"""Demuxers that read one local file and nothing else. Never a playlist, a script or a network format."""
VIDEO_CODECS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "prores", "mpeg2video", "mpeg1video", "mpeg4", "mjpeg", "dnxhd", "dvvideo"}
    | {"h263", "theora", "ffv1", "vc1", "wmv3", "wmv2", "wmv1", "msmpeg4v3", "msmpeg4v2", "flv1", "rawvideo", "cfhd"}
    | {"v210", "jpeg2000", "png", "qtrle", "svq1", "svq3", "cinepak"}
)
AUDIO_CODECS = frozenset(
    {"aac", "mp3", "mp2", "ac3", "eac3", "flac", "vorbis", "opus", "alac", "wmav2", "wmav1", "wmapro", "dts", "amr_nb"}
    | {"amr_wb", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be"}
    | {"pcm_f64le", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms"}
)
DECODERS = frozenset(
    {"libdav1d", "libaom-av1", "libvpx", "libvpx-vp9", "mp3float", "mp2float", "libopus", "dca", "amrnb", "amrwb"}
    | {"msmpeg4", "flv"}
    | {"png", "gif", "webp", "bmp", "mov_text", "text", "subrip", "srt", "ass", "ssa", "webvtt"}
    | {"dvbsub", "dvdsub", "pgssub", "xsub", "cc_dec", "libzvbi_teletextdec"}
)
"""Decoders whose name is not their codec's, and those of cover art and subtitles, which ffprobe opens too."""
MAX_SECONDS = 12 * 3600
MAX_STREAMS = 32
MAX_RATE = 240
MAX_PIXELS = 8192 * 4320
MAX_SIDE = 16384
MIN_SIDE = 16
MAX_CHANNELS = 32
MAX_SAMPLE_RATE = 384_000
MAX_TRACKS = 6
"""Sound tracks that are taken along; each costs two encoders."""
LATEST_START = 10.0
"""Seconds after the main track at which a further one must have begun."""
PLAUSIBLE_BYTES_PER_SECOND = 32
"""Speech in the leanest codec takes some 400; below this the duration is a claim that nothing backs."""
TRUSTED_BYTES_PER_SECOND = 8 * 1024
UNRELIABLE = frozenset({"mpegts", "mpeg", "mp3", "aac", "flv"})
"""Containers without an index: ffprobe estimates their duration."""


def check_format(name: str) -> None:
    """Refuse a demuxer outside :data:`FORMATS`, before any byte is read."""
    if name not in FORMATS:
        raise MediaRejected(
            "This kind of file cannot be processed. Export it as MP4 (video) or MP3, M4A, WAV or FLAC (sound).",
            code="unsupported_media",
            format=name,
        )


def needs_counting(description: MediaDescription) -> bool:
    """Whether the packets must be counted because the header's duration or rate is missing or not to be trusted."""
    if description.duration is None or description.duration > MAX_SECONDS:
        return description.duration is None
    main = description.main_video
    if main is not None and not (main.average_rate and main.average_rate <= MAX_RATE):
        return True
    if description.container.split(",")[0] in UNRELIABLE:
        return True
    return description.size / description.duration < TRUSTED_BYTES_PER_SECOND


def choose_streams(description: MediaDescription, *, kind: str) -> tuple[VideoStream | None, AudioStream | None]:
    """The streams to process for an asset of ``kind`` (``video`` or ``audio``), or :class:`MediaRejected`."""
    if description.stream_count > MAX_STREAMS:
        raise MediaRejected(
            f"The file holds {description.stream_count} streams; at most {MAX_STREAMS} are accepted. "
            "Export it with one video and one sound track.",
            code="too_many_streams",
            streams=description.stream_count,
        )
    video, audio = description.main_video, description.main_audio
    if video is None and audio is None:
        raise MediaRejected(
            "The file holds neither video nor sound. Check that it is the right file.", code="no_media_stream"
        )
    if kind == "audio":
        if audio is None:
            raise MediaRejected("The file holds no sound. Upload it as a video.", code="no_audio_stream")
        _check_audio(audio)
        return None, audio
    if video is None:
        raise MediaRejected("The file holds sound but no video. Upload it as audio.", code="no_video_stream")
    _check_video(video)
    if audio is not None:
        _check_audio(audio)
    return video, audio


def choose_tracks(description: MediaDescription) -> tuple[AudioStream, ...]:
    """The sound tracks to keep: the main one, then one for each further language and role, :data:`MAX_TRACKS` at most.

    A track that says neither its language nor its role is not kept beside the main one (cameras and editing systems
    record single microphones as tracks), nor is one that could not be admitted by itself, nor one that is empty or
    begins late: the whole ladder would wait for its first packet, with all pictures until then in memory.
    """
    main = description.main_audio
    if main is None:
        return ()
    kept = {(short_language(main.language), main.role): main}
    for track in description.audio:
        if (track.language or track.role) and _admits(track) and _begins_with(main, track, description):
            kept.setdefault((short_language(track.language), track.role), track)
    return tuple(kept.values())[:MAX_TRACKS]


def _begins_with(main: AudioStream, track: AudioStream, description: MediaDescription) -> bool:
    """MP4 says how long each track is; of other containers a track that was seen to begin is there."""
    listed = description.container.split(",")[0] == "mov"
    there = track.duration is not None or (track.start is not None and not listed)
    return there and (track.start or 0.0) - (main.start or 0.0) <= LATEST_START


def check_duration(description: MediaDescription, *, kind: str) -> float:
    """The duration in seconds, or :class:`MediaRejected` when it is missing, too long or plainly a lie."""
    seconds = description.duration
    if seconds is None:
        raise MediaRejected(
            "The file ends before its first picture or sound. Upload the whole file.", code="no_content"
        )
    if seconds > MAX_SECONDS:
        raise MediaRejected(
            f"It lasts {seconds / 3600:.1f} hours; at most {MAX_SECONDS // 3600} are accepted. Cut it into parts.",
            code=f"{kind}_too_long",
            seconds=round(seconds),
        )
    if description.size / seconds < PLAUSIBLE_BYTES_PER_SECOND:
        raise MediaRejected(
            f"The file claims to last {seconds:.0f} seconds but holds only {description.size} bytes: it is damaged. "
            "Export it again.",
            code="duration_implausible",
            seconds=round(seconds),
        )
    return seconds


def _check_video(stream: VideoStream) -> None:
    if stream.codec not in VIDEO_CODECS:
        raise _codec_refused(stream.codec, "H.264 or HEVC in MP4")
    if stream.width * stream.height > MAX_PIXELS or max(stream.width, stream.height) > MAX_SIDE:
        raise MediaRejected(
            f"The picture is {stream.width}×{stream.height}; up to 8K (8192×4320) is accepted. Export it smaller.",
            code="frame_too_large",
            width=stream.width,
            height=stream.height,
        )
    if min(stream.display_size) < MIN_SIDE or min(stream.width, stream.height) < MIN_SIDE:
        raise MediaRejected(
            f"The picture is {stream.width}×{stream.height}; it must be at least {MIN_SIDE} pixels on each side.",
            code="frame_too_small",
            width=stream.width,
            height=stream.height,
        )
    if max(stream.display_size) > MAX_SIDE:
        raise MediaRejected(
            "The file's pixel aspect ratio is absurd. Export it with square pixels.", code="frame_too_large"
        )
    if stream.average_rate and stream.average_rate > MAX_RATE:
        raise MediaRejected(
            f"It has {float(stream.average_rate):.0f} pictures per second; at most {MAX_RATE} are accepted. "
            "Export it at 25, 30, 50 or 60.",
            code="frame_rate_too_high",
        )


def _admits(stream: AudioStream) -> bool:
    return stream.codec in AUDIO_CODECS and _has_plausible_shape(stream)


def _has_plausible_shape(stream: AudioStream) -> bool:
    return 0 < stream.channels <= MAX_CHANNELS and 0 < stream.sample_rate <= MAX_SAMPLE_RATE


def _check_audio(stream: AudioStream) -> None:
    if stream.codec not in AUDIO_CODECS:
        raise _codec_refused(stream.codec, "AAC, MP3, WAV or FLAC")
    if not _has_plausible_shape(stream):
        raise MediaRejected(
            f"The sound has {stream.channels} channels at {stream.sample_rate} Hz. Export it as stereo at 48 kHz.",
            code="audio_not_supported",
        )


def _codec_refused(codec: str, instead: str) -> DomainError:
    return MediaRejected(
        f"The codec {codec or 'of this file'} is not supported. Export it as {instead}.",
        code="codec_not_supported",
        codec=codec,
    )
