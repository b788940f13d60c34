"""``mediacenter retention``: carry out the retention policies now, or say what they would take."""

import click


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list what is due; change nothing.")
def command(*, dry_run: bool) -> None:
    """Put into the trash, or archive, what the retention policies of the agencies take.

    Workers do it every hour, the oldest first. Nothing is deleted for good by this command.
    """
    from mediacenter import instance

    instance.connect()
    from assets.retention import due, policies
    from assets.usecases.assets_retain import BATCH, carry_out_policies

    if not dry_run:
        click.echo(f"{carry_out_policies()} assets taken.")
        return
    total = taken = 0
    for policy in policies():
        count = 0
        for reference, state in due(policy).values_list("reference", "state").iterator():
            click.echo(f"{reference} ({state}): {policy.outcome}, by {policy.reason}")
            count += 1
        total, taken = total + count, taken + min(count, BATCH)
    click.echo(f"{total} assets are due; the next run takes {taken}, at most {BATCH} by one rule.")
