"""``mediacenter verify``: is everything still there, byte for byte?"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assets.fixity import Discrepancy, Tally

DAMAGED, NOT_VERIFIED = 1, 2

SENTENCES = {
    "original_missing": "the original is gone: restore it from a backup",
    "original_size": "the original has another size: restore it from a backup",
    "original_altered": "the original has other bytes: restore it from a backup",
    "original_unreadable": "the original cannot be read: check the disk or the object store",
    "rendition_missing": "a rendition is gone: have the asset processed again",
    "rendition_size": "a rendition has another size: have the asset processed again",
    "object_unknown": "an object older than a day that nothing refers to",
    "object_unknown_young": "an object younger than a day that nothing refers to yet (normal)",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each finding, the summary last.")
@click.option("--quick", is_flag=True, help="Compare names and sizes only; do not read the originals.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(*, as_json: bool, quick: bool, quiet: bool) -> None:
    """Hash every original again and compare rows and objects both ways. Changes nothing.

    Exit code 0: all as it should be. 1: something is missing, altered or unknown. 2: could not be verified.
    """
    from mediacenter import instance

    instance.connect()
    from assets.fixity import Tally, total_bytes, verify
    from permissions.errors import InfrastructureError

    tally, damage = Tally(), 0
    with _progress(total_bytes() if not quick else 0, shown=not quiet and sys.stderr.isatty()) as advance:
        try:
            for found in verify(rehash=not quick, tally=tally, on_bytes=advance):
                damage += found.finding.is_damage
                click.echo(_as_json(found) if as_json else _as_text(found))
        except InfrastructureError as error:
            click.echo(f"Not verified: {error.message}", err=True)
            sys.exit(NOT_VERIFIED)
    click.echo(_summary(tally, damage, as_json=as_json))
    sys.exit(DAMAGED if damage else 0)


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar of bytes hashed, on standard error."""
    if not shown or not total:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _as_json(found: "Discrepancy") -> str:
    return json.dumps({"finding": found.finding, "key": found.key, "expected": found.expected, "found": found.found})


def _as_text(found: "Discrepancy") -> str:
    facts = [f"{name} {value}" for name, value in (("expected", found.expected), ("found", found.found)) if value]
    return f"{found.key}: {SENTENCES[found.finding]}" + (f" ({', '.join(facts)})" if facts else "")


def _summary(tally: "Tally", damage: int, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            {
                "originals": tally.originals,
                "renditions": tally.renditions,
                "not_hashed_yet": tally.unhashed,
                "bytes_hashed": tally.bytes_hashed,
                "damage": damage,
            }
        )
    return (
        f"{tally.originals} originals ({tally.bytes_hashed} bytes hashed, {tally.unhashed} not hashed yet by their "
        f"job), {tally.renditions} renditions: {f'{damage} findings' if damage else 'all as it should be'}."
    )
