"""What a real server has counted is there after SIGTERM, and within seconds while it runs."""

import signal
import time

import httpx
import pytest

from tests.installation import Installation
from tests.run.conftest import Starter

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
MAKE = """
from assets.states import Kind
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_asset, make_text
asset = make_asset(kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
make_text(asset, title="Tin")
print(asset.pk)
"""
COUNT = "from assets.models import UseCount; print(sum(UseCount.objects.values_list('uses', flat=True)))"
SHOWN = {"Referer": "https://bao.vn/tin", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"}


def test_sigterm_loses_no_count(start: Starter) -> None:
    first = start("--workers", "0")
    asset = first.command("manage", "shell", "-v", "0", "-c", MAKE).stdout.strip()
    with httpx.Client(base_url=first.url, headers=SHOWN) as reader:
        assert reader.get(f"/embed/{asset}").status_code == 200
        end = time.monotonic() + 60
        while (seen := _counted(first)) == 0 and time.monotonic() < end:
            pass
        assert seen == 1, "the thread of the process writes by itself"
        for _ in range(60):
            assert reader.get(f"/embed/{asset}").status_code == 200
    first.stop(signal.SIGTERM)
    second = start("--workers", "0", data=first.data)
    assert _counted(second) == 61


def _counted(installation: Installation) -> int:
    return int(installation.command("manage", "shell", "-v", "0", "-c", COUNT).stdout)
