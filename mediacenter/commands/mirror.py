"""``mediacenter mirror``: a folder with everything that a token can see, kept so by the changes feed."""

import sys
import threading
from pathlib import Path

import click

from mediacenter.client.answers import ClientError
from mediacenter.client.credentials import ClientCredentials
from mediacenter.client.mirror import Mirror
from mediacenter.client.retry import Stopped
from mediacenter.client.warehouse import MediaCenter
from mediacenter.commands._server import client_options

FAILED, INTERRUPTED = 1, 130


@click.command(name="mirror")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--media", is_flag=True, help="Also the renditions, below media/.")
@click.option("--statement", default="", metavar="TEXT", help="What the files are for, where an agency asks.")
@click.option("--follow", type=click.FloatRange(min=1), metavar="SECONDS", help="Go on, asking every so many seconds.")
@click.option("--patience", type=click.FloatRange(0), default=300, show_default=True, metavar="SECONDS",
              help="How long to keep trying while the server or the network is down.")  # fmt: skip
@click.option("--server", envvar="MEDIACENTER_SERVER", default="http://127.0.0.1:8000", show_default=True,
              metavar="URL", help="Also MEDIACENTER_SERVER.")  # fmt: skip
@click.option("--token", envvar="MEDIACENTER_TOKEN", default="", metavar="TOKEN",
              help="Better in MEDIACENTER_TOKEN; without one, what the public sees.")  # fmt: skip
@client_options
def command(
    *,
    folder: Path,
    media: bool,
    statement: str,
    follow: float | None,
    patience: float,
    server: str,
    token: str,
    client: ClientCredentials | None,
) -> None:
    """Keep FOLDER an exact mirror: assets/ID.json of everything that the token can see, and nothing else.

    May be killed at any moment and run again. One process at a time for a folder.
    """
    stop = threading.Event()
    try:
        with MediaCenter(server, client or token, patience=patience, stop=stop, on_trouble=_trouble) as api:
            mirror = Mirror(api, folder, media=media, statement=statement)
            while True:
                done = mirror.catch_up()
                if done.written or done.forgotten or done.anew:
                    click.echo(f"{done.written} written, {done.forgotten} forgotten{', all anew' if done.anew else ''}")
                if done.unfetched:
                    _trouble(f"Files of {done.unfetched} assets did not come; the next round asks for them again.")
                if follow is None:
                    sys.exit(FAILED if done.unfetched else 0)
                if stop.wait(follow):
                    return
    except (KeyboardInterrupt, Stopped):
        sys.exit(INTERRUPTED)
    except ClientError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(FAILED)


def _trouble(text: str) -> None:
    click.echo(text, err=True)
