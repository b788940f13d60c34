"""Codecs by ffmpeg's own list."""

import re
import subprocess

import pytest

from transcoding.ffmpeg.admission import AUDIO_CODECS, DECODERS, VIDEO_CODECS

LINE = re.compile(r"^ D.{5} (\S+) +.*?(?:\(decoders: ([^)]*)\))?(?: \(encoders: [^)]*\))?$", re.MULTILINE)
"""A codec that can be decoded; its decoders stand behind it where they have other names."""


@pytest.fixture(scope="module")
def decoders() -> dict[str, list[str]]:
    listed = subprocess.run(["ffmpeg", "-hide_banner", "-codecs"], capture_output=True, text=True, check=True).stdout
    return {codec: names.split() or [codec] for codec, names in LINE.findall(listed)}


@pytest.mark.parametrize("codec", sorted(VIDEO_CODECS | AUDIO_CODECS))
def test_the_decoder_that_ffmpeg_prefers_may_be_opened(codec: str, decoders: dict[str, list[str]]) -> None:
    assert decoders[codec][0] in VIDEO_CODECS | AUDIO_CODECS | DECODERS
