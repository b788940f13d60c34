"""The bounded child: ``python -m transcoding.inscribing FILE MEDIA_TYPE`` finds the edits of a user's file.

The words are in ``wanted.json`` of its folder; it leaves ``edits.json`` there and exits 0, or 65 where nothing can be
written.
"""

import json
import sys
from base64 import b64encode
from pathlib import Path

from transcoding.inscribing.formats import edits_for
from transcoding.inscribing.splice import FileSource, Unwritable
from transcoding.pictures.wanted import take_wanted

UNWRITABLE = 65
EDITS_NAME = "edits.json"


def main(arguments: list[str]) -> int:
    """The exit code."""
    path = Path(arguments[0])
    words = take_wanted(Path()).credits
    if words is None:
        return UNWRITABLE
    with path.open("rb") as file:
        try:
            edits = edits_for(arguments[1], FileSource(file, path.stat().st_size), words)
        except Unwritable:
            return UNWRITABLE
    found = [[edit.at, edit.removed, b64encode(edit.inserted).decode("ascii")] for edit in edits]
    Path(EDITS_NAME).write_text(json.dumps(found), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
