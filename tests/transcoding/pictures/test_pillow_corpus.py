"""Pillow's own test pictures as uploads: a thousand odd, broken and hostile files.

Each ends as a result or as a refusal with a code, within 30 seconds and 1 GiB. A seeded sample runs always, the whole
with the slow tests.
"""

import logging
import random
import re
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.media_samples import pillow_images
from transcoding.pictures.process import process_picture
from transcoding.results import MediaRejected
from transcoding.sandbox import MIB
from transcoding.sniff import sniff

_SEED, _SAMPLE = 20261122, 60
_CODE = re.compile(r"[a-z][a-z_]+")


def outcome_of(path: Path, folder: Path) -> str:
    """``ready`` or the refusal's code; AssertionError where a limit of the acceptance is broken."""
    folder.mkdir()
    started = time.monotonic()
    refusal = None
    try:
        sniffed = sniff(path)
        result = process_picture(path, sniffed=sniffed, kind="infographic", workdir=folder, on_progress=lambda _: None)
    except MediaRejected as rejected:
        refusal = rejected
    assert time.monotonic() - started < 30, path
    shutil.rmtree(folder)
    if refusal is None:
        assert result.facts["peak_rss"] < 1024 * MIB, path
        assert result.renditions, path
        return "ready"
    assert _CODE.fullmatch(refusal.reason), path
    assert refusal.message.endswith("."), path
    return refusal.reason


def outcomes_of(paths: list[Path], tmp_path: Path) -> Counter[str]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return Counter(pool.map(outcome_of, paths, [tmp_path / str(number) for number in range(len(paths))]))


def corpus() -> list[Path]:
    return sorted(path for path in pillow_images().rglob("*") if path.is_file())


def test_a_sample_of_pillows_pictures_ends_ready_or_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    paths = corpus()
    allowed = [
        path
        for path in paths
        if path.suffix in {".jpg", ".png", ".tif", ".tiff", ".webp", ".gif", ".avif", ".heif", ".mpo"}
    ]
    picks = random.Random(_SEED)
    counts = outcomes_of(picks.sample(allowed, _SAMPLE - 15) + picks.sample(paths, 15), tmp_path)
    assert counts.total() == _SAMPLE
    assert counts["ready"] > _SAMPLE / 2
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_of_pillows_pictures_end_ready_or_refused(tmp_path: Path) -> None:
    paths = corpus()
    counts = outcomes_of(paths, tmp_path)
    print(dict(counts))  # noqa: T201 -- the acceptance's figures
    assert counts.total() == len(paths) > 1000
    assert counts["ready"] > 500
