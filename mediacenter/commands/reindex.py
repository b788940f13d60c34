"""``mediacenter reindex``: write what the search asks anew, while everybody works."""

import sys
from uuid import UUID

import click


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also entries that are there already.")
@click.option("--batch", type=click.IntRange(1, 5000), default=500, show_default=True, help="Assets a transaction.")
@click.option("--after", type=click.UUID, metavar="ID", help="With --all: go on after this asset of a run before.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing until the end.")
def command(*, everything: bool, batch: int, after: UUID | None, quiet: bool) -> None:
    """Write the search entries of all assets that have none, or an older one, the newest first, then the fingerprints
    that similar pictures are found by, where there are none.

    Each batch is a short transaction that waits for whoever edits one of its assets and is waited for. A run that was
    stopped goes on where it was.
    """
    from mediacenter import instance

    instance.connect()
    from assets.search.reindexing import reindex
    from assets.similar import keep_missing

    def say(done: int, last: UUID) -> None:
        if not quiet:
            click.echo(f"{done} written, last {last}", file=sys.stderr)

    done = reindex(batch=batch, after=after, only_missing=not everything, on_progress=say)
    click.echo(f"{done} entries written.")
    kept = keep_missing(on_progress=lambda so_far: None if quiet else click.echo(f"{so_far} fingerprints", err=True))
    click.echo(f"{kept} fingerprints of pictures written.")
