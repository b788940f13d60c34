"""Restarts, access lists and environment files: the parts of the launcher that need no installation."""

import os
import pwd
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from mediacenter import traversal
from mediacenter.data_folder import DataFolder, DataFolderInUse
from mediacenter.processes import Identity, ServiceSpec, ToolFailed, end_leftovers, run_tool, start
from mediacenter.supervision import RestartPolicy


@pytest.mark.parametrize(
    ("ran_for", "delays"),
    [
        ([100.0, 100.0, 100.0], [0.0, 0.0, 0.0]),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]),
        ([1.0, 1.0, 1.0, 100.0, 1.0], [0.0, 1.0, 2.0, 0.0, 1.0]),
    ],
)
def test_what_keeps_ending_soon_is_started_later_each_time(ran_for: list[float], delays: list[float]) -> None:
    policy = RestartPolicy()
    assert [policy.delay_after(seconds) for seconds in ran_for] == delays


def _spec(script: str, **more: float) -> ServiceSpec:
    return ServiceSpec(name="part", command=(sys.executable, "-c", script), environment=dict(os.environ), **more)  # type: ignore[arg-type]


def test_a_part_that_ignores_its_signal_is_killed_after_its_grace() -> None:
    service = start(_spec("import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)", grace=0.5))
    time.sleep(0.5)
    assert service.stop() is False
    assert service.exit_code() == -signal.SIGKILL


def test_the_children_of_a_part_that_ended_are_ended_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = (
        "import subprocess, pathlib, sys; child = subprocess.Popen(['sleep', '60']);"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))"
    )
    service = start(_spec(script))
    service.process.wait(10)
    grandchild = psutil.Process(int(note.read_text()))
    assert service.stop() is True
    _, alive = psutil.wait_procs([grandchild], timeout=5)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_leftovers_are_waited_for_and_then_killed_but_never_a_stranger_with_the_same_number() -> None:
    service = start(_spec("import time; time.sleep(60)"))
    stranger = Identity(pid=service.process.pid, created=service.identity.created + 5)
    assert end_leftovers([stranger], patience=0.1) == []
    assert service.exit_code() is None
    identity = service.identity
    assert end_leftovers([identity], patience=0.1) == [service.process.pid]
    service.process.wait(5)
    assert identity.find() is None


def test_a_failing_tool_is_told_in_one_line() -> None:
    with pytest.raises(ToolFailed, match=r"^ls ended with 2: ls: .*/does/not/exist.*$"):
        run_tool(("ls", "/does/not/exist"), timeout=10)
    with pytest.raises(ToolFailed, match="no-such-program is not installed"):
        run_tool(("no-such-program",), timeout=10)


def test_a_data_folder_is_held_by_one_and_found_by_the_others(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    assert folder.running_environment() == {}
    with folder.held():
        folder.publish_environment({"DATABASE_URL": "postgresql://x"})
        assert DataFolder(tmp_path / "data").running_environment() == {"DATABASE_URL": "postgresql://x"}
        with pytest.raises(DataFolderInUse), DataFolder(tmp_path / "data").held():
            pass
    assert folder.running_environment() == {}


def test_an_environment_file_without_its_launcher_is_not_believed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    folder.lock_file.touch()
    folder.publish_environment({"DATABASE_URL": "postgresql://gone"})
    assert folder.running_environment() == {}


def test_search_for_one_user_takes_nothing_from_the_others() -> None:
    closed = traversal.entries_of_mode(0o750)
    opened = traversal.with_search(closed, 123)
    assert (traversal.USER, traversal.SEARCH, 123) in opened
    assert (traversal.MASK, 0o5, traversal.NOBODY) in opened
    assert set(closed) < set(opened)
    assert traversal.with_search(opened, 123) == opened
    assert traversal.decode(traversal.encode(opened)) == sorted(opened, key=lambda entry: (entry[0], entry[2]))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")
def test_the_named_user_can_pass_a_closed_folder_and_others_cannot(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)
    nobody, other = pwd.getpwnam("nobody"), pwd.getpwnam("games")
    assert closed in traversal.let_pass(closed / "inside", nobody.pw_uid)
    assert traversal.let_pass(closed / "inside", nobody.pw_uid) == []
    closed.chmod(0o700)  # which masks the entry
    assert closed in traversal.let_pass(closed / "inside", nobody.pw_uid)
    run_tool(("stat", str(closed / "inside")), timeout=10, user="nobody", folder=Path("/"))
    with pytest.raises(ToolFailed, match="Permission denied"):
        run_tool(("ls", str(closed)), timeout=10, user="nobody", folder=Path("/"))
    with pytest.raises(ToolFailed, match="Permission denied"):
        run_tool(("stat", str(closed / "inside")), timeout=10, user=other.pw_name, folder=Path("/"))
