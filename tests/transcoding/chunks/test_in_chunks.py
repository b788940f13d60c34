"""A film encoded in chunks is the film that one run would have made."""

from datetime import timedelta
from pathlib import Path

import pytest

from assets.models import AssetVersion
from tests.transcoding.chunks.conftest import (
    SMALL,
    checksum,
    drain,
    fetch,
    listed,
    make,
    version_of,
    worst_likeness,
)
from tests.transcoding.pipeline.conftest import nothing_is_left
from transcoding.processing import process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_queue")]


def in_chunks(film: Path) -> AssetVersion:
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "in chunks"
    assert drain()[-1] == "ready"
    version.refresh_from_db()
    return version


def in_one_piece(film: Path, settings) -> AssetVersion:
    settings.CHUNKED_ABOVE = timedelta(hours=12)
    version = version_of(film)
    assert process(version.pk, worker="test", retries=0) == "ready"
    version.refresh_from_db()
    return version


FILMS = {
    "b-frames.mp4": ("25", (*SMALL, "-bf", "3", "-g", "63", "-c:a", "aac")),
    "ntsc.mov": ("30000/1001", (*SMALL, "-g", "70", "-c:a", "pcm_s16le")),
    "open-gop.mkv": ("25", (*SMALL, "-x264-params", "open-gop=1:keyint=60:bframes=3", "-c:a", "aac")),
    "broadcast.ts": ("25", ("-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-c:a", "mp2")),
    "interlaced.ts": ("25", ("-vf", "interlace", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-c:a", "mp2")),
    "fast.mov": ("50", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-c:a", "aac")),
    "variable.mp4": ("60", ("-vf", "select=not(mod(n\\,3))+gt(random(1)\\,0.6)", "-vsync", "vfr", *SMALL, "-g", "99")),
    "turned.mp4": ("25", (*SMALL, "-metadata:s:v", "rotate=270", "-g", "80", "-c:a", "aac")),
    "held.mp4": ("25", (*SMALL, "-g", "80", "-af", "apad=pad_dur=3", "-c:a", "aac")),
    "web.webm": ("30", ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-g", "90")),
}


@pytest.mark.parametrize("name", FILMS)
def test_pictures_and_times_are_those_of_one_run(name: str, tmp_path: Path, settings) -> None:
    rate, coding = FILMS[name]
    film = make(tmp_path / name, *coding, rate=rate)

    chunked, whole = in_chunks(film), in_one_piece(film, settings)

    assert whole.facts["video"]["not_chunked"] == "short"
    assert whole.facts["video"] | {"chunks": 3, "not_chunked": ""} == chunked.facts["video"]
    assert whole.facts["loudness"] == chunked.facts["loudness"]
    assert {row.profile for row in chunked.renditions.all()} == {row.profile for row in whole.renditions.all()}
    for row in chunked.renditions.filter(profile__endswith="/media.mp4"):
        ours, theirs = fetch(chunked, row.profile, tmp_path), fetch(whole, row.profile, tmp_path)
        if row.media_type == "audio/mp4":
            assert checksum(ours) == checksum(theirs)
        else:
            assert listed(ours) == listed(theirs), row.profile
            assert worst_likeness(ours, theirs) > 27, row.profile
    assert nothing_is_left()


WHOLE = {
    "codec": ("screen.mkv", ("-c:v", "ffv1", "-c:a", "aac")),
    "keyframes": ("one.mp4", (*SMALL, "-g", "9999", "-c:a", "aac")),
    "timestamps": ("old.avi", ("-c:v", "mpeg4", "-bf", "2", "-c:a", "mp3")),
}


@pytest.mark.parametrize("reason", WHOLE)
def test_what_cannot_be_cut_is_encoded_whole_and_says_so(reason: str, tmp_path: Path) -> None:
    name, coding = WHOLE[reason]
    version = version_of(make(tmp_path / name, *coding, seconds=22))

    assert process(version.pk, worker="test", retries=0) == "ready"

    version.refresh_from_db()
    assert (version.facts["video"]["chunks"], version.facts["video"]["not_chunked"]) == (0, reason)


def test_a_film_whose_stream_is_copied_is_not_cut(tmp_path: Path) -> None:
    coding = (*SMALL, "-x264-params", "keyint=50:scenecut=0:open-gop=0", "-c:a", "aac", "-colorspace", "bt709")
    version = version_of(make(tmp_path / "fits.mp4", *coding, "-maxrate", "300k", "-bufsize", "300k", size="480x270"))

    assert process(version.pk, worker="test", retries=0) == "ready"

    version.refresh_from_db()
    assert version.facts["video"]["not_copied"] == ""
    assert version.facts["video"]["not_chunked"] == "copied"
