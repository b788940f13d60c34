"""The bounded child stays inside its limits and never outlives anybody."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from permissions.errors import InfrastructureError
from transcoding.results import MediaRejected
from transcoding.sandbox import MIB, Finished, Interrupted, Limits, is_network_isolated, run_bounded

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, folder: Path, **limits: float) -> Finished:
    return run_bounded([sys.executable, "-c", code], limits=Limits(**limits), cwd=folder)  # type: ignore[arg-type]


def refusal_of(code: str, folder: Path, **limits: float) -> str:
    with pytest.raises(MediaRejected) as refusal:
        python(code, folder, **limits)
    return refusal.value.reason


def still_running(marker: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if marker in (process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def wait_until_gone(marker: str) -> list[int]:
    deadline = time.monotonic() + 5
    while still_running(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    return still_running(marker)


def test_output_exit_code_and_use_are_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    code = (
        "import sys, time; print('một'); print('hai'); sys.stderr.write('ba')\n"
        "x = bytearray(60 << 20); time.sleep(.3); sys.exit(7)"
    )
    finished = run_bounded([sys.executable, "-c", code], limits=Limits(), cwd=tmp_path, on_line=lines.append)
    assert (finished.returncode, finished.stdout_tail, finished.stderr_tail) == (7, "một\nhai\n", "ba")
    assert lines == ["một", "hai"]
    assert 60 * MIB < finished.peak_rss < 120 * MIB
    assert finished.wall_seconds >= 0.3


def test_megabytes_of_output_neither_block_nor_pile_up(tmp_path: Path) -> None:
    finished = python(
        "import sys; [print('x' * 999) for _ in range(5000)]; sys.stderr.write('e' * 5_000_000)", tmp_path
    )
    assert finished.returncode == 0
    assert len(finished.stdout_tail) == len(finished.stderr_tail) == 32 * 1024


def test_memory_beyond_the_limit_is_refused_inside_the_child(tmp_path: Path) -> None:
    finished = python("bytearray(2 << 30)", tmp_path)
    assert finished.returncode == 1
    assert "MemoryError" in finished.stderr_tail


def test_cpu_time_beyond_the_limit_ends_as_timeout(tmp_path: Path) -> None:
    assert refusal_of("while True: pass", tmp_path, cpu_seconds=1) == "decoder_timeout"


def test_wall_time_beyond_the_limit_ends_as_timeout_and_takes_grandchildren_along(tmp_path: Path) -> None:
    marker = f"{600 + os.getpid() / 1e7:.7f}"
    code = f"import subprocess, time; subprocess.Popen(['sleep', '{marker}']); time.sleep(60)"
    started = time.monotonic()
    assert refusal_of(code, tmp_path, wall_seconds=1) == "decoder_timeout"
    assert time.monotonic() - started < 5
    assert wait_until_gone(marker) == []


def test_grandchildren_left_behind_are_ended_with_their_parent(tmp_path: Path) -> None:
    marker = f"{700 + os.getpid() / 1e7:.7f}"
    python(f"import subprocess; subprocess.Popen(['sleep', '{marker}'])", tmp_path)
    assert wait_until_gone(marker) == []


@pytest.mark.parametrize("name", ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL"])
def test_a_crash_is_the_files_fault(tmp_path: Path, name: str) -> None:
    assert refusal_of(f"import os, signal; os.kill(os.getpid(), signal.{name})", tmp_path) == "decoder_crashed"


def test_a_kill_from_outside_counts_as_out_of_memory(tmp_path: Path) -> None:
    assert refusal_of("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path) == "decoder_out_of_memory"


def test_files_cannot_grow_beyond_the_limit(tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('large', 'wb').write(bytes(3 << 20))"
    assert refusal_of(code, tmp_path, file_size=MIB) == "output_too_large"
    assert (tmp_path / "large").stat().st_size == MIB


def test_open_files_are_limited(tmp_path: Path) -> None:
    finished = python("[open('/dev/null') for _ in range(10_000)]; ", tmp_path, open_files=32)
    assert finished.returncode == 0 or "Too many open files" in finished.stderr_tail
    assert (
        "Too many open files"
        in python("x = [open('/dev/null') for _ in range(99)]", tmp_path, open_files=32).stderr_tail
    )


def test_the_child_sees_no_secret_and_no_open_file_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        finished = python(
            "import os; print(sorted(os.listdir('/proc/self/fd'))); print(dict(os.environ)); print(os.getcwd())",
            tmp_path,
        )
    descriptors, environment, folder = finished.stdout_tail.splitlines()
    assert descriptors == "['0', '1', '2', '3']"  # 3 is the listing itself
    assert "do-not-tell" not in environment
    assert folder == str(tmp_path)


def test_no_core_file_and_no_new_privileges(tmp_path: Path) -> None:
    finished = python(
        "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)); print(open('/proc/self/status').read())",
        tmp_path,
    )
    assert "(0, 0)" in finished.stdout_tail
    assert "NoNewPrivs:\t1" in finished.stdout_tail


def test_the_child_has_no_network(tmp_path: Path) -> None:
    if not is_network_isolated():
        pytest.skip("this machine allows no network namespaces")
    finished = python("import socket; print(socket.socket().connect_ex(('127.0.0.1', 9)))", tmp_path)
    assert finished.stdout_tail.strip() in {"101", "111"}
    names = python("import socket; print([name for _, name in socket.if_nameindex()])", tmp_path)
    assert names.stdout_tail.strip() == "['lo']"


def test_cancelling_asks_first_and_leaves_nothing(tmp_path: Path) -> None:
    asked = threading.Event()
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open('asked', 'w').close(), sys.exit(0)))\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with pytest.raises(Interrupted) as interruption:
        run_bounded(
            [sys.executable, "-c", code],
            limits=Limits(),
            cwd=tmp_path,
            on_line=lambda _: asked.set(),
            cancelled=asked.is_set,
        )
    assert isinstance(interruption.value, InfrastructureError)
    assert (tmp_path / "asked").exists()


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    marker = f"{800 + os.getpid() / 1e7:.7f}"
    code = (
        "import signal, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.run(['sleep', '{marker}'])"
    )
    started = time.monotonic()
    with pytest.raises(Interrupted):
        run_bounded(
            [sys.executable, "-c", code],
            limits=Limits(),
            cwd=tmp_path,
            cancelled=lambda: time.monotonic() > started + 0.3,
        )
    assert wait_until_gone(marker) == []


def test_an_error_of_the_listener_ends_the_child(tmp_path: Path) -> None:
    marker = f"{900 + os.getpid() / 1e7:.7f}"

    def fail(line: str) -> None:
        raise ConnectionError(line)

    code = f"import subprocess; print('now', flush=True); subprocess.run(['sleep', '{marker}'])"
    with pytest.raises(ConnectionError, match="now"):
        run_bounded([sys.executable, "-c", code], limits=Limits(), cwd=tmp_path, on_line=fail)
    assert wait_until_gone(marker) == []


def test_a_missing_program_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError) as error:
        run_bounded(["no-such-program"], limits=Limits(), cwd=tmp_path)
    assert error.value.reason == "tool_missing"


@pytest.mark.faults
def test_a_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    marker = f"{1000 + os.getpid() / 1e7:.7f}"
    code = (
        "from pathlib import Path; from transcoding.sandbox import *\n"
        f"run_bounded(['sleep', '{marker}'], limits=Limits(), cwd=Path('{tmp_path}'))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 20
    while not still_running(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)  # the confinement's own programs have the marker in their arguments too
    assert still_running(marker)
    parent.send_signal(signal.SIGKILL)
    parent.wait(timeout=10)
    assert wait_until_gone(marker) == []
