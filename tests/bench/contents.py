"""Five kinds of film, drawn picture by picture: talking head, slides, sport, screen recording, vertical phone clip.

Photos come from scikit-learn's package (``tests/media_samples.py``). Each kind is the same whenever it is made: motion
by formulas, sensor noise by a fixed seed. What cameras take has noise, what computers draw has none.
"""

import math
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.media_samples import sklearn_photos

RATE = 30
SLIDE_SECONDS, LINE_SECONDS = 5, 0.5
WORDS = (
    *("The", "agency", "publishes", "its", "figures", "for", "the", "third", "quarter", "together"),
    *("with", "a", "map", "of", "all", "provinces", "today"),
)
INK, PAPER, DARK, LIGHT = (20, 30, 60), (250, 250, 245), (30, 32, 40), (205, 215, 205)

Draw = Callable[[float, tuple[int, int]], Image.Image]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of film. ``noise``: of its sensor, in steps of 255; ``vertical``: it stands on its short side."""

    name: str
    draw: Draw
    noise: int = 0
    vertical: bool = False


def make(kind: Kind, path: Path, *, height: int, seconds: float, program: str = "ffmpeg") -> None:
    """Write ``kind`` as nearly lossless H.264 with rare keyframes, which no rung can be copied from."""
    width = height * 16 // 9 // 2 * 2
    size = (height, width) if kind.vertical else (width, height)
    picture = f"rawvideo -pixel_format rgb24 -video_size {size[0]}x{size[1]} -framerate {RATE} -i -"
    noise = f"noise=alls={kind.noise}:allf=t:all_seed=7," if kind.noise else ""
    colours = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    coding = "-c:v libx264 -preset veryfast -crf 10 -g 300 -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    sound = f"-f lavfi -i anoisesrc=c=pink:d={seconds}:r=48000:a=0.1:seed=7 -c:a aac -shortest"
    command = [program, "-v", "error", "-y", "-f", *picture.split(), *sound.split()[:4], "-vf", noise + colours]
    command += [*coding.split(), *sound.split()[4:], str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number in range(round(seconds * RATE)):
            process.stdin.write(kind.draw(number / RATE, size).tobytes())
        process.stdin.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def talking_head(time: float, size: tuple[int, int]) -> Image.Image:
    """A face that nods and speaks before a room that stands still, out of focus."""
    picture = _room(size).copy()
    width, height = size
    sway, nod = 0.012 * width * math.sin(1.1 * time), 0.008 * height * math.sin(2.3 * time)
    head = _head(height)
    place = (round(width / 2 - head.width / 2 + sway), round(0.12 * height + nod))
    picture.paste(head, place, head)
    mouth = 0.012 * height * (1 + math.sin(17 * time) * math.sin(3.1 * time))
    centre = (place[0] + head.width / 2, place[1] + 0.68 * head.height)
    reach = 0.06 * height
    box = (centre[0] - reach, centre[1] - mouth, centre[0] + reach, centre[1] + mouth + 2)
    ImageDraw.Draw(picture).ellipse(box, fill=(120, 40, 50))
    return picture


def slides(time: float, size: tuple[int, int]) -> Image.Image:
    """Text and every second time a photo; one slide after the other, without movement."""
    return _slide(int(time / SLIDE_SECONDS), size)


def screen(time: float, size: tuple[int, int]) -> Image.Image:
    """A terminal that scrolls line by line, and a pointer that moves."""
    picture = _terminal(int(time / LINE_SECONDS), size).copy()
    width, height = size
    x, y = width * (0.5 + 0.3 * math.sin(0.9 * time)), height * (0.5 + 0.3 * math.sin(1.3 * time))
    reach = height / 40
    pointer = [(x, y), (x, y + reach), (x + 0.7 * reach, y + 0.7 * reach)]
    ImageDraw.Draw(picture).polygon(pointer, fill="white", outline="black")
    return picture


def sport(time: float, size: tuple[int, int]) -> Image.Image:
    """A fast pan to and fro over a crowd, with players that run against it."""
    width, height = size
    x, y = 0.45 * width * (1 + math.sin(1.4 * time)), 0.06 * height * (1 + math.sin(5 * time))
    picture = _window(_crowd(size), x, y, 1.0, size)
    draw = ImageDraw.Draw(picture)
    for player in range(6):
        left = (player * 0.23 * width + 0.6 * width * math.sin(1.9 * time + player)) % width
        top = height * (0.35 + 0.08 * player + 0.02 * math.sin(9 * time + player))
        shirt = (200, 30 * player, 40) if player % 2 else (20, 60, 30 * player + 60)
        draw.rounded_rectangle((left, top, left + height / 22, top + height / 9), radius=height // 60, fill=shirt)
    return picture


def phone(time: float, size: tuple[int, int]) -> Image.Image:
    """Held by hand and upright: it shakes, turns slowly and comes nearer."""
    width, height = size
    zoom = 1.0 - 0.01 * time
    x = 0.25 * width + 0.05 * width * time + 0.004 * width * math.sin(8 * time)
    y = 0.2 * height + 0.003 * height * math.sin(11 * time)
    return _window(_crowd(size), x, y, zoom, size)


KINDS = (
    Kind(name="talking head", draw=talking_head, noise=3),
    Kind(name="slides", draw=slides),
    Kind(name="sport", draw=sport, noise=5),
    Kind(name="screen recording", draw=screen),
    Kind(name="vertical phone clip", draw=phone, noise=4, vertical=True),
)


def _window(canvas: Image.Image, x: float, y: float, zoom: float, size: tuple[int, int]) -> Image.Image:
    """What a camera at ``x``, ``y`` sees of ``canvas``, between whole pixels too."""
    return canvas.transform(size, Image.Transform.AFFINE, (zoom, 0, x, 0, zoom, y), Image.Resampling.BICUBIC)


@cache
def _crowd(size: tuple[int, int]) -> Image.Image:
    """Twice as wide as the picture, sharp down to single pixels: photos side by side at their own size, mirrored."""
    china, flower = (Image.open(path).convert("RGB") for path in sklearn_photos())
    canvas = Image.new("RGB", (size[0] * 2, size[1] * 3 // 2))
    photos = [china, china.transpose(Image.Transpose.FLIP_LEFT_RIGHT), flower, flower.rotate(180)]
    for row in range(-(-canvas.height // china.height)):
        for column in range(-(-canvas.width // china.width)):
            photo = photos[(row * 3 + column) % len(photos)]
            canvas.paste(photo, (column * china.width, row * china.height))
    return canvas


@cache
def _room(size: tuple[int, int]) -> Image.Image:
    china, _ = sklearn_photos()
    return Image.open(china).convert("RGB").resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(6))


@cache
def _head(height: int) -> Image.Image:
    """An oval cut out of a photo: skin with texture and light."""
    _, flower = sklearn_photos()
    side = round(0.7 * height)
    face = Image.open(flower).convert("RGB").resize((side * 3 // 4, side), Image.Resampling.BICUBIC)
    oval = Image.new("L", face.size, 0)
    ImageDraw.Draw(oval).ellipse((0, 0, face.width - 1, face.height - 1), fill=255)
    face.putalpha(oval.filter(ImageFilter.GaussianBlur(2)))
    return face


@cache
def _slide(number: int, size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    width, height = size
    draw.rectangle((0, 0, width, height // 8), fill=INK)
    draw.text((width // 30, height // 40), f"{number + 1}. {_line(number, 5)}", fill=PAPER, font=_font(height // 14))
    for row in range(7):
        place = (width // 30, height * (row + 2) // 10)
        draw.text(place, f"- {_line(3 * number + row, 6)}", fill=INK, font=_font(height // 24))
    if number % 2:
        photo = Image.open(sklearn_photos()[number // 2 % 2]).convert("RGB")
        picture.paste(photo.resize((width * 2 // 5, height // 2), Image.Resampling.LANCZOS), (width // 2, height // 4))
    return picture


@cache
def _terminal(number: int, size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, DARK)
    draw = ImageDraw.Draw(picture)
    rows = 36
    for row in range(rows):
        place = (size[0] // 60, size[1] * row // rows)
        draw.text(place, f"{number + row:05d}  {_line(number + row, 14)}", fill=LIGHT, font=_font(size[1] // 48))
    return picture


def _line(number: int, words: int) -> str:
    return " ".join(WORDS[(number * 7 + word * (number % 3 + 1)) % len(WORDS)] for word in range(words))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
