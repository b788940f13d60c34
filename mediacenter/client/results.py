"""What came of each file, and what the uploader tells while it works."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from mediacenter.client.answers import AssetReference, ProcessingAnswer
from mediacenter.client.files import LocalFile


class Outcome(StrEnum):
    """``duplicate``: the Media Center has these very bytes already, so nothing was sent; that is no failure."""

    UPLOADED = "uploaded"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    REJECTED = "rejected"


class Stage(StrEnum):
    """What is being done with a file; its progress is counted in bytes, in percent while processing."""

    HASHING = "hashing"
    COMPARING = "comparing"
    SENDING = "sending"
    FINISHING = "finishing"
    PROCESSING = "processing"


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """``sent``: bytes that went out in this run; ``kept``: bytes that had arrived before it. ``seconds`` of sending."""

    path: Path
    outcome: Outcome
    size: int = 0
    sent: int = 0
    kept: int = 0
    seconds: float = 0.0
    asset: AssetReference | None = None
    processing: ProcessingAnswer | None = None
    code: str = ""
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome in {Outcome.UPLOADED, Outcome.DUPLICATE}

    def as_json(self) -> Mapping[str, Any]:
        """For ``--json``: stable names, nothing that is only for the eye."""
        return {
            "file": str(self.path),
            "result": str(self.outcome),
            "reference": self.asset.reference if self.asset else None,
            "asset": self.asset.id if self.asset else None,
            "url": self.asset.url if self.asset else None,
            "size": self.size,
            "bytes_sent": self.sent,
            "bytes_kept": self.kept,
            "seconds": round(self.seconds, 3),
            "processing": self.processing.state if self.processing else None,
            "code": self.code or None,
            "reason": self.reason or None,
        }


class Listener(Protocol):
    """Told from several threads. ``done`` and ``total`` are of the stage."""

    def progress(self, file: LocalFile, stage: Stage, done: int, total: int) -> None: ...

    def finished(self, result: FileResult) -> None: ...

    def trouble(self, text: str) -> None: ...
