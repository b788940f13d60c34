"""What a set of renditions of 24-megapixel JPEGs costs, side by side in one run, one thread each.

    python tests/bench/bench_pictures.py [--pictures 4] [--rounds 3] [--vips /path/to/python]

"product": the whole of it, from the sniffed file to the checked result, by way of a child of the warm parent: decode,
colours, renditions, crops, metadata, hash, placeholder. "bare": Pillow in this process, draft() and the cascade with
the same encoder settings, nothing else. "pyvips …": the same files by libvips, decoded once and cascaded, with the same
encoder settings, in a process of its own that is as warm: "thumbnail" is libvips' own way (it shrinks while decoding
only as far as it finds harmless), "shrink" is told to decode at the half as the product does.

pyvips is no dependency: --vips names a Python that has it (pip install pyvips pyvips-binary, LGPL-2.1 for libvips).
CPU seconds are steadier than wall time. Peaks: the child's own for the product, the whole process's for pyvips.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pillow_heif
from PIL import Image

from tests.media_samples import sklearn_photos
from transcoding.pictures import process as product
from transcoding.pictures.crops import plan_crops, write_crops
from transcoding.pictures.renditions import cascade, plan, write_all
from transcoding.pictures.wanted import Wanted
from transcoding.sniff import sniff

_SIZE = (6000, 4000)
_MIDDLE = (0.5, 0.5)
_VIPS = Path(__file__).with_name("pictures_by_vips.py")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of wall and CPU, MiB at the peak."""

    wall: float
    cpu: float
    peak: float


def make_set(folder: Path, count: int, *, suffix: str = "jpg") -> list[Path]:
    """JPEGs (or HEICs) of 24 megapixels from the two sample photos, each cut a little differently."""
    paths = []
    for number in range(count):
        with Image.open(sklearn_photos()[number % 2]) as photo:
            margin = 5 * (number // 2)
            cut = photo.crop((margin, margin, photo.width - margin, photo.height - margin))
        path = folder / f"{number}.{suffix}"
        large = cut.resize(_SIZE, Image.Resampling.BICUBIC)
        if suffix == "heic":
            pillow_heif.from_pillow(large).save(path, quality=80)
        else:
            large.save(path, quality=90)
        paths.append(path)
    return paths


def bare(source: Path, folder: Path) -> Cost:
    """Draft and cascade in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    with Image.open(source) as image:
        image.draft("RGB", (1920, 1280))
        image.load()
        top = image.resize((1920, 1280), Image.Resampling.LANCZOS, reducing_gap=2.0)
    levels = cascade(top, plan(*top.size))
    write_all(levels, kind="photo", folder=folder, on_progress=lambda _: None)
    write_crops(levels, crops=plan_crops(top.size, _MIDDLE), kind="photo", folder=folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu, peak=peak)


def whole(source: Path, folder: Path) -> Cost:
    """The product's way; what its child and this process used for it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = product.process_picture(
        source,
        sniffed=sniff(source),
        kind="photo",
        workdir=folder,
        on_progress=lambda _: None,
        wanted=Wanted(focus=_MIDDLE),
    )
    own = time.process_time() - cpu
    return Cost(
        wall=time.perf_counter() - wall,
        cpu=own + float(result.facts["cpu_seconds"]),
        peak=float(result.facts["peak_rss"]) / 2**20,
    )


def by_vips(python: str, way: str) -> Callable[[Path, Path], Cost]:
    """A way to do it with libvips, in one process that stays."""
    process = subprocess.Popen([python, str(_VIPS), way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def work(source: Path, folder: Path) -> Cost:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([str(source), str(folder)]) + "\n")
        process.stdin.flush()
        return Cost(**json.loads(process.stdout.readline()))

    return work


def measure(work: Callable[[Path, Path], Cost], sources: list[Path]) -> Cost:
    """The mean cost of a picture; the largest peak."""
    costs = []
    for source in sources:
        with tempfile.TemporaryDirectory() as folder:
            costs.append(work(source, Path(folder)))
    return Cost(
        wall=statistics.mean(cost.wall for cost in costs),
        cpu=statistics.mean(cost.cpu for cost in costs),
        peak=max(cost.peak for cost in costs),
    )


def main() -> None:
    """Run all ways in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vips", help="a Python that has pyvips")
    options = parser.parse_args()
    ways: dict[str, Callable[[Path, Path], Cost]] = {"bare": bare, "product": whole}
    if options.vips:
        ways |= {f"pyvips {way}": by_vips(options.vips, way) for way in ("thumbnail", "shrink")}
    with tempfile.TemporaryDirectory() as folder:
        sources = make_set(Path(folder), options.pictures)
        for work in ways.values():
            measure(work, sources[:1])  # warm
        rounds = [{name: measure(work, sources) for name, work in ways.items()} for _ in range(options.rounds)]
    for name in ways:
        wall, cpu, peak = (
            statistics.median(getattr(each[name], of) for each in rounds) for of in ("wall", "cpu", "peak")
        )
        sys.stdout.write(f"{name:18} {wall * 1000:7.0f} ms wall {cpu * 1000:7.0f} ms CPU {peak:6.0f} MiB peak\n")
    for name in ways:
        if name != "product":
            wall, cpu = (
                statistics.median(getattr(each["product"], of) / getattr(each[name], of) for each in rounds)
                for of in ("wall", "cpu")
            )
            sys.stdout.write(f"product / {name}: {wall:.2f} wall, {cpu:.2f} CPU\n")
    parent = Path(f"/proc/{product.parents().pid()}/status").read_text().partition("VmRSS:")[2].split()[0]
    sys.stdout.write(f"the warm parent keeps {int(parent) // 1024} MiB, which its children share\n")
    with tempfile.TemporaryDirectory() as folder:
        cost = measure(whole, make_set(Path(folder), 1, suffix="heic"))
    sys.stdout.write(f"{'product, HEIC':18} {cost.wall * 1000:7.0f} ms wall {cost.cpu * 1000:7.0f} ms CPU ")
    sys.stdout.write(f"{cost.peak:6.0f} MiB peak\n")
    product.parents().close()


if __name__ == "__main__":
    main()
