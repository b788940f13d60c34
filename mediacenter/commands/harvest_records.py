"""``mediacenter harvest-records``: give harvesters what they were not told of yet."""

import sys
from uuid import UUID

import click


@click.command()
@click.option("--quiet", "-q", is_flag=True, help="Say nothing until the end.")
def command(*, quiet: bool) -> None:
    """Record every public work that OAI-PMH does not list yet, while everybody works.

    Needed once after an update from a release without records, if its workers were still running while the database was
    migrated. It may be stopped and begun anew.
    """
    from mediacenter import instance

    instance.connect()
    from assets.harvest.catching_up import record_missing

    def say(done: int, last: UUID) -> None:
        if not quiet:
            click.echo(f"{done} recorded, looked at all up to {last}", file=sys.stderr)

    done = record_missing(on_progress=say)
    click.echo(f"{done} works recorded.")
