"""The runner owns its children: bounds hold, cancelling and dying leave nothing, and the reason is told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from transcoding.ffmpeg import runner
from transcoding.ffmpeg.failures import explain
from transcoding.ffmpeg.progress import Progress
from transcoding.ffmpeg.runner import GIB, Bounds, Ended, ProcessingCancelled, command_line, environment, run
from transcoding.ffmpeg.tools import versions

REPORTS = ["-nostdin", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.1"]
ENDLESS = [*REPORTS, "-re", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-f", "null", "-"]
GREEDY = [arg for arg in ENDLESS if arg != "-re"]
ENOUGH = Bounds(wall_seconds=30, cpu_seconds=30)


def go(folder: Path, bounds: Bounds, args: list[str], cancelled: Callable[[], bool] = lambda: False) -> Ended:
    return run("ffmpeg", args, bounds=bounds, folder=folder, on_progress=lambda _: None, cancelled=cancelled)


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def ffmpegs() -> list[psutil.Process]:
    return [child for child in children() if is_ffmpeg(child)]


def is_ffmpeg(process: psutil.Process) -> bool:
    try:
        return "ffmpeg" in process.name()
    except psutil.NoSuchProcess:  # it ended since it was listed
        return False


@pytest.fixture(autouse=True)
def nothing_left() -> object:
    yield
    assert ffmpegs() == []


def test_the_child_has_its_own_session_bounds_and_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    seen: dict[str, object] = {}

    def look(_: Progress) -> None:
        for child in ffmpegs():
            seen["session"] = os.getsid(child.pid) == child.pid
            seen["environment"] = child.environ()
            limits = Path(f"/proc/{child.pid}/limits").read_text()
            seen["limits"] = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}

    with pytest.raises(ProcessingCancelled):
        run("ffmpeg", ENDLESS, bounds=ENOUGH, folder=tmp_path, on_progress=look, cancelled=lambda: bool(seen))
    assert seen["session"] is True
    child_environment = seen["environment"]
    assert isinstance(child_environment, dict)
    assert {key: value for key, value in child_environment.items() if key != "PWD"} == environment()
    assert "very-secret" not in str(seen["environment"])
    limits = seen["limits"]
    assert isinstance(limits, dict)
    assert limits["Max cpu time"] == "30"
    assert limits["Max address space"] == str(4 * GIB)
    assert limits["Max core file size"] == "0"
    assert limits["Max open files"] == "256"


def test_the_whole_command_line() -> None:
    assert command_line("ffprobe", ["-i", "file:/a b"], ENOUGH, parent=42) == [
        *("setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"),
        *("sh", "-c", '[ "$PPID" -eq "$0" ] || exit 125; exec "$@"', "42"),
        *("prlimit", "--cpu=30:40", "--as=4294967296", "--fsize=67108864", "--nofile=256", "--core=0", "--"),
        *("ffprobe", "-i", "file:/a b"),
    ]


def test_a_launcher_whose_parent_is_gone_starts_nothing(tmp_path: Path) -> None:
    stranger = command_line("ffmpeg", ["-version"], ENOUGH, parent=1)
    ended = subprocess.run(stranger, capture_output=True, cwd=tmp_path, check=False)
    assert (ended.returncode, ended.stdout) == (125, b"")


@pytest.mark.parametrize("moment", [0.0, 0.05, 1.0])
def test_killing_the_parent_takes_ffmpeg_with_it(moment: float, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from transcoding.ffmpeg.runner import Bounds, run\n"
        "print('ready', flush=True)\n"
        f"run('ffmpeg', {ENDLESS!r}, bounds=Bounds(wall_seconds=60, cpu_seconds=60), folder=Path(sys.argv[1]), "
        "on_progress=lambda _: None)\n"
    )
    before = set(psutil.pids())
    environment_ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, env=environment_)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    time.sleep(moment)
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def orphans() -> list[int]:
        found = []
        for process in psutil.process_iter(["pid", "cwd", "status"]):
            alive = process.info["status"] != psutil.STATUS_ZOMBIE
            if process.pid not in before and process.info["cwd"] == str(tmp_path) and alive:
                found.append(process.pid)
        return found

    deadline = time.monotonic() + 3
    while orphans() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert orphans() == []


def test_a_child_that_waits_for_ever_is_stopped_and_the_machine_is_blamed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    args = ["-nostdin", "-v", "error", "-progress", "pipe:1", "-f", "mpegts", "-i", "never", "-f", "null", "-"]
    begun = time.monotonic()
    ended = go(tmp_path, Bounds(wall_seconds=30, cpu_seconds=30, stall_seconds=3), args)
    assert time.monotonic() - begun < 15
    assert (ended.stopped_by, ended.busy) == ("stall", False)
    assert explain(ended.evidence(tmp_path, input_decodes=True)).reason == "too_slow"


def test_a_child_that_computes_without_progress_is_stopped_and_the_file_is_blamed(tmp_path: Path) -> None:
    slow = "testsrc2=s=1500x1500,nlmeans=p=99:r=99"
    args = ["-nostdin", "-v", "error", "-progress", "pipe:1", "-f", "lavfi", "-i", slow, "-f", "null", "-"]
    ended = go(tmp_path, Bounds(wall_seconds=30, cpu_seconds=30, stall_seconds=3), args)
    assert (ended.stopped_by, ended.busy) == ("stall", True)
    assert explain(ended.evidence(tmp_path)).reason == "processing_stalled"


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.3)

    def freeze() -> bool:
        for child in ffmpegs():
            child.send_signal(signal.SIGSTOP)
            return True
        return False

    with pytest.raises(ProcessingCancelled):
        go(tmp_path, ENOUGH, ENDLESS, cancelled=freeze)


def test_cancelling_lets_ffmpeg_finish_its_file(tmp_path: Path) -> None:
    args = [*ENDLESS[:-3], "-c:v", "mpeg4", "-f", "mp4", "out.mp4"]
    seen: list[Progress] = []
    with pytest.raises(ProcessingCancelled):
        run("ffmpeg", args, bounds=ENOUGH, folder=tmp_path, on_progress=seen.append, cancelled=lambda: len(seen) > 3)
    assert b"moov" in (tmp_path / "out.mp4").read_bytes()


@pytest.mark.parametrize(
    ("bounds", "args", "reason"),
    [
        (Bounds(wall_seconds=30, cpu_seconds=1), GREEDY, "too_costly"),
        (Bounds(wall_seconds=0.5, cpu_seconds=30), ENDLESS, "too_slow"),
        (Bounds(wall_seconds=30, cpu_seconds=30, file_size=100_000), [*GREEDY[:-3], "-f", "rawvideo", "out"],
         "output_too_large"),
        (Bounds(wall_seconds=30, cpu_seconds=30, address_space=40 * 1024 * 1024), GREEDY, "ffmpeg_not_started"),
    ],
    ids=["cpu", "wall", "file size", "memory"],
)  # fmt: skip
def test_each_bound_holds(bounds: Bounds, args: list[str], reason: str, tmp_path: Path) -> None:
    ended = go(tmp_path, bounds, args)
    assert not ended.ok
    assert explain(ended.evidence(tmp_path, input_decodes=True)).reason == reason
    assert all(path.stat().st_size <= bounds.file_size for path in tmp_path.iterdir() if path.is_file())


def test_an_outside_kill_is_told_apart(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_once(_: Progress) -> None:
        for child in ffmpegs():
            child.kill()
            killed.append(child.pid)

    ended = run("ffmpeg", ENDLESS, bounds=ENOUGH, folder=tmp_path, on_progress=kill_once)
    assert ended.status == -signal.SIGKILL
    assert explain(ended.evidence(tmp_path)).reason == "ffmpeg_killed"


def test_too_much_on_stdout_is_cut(tmp_path: Path) -> None:
    args = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x480", "-f", "rawvideo", "-"]
    ended = run("ffmpeg", args, bounds=ENOUGH, folder=tmp_path)
    assert ended.stopped_by == "output"
    assert len(ended.stdout) <= runner.MAX_CAPTURE + 1


def test_the_installed_ffmpeg_can_do_all_that_is_asked() -> None:
    assert versions().problems() == []
