"""``mediacenter prepare``."""

import click


@click.command()
@click.option(
    "--agency-code", default="VGP", show_default=True, envvar="FIRST_AGENCY_CODE", help="Code of the first agency."
)
@click.option(
    "--agency-name",
    default="Cổng Thông tin điện tử Chính phủ",
    show_default=True,
    envvar="FIRST_AGENCY_NAME",
    help="Its Vietnamese name.",
)
@click.option(
    "--email",
    default="admin@localhost.localdomain",
    show_default=True,
    envvar="FIRST_ADMINISTRATOR_EMAIL",
    help="E-mail address of the first administrator.",
)
def command(agency_code: str, agency_name: str, email: str) -> None:
    """Make an installation ready to start; safe to repeat, also from several machines at once.

    Migrations, the cache's table, the store's self-test, and in an empty installation the first agency and its
    administrator, whose password is printed once.
    """
    from mediacenter import instance

    instance.connect()
    from mediacenter.preparation import NotReady, entries_missing, prepare

    try:
        first = prepare(agency_code=agency_code, agency_name=agency_name, email=email)
    except NotReady as error:
        raise click.ClickException(str(error)) from error
    if entries_missing():
        click.echo("mediacenter: Older assets are not searched yet: workers see to it, or `mediacenter reindex`.")
    if first is not None:
        click.echo(f"mediacenter: First agency {first.agency_code}, administrator {first.email}")
        click.echo(f"mediacenter: Password (shown only now): {first.password}")
