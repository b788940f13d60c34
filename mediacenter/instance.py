"""Connects a command to an installation: by the environment, or by the data folder of the instance that runs here."""

import os

import click

from mediacenter.data_folder import DataFolder, data_folder


def connect() -> None:
    """Make ``DATABASE_URL``, ``SECRET_KEY`` and the rest known, and set Django up.

    What the environment says wins over what the running instance says. Raises ``click.ClickException`` with what to do.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured

    adopt_running_instance()
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise click.ClickException(str(error)) from error


def adopt_running_instance() -> None:
    """Take over the environment of the instance that runs on the data folder, unless DATABASE_URL names one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")
    if os.environ.get("DATABASE_URL"):
        return
    folder = DataFolder(data_folder(os.environ))
    running = folder.running_environment()
    if not running:
        raise click.ClickException(
            f"Nothing runs on {folder.path}: start `mediacenter run` first, or set DATABASE_URL."
        )
    for name, value in running.items():
        os.environ.setdefault(name, value)
