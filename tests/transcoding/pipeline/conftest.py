"""Real versions in a real store, and worker processes like an installation's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from django.conf import settings as django_settings
from django.db import connection

from assets.growing import FOLDER

pytest.register_assert_rewrite("tests.transcoding.pipeline.outcomes")

WORKER = """
import logging, sys, django
django.setup()
from transcoding.worker import run_worker
run_worker(concurrency=int(sys.argv[1]), wait=sys.argv[2] == "wait", queues=sys.argv[3:] or None)
"""


def make_film(path: Path, *, seconds: float, size: str = "640x360", rate: int = 25) -> Path:
    """A film with moving picture and sound, by ffmpeg itself."""
    subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-v", "error", "-y"),
            *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"),
            *("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest", str(path)),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


@pytest.fixture(scope="session")
def short_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "short.mp4", seconds=2, size="320x180")


@pytest.fixture(scope="session")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes some seconds to process, so that there is time to break things."""
    return make_film(tmp_path_factory.mktemp("films") / "long.mp4", seconds=15, size="640x360")


def wait_until(condition: Callable[[], bool], *, within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within} s in vain: {what}"
        time.sleep(0.1)


class Workers:
    """Worker processes on the test's database, store and work folder; none survives the test.

    ``temporary``: where all that they start puts temporary files.
    """

    def __init__(self, folder: Path, *, database_url: str) -> None:
        self._folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "mediacenter.settings",
            "DATABASE_URL": database_url,
            "STORAGE_URL": django_settings.STORAGE_URL,
            "SCRATCH_DIR": str(django_settings.SCRATCH_DIR),
            "STALLED_AFTER_SECONDS": "5",
            "LOG_LEVEL": "INFO",
            "TMPDIR": str(self.temporary),
        }

    def start(self, *, concurrency: int = 1, wait: bool = True, queues: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        log = (self._folder / f"worker-{len(self._processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(concurrency), "wait" if wait else "once", *queues],
                env=self.environment,
                cwd=Path(__file__).parents[3],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self._folder.glob("worker-*.log")))

    def end_all(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)
        sys.stdout.write(self.log())  # pytest shows it where a test failed


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    """A queue that is empty before and after."""
    empty_the_queue()
    yield
    empty_the_queue()


def empty_the_queue() -> None:
    """The queue's tables are none of Django's, so that its flush between tests passes them over."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.fixture
def workers(tmp_path: Path, empty_queue: None) -> Iterator[Workers]:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    workers = Workers(tmp_path, database_url=url)
    yield workers
    workers.end_all()


def media_children() -> list[psutil.Process]:
    """Processes that work in this test's work folder."""
    scratch = str(django_settings.SCRATCH_DIR)
    found = []
    for process in psutil.process_iter():
        try:
            # a worker's own command line never names the folder; its children's do, or they live in it
            if process.pid != os.getpid() and (
                any(scratch in word for word in process.cmdline()) or process.cwd().startswith(scratch)
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def whole_set(keys: Iterable[str]) -> set[str]:
    """Without what grew while the set was made, which is swept later (``tests/transcoding/growing``)."""
    return {key for key in keys if f"/{FOLDER}/" not in key}


def nothing_is_left() -> bool:
    """No child process, no work folder, no lock file."""
    scratch = Path(django_settings.SCRATCH_DIR)
    return not media_children() and (not scratch.exists() or not any(scratch.iterdir()))
