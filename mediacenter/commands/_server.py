"""Which Media Center a command talks to, as whom and how patiently: the same options everywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import click

from mediacenter.client.credentials import ClientCredentials

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """``patience`` in seconds."""

    server: str
    token: str | ClientCredentials
    patience: float


def target_options(work: Callable[..., None]) -> Callable[..., None]:
    """Add ``--server``, ``--token``, ``--client-id`` and ``--patience``, checked, as one ``target``."""

    @click.option("--patience", type=click.FloatRange(0), default=300, show_default=True, metavar="SECONDS",
                  help="How long to keep trying while the server or the network is down.")  # fmt: skip
    @click.option("--server", envvar="MEDIACENTER_SERVER", default="http://127.0.0.1:8000", show_default=True,
                  metavar="URL", help="Also MEDIACENTER_SERVER.")  # fmt: skip
    @click.option("--token", envvar="MEDIACENTER_TOKEN", metavar="TOKEN",
                  help="Better in MEDIACENTER_TOKEN, where other users of this computer do not see it.")  # fmt: skip
    @client_options
    @wraps(work)
    def wrapped(
        *, server: str, token: str | None, client: ClientCredentials | None, patience: float, **others: Any
    ) -> None:
        found = _checked_token(token) if client is None else client
        work(target=Target(server=_checked_server(server), token=found, patience=patience), **others)

    return wrapped


def client_options(work: Callable[..., None]) -> Callable[..., None]:
    """Add ``--client-id``, whose secret is in the environment alone, as ``client``; None without it."""

    @click.option("--client-id", envvar="MEDIACENTER_CLIENT_ID", metavar="ID",
                  help="An OAuth client instead of a token; also MEDIACENTER_CLIENT_ID. Its secret: "
                  "MEDIACENTER_CLIENT_SECRET.")  # fmt: skip
    @click.option("--client-secret", envvar="MEDIACENTER_CLIENT_SECRET", hidden=True)
    @wraps(work)
    def wrapped(*, client_id: str | None, client_secret: str | None, **others: Any) -> None:
        if not client_id:
            work(client=None, **others)
            return
        if not client_secret:
            raise click.UsageError("Put the secret of the OAuth client into MEDIACENTER_CLIENT_SECRET.")
        work(client=ClientCredentials(client_id=client_id, client_secret=client_secret), **others)

    return wrapped


def _checked_server(server: str) -> str:
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.UsageError(f"{server!r} is no address of a server: write it like https://media.example.vn")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        click.echo(f"Warning: {server} is not encrypted; others on the way can read your token.", err=True)
    return server.rstrip("/")


def _checked_token(token: str | None) -> str:
    if not token:
        raise click.UsageError(
            "Sign in first: make a token on your account page of the Media Center and put it into MEDIACENTER_TOKEN."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise click.UsageError("This is no token: copy it again, without spaces or line breaks.")
    return token
