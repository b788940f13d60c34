"""``mediacenter verify``."""

import json

import pytest
from click.testing import CliRunner, Result

from assets.fixity import Finding
from assets.storage import get_store
from mediacenter.commands.verify import SENTENCES, command
from tests import factories

pytestmark = pytest.mark.django_db


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_a_sound_archive_ends_with_0_and_says_how_much_was_read() -> None:
    version = factories.make_ready_asset().versions.get()

    result = verify()

    assert result.exit_code == 0
    assert result.stdout == (
        f"1 originals ({version.size} bytes hashed, 0 not hashed yet by their job), 1 renditions: "
        "all as it should be.\n"
    )


def test_damage_ends_with_1_and_names_the_object_and_what_to_do() -> None:
    version = factories.make_ready_asset().versions.get()
    get_store().delete(version.original_key)

    result = verify()

    assert result.exit_code == 1
    assert f"{version.original_key}: the original is gone: restore it from a backup" in result.stdout


def test_as_json_each_line_is_an_object_and_the_last_is_the_summary() -> None:
    version = factories.make_ready_asset().versions.get()
    get_store().delete(version.original_key)

    lines = [json.loads(line) for line in verify("--json").stdout.splitlines()]

    assert lines == [
        {"finding": "original_missing", "key": version.original_key, "expected": str(version.size), "found": ""},
        {"originals": 1, "renditions": 1, "not_hashed_yet": 0, "bytes_hashed": 0, "damage": 1},
    ]


def test_an_object_that_is_merely_young_is_no_damage() -> None:
    version = factories.make_version()
    version.asset.current_version = None
    version.asset.save()
    version.delete()

    result = verify("--quick")

    assert result.exit_code == 0
    assert "younger than a day" in result.stdout


def test_a_store_that_is_down_ends_with_2(settings) -> None:
    settings.STORAGE_URL = "s3://bucket?endpoint=http://127.0.0.1:9"
    get_store.cache_clear()

    result = verify()

    assert result.exit_code == 2
    assert result.stderr.startswith("Not verified: ")


def test_every_finding_has_its_sentence() -> None:
    assert SENTENCES.keys() == set(Finding)
