"""``mediacenter manage``: Django's own commands on this installation."""

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run a command of Django's on this installation (``manage changepassword …``, ``manage shell``)."""
    from mediacenter import instance

    instance.connect()
    from django.core.management import ManagementUtility

    ManagementUtility(["mediacenter manage", *arguments]).execute()
