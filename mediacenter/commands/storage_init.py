"""``mediacenter storage-init``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assets.storage.s3_admin import NewUser


@click.command()
@click.option(
    "--write-to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one ROLE.env file per user made, readable by its owner only. Default: print the keys.",
)
@click.pass_context
def command(ctx: click.Context, write_to: Path | None) -> None:
    """Make the bucket of STORAGE_URL ready: versioning, lifecycle, CORS, no public access; users on MinIO.

    Wants credentials that may administer the server in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the product itself
    runs with the users that this makes. Safe to repeat. Ends with 1 when something could not be set.
    """
    from assets.storage import FolderConfig, StorageUrlError, parse_storage_url
    from mediacenter.env import Environment
    from permissions.errors import DomainError

    environment = Environment(os.environ)
    try:
        config = parse_storage_url(environment.text("STORAGE_URL", "file:///unset"))
    except StorageUrlError as error:
        raise click.ClickException(str(error)) from error
    if isinstance(config, FolderConfig):
        click.echo("The objects are in a folder (STORAGE_URL is no s3:// URL): there is nothing to make.")
        return
    from assets.storage.s3_admin import init_storage

    origins = (environment.origin("SITE_URL", "http://127.0.0.1:8000"), *environment.words("UPLOAD_CORS_ORIGINS"))
    try:
        done = init_storage(config, say=click.echo, upload_origins=origins)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    for user in done.users:
        _hand_over(user, write_to)
    ctx.exit(0 if all(finding.ok for finding in done.findings) else 1)


def _hand_over(user: "NewUser", folder: Path | None) -> None:
    from mediacenter.data_folder import write_private

    lines = f"AWS_ACCESS_KEY_ID={user.access_key}\nAWS_SECRET_ACCESS_KEY={user.secret_key}\n"
    if folder is None:
        click.echo(f"\n# for {user.role} (shown only now)\n{lines}", nl=False)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / f"{user.role}.env", lines)
    click.echo(f"ok The keys for {user.role} are in {folder / f'{user.role}.env'}.")
