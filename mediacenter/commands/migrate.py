"""``mediacenter migrate``."""

import click


@click.command()
@click.option("--plan", is_flag=True, help="Show what would be done, and do nothing.")
def command(*, plan: bool) -> None:
    """Bring the database's tables to this version."""
    from mediacenter import instance

    instance.connect()
    from django.core.management import call_command

    call_command("migrate", plan=plan, interactive=False)
    if not plan:
        call_command("createcachetable")
