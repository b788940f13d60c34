"""Where a picture's subject probably is, when nobody has said it.

Method: the picture at 48 pixels; the strength of its edges in lightness and its distance from the mean colour, added,
smoothed over a twelfth of the longer side, weighted down towards the rim; of what is at least 80 % of the strongest
place, the centre of gravity. It knows nothing of faces. A picture without edges has its subject in the middle.
"""

from PIL import Image, ImageChops, ImageFilter, ImageStat

from transcoding.pictures.renditions import on_white

_PIXELS = 48
_RIM = 0.5
"""What counts at the rim, of what it would in the middle."""
_STRONG = 0.8
_LEAST = 4.0
"""Steps of 255: edges weaker than this everywhere are noise."""
MIDDLE = (0.5, 0.5)


def guess_focus(image: Image.Image) -> tuple[float, float]:
    """The point of interest of ``image`` (RGB or RGBA, upright): x and y, 0 to 1 from the left and the top."""
    energy = _energy(_small(on_white(image)))
    width, height = energy.size
    raw = energy.tobytes()
    weighted = [
        (raw[y * width + x] * _weight((x + 0.5) / width, (y + 0.5) / height), x, y)
        for y in range(height)
        for x in range(width)
    ]
    strongest = max(weighted)[0]
    if strongest < _LEAST:
        return MIDDLE
    kept = [each for each in weighted if each[0] >= _STRONG * strongest]
    total = sum(value for value, _, _ in kept)
    across = sum(value * (x + 0.5) for value, x, _ in kept) / total / width
    down = sum(value * (y + 0.5) for value, _, y in kept) / total / height
    return round(across, 4), round(down, 4)


def _small(image: Image.Image) -> Image.Image:
    factor = min(1.0, _PIXELS / max(image.size))
    size = max(3, round(image.width * factor)), max(3, round(image.height * factor))
    return image.resize(size, Image.Resampling.BOX)


def _energy(small: Image.Image) -> Image.Image:
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    inner = Image.new("L", small.size)  # the filter copies the outermost pixels, which are no edges
    inner.paste(edges.crop((1, 1, small.width - 1, small.height - 1)), (1, 1))
    mean = tuple(round(value) for value in ImageStat.Stat(small).mean)
    distance = ImageChops.difference(small, Image.new("RGB", small.size, mean)).convert("L")
    both = ImageChops.add(inner, distance.point(lambda value: value // 3))
    return both.filter(ImageFilter.GaussianBlur(max(small.size) / 12))


def _weight(x: float, y: float) -> float:
    """1 in the middle, ``_RIM`` in the corners, falling with the square of the distance."""
    return 1 - (1 - _RIM) * 2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
