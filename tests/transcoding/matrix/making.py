"""Sources of the media matrix, written by ffmpeg."""

import struct
from pathlib import Path

from tests.transcoding.matrix.cases import Case, Picture, Tone
from tests.transcoding.video.conftest import ffmpeg

TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""Degrees clockwise, as ``a, b, c, d``."""
SUBTITLES = "1\n00:00:00,000 --> 00:00:00,900\nXin chào\n"
CHAPTERS = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=Phần một\n"


def transform(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write the track header's matrix as phones do (ISO/IEC 14496-12, 8.3.2: x' = ax + cy, y' = bx + dy)."""
    a, b, c, d = matrix
    data = path.read_bytes()
    position = data.index(b"tkhd") + 4 + 40
    packed = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data[:position] + packed + data[position + 36 :])


def turn_clockwise(path: Path, degrees: int) -> None:
    transform(path, TURNS[degrees])


def behead(path: Path, share: float) -> None:
    """Take off the beginning of a transport stream, as a recording does that begins in the middle."""
    data = path.read_bytes()
    path.write_bytes(data[round(len(data) * share) // 188 * 188 :])


def cut_off(path: Path, share: float) -> None:
    """Leave out the end, as a recorder does whose battery is empty."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * (1 - share))])


def write(case: Case, folder: Path) -> Path:
    """The source of ``case``, whose name tells nothing."""
    path = folder / f"source.{case.suffix}"
    inputs = [] if case.picture is None else _input(drawn(case.picture))
    for tone in case.tones:
        inputs += _input(heard(tone))
    (folder / "text.srt").write_text(SUBTITLES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    ffmpeg(*inputs, *(word.replace("{folder}", str(folder)) for word in case.args), path)
    if case.finish is not None:
        case.finish(path)
    return path


def drawn(picture: Picture) -> str:
    """Red, green, blue and white corners, and something that moves between them."""
    width, height = picture.width, picture.height
    shape = f"r={picture.rate}:d={picture.seconds}"
    boxes = ("iw/2:0:iw:ih/2:lime", "0:ih/2:iw/2:ih:blue", "iw/2:ih/2:iw:ih:white")
    corners = "".join(f",drawbox={box}:fill" for box in boxes)
    middle = f"testsrc2=s={max(2, width // 2)}x{max(2, height // 3)}:{shape}"
    graph = f"color=red:s={width}x{height}:{shape},format=gbrp{corners}[a];{middle},format=gbrp[b]"
    graph += ";[a][b]overlay=(W-w)/2:(H-h)/2:format=gbrp"
    return f"{graph},{picture.filters}" if picture.filters else graph


def heard(tone: Tone) -> str:
    shape = f"sample_rates={tone.rate}:channel_layouts={tone.layout}"
    return f"sine={tone.hertz}:r=48000:d={tone.seconds},aformat={shape}"


def _input(graph: str) -> list[str]:
    return ["-f", "lavfi", "-i", graph]
