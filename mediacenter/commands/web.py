"""``mediacenter web``."""

import click


@click.command()
@click.option(
    "--bind",
    default="127.0.0.1:8000",
    show_default=True,
    envvar="WEB_BIND",
    metavar="HOST:PORT",
    help="Where to listen.",
)
@click.option("--prepare", is_flag=True, help="First do what `mediacenter prepare` does.")
def command(bind: str, *, prepare: bool) -> None:
    """Serve the pages and the API until SIGTERM, which lets the requests in progress end."""
    from mediacenter import instance

    instance.connect()
    if prepare:
        from mediacenter.commands import prepare as preparation

        preparation.command.main(args=[], prog_name="mediacenter prepare", standalone_mode=False)
    from mediacenter.web_server import serve

    serve(bind)
