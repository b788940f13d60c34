"""Playlists read as a strict player reads them."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Part:
    """A line of a media playlist: bytes of its file, and seconds."""

    offset: int
    length: int
    seconds: float

    @property
    def end(self) -> int:
        return self.offset + self.length


def read_playlist(path: Path) -> list[Part]:
    """Every part, having asserted that the playlist is finished, of one file, and keeps to its target duration."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("#EXTM3U", "#EXT-X-ENDLIST")
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in lines
    assert re.search(r'^#EXT-X-MAP:URI="media\.mp4",BYTERANGE="\d+@0"$', text, re.MULTILINE)
    found = re.findall(r"^#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\nmedia\.mp4$", text, re.MULTILINE)
    assert len(found) == text.count("#EXTINF:") == lines.count("media.mp4")
    target = int(re.findall(r"^#EXT-X-TARGETDURATION:(\d+)$", text, re.MULTILINE)[0])
    parts = [Part(offset=int(offset), length=int(size), seconds=float(seconds)) for seconds, size, offset in found]
    assert max(int(part.seconds + 0.5) for part in parts) <= target
    return parts


def attributes(line: str) -> dict[str, str]:
    """The attribute list of a tag (RFC 8216, 4.2), quotes taken off."""
    pairs = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)', line.partition(":")[2])
    return {name: value.strip('"') for name, value in pairs}


def measured_peak(folder: Path) -> float:
    """The highest bit rate of any run of segments of 0.5 to 1.5 target durations, counted without cleverness."""
    parts = read_playlist(folder / "index.m3u8")
    target = max(int(part.seconds + 0.5) for part in parts)
    runs = [parts[first:last] for first in range(len(parts)) for last in range(first + 1, len(parts) + 1)]
    rates = [(sum(part.length for part in run) * 8, sum(part.seconds for part in run)) for run in runs]
    fitting = [bits / seconds for bits, seconds in rates if 0.5 * target <= seconds <= 1.5 * target]
    return max(fitting, default=rates[len(parts) - 1][0] / rates[len(parts) - 1][1])
