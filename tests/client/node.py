"""Node for the tests: the machine's, or the one of the Python package."""

import shutil

from mediacenter.assets_build import npm_command


def node_program() -> str:
    _, folder = npm_command()
    program = shutil.which("node", path=str(folder) if folder else None)
    assert program is not None
    return program
