"""``mediacenter colours``: tell the colours of pictures that were processed before."""

import sys
from uuid import UUID

import click


@click.command()
@click.option("--most", type=click.IntRange(1), metavar="N", help="No more than so many pictures.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing until the end.")
def command(*, most: int | None, quiet: bool) -> None:
    """Look at pictures whose colours nobody knows yet, the newest first, by their smallest rendition.

    Needed once after an update from a release without colours, on a machine that can be a worker. It works beside
    everybody; stopped, it goes on where it was.
    """
    from mediacenter import instance

    instance.connect()
    from transcoding.colouring import fill_colours
    from transcoding.pictures.process import parents

    def say(done: int, last: UUID) -> None:
        if not quiet and done % 100 == 0:
            click.echo(f"{done} looked at, last {last}", file=sys.stderr)

    try:
        done = fill_colours(most=most, on_progress=say)
    finally:
        parents().close()
    click.echo(f"{done} pictures have their colours.")
