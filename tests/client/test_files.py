import hashlib
import os
import unicodedata
from pathlib import Path

import pytest

from mediacenter.client.files import FileChanged, FileUnusable, LocalFile, find_files
from mediacenter.client.plan import PartSlice, slices


def write(path: Path, content: bytes = b"content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(paths: list[Path], *, recursive: bool = False) -> list[str]:
    return [file.path.name for file in find_files(paths, recursive=recursive).files]


def reasons(paths: list[Path], *, recursive: bool = False) -> dict[str, str]:
    return {path.name: reason for path, reason in find_files(paths, recursive=recursive).unusable}


def test_files_come_once_and_in_the_order_named(tmp_path: Path) -> None:
    first, second = write(tmp_path / "b.jpg"), write(tmp_path / "a.jpg")
    assert names([first, second, tmp_path / "." / "b.jpg"]) == ["b.jpg", "a.jpg"]


def test_a_folder_is_walked_only_when_asked_and_without_hidden_entries(tmp_path: Path) -> None:
    for name in ("2.jpg", "1.jpg", "deep/3.jpg", ".hidden.jpg", ".git/config"):
        write(tmp_path / "folder" / name)
    assert names([tmp_path / "folder"], recursive=True) == ["1.jpg", "2.jpg", "3.jpg"]
    assert "--recursive" in reasons([tmp_path / "folder"])["folder"]


def test_what_cannot_be_uploaded_is_named_with_its_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = reasons([write(tmp_path / "empty.jpg", b""), tmp_path / "absent.jpg", tmp_path / "pipe"])
    assert said == {
        "empty.jpg": "The file is empty.",
        "absent.jpg": "There is no such file.",
        "pipe": "This is not a file.",
    }


def test_names_are_sent_composed_and_as_utf8(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Ảnh lễ hội Huế.jpg")
    assert LocalFile.at(write(tmp_path / decomposed)).name == "Ảnh lễ hội Huế.jpg"
    broken = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))
    assert LocalFile.at(write(broken)).name == "�.jpg"


def test_hashing_slices_agrees_with_hashing_bytes(tmp_path: Path) -> None:
    content = os.urandom(700_001)
    file = LocalFile.at(write(tmp_path / "f", content))
    for part in slices(file.size, 300_000):
        expected = content[part.offset : part.offset + part.size]
        assert file.sha256(part) == hashlib.sha256(expected).hexdigest()
        assert file.md5(part) == hashlib.md5(expected).hexdigest()  # noqa: S324 - an ETag


@pytest.mark.parametrize("change", [lambda p: p.write_bytes(b"longer content"), lambda p: os.utime(p, ns=(1, 1))])
def test_a_change_of_size_or_time_is_noticed(tmp_path: Path, change) -> None:
    path = write(tmp_path / "f.jpg")
    file = LocalFile.at(path)
    file.check_unchanged()
    change(path)
    with pytest.raises(FileChanged):
        file.check_unchanged()


def test_a_file_that_shrank_or_went_is_an_error_and_not_a_short_part(tmp_path: Path) -> None:
    path = write(tmp_path / "f.jpg", b"0123456789")
    file = LocalFile.at(path)
    path.write_bytes(b"012")
    with pytest.raises(FileChanged):
        list(file.chunks(PartSlice(number=1, offset=0, size=10)))
    path.unlink()
    with pytest.raises(FileUnusable):
        file.check_unchanged()
    with pytest.raises(FileUnusable):
        file.sha256(file.whole())
