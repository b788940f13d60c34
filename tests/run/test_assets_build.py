"""What pages need and the repository does not hold is made once, and again only when its source changed."""

import gettext
import os
from pathlib import Path

import pytest

from mediacenter import assets_build

CATALOGUE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: vi\\n"

msgid "Upload"
msgstr "Tải lên"

#, fuzzy
msgid "Guess"
msgstr "Đoán"
"""


def test_catalogues_are_compiled_without_guesses_and_only_when_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets_build, "LOCALE", tmp_path)
    source = tmp_path / "vi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE)
    assert assets_build.compile_messages() == [source.with_suffix(".mo")]
    with source.with_suffix(".mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    assert (words.gettext("Upload"), words.gettext("Guess")) == ("Tải lên", "Guess")
    assert assets_build.compile_messages() == []
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert assets_build.compile_messages() == [source.with_suffix(".mo")]


def test_vendored_files_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets_build, "FRONTEND", tmp_path / "frontend")
    monkeypatch.setattr(assets_build, "VENDOR", tmp_path / "vendor")
    for name in assets_build.VENDORED:
        path = tmp_path / "frontend" / "node_modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert len(assets_build.copy_vendored()) == len(assets_build.VENDORED)
    assert assets_build.copy_vendored() == []


def test_packages_that_are_as_locked_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets_build, "FRONTEND", tmp_path)
    assert assets_build.install_packages(development=False) is False  # nothing to install at all
    (tmp_path / "package.json").write_text('{"name": "x", "private": true}')
    (tmp_path / "package-lock.json").write_text(
        '{"name": "x", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "x"}}}'
    )
    (tmp_path / "node_modules").mkdir()
    assert assets_build.install_packages(development=False) is True
    assert assets_build.install_packages(development=False) is False
    assert assets_build.install_packages(development=True) is True
    assert assets_build.install_packages(development=False) is False


def test_without_node_on_the_machine_npm_comes_from_the_python_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    command, folder = assets_build.npm_command()
    assert folder is not None
    assert command == [str(folder / "node"), str(folder.parent / "lib/node_modules/npm/bin/npm-cli.js")]
    assert all(Path(part).exists() for part in command)
