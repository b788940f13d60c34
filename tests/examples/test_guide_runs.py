"""The commands of ``docs/api.md`` do what the guide says: each block is run by bash, curl and jq, or by Node, against
the site. What the guide leaves to its reader (``$ID``, ``…``) is a work of the world.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from assets.models import Asset, TextTrack
from assets.states import TrackKind
from assets.storage import get_store
from permissions.models import Agency
from tests.client.node import node_program
from tests.error_codes import ROOT
from tests.examples.world import BRIDGE, World, build
from tests.factories import distinct_jpeg, make_ready_asset

GUIDE = (ROOT / "docs" / "api.md").read_text()
BLOCKS = re.findall(r"```(sh|js)\n(.*?)```", GUIDE, re.DOTALL)
UPPY = "@uppy/core"
"""Needs a browser: ``tests/browser`` has it."""
PRELUDE = """
set -u
shopt -s expand_aliases
curl() { command curl -w '%{stderr}status %{http_code}\\n' "$@"; }
command -v uuidgen > /dev/null || uuidgen() { cat /proc/sys/kernel/random/uuid; }
"""
NODE = """
const {SERVER: server, TOKEN: token, CURSOR: cursor} = process.env;
const asked = fetch;
globalThis.fetch = async (...said) => {
  const answer = await asked(...said);
  console.error(`status ${answer.status}`);
  return answer;
};
"""
SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\nXin chào\n"


def alias() -> str:
    found = re.search(r"^alias api=.*$", GUIDE, re.MULTILINE)
    assert found is not None
    return found[0]


def statuses(language: str, code: str, environment: Mapping[str, str], folder: Path) -> tuple[list[int], str]:
    """Of every request that a block makes, in order; and what it printed."""
    if language == "sh":
        lines = "\n".join(line for line in code.splitlines() if not line.startswith(("export ", "alias ")))
        command = ["bash", "-c", f"{PRELUDE}\n{alias()}\n{lines}"]
    else:
        (folder / "block.mjs").write_text(NODE + code)
        command = [node_program(), "block.mjs"]
    ran = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, f"{code}\n{ran.stdout}\n{ran.stderr}"
    return [int(found) for found in re.findall(r"^status (\d+)$", ran.stderr, re.MULTILINE)], ran.stdout


def asked_for(code: str) -> int:
    """How many requests a block makes."""
    lines = "\n".join(line for line in code.splitlines() if not line.startswith("alias "))
    return len(re.findall(r"\bapi (?=[-\"$])|\bcurl -|\bawait fetch\(", lines))


def token_of(world: World, by: str) -> str:
    return str(world.clients[by].defaults["HTTP_AUTHORIZATION"]).partition(" ")[2]


def written_for(code: str, world: World) -> str:
    """The block with things of the world where the guide leaves them open."""
    values = world.values
    for said, meant in (
        ('["…","…"]', json.dumps([values["photo"], values["film"]], separators=(",", ":"))),
        ("VGP-20261121-P0042", Asset.objects.get(pk=values["photo"]).reference),
        ("$ID/submit", values["to_review"] + "/submit"),
        ("$ID/approve", values["waiting"] + "/approve"),
        ("$ID/request-changes", values["to_change"] + "/request-changes"),
        ("$ID/schedule", values["approved"] + "/schedule"),
        ("$ID/versions", values["corrected"] + "/versions"),
        ("$ID/diff?from=3&to=5", values["revised"] + "/diff?from=1&to=2"),
        ("2026-12-01T06", "2099-12-01T06"),
    ):
        code = code.replace(said, meant)
    return code


def of_the_site(world: World, server: str) -> dict[str, str]:
    """What the guide's blocks take from the environment."""
    admin = {"Authorization": f"Bearer {token_of(world, 'admin')}"}
    said = {"name": "Portal", "agency": "VGP", "role": "viewer", "scopes": ["assets:read"], "oauth_client": True}
    client = httpx.post(f"{server}/api/v1/tokens", json=said, headers=admin).json()
    grant = {"grant_type": "client_credentials", "scope": "assets:read"}
    signed_in = (client["client_id"], client["client_secret"])
    bearer = httpx.post(f"{server}/oauth/token", data=grant, auth=signed_in).json()["access_token"]
    values = world.values
    return {
        "SERVER": server,
        "CLIENT_ID": signed_in[0],
        "CLIENT_SECRET": signed_in[1],
        "ACCESS_TOKEN": bearer,
        "CURSOR": values["cursor"],
        "ASSET": values["photo"],
        "PHOTO": values["photo"],
        "GRAPHIC": values["infographic"],
        "VIDEO": values["film"],
        "TRACK": values["track"],
        "COLLECTION": values["shelf"],
        "A": values["photo"],
        "B": values["proposed"],
        "SEARCH": values["portal_search"],
    }


def etag_for(code: str, world: World, server: str, work: str) -> str:
    """Of what the block changes on condition."""
    values, token = world.values, token_of(world, "admin")
    path = f"assets/{values['film']}/tracks/{values['track']}" if "/cues/" in code else f"assets/{work}"
    path = f"assets/{values['waiting']}" if "/approve" in code else path
    answer = httpx.get(f"{server}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    return str(answer.headers["ETag"])


WHO = {"/audit": "auditor", "/feed ": "portal"}
"""Who runs a block that not everybody may."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_every_command_of_the_guide_is_answered(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.SITE_URL = settings.MEDIA_ORIGIN = live_server.url
    get_store.cache_clear()
    world = build()
    for name in ("photo.jpg", "a.jpg", "better.jpg"):
        (tmp_path / name).write_bytes(distinct_jpeg())
    (tmp_path / "phude.srt").write_text(SUBTITLES)
    TextTrack.objects.filter(pk=world.values["track"]).update(kind=TrackKind.SUBTITLES)
    environment, done, faults = of_the_site(world, live_server.url), 0, []
    own = Agency.objects.get(code="VGP")
    for language, said in BLOCKS:
        if UPPY in said:
            continue
        code = written_for(said, world)
        by = next((who for mark, who in WHO.items() if mark in code), "admin")
        more = {"TOKEN": token_of(world, by), "ID": str(make_ready_asset(agency=own, texts=BRIDGE).pk)}
        if "$ETAG" in code:
            more["ETAG"] = etag_for(code, world, live_server.url, more["ID"])
        got, printed = statuses(language, code, {**environment, **more}, tmp_path)
        if len(got) != asked_for(code) or any(not 200 <= status < 300 for status in got):
            faults.append(f"{got} of {asked_for(code)} by {by}:\n{code}{printed[:1500]}")
        done += len(got)
    assert faults == [], "\n\n".join(faults)
    assert done >= 40
