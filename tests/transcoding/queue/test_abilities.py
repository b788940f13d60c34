"""What a worker finds out of its machine, and the queues that follow from it."""

import subprocess
from dataclasses import replace

import pytest
from procrastinate.contrib.django import app

from assets.queue import ALL_QUEUES, QUEUES, VIDEO, VIDEO_BACKGROUND
from transcoding.abilities import NEEDS, Abilities, find_abilities, queues_within, with_hardware
from transcoding.ffmpeg.hardware import HARDWARE, trial_args, try_hardware
from transcoding.ffmpeg.tools import versions

ALL = Abilities(cores=1, memory=1, encoders=frozenset().union(*NEEDS.values()))
NO_AV1 = replace(ALL, encoders=ALL.encoders - {"libsvtav1"})
NOTHING = replace(ALL, encoders=frozenset(), fault="it does not run")


@pytest.mark.parametrize(
    ("asked", "abilities", "able"),
    [
        (None, ALL, None),
        (["images", "video"], ALL, ["images", "video"]),
        (None, NO_AV1, [queue for queue in ALL_QUEUES if queue != VIDEO_BACKGROUND]),
        (["video-background", "video"], NO_AV1, ["video"]),
        (None, NOTHING, [queue for queue in ALL_QUEUES if queue not in (VIDEO, VIDEO_BACKGROUND)]),
        (["video"], NOTHING, []),
    ],
)
def test_a_worker_takes_only_what_it_can_do(
    asked: list[str] | None, abilities: Abilities, able: list[str] | None
) -> None:
    assert queues_within(asked, abilities) == able


def test_every_queue_that_anything_is_put_into_is_known() -> None:
    """A worker that cannot do everything names what it takes: what is not known would never be done."""
    of_tasks = {task.queue for task in app.tasks.values() if not task.name.startswith("builtin")} - {"default"}
    assert of_tasks | set(QUEUES.values()) | set(NEEDS) <= set(ALL_QUEUES)


def test_this_machine_can_process_video_and_says_how_much_it_has() -> None:
    found = find_abilities()

    assert found.cores >= 1
    assert found.memory > 100_000_000
    assert found.fault == ""
    assert NEEDS[VIDEO] <= found.encoders
    assert set(with_hardware(found).hardware) == set(HARDWARE) & versions().encoders
    assert VIDEO in (queues_within(["video"], found) or [])


def test_hardware_that_is_listed_but_not_there_is_found_out_by_trying() -> None:
    """Each trial's verdict is what the same ffmpeg says when somebody tries it by hand."""
    listed = [encoder for encoder in HARDWARE if encoder in versions().encoders][:2]
    assert listed, "this ffmpeg lists hardware encoders"

    for encoder, fault in try_hardware(listed).items():
        by_hand = subprocess.run(["ffmpeg", *trial_args(encoder)], capture_output=True, check=False)
        assert (fault == "") == (by_hand.returncode == 0), fault
        assert len(fault) <= 200
        assert "0x" not in fault, "the same fault is said in the same words"


def test_what_an_ffmpeg_does_not_list_is_not_tried() -> None:
    assert try_hardware({"libx264"}) == {}
