"""Files that the Python client fetches: whole, resumed, compared, under a name that stays in the folder."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from assets.models import Asset
from mediacenter.client.answers import ApiError, ClientError
from mediacenter.client.fetching import safe_name
from mediacenter.client.retry import Stopped
from mediacenter.client.warehouse import MediaCenter
from permissions.models import Agency
from permissions.vocabulary import Role, Scope
from tests.client.live import WebServer
from tests.factories import make_member, make_ready_asset, make_token

MIB = 1024 * 1024
CONTENT = os.urandom(6 * MIB)


@pytest.fixture
def asset(web: WebServer, agency: Agency) -> Asset:
    return make_ready_asset(agency=agency, original=CONTENT)


@pytest.fixture
def token(agency: Agency) -> str:
    return make_token(user=make_member(agency, Role.EDITOR), scopes=tuple(Scope))[1]


def partial(folder: Path) -> Path:
    (found,) = folder.glob(".*.part")
    return found


@pytest.mark.parametrize("store_name", ["folder", pytest.param("s3", marks=pytest.mark.s3)])
def test_an_original_arrives_byte_identical_and_is_not_fetched_twice(
    web: WebServer, asset: Asset, token: str, tmp_path: Path
) -> None:
    with MediaCenter(web.wire.origin, token, patience=5) as center:
        path = center.download(str(asset.pk), "original", tmp_path / "in")
        before = web.store_wire.received
        again = center.download(str(asset.pk), "original", tmp_path / "in")

    assert path == again
    assert path.read_bytes() == CONTENT
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert web.store_wire.received - before < MIB


def test_what_broke_off_is_gone_on_with(web: WebServer, asset: Asset, token: str, tmp_path: Path) -> None:
    seen: list[int] = []
    before = web.store_wire.received
    web.store_wire.tear_after(4 * MIB)
    with MediaCenter(web.wire.origin, token, patience=20) as center:
        path = center.download(str(asset.pk), "original", tmp_path, on_progress=lambda done, _: seen.append(done))

    assert path.read_bytes() == CONTENT
    assert web.store_wire.is_whole, "nothing broke off"
    assert seen == sorted(seen)  # it never began anew
    assert web.store_wire.received - before < len(CONTENT) + MIB


def test_a_client_that_was_stopped_goes_on_when_it_is_started_again(
    web: WebServer, asset: Asset, token: str, tmp_path: Path
) -> None:
    stop = threading.Event()
    with MediaCenter(web.wire.origin, token, patience=5, stop=stop) as center, pytest.raises(Stopped):
        center.download(
            str(asset.pk), "original", tmp_path, on_progress=lambda done, _: stop.set() if done > 2 * MIB else None
        )
    have = partial(tmp_path).stat().st_size
    assert 2 * MIB < have < len(CONTENT)

    before = web.store_wire.received
    with MediaCenter(web.wire.origin, token, patience=5) as center:
        assert center.download(str(asset.pk), "original", tmp_path).read_bytes() == CONTENT
    assert web.store_wire.received - before < len(CONTENT) - have + MIB


def test_what_is_not_the_announced_file_is_not_kept(web: WebServer, asset: Asset, token: str, tmp_path: Path) -> None:
    """A part that somebody changed on the disk meanwhile: size right, digest wrong."""
    version = asset.current_version
    assert version is not None
    with MediaCenter(web.wire.origin, token, patience=5) as center:
        name = safe_name(center.download_link(str(asset.pk), "original").filename)
        (tmp_path / f".{name}.part").write_bytes(b"x" * (len(CONTENT) // 2))
        with pytest.raises(ClientError, match="did not arrive as the server announced it"):
            center.download(str(asset.pk), "original", tmp_path)
        assert list(tmp_path.iterdir()) == []

        path = center.download(str(asset.pk), "original", tmp_path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == version.sha256


def test_a_file_of_the_same_name_that_is_another_is_replaced(
    web: WebServer, asset: Asset, token: str, tmp_path: Path
) -> None:
    with MediaCenter(web.wire.origin, token, patience=5) as center:
        path = center.download(str(asset.pk), "original", tmp_path)
        path.write_bytes(b"y" * len(CONTENT))
        center.download(str(asset.pk), "original", tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_rendition_arrives_and_one_that_is_not_there_is_said(
    web: WebServer, asset: Asset, token: str, tmp_path: Path
) -> None:
    with MediaCenter(web.wire.origin, token, patience=5) as center:
        (rendition,) = center.renditions(str(asset.pk))
        path = center.download(str(asset.pk), rendition.profile, tmp_path)
        assert path.stat().st_size == rendition.size
        with pytest.raises(ApiError) as refused:
            center.download(str(asset.pk), "w9999.webp", tmp_path)
    assert refused.value.code == "not_found"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Cầu Long Biên.jpg", "Cầu Long Biên.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.jpg", "C__temp_a.jpg"),
        (".bashrc", "bashrc"),
        ("a\x00\x1b[31m.jpg", "a__[31m.jpg"),
        ("...", "file"),
        ("长" * 300 + ".jpg", "长" * 196 + ".jpg"),
    ],
)
def test_a_name_stays_in_its_folder(said: str, kept: str) -> None:
    assert safe_name(said) == kept
