"""Commands on our own small samples: coding them otherwise, listing what came out, comparing it by VMAF. Pure."""

import json
from collections.abc import Sequence
from typing import Any

import ffmpeg

from transcoding.ffmpeg.commands import FIXED_FILE, REFERENCE_FILE, arguments, trial_output
from transcoding.ffmpeg.ladder import LadderPlan, Rung

EVERY = 3
"""Of so many pictures one is compared."""


def trial_file(number: int) -> str:
    return f"trial-{number}.nut"


def report_file(number: int) -> str:
    return f"vmaf-{number}.json"


def trials_args(codings: Sequence[tuple[Rung, LadderPlan]], *, folder: str) -> list[str]:
    """Code the samples in each of the given ways."""
    split = ffmpeg.input(f"{folder}/{REFERENCE_FILE}")["v"].filter_multi_output("split", len(codings))
    outputs = [
        trial_output(split[number], *coding, f"{folder}/{trial_file(number)}") for number, coding in enumerate(codings)
    ]
    return arguments(ffmpeg.merge_outputs(*outputs))


def packets_args(*, folder: str) -> list[str]:
    """ffprobe: size and flags of every packet that the fixed ladder would make, as JSON."""
    return ["-v", "error", "-print_format", "json", "-show_entries", "packet=size,flags", f"{folder}/{FIXED_FILE}"]


def parse_packets(text: bytes) -> list[tuple[int, bool]]:
    """Bytes of each packet, and whether it is a keyframe."""
    return [(int(packet["size"]), "K" in packet["flags"]) for packet in json.loads(text)["packets"]]


def comparing_args(files: Sequence[str], *, folder: str) -> list[str]:
    """VMAF of each of ``files`` against the samples as they were; a report for each."""
    reference = _counted(ffmpeg.input(f"{folder}/{REFERENCE_FILE}")).filter_multi_output("split", len(files))
    outputs = []
    for number, name in enumerate(files):
        report = {"log_path": f"{folder}/{report_file(number)}", "log_fmt": "json", "n_subsample": EVERY}
        pair = [_counted(ffmpeg.input(f"{folder}/{name}")), reference[number]]
        outputs.append(
            ffmpeg.output(ffmpeg.filter(pair, "libvmaf", **report), "-", format="null", fps_mode="passthrough")
        )
    return arguments(ffmpeg.merge_outputs(*outputs))


def parse_vmaf(text: str) -> float:
    """The mean over all compared pictures."""
    return float(json.loads(text)["pooled_metrics"]["vmaf"]["mean"])


def _counted(opened: Any) -> Any:
    """Its pictures by their number, so that each meets its like whatever the clocks say."""
    return opened["v"].filter("settb", "1").filter("setpts", "N")
