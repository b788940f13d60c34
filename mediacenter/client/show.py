"""Shows a run to a person: bars where there is a terminal, else one line per file; and a table at the end."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from mediacenter.client.files import LocalFile
from mediacenter.client.results import FileResult, Outcome, Stage

OUTCOME_STYLES = {
    Outcome.UPLOADED: "green",
    Outcome.DUPLICATE: "cyan",
    Outcome.FAILED: "bold red",
    Outcome.REJECTED: "bold red",
}
TABLE_WIDTH = 160
"""Columns of the table where there is no terminal to ask."""


def printable(text: str) -> str:
    """Without characters that a terminal would obey: a file's name is not to be trusted."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


class _Amount(ProgressColumn):
    """Bytes so far, or percent while the server processes the file."""

    def render(self, task: Task) -> Text:
        if task.fields.get("stage") == Stage.PROCESSING:
            return Text(f"{task.percentage:.0f} %", style="progress.percentage")
        speed = f" {decimal(int(task.speed))}/s" if task.speed else ""
        return Text(f"{decimal(int(task.completed))}/{decimal(int(task.total or 0))}{speed}", style="progress.download")


class Bars:
    """A :class:`Listener` for terminals: one bar per file that is being worked on, and one for all bytes."""

    def __init__(self, console: Console, files: Sequence[LocalFile]) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=None),
            TextColumn("{task.fields[stage]}", style="dim", markup=False),
            BarColumn(bar_width=None),
            _Amount(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            expand=True,
            refresh_per_second=5,
        )
        self._console = console
        self._tasks: dict[LocalFile, TaskID] = {}
        self._stages: dict[LocalFile, Stage] = {}
        self._sent: dict[LocalFile, int] = {}
        self._by_path = {file.path: file for file in files}
        self._total = self._progress.add_task(f"{len(files)} files", total=sum(file.size for file in files), stage="")
        self._troubles: set[str] = set()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def progress(self, file: LocalFile, stage: Stage, done: int, total: int) -> None:
        task = self._tasks.get(file)
        if task is None:
            task = self._tasks[file] = self._progress.add_task(printable(file.name), total=total, stage=stage)
        if self._stages.get(file) is not stage:
            self._stages[file] = stage
            self._progress.reset(task, total=total, stage=stage)
        self._progress.update(task, completed=done, total=total)
        if stage is Stage.SENDING:
            self._set_sent(file, done)

    def finished(self, result: FileResult) -> None:
        file = self._by_path[result.path]
        task = self._tasks.pop(file, None)
        self._stages.pop(file, None)
        if task is not None:
            self._progress.remove_task(task)
        self._set_sent(file, file.size)
        self._progress.console.print(_line(result))

    def trouble(self, text: str) -> None:
        """Each trouble once a run: what repeats is patience, not news."""
        if text not in self._troubles:
            self._troubles.add(text)
            self._progress.console.print(Text(f"{text} …", style="yellow"))

    def _set_sent(self, file: LocalFile, done: int) -> None:
        self._progress.advance(self._total, done - self._sent.get(file, 0))
        self._sent[file] = done


class Lines:
    """A :class:`Listener` for logs and pipes: one line per file when it is finished, no control characters."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._troubles: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put back."""

    def progress(self, file: LocalFile, stage: Stage, done: int, total: int) -> None:
        """Not shown: a log has no place for it."""

    def finished(self, result: FileResult) -> None:
        self._console.print(_line(result), soft_wrap=True)

    def trouble(self, text: str) -> None:
        if text not in self._troubles:
            self._troubles.add(text)
            self._console.print(Text(f"{text} …"), soft_wrap=True)


def listener_for(console: Console, files: Sequence[LocalFile]) -> Bars | Lines:
    return Bars(console, files) if console.is_terminal else Lines(console)


def _line(result: FileResult) -> Text:
    state = str(result.processing.state) if result.processing else str(result.outcome)
    reference = f" {result.asset.reference}" if result.asset else ""
    reason = f" – {printable(result.reason)}" if result.reason else ""
    return Text.assemble(
        (f"{state}", OUTCOME_STYLES[result.outcome]), f" {printable(result.path.name)}{reference}{reason}"
    )


def summary(results: Sequence[FileResult]) -> Table:
    """A row for each file. Speed is that of what was sent in this run."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("File", overflow="fold")
    table.add_column("Result")
    table.add_column("Reference", no_wrap=True)
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("Speed", justify="right", no_wrap=True)
    table.add_column("Reason", overflow="fold")
    for result in results:
        speed = f"{decimal(int(result.sent / result.seconds))}/s" if result.sent and result.seconds else ""
        table.add_row(
            Text(printable(result.path.name)),
            Text(str(result.outcome), style=OUTCOME_STYLES[result.outcome]),
            result.asset.reference if result.asset else "",
            decimal(result.size) if result.size else "",
            speed,
            Text(_reason(result)),
        )
    return table


def _reason(result: FileResult) -> str:
    kept = f"{decimal(result.kept)} had arrived before." if result.kept else ""
    return " ".join(part for part in (printable(result.reason), kept) if part)


def console_for_results() -> Console:
    """Standard output: results, and nothing else."""
    return Console(width=None if sys.stdout.isatty() else TABLE_WIDTH, highlight=False)


def console_on_the_way() -> Console:
    """Standard error: progress, troubles, finished files."""
    return Console(stderr=True, highlight=False)
