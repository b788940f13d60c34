"""What is wanted of one picture beside its renditions, handed to the child as a file in its folder.

By a file and not by the words that start it: those pass through the warm parent, and what people wrote is for the child
alone.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from transcoding.pictures.credits import Credits

WANTED_NAME = "wanted.json"


@dataclass(frozen=True, kw_only=True)
class Single:
    """One picture of this size in pixels and nothing else, in the file type of ``suffix``. ``cuts``: around the focal
    point, so that it fills the size; else the whole picture, whose shape that is."""

    width: int
    height: int
    cuts: bool
    suffix: str

    @property
    def name(self) -> str:
        """Of its file."""
        return f"single.{self.suffix}"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``focus``: where the subject is, 0 to 1 of the upright picture; None has it guessed. ``only_crops``: no other
    rendition. ``credits``: what is written into the renditions; None writes nothing. ``single``: no renditions, but
    this one picture."""

    focus: tuple[float, float] | None = None
    only_crops: bool = False
    credits: Credits | None = field(default=None)
    single: Single | None = None


def write_wanted(folder: Path, wanted: Wanted) -> None:
    """Leave ``wanted`` in ``folder``."""
    (folder / WANTED_NAME).write_text(json.dumps(asdict(wanted)), encoding="ascii")


def take_wanted(folder: Path) -> Wanted:
    """What was left in ``folder``, which is removed."""
    path = folder / WANTED_NAME
    said = json.loads(path.read_bytes())
    path.unlink()
    focus, words, single = said["focus"], said["credits"], said["single"]
    return Wanted(
        focus=(focus[0], focus[1]) if focus else None,
        only_crops=said["only_crops"],
        credits=Credits(**words | {"people": tuple(words["people"])}) if words else None,
        single=Single(**single) if single else None,
    )
