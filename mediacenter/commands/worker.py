"""``mediacenter worker``."""

import click


@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    metavar="NAME",
    envvar="WORKER_QUEUES",
    help="Take jobs of this queue only (may be given several times). Default: all.",
)
@click.option(
    "--concurrency",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    envvar="WORKER_CONCURRENCY",
    help="Jobs at a time.",
)
def command(queues: tuple[str, ...], concurrency: int) -> None:
    """Process uploads until SIGTERM or Ctrl-C, which let the job in progress finish or put it back.

    Any number of workers may run, on any number of machines.
    """
    from mediacenter import instance

    instance.connect()
    from transcoding.worker import run_worker

    run_worker(queues=queues or None, concurrency=concurrency)
