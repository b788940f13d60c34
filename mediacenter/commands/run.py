"""``mediacenter run``."""

import os

import click

from mediacenter.data_folder import DataFolderInUse, DataFolderUnusable, data_folder


@click.command()
@click.option("--bind", default="127.0.0.1", show_default=True, envvar="MEDIACENTER_BIND", help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    envvar="MEDIACENTER_PORT",
    help="Its port.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(0, 64),
    envvar="MEDIACENTER_WORKERS",
    help="Worker processes; 0 when they run elsewhere.",
)
@click.option(
    "--drain",
    default=20.0,
    show_default=True,
    type=click.FloatRange(1, 3600),
    envvar="MEDIACENTER_DRAIN_SECONDS",
    help="Seconds that requests and jobs in progress get when it stops.",
)
def command(bind: str, port: int, workers: int, drain: float) -> None:
    """Run the whole installation: database, web server, workers. Ctrl-C stops all of it.

    Without settings everything is kept in MEDIACENTER_DATA (default: .data in the project). DATABASE_URL and
    STORAGE_URL switch to PostgreSQL and S3 servers of your own.
    """
    from mediacenter.embedded import EmbeddedDatabaseFailed
    from mediacenter.launcher import RunOptions, StartFailed, launch

    options = RunOptions(bind=bind, port=port, workers=workers, drain=drain)
    try:
        launch(options, data_folder(os.environ))
    except (DataFolderInUse, DataFolderUnusable, EmbeddedDatabaseFailed, StartFailed) as error:
        raise click.ClickException(str(error)) from error
