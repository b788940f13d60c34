"""Private work folders."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from permissions.errors import InfrastructureError
from transcoding.scratch import private_folder, remove_leftovers, require_space

HOLDER = """
import os, sys
from uuid import UUID
from django.conf import settings
settings.configure(SCRATCH_DIR=sys.argv[1])
from transcoding.scratch import private_folder
with private_folder(UUID(sys.argv[2])) as folder:
    (folder / "half.mp4").write_bytes(b"x")
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_gone_after_its_run_even_when_the_run_fails(settings) -> None:
    def fail() -> None:
        with private_folder(uuid7()) as folder:
            (folder / "part").write_bytes(b"x")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list(Path(settings.SCRATCH_DIR).iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_and_a_living_one_s_is_not(settings, tmp_path: Path) -> None:
    dead, foreign = uuid7(), Path(settings.SCRATCH_DIR) / "notes"
    with private_folder(uuid7()) as alive:
        foreign.mkdir()
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(settings.SCRATCH_DIR), str(dead)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            env=os.environ,
        )
        with holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            assert remove_leftovers() == 0
            holder.send_signal(signal.SIGKILL)
            holder.wait(10)

            assert remove_leftovers() == 1
        assert alive.is_dir()
        assert not (Path(settings.SCRATCH_DIR) / str(dead)).exists()
        assert foreign.is_dir()


def test_a_disk_without_room_is_the_operator_s_matter(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError) as raised:
        require_space(tmp_path, 1 << 60)

    assert raised.value.reason == "disk_full"
