"""Landscapes by arithmetic: a sky, a sun, ridges one behind the other, water. Same seed, same picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float32]
Colour = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Heights are shares of the picture, 0 at the top. ``roughness``: 0 rolling hills … 1 sharp crests.

    ``far`` and ``near`` are the colours of the first and the last ridge; ``water`` is where it begins, None for none.
    """

    sky_top: Colour
    sky_low: Colour
    far: Colour
    near: Colour
    sun: Colour = (255, 236, 190)
    sun_at: tuple[float, float] = (0.7, 0.35)
    ridges: int = 6
    horizon: float = 0.45
    relief: float = 0.22
    roughness: float = 0.35
    karst: bool = False
    water: float | None = None
    terraces: bool = False
    stars: bool = False
    lights: int = 0


def paint(scene: Scene, *, seed: int, width: int = 1920, height: int = 1280) -> Image.Image:
    """An RGB picture of the scene."""
    rng = np.random.default_rng(seed)
    canvas = _sky(scene, rng, width, height)
    for index in range(scene.ridges):
        _ridge(canvas, scene, rng, index)
    if scene.lights:
        _city(canvas, scene, rng)
    if scene.water is not None:
        _water(canvas, scene, rng)
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * 2.2
    picture = Image.fromarray(np.clip(canvas + grain, 0, 255).astype(np.uint8), "RGB")
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _mix(first: Colour, second: Colour, share: float | Floats) -> Floats:
    one, two = np.array(first, dtype=np.float32), np.array(second, dtype=np.float32)
    part = np.asarray(share, dtype=np.float32)[..., None]
    mixed: Floats = one * (1 - part) + two * part
    return mixed


def _sky(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Floats:
    ys = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    xs = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    canvas = np.repeat(_mix(scene.sky_top, scene.sky_low, np.clip(ys[:, 0] / 0.7, 0, 1) ** 0.9)[:, None, :], width, 1)
    distance = np.hypot((xs - scene.sun_at[0]) * width / height, ys - scene.sun_at[1])
    glow = np.exp(-((distance / 0.28) ** 2)) * 0.55 + (distance < 0.045) * 0.9
    canvas += (np.array(scene.sun, dtype=np.float32) - canvas) * np.clip(glow, 0, 1)[..., None]
    if scene.stars:
        for _ in range(260):
            x, y = int(rng.integers(2, width - 2)), int(rng.integers(2, int(height * scene.horizon)))
            canvas[y : y + 2, x : x + 2] = rng.uniform(120, 250)
    return canvas


def _noise(rng: np.random.Generator, width: int, *, octaves: int, roughness: float = 0.5) -> Floats:
    """A line of summed waves of random phase, about -1…1."""
    xs = np.linspace(0, 1, width, dtype=np.float32)
    line = np.zeros(width, dtype=np.float32)
    for octave in range(octaves):
        frequency = 1.3 * 2**octave
        strength = (0.35 + 0.4 * roughness) ** octave
        line += strength * np.sin(2 * np.pi * (frequency * xs * rng.uniform(0.8, 1.2) + rng.random()))
    scaled: Floats = line / np.abs(line).max()
    return scaled


def _towers(rng: np.random.Generator, width: int) -> Floats:
    """A line of limestone islands, 0…1: steep sides, round tops, water between them."""
    xs = np.linspace(0, 1, width, dtype=np.float32)
    line = np.zeros(width, dtype=np.float32)
    for _ in range(9):
        half = rng.uniform(0.03, 0.11)
        away = np.clip(np.abs(xs - rng.random()) / half, 0, 1)
        line = np.maximum(line, rng.uniform(0.35, 1) * (1 - away**3.2) ** 0.7)
    return line


def _ridge(canvas: Floats, scene: Scene, rng: np.random.Generator, index: int) -> None:
    height, width, _ = canvas.shape
    depth = index / max(scene.ridges - 1, 1)
    line = _noise(rng, width, octaves=8, roughness=scene.roughness) * 0.5 + 0.5
    base = scene.horizon + (0.95 - scene.horizon) * depth**1.35
    if scene.karst:
        line = _towers(rng, width) * (0.9 + 0.1 * line)
        base = scene.water or base
    tops = (base - line * scene.relief * (0.55 + 0.6 * depth)).astype(np.float32)
    first = int(tops.min() * height)
    canvas = canvas[first:]
    ys = np.arange(first, height, dtype=np.float32)[:, None] / height
    inside = (ys >= tops[None, :]) & (not scene.karst or ys < base)
    below = np.clip((ys - tops[None, :]) / 0.5, 0, 1)
    shade = _mix(scene.far, scene.near, depth)[None, None, :] * (1.06 - 0.25 * below[..., None])
    haze = np.exp(-below * np.float32(9))[..., None] * (1 - depth) * 22
    if scene.terraces and depth > 0.3:
        steps = np.sin((ys - tops[None, :]) * (120 - 50 * depth) + 3 * line[None, :])
        shade = shade + (steps > 0.72)[..., None] * np.array([34, 40, 12], dtype=np.float32)
    np.copyto(canvas, shade + haze, where=inside[..., None])


def _city(canvas: Floats, scene: Scene, rng: np.random.Generator) -> None:
    height, width, _ = canvas.shape
    foot = int(height * (scene.water or 0.9))
    x = 0
    while x < width:
        wide = int(rng.integers(width // 60, width // 22))
        top = foot - int(height * rng.uniform(0.06, 0.3) * (0.5 + 0.9 * np.exp(-(((x / width - 0.55) / 0.25) ** 2))))
        canvas[top:foot, x : x + wide] = np.array(scene.near) * rng.uniform(0.7, 1.3)
        for y in range(top + 8, foot - 6, 16):
            for window in range(x + 6, min(x + wide, width) - 8, 14):
                if rng.random() < scene.lights / 100:
                    canvas[y : y + 8, window : window + 6] = (255, rng.integers(190, 235), rng.integers(110, 170))
        x += wide + int(rng.integers(2, 14))


def _water(canvas: Floats, scene: Scene, rng: np.random.Generator) -> None:
    """What is above the shore, upside down, darker, and moved sideways line by line."""
    height, width, _ = canvas.shape
    shore = int(height * (scene.water or 1))
    rows = height - shore
    mirrored = canvas[max(shore - rows, 0) : shore][::-1]
    for row in range(min(rows, len(mirrored))):
        depth = row / rows
        shift = int((6 + 34 * depth) * np.sin(row / (2.5 + 9 * depth) + rng.normal(0, 0.25)))
        ripple = 0.80 - 0.22 * depth + 0.05 * np.sin(row / (1.5 + 5 * depth))
        canvas[shore + row] = np.roll(mirrored[row], shift, axis=0) * ripple + np.array([6, 14, 22], dtype=np.float32)
    spark = rng.random((rows, width)) > 0.9985
    canvas[shore:][spark] += 40
