"""Codecs × containers × turns × rates × layouts × depths × sizes: each source ends right or is refused with its reason.

``make test`` tries a sample that covers every group and every container; ``make test-all`` tries them all.
"""

from pathlib import Path

import pytest

from tests.transcoding.matrix import axes, oddities
from tests.transcoding.matrix.cases import Case, covering
from tests.transcoding.matrix.judging import judge
from tests.transcoding.matrix.making import write
from tests.transcoding.video.conftest import process
from transcoding.results import MediaRejected
from transcoding.sniff import require_kind, sniff

AXES = (
    *(axes.codecs_in_containers, axes.turned, axes.rates, axes.depths, axes.sizes, axes.interlaced, axes.anamorphic),
    *(axes.high_dynamic_range, axes.variable_rates, axes.layouts),
    *(oddities.tracks, oddities.times, oddities.sounds, oddities.refused),
)
CASES = [case for axis in AXES for case in axis()]
SHORT = covering(CASES)


def test_the_matrix_is_wide_and_each_case_is_there_once() -> None:
    assert len(CASES) >= 150
    assert len({case.id for case in CASES}) == len(CASES)
    assert 20 <= len(SHORT) <= 45


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id, marks=[] if case.id in SHORT else [pytest.mark.slow]) for case in CASES]
)
def test_a_source_ends_right_or_is_refused(case: Case, tmp_path: Path) -> None:
    source = write(case, tmp_path)
    if isinstance(case.ends, str):
        with pytest.raises(MediaRejected) as refused:
            _processed(case, source, tmp_path / "out")
        assert refused.value.reason == case.ends
        assert len(refused.value.message) > 40
        assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())
    else:
        judge(case, case.ends, _processed(case, source, tmp_path / "out"))


def _processed(case: Case, source: Path, folder: Path):
    """As the pipeline does: what the file is decides its own bytes."""
    sniffed = sniff(source)
    require_kind(sniffed, case.kind)
    return process(source, folder, container=sniffed.ffmpeg_format or "", kind=case.kind)
