"""Small matrix profiles made from published primaries: for files that name their colour space without carrying it, and
for renditions, which say what they are.

ICC.1:2001-04 (version 2.4) layout, and ICC.1:2022 (version 4.4) for the compact one. The chromatic adaptation to the
D50 of the connection space is Bradford's.
"""

from dataclasses import dataclass
from functools import cache
from struct import pack

Chromaticity = tuple[float, float]
_Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD: _Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


@dataclass(frozen=True, kw_only=True)
class ColourSpace:
    """CIE xy chromaticities of the primaries and the white, and a gamma; None means the sRGB curve."""

    name: str
    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity = (0.3127, 0.3290)
    gamma: float | None = None


SRGB = ColourSpace(name="sRGB", red=(0.64, 0.33), green=(0.30, 0.60), blue=(0.15, 0.06))
DISPLAY_P3 = ColourSpace(name="Display P3", red=(0.680, 0.320), green=(0.265, 0.690), blue=(0.150, 0.060))
ADOBE_RGB = ColourSpace(
    name="Adobe RGB (1998)", red=(0.64, 0.33), green=(0.21, 0.71), blue=(0.15, 0.06), gamma=563 / 256
)


@cache
def profile(space: ColourSpace) -> bytes:
    """The ICC profile of ``space``, always the same bytes: about 0.5 KB with a gamma, 2.5 KB with the sRGB curve."""
    columns = _columns(space)
    curve = _curve(space.gamma)
    tags: list[tuple[bytes, bytes]] = [
        (b"desc", _description(space.name)),
        (b"cprt", b"text\0\0\0\0" + b"No copyright\0"),
        (b"wtpt", _xyz(_D50)),
        (b"rXYZ", _xyz(columns[0])),
        (b"gXYZ", _xyz(columns[1])),
        (b"bXYZ", _xyz(columns[2])),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    return _assembled(tags, version=0x02400000)


@cache
def compact_srgb() -> bytes:
    """sRGB in about 0.5 KB, its curve as a formula: for small files that readers of version 4 look at (browsers)."""
    columns = _columns(SRGB)
    curve = b"para\0\0\0\0" + pack(">HH", 3, 0)
    curve += b"".join(_s15(value) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    adaptation = b"sf32\0\0\0\0" + b"".join(_s15(value) for row in _adaptation(_to_xyz(SRGB.white)) for value in row)
    tags: list[tuple[bytes, bytes]] = [
        (b"desc", _words("sRGB")),
        (b"cprt", _words("CC0")),
        (b"wtpt", _xyz(_D50)),
        (b"chad", adaptation),
        (b"rXYZ", _xyz(columns[0])),
        (b"gXYZ", _xyz(columns[1])),
        (b"bXYZ", _xyz(columns[2])),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    return _assembled(tags, version=0x04400000)


def _assembled(tags: list[tuple[bytes, bytes]], *, version: int) -> bytes:
    table, body, placed = b"", b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for signature, data in tags:
        if data not in placed:
            placed[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        table += signature + pack(">II", placed[data], len(data))
    header = pack(
        ">I4sI4s4s4s12s4s4s",
        start + len(body),
        b"\0" * 4,
        version,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"\0" * 12,
        b"acsp",
        b"\0" * 4,
    )
    header += b"\0" * 24 + b"".join(_s15(value) for value in _D50)
    return header.ljust(128, b"\0") + pack(">I", len(tags)) + table + body


def _columns(space: ColourSpace) -> list[tuple[float, float, float]]:
    """XYZ of each primary at full drive, seen under D50."""
    primaries = [_to_xyz(chromaticity) for chromaticity in (space.red, space.green, space.blue)]
    rows: _Matrix = tuple(zip(*primaries, strict=True))  # type: ignore[assignment]
    white = _to_xyz(space.white)
    scales = _apply(_inverse(rows), white)
    adapt = _adaptation(white)
    return [_apply(adapt, (x * s, y * s, z * s)) for (x, y, z), s in zip(primaries, scales, strict=True)]


def _adaptation(white: tuple[float, float, float]) -> _Matrix:
    source, target = _apply(_BRADFORD, white), _apply(_BRADFORD, _D50)
    scaled: _Matrix = tuple(  # type: ignore[assignment]
        tuple(value * target[row] / source[row] for value in _BRADFORD[row]) for row in range(3)
    )
    inverse = _inverse(_BRADFORD)
    columns = [_apply(inverse, (scaled[0][c], scaled[1][c], scaled[2][c])) for c in range(3)]
    return tuple(zip(*columns, strict=True))  # type: ignore[return-value]


def _to_xyz(chromaticity: Chromaticity) -> tuple[float, float, float]:
    x, y = chromaticity
    return (x / y, 1.0, (1 - x - y) / y)


def _apply(m: _Matrix, v: tuple[float, float, float]) -> tuple[float, float, float]:
    return tuple(row[0] * v[0] + row[1] * v[1] + row[2] * v[2] for row in m)  # type: ignore[return-value]


def _inverse(m: _Matrix) -> _Matrix:
    (a, b, c), (d, e, f), (g, h, i) = m
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(value / determinant for value in row) for row in adjugate)  # type: ignore[return-value]


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv\0\0\0\0" + pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    steps = [position / 1023 for position in range(1024)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in steps]
    return b"curv\0\0\0\0" + pack(">I1024H", 1024, *(round(value * 65535) for value in linear))


def _s15(value: float) -> bytes:
    return pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_s15(value) for value in values)


def _words(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + pack(">II4sII", 1, 12, b"enUS", len(encoded), 28) + encoded


def _description(name: str) -> bytes:
    text = name.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + pack(">I", len(text)) + text + b"\0" * (4 + 4 + 2 + 1 + 67)
