"""The programs in ``docs/clients.md`` do what the guide says, over real HTTP."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assets.models import Asset
from assets.search import refresh_search_text
from mediacenter.assets_build import node_environment, npm_command
from permissions.models import Agency
from permissions.vocabulary import Audience, Role, Scope
from tests.client.live import ROOT, WebServer
from tests.client.node import node_program
from tests.factories import make_member, make_ready_asset, make_token

GUIDE = (ROOT / "docs" / "clients.md").read_text()


def program(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def environment(web: WebServer, agency: Agency) -> dict[str, str]:
    """Two works that fit, the newer of which is public, and the words to find them."""
    for audience in (Audience.PUBLIC, Audience.AGENCY):
        asset = make_ready_asset(
            agency=agency,
            state="published",
            audience=audience,
            credit_line='Ảnh: Lan & "Hoa"',
            texts={"vi": {"title": "Cầu <Long Biên>"}},
        )
        refresh_search_text(asset)
    _, token = make_token(user=make_member(agency, Role.VIEWER), scopes=(Scope.READ,))
    return {"SERVER": web.wire.origin, "TOKEN": token, "WORDS": "cầu long biên"}


def snippet_of(output: str, web: WebServer) -> tuple[str, str]:
    """The address in the frame, and the rest as a browser would read it."""
    frame, credit = output.splitlines()
    found = re.fullmatch(r'<iframe src="([^"]+)" title="([^"<>]+)" loading="lazy"></iframe>', frame)
    assert found is not None, output
    assert "<" not in credit.removeprefix("<p>").removesuffix("</p>")
    assert found[1].startswith(web.wire.origin)
    return found[1], credit


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_guide_s_first_embed(language: str, web: WebServer, environment: dict[str, str], tmp_path: Path) -> None:
    if language == "python":
        file = tmp_path / "first.py"
        command = [sys.executable, str(file)]
    else:
        file = tmp_path / "first.mjs"
        command = [node_program(), str(file)]
    file.write_text(program(language))
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=node_environment(npm_command()[1]) | {"PYTHONPATH": os.fspath(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    address, credit = snippet_of(ran.stdout, web)
    assert str(Asset.objects.get(audience=Audience.PUBLIC).pk) in address
    assert "Lan &" in credit
