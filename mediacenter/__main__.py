"""``python -m mediacenter``."""

from mediacenter.cli import main

main(prog_name="mediacenter")
