"""Types are told from bytes, refusals say what to do."""

import struct
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.media_samples import bigbuckbunny, sklearn_photos
from transcoding.results import MediaRejected
from transcoding.sniff import Sniffed, kinds_for, require_kind, sniff, sniff_bytes

PICTURES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "AVIF": "image/avif",
}

# arguments of ffmpeg's output, suffix, media type, demuxer
RECORDINGS = [
    (["-c:v", "libx264", "-c:a", "aac"], "mp4", "video/mp4", "mov"),
    (["-c:v", "libx264", "-c:a", "aac"], "mov", "video/quicktime", "mov"),
    (["-c:v", "libx264", "-c:a", "aac"], "mkv", "video/x-matroska", "matroska"),
    (["-c:v", "libvpx-vp9", "-c:a", "libopus"], "webm", "video/webm", "matroska"),
    (["-c:v", "mpeg2video", "-c:a", "mp2"], "ts", "video/mp2t", "mpegts"),
    (["-c:v", "mpeg2video", "-c:a", "aac"], "m2ts", "video/mp2t", "mpegts"),
    (["-c:v", "mpeg4", "-c:a", "libmp3lame"], "avi", "video/x-msvideo", "avi"),
    (["-vn", "-c:a", "libmp3lame", "-id3v2_version", "3", "-metadata", "title=Bản tin"], "mp3", "audio/mpeg", "mp3"),
    (["-vn", "-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0"], "mp3", "audio/mpeg", "mp3"),
    (["-vn", "-c:a", "aac"], "aac", "audio/aac", "aac"),
    (["-vn", "-c:a", "aac"], "m4a", "audio/mp4", "mov"),
    (["-vn", "-c:a", "flac"], "flac", "audio/flac", "flac"),
    (["-vn", "-c:a", "libvorbis"], "ogg", "audio/ogg", "ogg"),
    (["-c:v", "libtheora", "-c:a", "libvorbis"], "ogv", "video/ogg", "ogg"),
    (["-vn", "-c:a", "pcm_s16le"], "wav", "audio/wav", "wav"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "media_type"), PICTURES.items())
def test_pictures_are_known_whatever_their_name(tmp_path: Path, name: str, media_type: str) -> None:
    path = tmp_path / "holiday.mp4"
    Image.new("RGB", (20, 10), "teal").save(path, format=name)
    assert sniff(path) == Sniffed(media_type=media_type, family="picture")


def test_heic_is_known(tmp_path: Path) -> None:
    import pillow_heif

    path = tmp_path / "photo"
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "teal")).save(path)
    assert sniff(path).media_type == "image/heic"


@pytest.mark.parametrize(
    ("arguments", "suffix", "media_type", "demuxer"), RECORDINGS, ids=lambda value: str(value)[-20:]
)
def test_recordings_are_known_with_the_demuxer_that_may_read_them(
    tmp_path: Path, arguments: list[str], suffix: str, media_type: str, demuxer: str
) -> None:
    path = tmp_path / f"recording.{suffix}"
    inputs = ["-f", "lavfi", "-i", "testsrc=size=128x96:rate=10:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, "-shortest", *arguments, str(path)], check=True, timeout=60)
    sniffed = sniff(path)
    assert (sniffed.media_type, sniffed.ffmpeg_format) == (media_type, demuxer)
    probe = ["ffprobe", "-v", "error", "-f", demuxer, "-protocol_whitelist", "file", str(path)]
    assert subprocess.run(probe, check=False, timeout=60).returncode == 0


def test_sample_files_are_known() -> None:
    assert sniff(sklearn_photos()[0]).media_type == "image/jpeg"
    assert sniff(bigbuckbunny()) == Sniffed(media_type="video/mp4", family="video", ffmpeg_format="mov")


@pytest.mark.parametrize(
    "head",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand --><!DOCTYPE svg PUBLIC "a" "b">\n<svg:svg xmlns:svg="s">',
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg width="1">',
        '<?xml version="1.0" encoding="UTF-16"?><svg width="1"/>'.encode("utf-16"),
    ],
)
def test_drawings_are_known_by_their_root_element(head: bytes) -> None:
    assert sniff_bytes(head).media_type == "image/svg+xml"


def test_a_pdf_is_known_behind_a_little_rubbish() -> None:
    assert sniff_bytes(b"\0\0rubbish\n%PDF-1.7\n").media_type == "application/pdf"


def test_an_mp3_is_known_behind_a_large_cover(tmp_path: Path) -> None:
    cover = b"\0" * 300_000
    size = bytes((len(cover) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413
    path = tmp_path / "song"
    path.write_bytes(b"ID3\x04\0\0" + size + cover + frame * 3)
    assert sniff(path).media_type == "audio/mpeg"


def test_an_old_quicktime_file_is_known_without_brands() -> None:
    assert sniff_bytes(struct.pack(">I", 8) + b"wide" + b"\0\0\0\0mdat").media_type == "video/quicktime"


NOT_ALLOWED = {
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "eps": b"\xc5\xd0\xd3\xc6\x20\0\0\0",
    "illustrator": b"%PDF-1.5\n<dc:format>application/illustrator</dc:format>",
    "playlist": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n",
    "playlist ": b"\xef\xbb\xbf \r\n#extm3u\n",
    "playlist  ": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "playlist   ": b'<?xml version="1.0"?>\n<!-- x -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">',
    "playlist    ": "#EXTM3U\n".encode("utf-16"),
    "html": b"\n\n<!DOCTYPE html><html>",
    "html ": b"<script>alert(1)</script>",
    "zip": b"PK\x03\x04\x14\0",
    "gzip": b"\x1f\x8b\x08",
    "elf": b"\x7fELF\x02\x01\x01",
    "script": b"#!/bin/sh\n",
    "windows-program": b"MZ" + b"\0" * 100 + b"PE\0\0",
    "psd": b"8BPS\0\x01",
    "jpeg-2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "raw": b"II*\0\x10\0\0\0CR\x02\0",
    "raw ": b"II*\0\x08\0\0\0\x01\0\xfe\0\x04\0\x01\0\0\0\x01\0\0\0",
    "mpeg-ps": b"\0\0\x01\xba\x44",
    "bmp": b"BM\x36\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize(("recognised", "head"), NOT_ALLOWED.items())
def test_types_that_are_not_allowed_are_named_and_answered_with_advice(recognised: str, head: bytes) -> None:
    with pytest.raises(MediaRejected) as refusal:
        sniff_bytes(head)
    assert refusal.value.reason == "type_not_allowed"
    assert refusal.value.data == {"recognised": recognised.strip()}
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("head", [b"", b"Xin ch\xc3\xa0o", b"\0" * 5000, b"RIFF\0\0\0\0XXXX", b"<note/>", b"GG" * 3000])
def test_anything_else_is_unknown(head: bytes) -> None:
    with pytest.raises(MediaRejected) as refusal:
        sniff_bytes(head)
    assert refusal.value.reason == "type_unknown"


def test_a_playlist_named_mp4_never_reaches_a_demuxer(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaRejected, match="playlist"):
        sniff(path)


@pytest.mark.parametrize("head", [b"<!-- a -->" * 6000, b"<?a?>" * 12000, b"<!DOCTYPE " + b"[" * 60000, b"<" * 65536])
def test_no_text_makes_sniffing_slow(head: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(MediaRejected):
        sniff_bytes(head)
    assert time.perf_counter() - started < 1


def test_kinds_follow_from_the_type() -> None:
    assert kinds_for("image/jpeg") == {"photo", "infographic"}
    assert kinds_for("image/svg+xml") == {"infographic"}
    assert kinds_for("audio/mpeg") == {"audio"}
    assert "video" in kinds_for("video/mp4")
    assert kinds_for("text/html") == set()


def test_a_type_that_does_not_fit_the_kind_is_refused_with_the_kinds_that_would() -> None:
    with pytest.raises(MediaRejected) as refusal:
        require_kind(Sniffed(media_type="image/svg+xml", family="picture"), "photo")
    assert refusal.value.reason == "type_does_not_fit_kind"
    assert refusal.value.data["fitting_kinds"] == ["infographic"]
    require_kind(Sniffed(media_type="image/svg+xml", family="picture"), "infographic")
