"""Charts, posters and slides: what a press office draws. All figures are invented and say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from mediacenter.demo.fonts import FAMILIES, typeface

Colour = tuple[int, int, int]
RED: Colour = (200, 16, 46)
GOLD: Colour = (246, 190, 0)
INK: Colour = (30, 36, 48)
PAPER: Colour = (250, 248, 243)
SERIES: tuple[Colour, ...] = ((200, 16, 46), (0, 98, 152), (246, 166, 0), (58, 125, 68), (120, 81, 169), (90, 100, 110))
INVENTED = "Số liệu minh họa · Illustrative figures"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of a chart, with its label."""

    label: str
    value: float


def web_colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def bar_chart_svg(*, title: str, unit: str, figures: Sequence[Figure]) -> str:
    """Bars side by side, 1600 × 1000."""
    top = max(figure.value for figure in figures)
    step = 1360 / len(figures)
    bars = []
    for index, figure in enumerate(figures):
        height = 600 * figure.value / top
        x, y = 140 + index * step, 830 - height
        middle = x + step * 0.35
        bars.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{step * 0.7:.0f}" height="{height:.0f}" rx="6" '
            f'fill="{web_colour(SERIES[index % len(SERIES)])}"/>'
            f'<text x="{middle:.0f}" y="{y - 16:.0f}" class="value">{_number(figure.value)}</text>'
            f'<text x="{middle:.0f}" y="878" class="label">{escape(figure.label)}</text>'
        )
    return _svg(title, f"{unit} · {INVENTED}", "".join(bars))


def line_chart_svg(*, title: str, unit: str, figures: Sequence[Figure]) -> str:
    """One line over time, 1600 × 1000."""
    top = max(figure.value for figure in figures)
    step = 1340 / (len(figures) - 1)
    points = [(150 + index * step, 830 - 600 * figure.value / top) for index, figure in enumerate(figures)]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="{web_colour(RED)}"/>'
        f'<text x="{x:.0f}" y="{y - 24:.0f}" class="value">{_number(figure.value)}</text>'
        f'<text x="{x:.0f}" y="878" class="label">{escape(figure.label)}</text>'
        for (x, y), figure in zip(points, figures, strict=True)
    )
    area = f'<polygon points="150,830 {line} 1490,830" fill="{web_colour(RED)}" opacity="0.12"/>'
    drawn = f'<polyline points="{line}" fill="none" stroke="{web_colour(RED)}" stroke-width="6"/>'
    return _svg(title, f"{unit} · {INVENTED}", area + drawn + marks)


def _svg(title: str, note: str, body: str) -> str:
    grid = "".join(f'<path d="M120 {y}H1520" stroke="#d8d4c8"/>' for y in range(230, 831, 120))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 1000" width="1600" height="1000">'
        f"<title>{escape(title)}</title>"
        f"<style>text{{font-family:{FAMILIES};fill:{web_colour(INK)}}}.value{{font-size:30px;font-weight:bold;"
        "text-anchor:middle}.label{font-size:27px;text-anchor:middle}.note{font-size:24px;fill:#667}"
        ".title{font-size:46px;font-weight:bold}</style>"
        f'<rect width="1600" height="1000" fill="{web_colour(PAPER)}"/>'
        f'<rect width="1600" height="18" fill="{web_colour(RED)}"/>'
        f'<text x="120" y="120" class="title">{escape(title)}</text>'
        f'<text x="120" y="950" class="note">{escape(note)}</text>{grid}{body}</svg>\n'
    )


def _number(value: float) -> str:
    """As Vietnamese writes it: 1.234,5."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.", ".,"))


def share_chart(*, title: str, figures: Sequence[Figure], size: int = 1600) -> Image.Image:
    """A ring of shares with its legend."""
    picture = Image.new("RGB", (size, size * 5 // 8), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size, 16), fill=RED)
    draw.text((90, 60), title, font=typeface(44, bold=True, text=title), fill=INK)
    box = (90, 190, 790, 890)
    total, start = sum(figure.value for figure in figures), -90.0
    for index, figure in enumerate(figures):
        end = start + 360 * figure.value / total
        draw.pieslice(box, start, end, fill=SERIES[index % len(SERIES)], outline=PAPER, width=6)
        y = 270 + index * 96
        draw.rounded_rectangle((880, y, 930, y + 50), 8, fill=SERIES[index % len(SERIES)])
        draw.text((955, y + 4), f"{figure.label}: {_number(figure.value)} %", font=typeface(34), fill=INK)
        start = end
    draw.ellipse((265, 365, 615, 715), fill=PAPER)
    draw.text((90, 930), INVENTED, font=typeface(24, text=INVENTED), fill=(100, 100, 115))
    return picture


def contour_map(*, title: str, seed: int) -> Image.Image:
    """Bands of equal value over an invented landscape: a weather map without a country."""
    width, height = 1600, 1000
    field = np.random.default_rng(seed).integers(0, 256, (6, 9), dtype=np.uint8)
    smooth = Image.fromarray(field).resize((width, height - 160), Image.Resampling.BICUBIC)
    steps = [(222, 235, 247), (158, 202, 225), (107, 174, 214), (66, 146, 198), (33, 113, 181), (8, 69, 148)]
    palette = [channel for level in range(256) for channel in steps[level * len(steps) // 256]]
    banded = Image.frombytes("P", smooth.size, smooth.tobytes())
    banded.putpalette(palette)
    picture = Image.new("RGB", (width, height), PAPER)
    picture.paste(banded.convert("RGB"), (0, 160))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, 16), fill=RED)
    draw.text((60, 55), title, font=typeface(46, bold=True, text=title), fill=INK)
    for index, colour in enumerate(steps):
        x = 60 + index * 130
        draw.rectangle((x, 900, x + 130, 940), fill=colour)
        draw.text((x + 8, 944), f"{index * 40} mm", font=typeface(24), fill=INK, stroke_width=4, stroke_fill=PAPER)
    draw.text((900, 940), INVENTED, font=typeface(24, text=INVENTED), fill=INK, stroke_width=4, stroke_fill=PAPER)
    return picture


def poster(background: Image.Image, *, title: str, lines: Sequence[str]) -> Image.Image:
    """A picture with a dark band, a title and a few lines."""
    picture = ImageOps.fit(background.convert("RGB"), (1200, 1600), Image.Resampling.LANCZOS)
    shade = Image.new("L", picture.size, 0)
    ImageDraw.Draw(shade).rectangle((0, 900, 1200, 1600), fill=190)
    picture.paste(Image.new("RGB", picture.size, (12, 18, 30)), mask=shade)
    draw = ImageDraw.Draw(picture)
    y = 960
    for text in wrapped(title, 26):
        draw.text((80, y), text, font=typeface(66, bold=True, text=text), fill=GOLD)
        y += 84
    for number, line in enumerate(lines, 1):
        for text in wrapped(f"{number}. {line}", 46):
            draw.text((80, y + 20), text, font=typeface(38, text=text), fill="white")
            y += 54
    return picture


def caption_layer(size: tuple[int, int], *, title: str, text: str) -> Image.Image:
    """A transparent picture with a title and a sentence in the lower part, to lay over a moving one."""
    width, height = size
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    unit = min(width, height) / 720
    band = int(height * (0.66 if width > height else 0.7))
    draw.rectangle((0, band, width, height), fill=(10, 16, 28, 200))
    draw.rectangle((0, band, int(14 * unit), height), fill=(*RED, 255))
    letters = int(width / (22 * unit))
    y = band + int(26 * unit)
    for line in wrapped(title, letters * 2 // 3):
        draw.text((int(48 * unit), y), line, font=typeface(int(42 * unit), bold=True, text=line), fill=GOLD)
        y += int(54 * unit)
    for line in wrapped(text, letters):
        draw.text((int(48 * unit), y), line, font=typeface(int(30 * unit), text=line), fill="white")
        y += int(40 * unit)
    return layer


def wrapped(text: str, letters: int) -> list[str]:
    """Lines of at most about ``letters``; Chinese counts double and breaks anywhere."""
    words = list(text) if any("\u4e00" <= letter <= "\u9fff" for letter in text) else text.split(" ")
    space = "" if len(words) == len(text) else " "
    width = letters // 2 if space == "" else letters
    lines, line = [], ""
    for word in words:
        candidate = f"{line}{space}{word}" if line else word
        if len(candidate) > width and line:
            lines.append(line)
            line = word
        else:
            line = candidate
    return [*lines, line]
