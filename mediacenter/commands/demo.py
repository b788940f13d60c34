"""``mediacenter demo``: something to look at."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from mediacenter.demo.fill import Invited, OnStep, Planted

POLL_SECONDS = 2.0
PATIENCE_SECONDS = 180.0
"""How long nothing may move before we say that no worker seems to run."""


@click.command(name="demo")
@click.option("--limit", type=click.IntRange(1), help="Only so many assets, of different kinds.")
@click.option("--wait/--no-wait", default=True, help="Stay until the files are processed, and publish them.")
def command(*, limit: int | None, wait: bool) -> None:
    """Fill the running instance with agencies, people and some thirty assets in three languages.

    All of it is made here: painted landscapes, charts, leaflets, spoken bulletins. A second run adds nothing, and
    publishes what the first could not wait for.
    """
    from mediacenter import instance

    instance.connect()
    from mediacenter.demo import catalogue, fill, people, tree
    from mediacenter.processes import ToolFailed

    console = Console(highlight=False)
    entries = catalogue.first(limit)
    try:
        fill.require_tools(entries)
        with _steps(console, "Agencies", len(list(tree.agency_entries()))) as step:
            agencies, added = fill.plant_agencies(step)
        with _steps(console, "People", len(people.PEOPLE)) as step:
            invited = fill.invite_people(agencies, step)
        _show_passwords(invited)  # at once: whatever happens later, nobody can read them again
        by = fill.editor()
        planted = []
        with _steps(console, "Assets", len(entries)) as step:
            for entry in entries:
                planted.append(fill.plant_asset(entry, agencies, by))
                step()
    except (fill.CannotFill, ToolFailed) as error:
        raise click.ClickException(str(error)) from error
    new = sum(item.added for item in planted)
    console.print(f"{added} agencies, {sum(1 for each in invited if each.password)} people, {new} assets added.")
    if wait:
        _publish(console, planted)


def _publish(console: Console, planted: "Sequence[Planted]") -> None:
    """Publish each asset when it is ready; stop when all are, or when nothing moves any more."""
    from mediacenter.demo import fill

    by, published, moved, mark = fill.editor(), 0, time.monotonic(), -1
    with _steps(console, "Processed", len(planted)) as step:
        done = 0
        while True:
            now = fill.publish_what_is_ready(planted, by)
            published += now.published
            for _ in range(len(planted) - len(now.waiting) - done):
                step()
            done = len(planted) - len(now.waiting)
            if now.mark != mark:
                mark, moved = now.mark, time.monotonic()
            if not now.waiting or time.monotonic() - moved > PATIENCE_SECONDS:
                break
            time.sleep(POLL_SECONDS)
    console.print(f"{published} assets published.")
    for item, reason in now.rejected:
        console.print(f"{item.entry.slug} was rejected: {reason}")
    if now.waiting:
        console.print(
            f"{len(now.waiting)} files are not processed and nothing moves: is a worker running? "
            "Run this again later, it publishes the rest."
        )


def _show_passwords(people: "Sequence[Invited]") -> None:
    if not any(each.password for each in people):
        click.echo("The people of the demo are there already; their passwords were shown when they were added.")
        return
    click.echo("Passwords, shown this once:")
    for each in people:  # not rich's table: it would cut what does not fit, and a cut password is lost
        entry = each.entry
        role = f"{entry.role} · {entry.agency}" if entry.role else str(entry.platform_role)
        click.echo(f"  {entry.email:<28}  {each.password or '(there before)':<16}  {role:<22}  {entry.name}")


@contextmanager
def _steps(console: Console, what: str, total: int) -> "Iterator[OnStep]":
    """A bar on a terminal, one line elsewhere."""
    if not console.is_terminal:
        console.print(f"{what}: {total} …")
        yield lambda: None
        return
    with Progress(TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
