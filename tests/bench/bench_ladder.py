"""The ladder that fits the content: what it costs to look, and what it saves.

    python -m tests.bench.bench_ladder command [--seconds 60] [--height 1080] [--rounds 1] [--kind sport]
    python -m tests.bench.bench_ladder content [--seconds 60] [--height 1080] [--kind …]

``command``: the whole ladder stage (look included) beside the best hand-written single command for the same outputs and
one process per rung. Goals: 1.05 of the command's wall and CPU, 0.65 of the CPU of one process per rung, VMAF within
0.5 and bits within 3 % of the command's.

``content``: the fitted ladder beside the fixed one, for five kinds of film (``tests/bench/contents.py``). For a rung of
the fixed ladder the best fitted one stands in that takes no more bits (or no more than the lean rung may take). Goal: a
quarter fewer bits or CPU over all kinds, nowhere more than 0.5 VMAF less. Pictures only; VMAF at the film's size.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contents import KINDS, Kind, make
from transcoding.ffmpeg import limits
from transcoding.ffmpeg.commands import Source, ladder_args
from transcoding.ffmpeg.content import Fitted
from transcoding.ffmpeg.ladder import LEAN_BUFSIZE, LEAN_MAXRATE, LadderPlan, plan_ladder
from transcoding.ffmpeg.probe import admit
from transcoding.ffmpeg.runner import run
from transcoding.ffmpeg.tools import versions
from transcoding.video.encode import encode_ladder
from transcoding.video.fitting import fit_to_content, meter
from transcoding.video.job import Job
from transcoding.video.meter import Meter

LEAN_NETWORK = (4 * LEAN_MAXRATE + LEAN_BUFSIZE) / 4
"""Kilobits a second of picture that the slowest network carries for which the ladder is made."""
MUXER = ["-f", "mp4", "-movflags", "+frag_keyframe+cmaf+dash+skip_sidx+skip_trailer+delay_moov+default_base_moof"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    wall: float
    cpu: float


@dataclass(frozen=True, kw_only=True)
class Made:
    """One rung: kilobits a second, and VMAF against the film at its own size."""

    name: str
    kilobits: float
    vmaf: float


class Stopwatch:
    """Wall and CPU seconds, of ourselves and all children, from its making on."""

    def __init__(self) -> None:
        self._cpu, self._wall = self._used(), time.monotonic()

    @staticmethod
    def _used() -> float:
        usages = (resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def read(self) -> Cost:
        return Cost(wall=time.monotonic() - self._wall, cpu=self._used() - self._cpu)


def job_for(film: Path, folder: Path) -> Job:
    folder.mkdir(parents=True, exist_ok=True)
    source = Source(path=film, format="mov")
    return Job(source=source, folder=folder, meter=Meter(lambda _: None), cancelled=lambda: False)


def x264(plan: LadderPlan, number: int) -> list[str]:
    """By hand what :mod:`transcoding.ffmpeg.commands` asks of the encoder."""
    rung = plan.rungs[number]
    gop = plan.gop // rung.step
    options = (
        f"-c:v libx264 -preset veryfast -profile:v {rung.h264_profile} -crf {rung.crf} -maxrate {rung.maxrate}k "
        f"-bufsize {rung.bufsize}k -g {gop} -keyint_min {gop} -sc_threshold 0 -pix_fmt yuv420p -flags +cgop"
    )
    thorough = "-rc-lookahead 40 -refs 2 -subq 4 -trellis 1" if plan.thorough else ""
    return [*options.split(), *thorough.split(), *(("-threads", "1") if rung.lean else ())]


def sound(rate: int) -> list[str]:
    return ["-c:a", "aac", "-b:a", f"{rate}k", "-ar", "48000"]


def by_hand(film: Path, folder: Path, plan: LadderPlan) -> None:
    """One command for all rungs and the two sounds."""
    folder.mkdir()
    first = plan.rungs[0]
    graph = [f"[0:v]fps={plan.rate},scale={first.width}:{first.height}:flags=bicubic,format=yuv420p[p0]"]
    for number, rung in enumerate(plan.rungs[1:], start=1):
        step = f",framestep={rung.step}" if rung.step > 1 else ""
        scale = f"scale={rung.width}:{rung.height}:flags=bicubic{step}"
        graph.append(f"[p{number - 1}]split[v{number - 1}][q{number}];[q{number}]{scale}[p{number}]")
    outputs: list[str] = []
    for number, rung in enumerate(plan.rungs):
        label = f"v{number}" if number < len(plan.rungs) - 1 else f"p{number}"
        outputs += ["-map", f"[{label}]", *x264(plan, number), *MUXER, f"{folder}/{rung.name}.mp4"]
    if plan.audio:
        graph.append("[0:a]aresample=48000:async=1,asplit[a][b]")
        for label, rate in (("a", 128), ("b", 56)):
            outputs += ["-map", f"[{label}]", *sound(rate), *MUXER, f"{folder}/audio-{rate}.mp4"]
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(film), "-filter_complex", ";".join(graph), *outputs]
    subprocess.run(command, check=True)


def per_rung(film: Path, folder: Path, plan: LadderPlan) -> None:
    folder.mkdir()
    begin = ["ffmpeg", "-v", "error", "-y", "-i", str(film)]
    for number, rung in enumerate(plan.rungs):
        step = f",framestep={rung.step}" if rung.step > 1 else ""
        scale = f"fps={plan.rate},scale={rung.width}:{rung.height}:flags=bicubic,format=yuv420p{step}"
        output = [*x264(plan, number), *MUXER, f"{folder}/{rung.name}.mp4"]
        subprocess.run([*begin, "-an", "-vf", scale, *output], check=True)
    for rate in (128, 56) if plan.audio else ():
        subprocess.run([*begin, "-vn", *sound(rate), *MUXER, f"{folder}/audio-{rate}.mp4"], check=True)


def vmaf(film: Path, made: Path, plan: LadderPlan, step: int) -> float:
    """Of every third picture, shown as large as the film."""
    program, top = meter(), plan.rungs[0]
    assert program is not None, "VMAF needs the binary of imageio-ffmpeg"
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        thin = f"framestep={step}," if step > 1 else ""
        graph = (
            f"[0:v]scale={top.width}:{top.height}:flags=bicubic,settb=1,setpts=N[a];"
            f"[1:v]fps={plan.rate},{thin}scale={top.width}:{top.height}:flags=bicubic,settb=1,setpts=N[b];"
            f"[a][b]libvmaf=log_path={report.name}:log_fmt=json:n_subsample=3:n_threads=2"
        )
        command = [str(program), "-v", "error", "-i", str(made), "-i", str(film), "-lavfi", graph]
        command += ["-fps_mode", "passthrough", "-f", "null", "-"]
        subprocess.run(command, check=True)
        return float(json.loads(Path(report.name).read_text(encoding="utf-8"))["pooled_metrics"]["vmaf"]["mean"])


def judge(film: Path, plan: LadderPlan, files: Sequence[Path], seconds: float) -> list[Made]:
    return [
        Made(
            name=rung.name,
            kilobits=file.stat().st_size * 8 / seconds / 1000,
            vmaf=vmaf(film, file, plan, rung.step),
        )
        for rung, file in zip(plan.rungs, files, strict=True)
    ]


def compare_command(film: Path, folder: Path, *, rounds: int) -> None:
    """Goal 1, for one film."""
    costs: dict[str, list[Cost]] = {"by hand": [], "ours": [], "one process per rung": []}
    admitted = admit(Source(path=film, format="mov"), kind="video", folder=folder)
    for number in range(rounds):
        watch, ours = Stopwatch(), folder / f"ours-{number}"
        ladder = encode_ladder(job_for(film, ours), admitted)
        costs["ours"].append(watch.read())
        for title, work in (("by hand", by_hand), ("one process per rung", per_rung)):
            watch = Stopwatch()
            work(film, folder / f"{title}-{number}", ladder.plan)
            costs[title].append(watch.read())
    best = {title: Cost(wall=min(c.wall for c in all_), cpu=min(c.cpu for c in all_)) for title, all_ in costs.items()}
    hand = best["by hand"]
    print("\n| | wall s | CPU s | wall ratio | CPU ratio |\n|---|---|---|---|---|")  # noqa: T201 - a report for people
    for title, cost in best.items():
        ratios = f"{cost.wall / hand.wall:.3f} | {cost.cpu / hand.cpu:.3f}"
        print(f"| {title} | {cost.wall:.1f} | {cost.cpu:.1f} | {ratios} |")  # noqa: T201
    print(f"ours / one process per rung, CPU: {best['ours'].cpu / best['one process per rung'].cpu:.3f}")  # noqa: T201
    names = [rung.name for rung in ladder.plan.rungs]
    told = judge(
        film, ladder.plan, [folder / "ours-0" / "hls" / name / "media.mp4" for name in names], admitted.duration
    )
    meant = judge(film, ladder.plan, [folder / "by hand-0" / f"{name}.mp4" for name in names], admitted.duration)
    for mine, other in zip(told, meant, strict=True):
        difference = f"bits × {mine.kilobits / other.kilobits:.3f}, VMAF {mine.vmaf - other.vmaf:+.2f}"
        print(f"{mine.name}: {difference}")  # noqa: T201


def encode_pictures(film: Path, folder: Path, plan: LadderPlan, *, duration: float) -> tuple[Cost, list[Path]]:
    """The ladder's command without sound, as the product runs it."""
    job = job_for(film, folder)
    for rung in plan.rungs:
        (folder / "hls" / rung.name).mkdir(parents=True)
    admitted = admit(job.source, kind="video", folder=folder)
    assert admitted.video is not None
    bounds = limits.ladder_bounds(admitted.video, plan, duration=duration)
    watch = Stopwatch()
    ended = run("ffmpeg", ladder_args(job.source, plan), bounds=bounds, folder=folder, on_progress=lambda _: None)
    assert ended.ok, ended.log
    return watch.read(), [folder / "hls" / rung.name / "media.mp4" for rung in plan.rungs]


def compare_content(kind: Kind, film: Path, folder: Path) -> tuple[float, float, float]:
    """Goal 3, for one kind: ratios of bits and CPU, and the least VMAF that a viewer wins or loses."""
    job = job_for(film, folder / "look")
    admitted = admit(job.source, kind="video", folder=folder)
    assert admitted.video is not None
    fixed = plan_ladder(admitted.video, duration=admitted.duration)
    watch = Stopwatch()
    fitted: Fitted = fit_to_content(job, admitted.video, fixed, duration=admitted.duration)
    look = watch.read()
    was, before = encode_pictures(film, folder / "fixed", fixed, duration=admitted.duration)
    now, after = encode_pictures(film, folder / "fitted", fitted.plan, duration=admitted.duration)
    old = judge(film, fixed, before, admitted.duration)
    new = judge(film, fitted.plan, after, admitted.duration)
    differences = [stand_in(rung, new).vmaf - rung.vmaf for rung in old]
    bits = sum(rung.kilobits for rung in new) / sum(rung.kilobits for rung in old)
    cpu = (now.cpu + look.cpu) / was.cpu
    found = fitted.content
    told = fitted.reason or (f"{found.liveliness}, CRF + {found.offset:g}" if found else "")
    print(f"\n{kind.name} ({told}; look {look.cpu:.1f} of {was.cpu:.1f} CPU s)")  # noqa: T201
    for rung, difference in zip(old, differences, strict=True):
        other = stand_in(rung, new)
        before_and_after = f"{rung.kilobits:.0f} → {other.kilobits:.0f} kbit/s ({other.name})"
        print(f"  {rung.name}: {before_and_after}, VMAF {rung.vmaf:.2f} {difference:+.2f}")  # noqa: T201
    return bits, cpu, min(differences)


def stand_in(rung: Made, ladder: Sequence[Made]) -> Made:
    """What a viewer gets who had ``rung`` before: the best that goes over the same network."""
    carried = [other for other in ladder if other.kilobits <= max(1.005 * rung.kilobits, LEAN_NETWORK)]
    return max(carried or [ladder[-1]], key=lambda other: other.vmaf)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("command", "content"))
    parser.add_argument("--seconds", type=float, default=60, help="60 or more, as above")
    parser.add_argument("--height", type=int, default=1080, help="720 or more: smaller films are not looked into")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS])
    parser.add_argument("--films", type=Path, help="a folder that keeps the films from one run to the next")
    options = parser.parse_args()
    asked = options.kind or (["sport"] if options.what == "command" else [kind.name for kind in KINDS])
    versions(), meter()  # asked once in a worker's life
    ratios = []
    with tempfile.TemporaryDirectory(prefix="bench-ladder-") as name:
        films = options.films or Path(name)
        for kind in (kind for kind in KINDS if kind.name in asked):
            film = films / f"{kind.name}-{options.height}-{options.seconds:g}.mp4"
            if not film.exists():
                make(kind, film, height=options.height, seconds=options.seconds)
            folder = Path(name) / kind.name
            folder.mkdir()
            if options.what == "command":
                compare_command(film, folder, rounds=options.rounds)
            else:
                ratios.append((kind.name, *compare_content(kind, film, folder)))
    if ratios:
        print("\n| kind | bits | CPU | least VMAF |\n|---|---|---|---|")  # noqa: T201
        for title, bits, cpu, least in ratios:
            print(f"| {title} | {bits:.3f} | {cpu:.3f} | {least:+.2f} |")  # noqa: T201
        means = [sum(ratio[place] for ratio in ratios) / len(ratios) for place in (1, 2)]
        print(f"| mean | {means[0]:.3f} | {means[1]:.3f} | {min(ratio[3] for ratio in ratios):+.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
