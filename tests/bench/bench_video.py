"""What the product adds to ffmpeg: our ladder stage beside the bare command for the same files, in one run.

    python -m tests.bench.bench_video [--seconds 20] [--size 1920x1080] [--rounds 1] [--skip-per-rung]

Wall and CPU seconds (children and ourselves) of: the bare hand-written command, our ladder stage (probe, limits,
loudness, packaging, checks), the same of a source whose stream is copied, one process per rung, and everything
(`process_media`). Goals: the ladder stage takes at most 1.05 of the bare command's wall, at most 0.55 where the largest
rung is copied, and at most 0.65 of the CPU of one process per rung.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from transcoding.ffmpeg.commands import Source
from transcoding.ffmpeg.probe import admit
from transcoding.ffmpeg.tools import versions
from transcoding.video.encode import encode_ladder
from transcoding.video.job import Job
from transcoding.video.meter import Meter
from transcoding.video.process import process_media

RUNGS = ((1080, 1920, 5000, 10000, 23, "high"), (720, 1280, 2800, 5600, 23, "high"), (480, 854, 1400, 2800, 23, "high"),
         (360, 640, 800, 1600, 24, "main"), (240, 426, 108, 92, 25, "main"))  # fmt: skip
FITTING = "our ladder stage, largest rung copied"
MUXER = [
    "-f",
    "hls",
    "-hls_time",
    "4",
    "-hls_playlist_type",
    "vod",
    "-hls_segment_type",
    "fmp4",
    "-hls_flags",
    "single_file+independent_segments",
    "-map_metadata",
    "-1",
    "-avoid_negative_ts",
    "disabled",
    "-hls_segment_options",
    "movflags=+negative_cts_offsets",
]


@dataclass(frozen=True, kw_only=True)
class Cost:
    wall: float
    cpu: float


def cpu_seconds() -> float:
    usages = (resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def make_source(path: Path, *, size: str, seconds: int) -> None:
    """At 12 Mbit/s, more than any rung may have: nothing is copied."""
    picture = f"testsrc2=s={size}:r=30:d={seconds},noise=alls=6:allf=t"
    sound = f"anoisesrc=c=pink:d={seconds}:r=48000:a=0.3,aformat=channel_layouts=stereo"
    coding = "-c:v libx264 -preset veryfast -b:v 12M -maxrate 12M -bufsize 24M -pix_fmt yuv420p -c:a aac -b:a 192k"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *coding.split(), str(path)], check=True)


def encoder(rung: tuple[int, int, int, int, int, str]) -> list[str]:
    _, _, rate, buffer, crf, profile = rung
    return (
        f"-c:v libx264 -preset veryfast -profile:v {profile} -crf {crf} -maxrate {rate}k -bufsize {buffer}k -g 60 "
        "-keyint_min 60 -sc_threshold 0 -pix_fmt yuv420p"
    ).split()


def target(folder: Path, name: str) -> list[str]:
    (folder / name).mkdir(parents=True, exist_ok=True)
    return [*MUXER, "-hls_segment_filename", f"{folder}/{name}/media.mp4", f"{folder}/{name}/index.m3u8"]


def bare_ladder(source: Path, folder: Path) -> None:
    graph = ["[0:v]fps=30,scale=1920:1080:flags=bicubic,format=yuv420p[p0]"]
    for number, (height, width, *_) in enumerate(RUNGS[1:], start=1):
        graph.append(f"[p{number - 1}]split[v{number - 1}][q{number}];[q{number}]scale={width}:{height}[p{number}]")
    graph.append("[0:a]aresample=48000:async=1,asplit[a][b]")
    outputs = []
    for number, rung in enumerate(RUNGS):
        label = f"v{number}" if number < len(RUNGS) - 1 else f"p{number}"
        outputs += ["-map", f"[{label}]", *encoder(rung), *target(folder, f"{rung[0]}p")]
    for label, rate, name in (("a", "128k", "audio"), ("b", "56k", "audio-lean")):
        outputs += ["-map", f"[{label}]", "-c:a", "aac", "-b:a", rate, *target(folder, name)]
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-filter_complex", ";".join(graph), *outputs]
    subprocess.run(command, check=True)


def per_rung(source: Path, folder: Path) -> None:
    for rung in RUNGS:
        scale = f"fps=30,scale={rung[1]}:{rung[0]},format=yuv420p"
        output = [*encoder(rung), *target(folder, f"{rung[0]}p")]
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-an", "-vf", scale, *output], check=True)
    for rate, name in (("128k", "audio"), ("56k", "audio-lean")):
        sound = ["-c:a", "aac", "-b:a", rate, *target(folder, name)]
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vn", *sound], check=True)


def our_ladder(source: Path, folder: Path) -> None:
    opened = Source(path=source, format="mov")
    job = Job(source=opened, folder=folder, meter=Meter(lambda _: None), cancelled=lambda: False)
    encode_ladder(job, admit(opened, kind="video", folder=folder))


def everything(source: Path, folder: Path) -> None:
    process_media(
        source, ffmpeg_format="mov", kind="video", workdir=folder, on_progress=lambda _: None, cancelled=lambda: False
    )


def make_fitting(source: Path, path: Path, *, size: str) -> None:
    """The same pictures as the largest rung would have them: all that is left to encode is the rest."""
    coding = "-c:v libx264 -preset veryfast -crf 28 -maxrate 4000k -bufsize 4000k -g 60 -pix_fmt yuv420p -c:a copy"
    colours = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
    scale = ["-vf", f"scale={size.replace('x', ':')},setsar=1"]
    options = [*scale, *coding.split(), *colours.split()]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), *options, str(path)], check=True)


def measure(work: Callable[[Path, Path], None], source: Path, folder: Path) -> Cost:
    folder.mkdir()
    cpu, wall = cpu_seconds(), time.monotonic()
    work(source, folder)
    cost = Cost(wall=time.monotonic() - wall, cpu=cpu_seconds() - cpu)
    shutil.rmtree(folder)
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--skip-per-rung", action="store_true")
    options = parser.parse_args()
    works = {"bare command": bare_ladder, "our ladder stage": our_ladder, FITTING: our_ladder, "everything": everything}
    if not options.skip_per_rung:
        works["one process per rung"] = per_rung
    versions()  # asked once in a worker's life
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    with tempfile.TemporaryDirectory(prefix="bench-video-") as name:
        source = Path(name) / "source.mp4"
        make_source(source, size=options.size, seconds=options.seconds)
        fitting = Path(name) / "fitting.mp4"
        make_fitting(source, fitting, size=options.size)
        for _ in range(options.rounds):
            for title, work in works.items():
                costs[title].append(measure(work, fitting if title == FITTING else source, Path(name) / "out"))
    bare = best(costs["bare command"])
    print(f"{options.seconds} s of {options.size}, best of {options.rounds}\n")  # noqa: T201 - a report for people
    print("| | wall s | CPU s | wall ratio | CPU ratio |\n|---|---|---|---|---|")  # noqa: T201
    for title, measured in costs.items():
        cost = best(measured)
        ratios = f"{cost.wall / bare.wall:.3f} | {cost.cpu / bare.cpu:.3f}"
        print(f"| {title} | {cost.wall:.1f} | {cost.cpu:.1f} | {ratios} |")  # noqa: T201


def best(costs: list[Cost]) -> Cost:
    """The least of each: what others on the machine add is not ours."""
    return Cost(wall=min(cost.wall for cost in costs), cpu=min(cost.cpu for cost in costs))


if __name__ == "__main__":
    main()
