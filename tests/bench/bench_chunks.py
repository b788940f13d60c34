"""What it costs to encode a film in chunks, and what it brings, beside one run for the same film.

    python -m tests.bench.bench_chunks [--seconds 120] [--size 1280x720] [--chunk-seconds 20] [--workers 2]

The same source is encoded (1) whole in one run, (2) in chunks by one worker that may use one core, (3) in chunks by
several such workers, each a process on a core of its own that shares nothing with the others but the store. Printed are
the CPU of all the parts (cutting, chunks, sound, joining) against (1), the efficiency (wall of one worker, divided by
the number of workers and by their wall; goal 0.85 with two), whether pictures and times are those of (1), and what the
measured chunks would take with more workers, each taking the next one as the queue hands them out. Goal: CPU at most
1.10 of (1). Run it on a quiet machine.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heapreplace
from pathlib import Path
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
os.environ.setdefault("SECRET_KEY", "only-for-measurements-" + "x" * 40)

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django is set up first

from assets.storage import get_store  # noqa: E402
from tests.bench.bench_video import make_source  # noqa: E402
from transcoding.attempts import Begun  # noqa: E402
from transcoding.chunks.cutting import MEDIA_TYPE, SEEK_SLACK, cut_out, list_packets, sha256_of  # noqa: E402
from transcoding.chunks.encoding import encode  # noqa: E402
from transcoding.chunks.film import Film, source_key  # noqa: E402
from transcoding.chunks.joining import fetch_ladder  # noqa: E402
from transcoding.chunks.plan import ROOM, Chunk, plan_chunks  # noqa: E402
from transcoding.chunks.rows import Done, Joining, Part, Taken  # noqa: E402
from transcoding.ffmpeg.commands import Source  # noqa: E402
from transcoding.ffmpeg.fragments import read_fragments  # noqa: E402
from transcoding.ffmpeg.probe import admit  # noqa: E402
from transcoding.ffmpeg.tools import versions  # noqa: E402
from transcoding.video.encode import encode_ladder, plan_film  # noqa: E402
from transcoding.video.fitting import fit_to_content  # noqa: E402
from transcoding.video.job import Job  # noqa: E402
from transcoding.video.meter import Meter  # noqa: E402


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One part that one worker encoded."""

    done: Done
    cost: Cost


class Stopwatch:
    """Wall and CPU seconds of this process and the children that it has reaped."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), _cpu_seconds()

    def read(self) -> Cost:
        return Cost(wall=time.monotonic() - self._wall, cpu=_cpu_seconds() - self._cpu)


def _cpu_seconds() -> float:
    usages = (resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def job_in(folder: Path, source: Path) -> Job:
    folder.mkdir(parents=True)
    opened = Source(path=source, format="mov")
    return Job(source=opened, folder=folder, meter=Meter(lambda _: None), cancelled=lambda: False)


def begun_of(original: Path) -> Begun:
    asset, version = uuid4(), uuid4()
    key = f"originals/{asset}/{version}"
    get_store().put_file(key, original, media_type="video/mp4")
    return Begun(
        version_id=version,
        asset_id=asset,
        attempt=uuid4(),
        kind="video",
        key=key,
        filename="film.mp4",
        size=original.stat().st_size,
        announced_sha256="",
        sha256=sha256_of(original),
    )


def cut(begun: Begun, job: Job, film: Film, *, seconds: int) -> list[Taken]:
    """Every part of the film, its packets in the store: the sound first, as the queue has them."""
    packets = list_packets(job, film.admitted, film.plan)
    if packets is None:
        raise SystemExit("the source cannot be read")
    parts = [_taken(begun, film, None, "")]
    for chunk in plan_chunks(packets, film.plan, seconds=seconds).chunks:
        part = _taken(begun, film, chunk, "")
        found = cut_out(job, film.admitted, film.plan, seek=part.seek, until=part.until)
        if not packets.holds(found, first=chunk.begin, end=chunk.until):
            raise SystemExit(f"chunk {chunk.number} does not hold its packets")
        path = job.folder / "source.nut"
        parts.append(_taken(begun, film, chunk, sha256_of(path)))
        get_store().put_file(source_key(begun.prefix, chunk.number), path, media_type=MEDIA_TYPE)
    return parts


def _taken(begun: Begun, film: Film, chunk: Chunk | None, sha256: str) -> Taken:
    end = chunk.end if chunk else None
    return Taken(
        begun=begun,
        film=film,
        chunk_id=uuid4(),
        run=uuid4(),
        part=Part.PICTURE if chunk else Part.SOUND,
        number=chunk.number if chunk else 0,
        first=chunk.first if chunk else 0,
        end=end,
        seek=float(chunk.seek) + SEEK_SLACK if chunk and chunk.begin else 0.0,
        until=None if end is None else float(end / film.plan.rate + 2 * ROOM),
        sha256=sha256,
    )


def encode_all(parts: Sequence[Taken], folder: Path, *, workers: int) -> tuple[list[Encoded], float]:
    """What each part cost, and the wall seconds of all, by as many processes as there are cores to give."""
    context = multiprocessing.get_context("fork")
    cores = context.Queue()
    for core in sorted(os.sched_getaffinity(0))[:workers]:
        cores.put(core)
    begun = time.monotonic()
    with context.Pool(workers, initializer=_take_core, initargs=(cores,)) as pool:
        made = pool.starmap(_encode, [(part, folder) for part in parts], chunksize=1)
    return made, time.monotonic() - begun


def _take_core(cores: "multiprocessing.Queue[int]") -> None:
    os.sched_setaffinity(0, {cores.get()})


def _encode(part: Taken, folder: Path) -> Encoded:
    place = folder / str(uuid4())
    place.mkdir(parents=True)
    watch = Stopwatch()
    made = encode(part, place, cancelled=lambda: False)
    cost = watch.read()
    shutil.rmtree(place)
    files = made.facts["files"]
    done = Done(chunk_id=part.chunk_id, part=part.part, number=part.number, run=part.run, files=files, facts=made.facts)
    return Encoded(done=done, cost=cost)


def again(parts: Sequence[Taken]) -> list[Taken]:
    """The same for another round, under keys of its own."""
    return [replace(part, run=uuid4()) for part in parts]


def times_of(folder: Path, names: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
    """When each fragment of each rung begins, how long it lasts, and how many pictures it has."""
    found = {}
    for name in names:
        path = folder / "hls" / name / "media.mp4"
        with path.open("rb") as file:
            fragments = read_fragments(file, size=path.stat().st_size).fragments
        found[name] = [(each.begin, each.duration, each.samples) for each in fragments]
    return found


def makespan(costs: Sequence[float], workers: int) -> float:
    """Wall seconds until the last part is done, each taken by the first worker that is free."""
    free = [0.0] * workers
    for cost in costs:
        heapreplace(free, free[0] + cost)
    return max(free)


def _sum(made: Sequence[Encoded], part: str) -> tuple[float, float]:
    """Wall and CPU seconds of all that one worker did of this part."""
    costs = [each.cost for each in made if each.done.part == part]
    return sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--chunk-seconds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-chunks-") as name:
        settings.STORAGE_URL = f"file://{name}/objects"
        measure(Path(name), options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    original = folder / "film.mp4"
    make_source(original, size=options.size, seconds=options.seconds)
    versions()  # asked once in a worker's life
    whole_job = job_in(folder / "whole", original)
    admitted = admit(whole_job.source, kind="video", folder=whole_job.folder)
    watch = Stopwatch()
    ladder = encode_ladder(whole_job, admitted)
    whole = watch.read()

    begun, cutting_job = begun_of(original), job_in(folder / "cutting", original)
    watch = Stopwatch()
    video, fixed = plan_film(admitted)
    fitted = fit_to_content(cutting_job, video, fixed, duration=admitted.duration)
    film = Film(format="mov", admitted=admitted, fitted=fitted, not_copied=ladder.not_copied)
    parts = cut(begun, cutting_job, film, seconds=options.chunk_seconds)
    cutting = watch.read()
    alone, alone_wall = encode_all(parts, folder / "alone", workers=1)
    others, others_wall = encode_all(again(parts), folder / "others", workers=options.workers)
    joined = job_in(folder / "joined", original)
    pictures = [each.done for each in others if each.done.part == Part.PICTURE]
    sound = next(each.done for each in others if each.done.part == Part.SOUND)
    watch = Stopwatch()
    fetch_ladder(Joining(begun=begun, film=film, pictures=pictures, sound=sound), joined, lambda _: None)
    joining = watch.read()

    names = [rung.name for rung in film.plan.rungs]
    same = times_of(whole_job.folder, names) == times_of(joined.folder, names)
    costs = {"whole": whole, "cutting": cutting, "joining": joining}
    report(options, **costs, alone=alone, others=others, walls=(alone_wall, others_wall), same=same)


def report(
    options: argparse.Namespace,
    *,
    whole: Cost,
    cutting: Cost,
    joining: Cost,
    alone: Sequence[Encoded],
    others: Sequence[Encoded],
    walls: tuple[float, float],
    same: bool,
) -> None:
    sums = [sum(each.cost.cpu for each in made) + cutting.cpu + joining.cpu for made in (alone, others)]
    print(f"{options.seconds} s of {options.size} in {len(alone) - 1} chunks and a sound\n")  # noqa: T201 - a report
    print("| | wall s | CPU s | CPU ratio |\n|---|---|---|---|")  # noqa: T201
    rows = [
        ("one run, all cores", whole.wall, whole.cpu),
        ("cutting", cutting.wall, cutting.cpu),
        ("joining", joining.wall, joining.cpu),
        ("the sound", *_sum(alone, Part.SOUND)),
        ("the chunks of the picture", *_sum(alone, Part.PICTURE)),
        ("all parts, one one-core worker", walls[0], sums[0]),
        (f"all parts, {options.workers} one-core workers", walls[1], sums[1]),
    ]
    for title, wall, cpu in rows:
        print(f"| {title} | {wall:.1f} | {cpu:.1f} | {cpu / whole.cpu:.3f} |")  # noqa: T201
    print(f"\nefficiency of {options.workers} workers: {walls[0] / options.workers / walls[1]:.3f}")  # noqa: T201
    print(f"pictures and times as in one run: {'yes' if same else 'NO'}")  # noqa: T201
    costs = [each.cost.wall for each in alone]
    print("\ncomputed from the chunks of one worker, with cutting and joining beside them:")  # noqa: T201
    for workers in (1, 2, 4, 8, 16, 32):
        wall = cutting.wall + makespan(costs, workers) + joining.wall
        speed_up = (cutting.wall + sum(costs) + joining.wall) / wall
        print(f"  {workers:2} workers: {wall:7.1f} s, {speed_up:5.2f} times as fast")  # noqa: T201


if __name__ == "__main__":
    main()
