"""``mediacenter``: one command for the people who run it and the people who feed it.

Each sub-command is a module in ``mediacenter/commands/`` with a ``command`` (dashes are underscores there); it is
imported only when it is used, so that ``mediacenter upload`` starts without Django.
"""

import importlib
import os
import pkgutil
from typing import Any

import click

import mediacenter.commands

PACKAGE = mediacenter.commands.__name__


class LazyGroup(click.Group):
    """Finds its commands by file name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        modules = pkgutil.iter_modules(mediacenter.commands.__path__)
        return sorted(module.name.replace("_", "-") for module in modules if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: Any = importlib.import_module(f"{PACKAGE}.{cmd_name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{PACKAGE}.{cmd_name} has no click command named `command`")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mediacenter", prog_name="mediacenter", version=mediacenter.__version__)
def main() -> None:
    """The Media Center: one shared warehouse for the media of public bodies."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")


if __name__ == "__main__":
    main()
