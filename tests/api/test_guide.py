"""The programs in ``docs/api.md`` do what the guide says, over real HTTP."""

import re
from pathlib import Path
from typing import Any

import pytest

from assets.models import Asset, Upload
from assets.storage import get_store
from permissions.vocabulary import Role
from tests.error_codes import ROOT
from tests.factories import make_agency, make_member, make_token

CODE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_the_guide_s_upload_in_parts_stores_the_file_once(
    live_server: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE_URL = settings.MEDIA_ORIGIN = live_server.url
    get_store.cache_clear()
    _, secret = make_token(user=make_member(make_agency(code="VGP"), Role.CONTRIBUTOR))
    file = tmp_path / "phim.mp4"
    file.write_bytes(bytes(range(256)) * (65 * 1024))  # 16.25 MiB: two parts
    assert CODE is not None
    program: dict[str, Any] = {}
    monkeypatch.setenv("SERVER", live_server.url)
    monkeypatch.setenv("TOKEN", secret)
    exec(CODE[1], program)  # noqa: S102  our own guide
    first = program["upload"](str(file), agency="VGP")
    assert program["upload"](str(file), agency="VGP") == first
    asset = Asset.objects.get()
    assert (first["id"], Upload.objects.count()) == (str(asset.pk), 1)
    assert asset.current_version is not None
    with get_store().open(asset.current_version.original_key) as stored:
        assert stored.read() == file.read_bytes()
