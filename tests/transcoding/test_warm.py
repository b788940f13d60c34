"""A child of the warm parent is held as one that was started anew, knows nothing of others, and outlives nobody."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.transcoding.test_sandbox import ROOT, wait_until_gone
from transcoding import warm
from transcoding.following import Finished
from transcoding.results import MediaRejected
from transcoding.sandbox import MIB, Interrupted, Limits, is_network_isolated
from transcoding.warm import ParentLost, WarmParents

PARENT = """
import socket, sys
from transcoding.forking import serve
seen = []
def work(words):
    space = {"seen": seen}
    try:
        exec(words[0], space)
    except SystemExit as leaving:
        return leaving.code
    return 0
serve(socket.socket(fileno=int(sys.argv[1])), work)
"""


def new_parents() -> WarmParents:
    return WarmParents([sys.executable, "-c", PARENT], env={"PYTHONPATH": str(ROOT)})


@pytest.fixture(scope="module")
def parents() -> Iterator[WarmParents]:
    parents = new_parents()
    yield parents
    parents.close()


@pytest.fixture
def own_parents() -> Iterator[WarmParents]:
    """Parents that a test may break."""
    parents = new_parents()
    yield parents
    parents.close()


def run(parents: WarmParents, code: str, folder: Path, **limits: float) -> Finished:
    return parents.run([code], limits=Limits(**limits), cwd=folder)  # type: ignore[arg-type]


def refusal_of(parents: WarmParents, code: str, folder: Path, **limits: float) -> str:
    with pytest.raises(MediaRejected) as refusal:
        run(parents, code, folder, **limits)
    return refusal.value.reason


def marker_of(number: int) -> str:
    return f"{number + os.getpid() / 1e7:.7f}"


def wait_for(condition: Callable[[], bool], *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_output_exit_code_and_use_are_reported(parents: WarmParents, tmp_path: Path) -> None:
    lines: list[str] = []
    code = (
        "import sys, time; print('một'); print('hai', flush=True); sys.stderr.write('ba')\n"
        "x = bytearray(60 << 20); time.sleep(.3); sys.exit(7)"
    )
    finished = parents.run([code], limits=Limits(), cwd=tmp_path, on_line=lines.append)
    assert (finished.returncode, finished.stdout_tail, finished.stderr_tail) == (7, "một\nhai\n", "ba")
    assert lines == ["một", "hai"]
    assert 60 * MIB < finished.peak_rss < 120 * MIB
    assert finished.wall_seconds >= 0.3


def test_megabytes_of_output_neither_block_nor_pile_up(parents: WarmParents, tmp_path: Path) -> None:
    code = "import sys; [print('x' * 999) for _ in range(5000)]; sys.stderr.write('e' * 5_000_000)"
    finished = run(parents, code, tmp_path)
    assert finished.returncode == 0
    assert len(finished.stdout_tail) == len(finished.stderr_tail) == 32 * 1024


def test_what_nobody_foresaw_is_told_with_its_trace(parents: WarmParents, tmp_path: Path) -> None:
    finished = run(parents, "1 / 0", tmp_path)
    assert finished.returncode == 70
    assert "ZeroDivisionError" in finished.stderr_tail


def test_memory_beyond_the_limit_is_refused_inside_the_child(parents: WarmParents, tmp_path: Path) -> None:
    assert "MemoryError" in run(parents, "bytearray(2 << 30)", tmp_path).stderr_tail


def test_cpu_time_beyond_the_limit_ends_as_timeout(parents: WarmParents, tmp_path: Path) -> None:
    assert refusal_of(parents, "while True: pass", tmp_path, cpu_seconds=1) == "decoder_timeout"


def test_wall_time_beyond_the_limit_ends_as_timeout_and_takes_grandchildren_along(
    parents: WarmParents, tmp_path: Path
) -> None:
    marker = marker_of(1600)
    code = f"import subprocess, time; subprocess.Popen(['sleep', '{marker}']); time.sleep(60)"
    started = time.monotonic()
    assert refusal_of(parents, code, tmp_path, wall_seconds=1) == "decoder_timeout"
    assert time.monotonic() - started < 10
    assert wait_until_gone(marker) == []


def test_grandchildren_left_behind_are_ended_with_their_parent(parents: WarmParents, tmp_path: Path) -> None:
    marker = marker_of(1700)
    run(parents, f"import subprocess; subprocess.Popen(['sleep', '{marker}'])", tmp_path)
    assert wait_until_gone(marker) == []


@pytest.mark.parametrize("name", ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL"])
def test_a_crash_is_the_files_fault_and_the_next_child_has_another_parent(
    parents: WarmParents, tmp_path: Path, name: str
) -> None:
    run(parents, "", tmp_path)
    before = parents.pid()
    assert before is not None
    assert refusal_of(parents, f"import os, signal; os.kill(os.getpid(), signal.{name})", tmp_path) == "decoder_crashed"
    assert run(parents, "", tmp_path).returncode == 0
    assert parents.pid() != before
    wait_for(lambda: is_gone(before))


def test_a_killed_child_counts_as_out_of_memory_and_the_next_is_well(parents: WarmParents, tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert refusal_of(parents, code, tmp_path) == "decoder_out_of_memory"
    assert run(parents, "print('well')", tmp_path).stdout_tail == "well\n"


def test_files_cannot_grow_beyond_the_limit(parents: WarmParents, tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('large', 'wb').write(bytes(3 << 20))"
    assert refusal_of(parents, code, tmp_path, file_size=MIB) == "output_too_large"
    assert (tmp_path / "large").stat().st_size == MIB


def test_open_files_are_limited(parents: WarmParents, tmp_path: Path) -> None:
    finished = run(parents, "x = [open('/dev/null') for _ in range(99)]", tmp_path, open_files=32)
    assert "Too many open files" in finished.stderr_tail


def test_limits_cannot_be_raised_again(parents: WarmParents, tmp_path: Path) -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))"
    if (
        os.geteuid() == 0
        and "CapEff:\t0000000000000000"
        not in run(parents, "print(open('/proc/self/status').read())", tmp_path).stdout_tail
    ):
        pytest.skip("this machine lets no one take root's capabilities away")
    assert "not allowed to raise" in run(parents, code, tmp_path).stderr_tail


def test_the_child_sees_no_secret_and_no_open_file_of_ours(
    own_parents: WarmParents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        finished = run(
            own_parents,
            "import os; print(sorted(os.listdir('/proc/self/fd'))); print(dict(os.environ)); print(os.getcwd())",
            tmp_path,
        )
    descriptors, environment, folder = finished.stdout_tail.splitlines()
    assert descriptors == "['0', '1', '2', '3']"  # 3 is the listing itself
    assert "do-not-tell" not in environment
    assert folder == str(tmp_path)
    assert environment.count(str(tmp_path)) == 2  # HOME and TMPDIR


def test_nothing_of_an_earlier_child_is_there(parents: WarmParents, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        code = f"print(seen); seen.append({name!r}); import os; os.environ['LEFT'] = {name!r}; os.umask(0)"
        assert run(parents, code, tmp_path / name).stdout_tail == "[]\n"
    looks = run(parents, "import os, sys; print(seen, os.environ.get('LEFT'), oct(os.umask(0o22)))", tmp_path)
    assert looks.stdout_tail == "[] None 0o22\n"


def test_children_work_side_by_side_and_do_not_see_each_other(parents: WarmParents, tmp_path: Path) -> None:
    def one(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        code = (
            f"import os, time; seen.append({number}); open('mine', 'w').close(); time.sleep(.2)\n"
            "print(seen, os.listdir('.'), len(os.listdir('/proc/self/fd')))"
        )
        return run(parents, code, folder).stdout_tail

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(one, range(12)))
    assert said == [f"[{number}] ['mine'] 4\n" for number in range(12)]


def test_no_core_file_no_new_privileges_and_nobody_may_look_inside(parents: WarmParents, tmp_path: Path) -> None:
    code = (
        "import ctypes, resource; print(resource.getrlimit(resource.RLIMIT_CORE))\n"
        "print('dumpable', ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)); print(open('/proc/self/status').read())"
    )
    finished = run(parents, code, tmp_path)
    assert "(0, 0)" in finished.stdout_tail
    assert "dumpable 0" in finished.stdout_tail
    assert "NoNewPrivs:\t1" in finished.stdout_tail


def test_the_child_has_no_network(parents: WarmParents, tmp_path: Path) -> None:
    if not is_network_isolated():
        pytest.skip("this machine allows no network namespaces")
    finished = run(parents, "import socket; print(socket.socket().connect_ex(('127.0.0.1', 9)))", tmp_path)
    assert finished.stdout_tail.strip() in {"101", "111"}
    names = run(parents, "import socket; print([name for _, name in socket.if_nameindex()])", tmp_path)
    assert names.stdout_tail.strip() == "['lo']"


def test_cancelling_asks_first_and_leaves_nothing(parents: WarmParents, tmp_path: Path) -> None:
    ready = threading.Event()
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open('asked', 'w').close(), sys.exit(0)))\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with pytest.raises(Interrupted):
        parents.run([code], limits=Limits(), cwd=tmp_path, on_line=lambda _: ready.set(), cancelled=ready.is_set)
    assert (tmp_path / "asked").exists()


def test_a_child_that_ignores_the_request_is_killed(parents: WarmParents, tmp_path: Path) -> None:
    marker = marker_of(1800)
    code = (
        "import signal, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.run(['sleep', '{marker}'])"
    )
    started = time.monotonic()
    with pytest.raises(Interrupted):
        parents.run([code], limits=Limits(), cwd=tmp_path, cancelled=lambda: time.monotonic() > started + 0.5)
    assert wait_until_gone(marker) == []


def test_an_error_of_the_listener_ends_the_child(parents: WarmParents, tmp_path: Path) -> None:
    marker = marker_of(1900)

    def fail(line: str) -> None:
        raise ConnectionError(line)

    code = f"import subprocess; print('now', flush=True); subprocess.run(['sleep', '{marker}'])"
    with pytest.raises(ConnectionError, match="now"):
        parents.run([code], limits=Limits(), cwd=tmp_path, on_line=fail)
    assert wait_until_gone(marker) == []


def test_a_parent_killed_between_two_children_is_replaced_in_silence(own_parents: WarmParents, tmp_path: Path) -> None:
    run(own_parents, "", tmp_path)
    first = own_parents.pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: is_gone(first))
    assert run(own_parents, "print('well')", tmp_path).stdout_tail == "well\n"
    assert own_parents.pid() not in {first, None}


def test_a_parent_killed_under_a_child_takes_it_along_and_the_work_can_be_done_again(
    own_parents: WarmParents, tmp_path: Path
) -> None:
    children: list[int] = []

    def kill_the_parent(line: str) -> None:
        children.append(int(line))
        parent = own_parents.pid()
        assert parent is not None
        os.kill(parent, signal.SIGKILL)

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with pytest.raises(ParentLost):
        own_parents.run([code], limits=Limits(), cwd=tmp_path, on_line=kill_the_parent)
    assert is_gone(children[0])
    assert run(own_parents, "print('well')", tmp_path).stdout_tail == "well\n"


def test_a_frozen_parent_blames_no_file_and_leaves_no_child(
    own_parents: WarmParents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "REPORT_SECONDS", 2.0)
    children: list[int] = []

    def freeze_the_parent(line: str) -> None:
        children.append(int(line))
        os.kill(own_parents.pid() or 0, signal.SIGSTOP)

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with pytest.raises(ParentLost):
        own_parents.run([code], limits=Limits(wall_seconds=1), cwd=tmp_path, on_line=freeze_the_parent)
    assert is_gone(children[0])
    assert run(own_parents, "print('well')", tmp_path).stdout_tail == "well\n"


def test_a_parent_that_cannot_start_is_the_operators_business(tmp_path: Path) -> None:
    broken = WarmParents([sys.executable, "-c", "raise SystemExit('broken')"], env={})
    with pytest.raises(ParentLost):
        run(broken, "", tmp_path)
    broken.close()


def test_closing_ends_the_parent_at_once(own_parents: WarmParents, tmp_path: Path) -> None:
    run(own_parents, "", tmp_path)
    parent = own_parents.pid()
    assert parent is not None
    own_parents.close()
    assert is_gone(parent)
    own_parents.close()
    assert run(own_parents, "print('again')", tmp_path).stdout_tail == "again\n"


WORKER = f"""
import sys
from pathlib import Path
from transcoding.sandbox import Limits
from transcoding.warm import WarmParents
parents = WarmParents([sys.executable, "-c", {PARENT!r}], env={{"PYTHONPATH": {str(ROOT)!r}}})
parents.run(["import os, time; print(os.getpid(), flush=True); time.sleep(300)"],
            limits=Limits(), cwd=Path(sys.argv[1]), on_line=lambda line: print(line, flush=True))
"""


def busy_worker(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A worker with a child at work; it, and then the warm parent and the child."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker.stdout:
        child = psutil.Process(int(worker.stdout.readline()))
    parent = child.parent()
    assert parent is not None
    assert parent.ppid() == worker.pid
    return worker, [parent, child]


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_ends_leaves_neither_parent_nor_child(tmp_path: Path, number: signal.Signals) -> None:
    worker, family = busy_worker(tmp_path)
    worker.send_signal(number)
    worker.wait(timeout=10)
    wait_for(lambda: all(is_gone(process.pid) for process in family))


@pytest.mark.faults
def test_a_killed_worker_ends_a_frozen_parent_too(tmp_path: Path) -> None:
    worker, family = busy_worker(tmp_path)
    family[0].suspend()
    worker.kill()
    worker.wait(timeout=10)
    wait_for(lambda: all(is_gone(process.pid) for process in family))
