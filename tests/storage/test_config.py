"""STORAGE_URL, and which store it names."""

import subprocess
import sys
from pathlib import Path

import pytest

from assets.storage import FolderConfig, S3Config, StorageUrlError, get_store, parse_storage_url
from assets.storage.folder import FolderStore
from assets.storage.s3 import S3Store


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///var/lib/media", FolderConfig(root=Path("/var/lib/media"))),
        ("file:///srv/%E1%BA%A3nh", FolderConfig(root=Path("/srv/ảnh"))),
        ("s3://media", S3Config(bucket="media", addressing="auto")),
        (
            "s3://media?endpoint=http://127.0.0.1:9000&region=hn-1&public_endpoint=https://media.example",
            S3Config(
                bucket="media",
                endpoint="http://127.0.0.1:9000",
                region="hn-1",
                public_endpoint="https://media.example",
                addressing="path",
            ),
        ),
        (
            "s3://m/?endpoint=https://s3.example&addressing=virtual",
            S3Config(bucket="m", endpoint="https://s3.example", addressing="virtual"),
        ),
    ],
)
def test_storage_urls_are_understood(url: str, expected: FolderConfig | S3Config) -> None:
    assert parse_storage_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/var/lib",
        "file://var/lib",
        "file:///",
        "http://x",
        "s3://",
        "s3://key:secret@bucket",
        "s3://bucket/folder",
        "s3://bucket?endpont=http://x",
        "s3://bucket?endpoint=x:9000",
        "s3://bucket?endpoint=http://x/path",
        "s3://bucket?addressing=best",
    ],
)
def test_a_bad_storage_url_says_what_to_set(url: str) -> None:
    with pytest.raises(StorageUrlError, match="STORAGE_URL") as refused:
        parse_storage_url(url)
    assert "\n" not in str(refused.value)


def test_a_secret_key_is_not_shown() -> None:
    assert "hush" not in repr(S3Config(bucket="m", secret_key="hush"))


def test_the_settings_choose_the_store(settings, tmp_path: Path) -> None:
    folder = get_store()
    assert isinstance(folder, FolderStore)
    assert get_store() is folder
    settings.STORAGE_URL = "s3://media?endpoint=http://127.0.0.1:9"
    get_store.cache_clear()
    assert isinstance(get_store(), S3Store)


def test_a_folder_store_does_not_import_boto3() -> None:
    code = "import sys, assets.storage.folder; sys.exit('boto3' in sys.modules or 'storages' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
