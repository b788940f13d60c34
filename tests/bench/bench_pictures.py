"""What the bounded child costs over the bare work: 24-megapixel JPEGs, the same renditions, side by side.

    python tests/bench/bench_pictures.py [--pictures 4] [--rounds 3]

"bare" is Pillow in this process: draft(), then the cascade of LANCZOS, the same encoder settings, nothing else: no
metadata, hash, placeholder, colour profile, checks or limits. CPU seconds are steadier than wall time.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image

from tests.media_samples import sklearn_photos
from transcoding.pictures.process import process_picture
from transcoding.pictures.renditions import write_all
from transcoding.sniff import sniff

_SIZE = (6000, 4000)


def make_set(folder: Path, count: int) -> list[Path]:
    """JPEGs of 24 megapixels from the two sample photos, each cut a little differently."""
    paths = []
    for number in range(count):
        with Image.open(sklearn_photos()[number % 2]) as photo:
            margin = 5 * (number // 2)
            cut = photo.crop((margin, margin, photo.width - margin, photo.height - margin))
        path = folder / f"{number}.jpg"
        cut.resize(_SIZE, Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def bare(source: Path, folder: Path) -> float:
    """Draft and cascade in this process; nothing of its own to report."""
    with Image.open(source) as image:
        image.draft("RGB", (1920, 1280))
        image.load()
        top = image.resize((1920, 1280), Image.Resampling.LANCZOS, reducing_gap=2.0)
    write_all(top, kind="photo", folder=folder, on_progress=lambda _: None)
    return 0.0


def bounded(source: Path, folder: Path) -> float:
    """The product's way; its child's peak in MiB."""
    result = process_picture(source, sniffed=sniff(source), kind="photo", workdir=folder, on_progress=lambda _: None)
    return float(result.facts["peak_rss"]) / 2**20


def measure(work: Callable[[Path, Path], float], sources: list[Path]) -> tuple[float, float, float]:
    """Wall and CPU seconds per picture, and the largest peak."""
    peak = 0.0
    wall, cpu = time.perf_counter(), _cpu_seconds()
    for source in sources:
        with tempfile.TemporaryDirectory() as folder:
            peak = max(peak, work(source, Path(folder)))
    return (time.perf_counter() - wall) / len(sources), (_cpu_seconds() - cpu) / len(sources), peak


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Run both ways in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = make_set(Path(folder), options.pictures)
        for work in (bare, bounded):
            measure(work, sources[:1])  # warm
        rounds = [(measure(bare, sources), measure(bounded, sources)) for _ in range(options.rounds)]
    rows = {"bare": [one for one, _ in rounds], "bounded": [other for _, other in rounds]}
    for name, figures in rows.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*figures, strict=True))
        sys.stdout.write(f"{name:8} {wall * 1000:7.0f} ms wall {cpu * 1000:7.0f} ms CPU {peak:6.0f} MiB peak\n")
    ratios = [(other[0] / one[0], other[1] / one[1]) for one, other in rounds]
    wall_ratio, cpu_ratio = (statistics.median(column) for column in zip(*ratios, strict=True))
    sys.stdout.write(f"bounded / bare: {wall_ratio:.2f} wall, {cpu_ratio:.2f} CPU\n")


if __name__ == "__main__":
    main()
