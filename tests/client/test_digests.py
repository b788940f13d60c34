import hashlib
import os
import threading
from pathlib import Path

import pytest

from mediacenter.client.digests import LIKELY_PART_SIZE, digest
from mediacenter.client.files import LocalFile
from mediacenter.client.plan import slices
from mediacenter.client.retry import Stopped


@pytest.mark.parametrize("size", [1, LIKELY_PART_SIZE, LIKELY_PART_SIZE + 1, 2 * LIKELY_PART_SIZE + 5])
def test_whole_and_parts_are_what_the_bytes_say(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "f").write_bytes(content)
    file, counted = LocalFile.at(tmp_path / "f"), []

    found = digest(file, stop=threading.Event(), on_bytes=counted.append)

    assert found.whole == hashlib.sha256(content).hexdigest()
    assert sum(counted) == size
    assert found.parts == {
        part: hashlib.sha256(content[part.offset : part.offset + part.size]).hexdigest()
        for part in slices(size, LIKELY_PART_SIZE)
    }


def test_stopping_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(os.urandom(LIKELY_PART_SIZE * 2))
    stop = threading.Event()
    with pytest.raises(Stopped):
        digest(LocalFile.at(tmp_path / "f"), stop=stop, on_bytes=lambda _: stop.set())
