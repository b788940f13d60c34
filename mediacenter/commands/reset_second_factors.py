"""``mediacenter reset-second-factors``: for somebody who lost every one of them, where no operator can help."""

import click


@click.command()
@click.argument("email")
def command(*, email: str) -> None:
    """Take away the second factors and recovery codes of the person with this address, and end their sessions.

    Operators do the same by the API (PATCH /api/v1/people/{id}). It is in the record.
    """
    from mediacenter import instance

    instance.connect()
    from permissions.models import User
    from permissions.usecases.people_change import reset_factors

    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    reset_factors(user_id=user.pk, by=None)
    click.echo(f"{user.full_name} <{user.email}> has no second factor now.")
