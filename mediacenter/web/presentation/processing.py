"""How far the processing of a file is and was, for those who wait for it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assets.estimates import Estimate, estimate_of
from assets.models import AssetVersion, ProcessingAttempt
from assets.rejections import rejection_sentence
from assets.usecases.assets_cancel_processing import CANCELLED

MOST_RUNS = 20
ENDS: dict[str, Promise] = {
    ProcessingAttempt.State.RUNNING: _("Under way"),
    ProcessingAttempt.State.SUCCEEDED: _("Succeeded"),
    ProcessingAttempt.State.REJECTED: _("File rejected"),
    ProcessingAttempt.State.FAILED: _("Ended early"),
    ProcessingAttempt.State.ABANDONED: _("Given up"),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the processing. ``percent``: how far it came; ``reason``: why it ended as it did, or empty."""

    label: str
    percent: int
    started_at: datetime
    finished_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Processing:
    """``estimate`` while it is not finished; ``runs`` newest first."""

    estimate: Estimate | None
    runs: tuple[Run, ...]
    cancelled: bool


def processing_shown(version: AssetVersion | None) -> Processing | None:
    """None for what has no file."""
    if version is None:
        return None
    rows = version.attempts.filter(purpose=ProcessingAttempt.Purpose.RENDITIONS)[:MOST_RUNS]
    return Processing(
        estimate=estimate_of(version),
        runs=tuple(_run(row) for row in rows),
        cancelled=version.rejection_code == CANCELLED,
    )


def _run(row: ProcessingAttempt) -> Run:
    return Run(
        label=str(ENDS[row.state]),
        percent=row.progress,
        started_at=row.started_at,
        finished_at=row.finished_at,
        reason=rejection_sentence(row.code, row.message),
    )
