"""Films long enough for a few chunks of a few seconds, and everything to look at what came of them."""

import hashlib
import re
import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from assets.models import AssetVersion
from assets.states import Kind
from assets.storage import get_store
from tests import factories
from tests.transcoding.pipeline.conftest import empty_queue, workers
from transcoding.chunks.jobs import encode_chunk, join_film
from transcoding.growing import opening
from transcoding.processing import process

__all__ = ["empty_queue", "workers"]

SMALL = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
SECONDS = 21


@pytest.fixture(autouse=True)
def short_chunks(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of eight seconds, in this process and in its workers; beginnings of four in this one."""
    monkeypatch.setattr(opening, "GROUPS", 2)
    settings.CHUNKED_ABOVE = timedelta(seconds=10)
    settings.CHUNK_SECONDS = 8
    monkeypatch.setenv("CHUNKED_ABOVE_SECONDS", "10")
    monkeypatch.setenv("CHUNK_SECONDS", "8")


def make(path: Path, *coding: str, rate: str = "25", seconds: float = SECONDS, size: str = "160x90") -> Path:
    """A film of moving picture and of sound that changes all the time."""
    picture = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    sound = f"sine=frequency=300:beep_factor=3:sample_rate=48000:duration={seconds}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run([*command, *coding, str(path)], check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """At 25 pictures a second, with B-frames and keyframes off the output's grid."""
    coding = (*SMALL, "-bf", "3", "-g", "63", "-c:a", "aac")
    return make(tmp_path_factory.mktemp("films") / "film.mp4", *coding)


def version_of(film: Path) -> AssetVersion:
    return factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=film, filename="phim.mp4")


def drain(*, until: Callable[[], bool] = lambda: False) -> list[str]:
    """Run the jobs that wait, in the queue's order and here, as one worker would; their outcomes."""
    outcomes = []
    while not until():
        job = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "id").first()
        if job is None:
            break
        ProcrastinateJob.objects.filter(pk=job.pk).update(status="doing")
        outcomes.append(run_job(job))
        ProcrastinateJob.objects.filter(pk=job.pk).update(status="succeeded")
    return outcomes


def film_jobs(task: str, **having: str) -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(task_name=f"transcoding.{task}", **having)


def run_job(job: ProcrastinateJob) -> str:
    ids = {name: UUID(value) for name, value in job.args.items()}
    if job.task_name == "transcoding.encode_chunk":
        return encode_chunk(ids["chunk_id"], worker="test", retries=0)
    if job.task_name == "transcoding.join_film":
        return join_film(ids["version_id"], ids["attempt_id"], retries=0)
    return process(ids["version_id"], worker="test", retries=0)


def fetch(version: AssetVersion, profile: str, folder: Path) -> Path:
    path = folder / profile.replace("/", "-")
    get_store().download(version.renditions.get(profile=profile).key, path)
    return path


def listed(path: Path, *args: str) -> Sequence[tuple[int, ...]]:
    """Decoding time, showing time and duration of every packet of the file's first stream."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:0", "-c", "copy", *args, "-f", "framecrc", "-"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    return [tuple(int(field) for field in row[1:4]) for row in rows]


def worst_likeness(ours: Path, theirs: Path) -> float:
    """The peak signal-to-noise ratio of the picture that differs most, in dB; 0 where one film has more pictures."""
    command = ["ffmpeg", "-v", "error", "-i", str(ours), "-i", str(theirs), "-lavfi", "psnr=stats_file=-:shortest=0"]
    text = subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True, text=True, timeout=120).stdout
    ratios = [float(ratio) for ratio in re.findall(r"psnr_avg:(\S+)", text)]
    return min(ratios) if len(ratios) == len(listed(ours)) else 0.0


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
