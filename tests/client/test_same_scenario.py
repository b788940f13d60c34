"""The Python client and a TypeScript client generated from the API's document do the same and learn the same."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from assets.models import Asset
from assets.search import refresh_search_text
from mediacenter.assets_build import FRONTEND, node_environment, npm_command
from permissions.models import Agency
from permissions.vocabulary import Audience, Role, Scope
from tests.client.live import WebServer
from tests.client.node import node_program
from tests.client.scenario import play
from tests.factories import make_agency, make_asset, make_member, make_ready_asset, make_token

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "api" / "openapi.yaml"
MODULES = FRONTEND / "node_modules"
EXPECTED: dict[str, Any] = {
    "agencies": ["VGP"],
    "titles": ["Cầu Long Biên", "Chợ Đồng Xuân", "Hồ Gươm", "Cầu Long Biên lúc bình minh", "Của nước ngoài"],
    "found": ["Cầu Long Biên", "Cầu Long Biên lúc bình minh"],
    "asset": {"kind": "photo", "state": "draft", "audience": "agency", "may_publish": True, "texts": ["vi"]},
    "unchanged": True,
    "edited": "Long Bien bridge",
    "late": [412, "precondition_failed"],
    "items": ["Cầu Long Biên"],
    "published": "published",
    "rendition": {"profile": "w320.webp", "media_type": "image/webp", "whole": True},
    "original": True,
    "nowhere": [404, "not_found"],
    "unknown": [400, "unknown_field"],
    "withdrawn": "withdrawn",
    "gone": 410,
}


@pytest.fixture
def seeded(web: WebServer, transactional_db: None) -> dict[str, str]:
    """Works of two agencies; the token sees those of its own and what the network shares."""
    agency: Agency = make_agency(code="VGP", review_steps=0)
    other = make_agency(code="BQP")
    make_ready_asset(
        agency=other, state="published", audience=Audience.NETWORK, texts={"vi": {"title": "Của nước ngoài"}}
    )
    make_asset(agency=other, texts={"vi": {"title": "Bí mật"}})
    for title in ("Cầu Long Biên lúc bình minh", "Hồ Gươm", "Chợ Đồng Xuân"):
        make_ready_asset(agency=agency, texts={"vi": {"title": title}})
    asset = make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu Long Biên", "alt_text": "Một cây cầu"}})
    for each in Asset.objects.all():
        refresh_search_text(each)
    _, token = make_token(user=make_member(agency, Role.EDITOR), scopes=tuple(Scope))
    return {"SERVER": web.wire.origin, "TOKEN": token, "ASSET": str(asset.pk), "AGENCY": agency.code}


def node(folder: Path, *arguments: str | Path, **environment: str) -> str:
    """What the program prints."""
    ran = subprocess.run(
        [node_program(), *map(str, arguments)],
        cwd=folder,
        env=node_environment(npm_command()[1]) | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario as one JavaScript file: types from the document, checked by the compiler, then bundled."""
    folder = tmp_path_factory.mktemp("typescript")
    for source in (HERE / "typescript").iterdir():
        shutil.copy(source, folder)
    (folder / "node_modules").symlink_to(MODULES, target_is_directory=True)
    node(folder, MODULES / "openapi-typescript" / "bin" / "cli.js", DOCUMENT, "--output", folder / "api.d.ts")
    node(folder, MODULES / "typescript" / "bin" / "tsc", "--project", folder)
    bundle = ("--bundle", "--format=esm", "--platform=node", "--outfile=scenario.mjs", "--log-level=warning")
    esbuild = subprocess.run(
        [MODULES / ".bin" / "esbuild", "scenario.ts", *bundle],
        cwd=folder,
        env=node_environment(npm_command()[1]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert esbuild.returncode == 0, esbuild.stderr
    return folder


def test_the_python_client(seeded: dict[str, str], tmp_path: Path) -> None:
    facts = play(
        seeded["SERVER"], seeded["TOKEN"], asset_id=seeded["ASSET"], agency=seeded["AGENCY"], folder=tmp_path / "taken"
    )

    assert facts == EXPECTED
    assert [path.name.startswith(".") for path in (tmp_path / "taken").iterdir()] == [False]


def test_a_typescript_client_made_from_the_document(seeded: dict[str, str], typescript: Path) -> None:
    assert json.loads(node(typescript, "scenario.mjs", **seeded)) == EXPECTED


def test_the_compiler_knows_the_api(typescript: Path, tmp_path: Path) -> None:
    """A wrong field, a wrong path and a wrong value are errors before anything is sent."""
    wrong = tmp_path / "wrong"
    shutil.copytree(typescript, wrong, symlinks=True)
    (wrong / "scenario.ts").write_text(
        "import createClient from 'openapi-fetch';\n"
        "import type { paths } from './api';\n"
        "const api = createClient<paths>({ baseUrl: '' });\n"
        "// @ts-expect-error\nawait api.GET('/api/v1/asset');\n"
        "// @ts-expect-error\nawait api.GET('/api/v1/assets', { params: { query: { kind: 'sculpture' } } });\n"
        "const { data } = await api.GET('/api/v1/assets');\n"
        "// @ts-expect-error\ndata?.results[0]?.titel;\n"
        "export const title: string | undefined = data?.results[0]?.title;\n"
    )
    node(wrong, MODULES / "typescript" / "bin" / "tsc", "--project", wrong)
