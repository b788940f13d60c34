"""Uppy as it comes from npm uploads here, from a newsroom's own page on another origin."""

import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from rest_framework.test import APIClient

from assets.models import Asset
from assets.storage import get_store
from mediacenter.assets_build import node_environment, npm_command
from tests.browser.conftest import ROOT, Site
from tests.chromium import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PACKAGES = ROOT / "mediacenter" / "web" / "frontend" / "node_modules"
MIB = 1024 * 1024


def bundle(target: Path) -> None:
    """Uppy and the page's few lines as one file, by esbuild."""
    subprocess.run(
        [
            str(PACKAGES / ".bin" / "esbuild"),
            str(Path(__file__).with_name("uppy_page.js")),
            "--bundle",
            f"--outfile={target}",
        ],
        env={**node_environment(npm_command()[1]), "NODE_PATH": str(PACKAGES)},
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_uppy_uploads_small_and_large_files_from_another_origin(
    site: Site, elsewhere: tuple[str, Path], new_page: Open, tmp_path: Path, settings
) -> None:
    origin, folder = elsewhere
    settings.UPLOAD_CORS_ORIGINS = (origin,)
    bundle(folder / "uppy.js")
    (folder / "index.html").write_text('<!doctype html><input type="file" multiple><script src="uppy.js"></script>')
    small, large = tmp_path / "nhỏ.jpg", tmp_path / "lớn.mov"
    Image.linear_gradient("L").convert("RGB").save(small, "JPEG")
    large.write_bytes(os.urandom(12 * MIB))  # three parts
    client = APIClient()
    client.force_login(site.editor, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/uploads/companion", {"agency": site.agency.code}, format="json")
    assert answer.status_code == 201, answer.content

    page = new_page()
    page.goto(f"{origin}/")
    page.locator("input").set_input_files([small, large])
    result = page.evaluate("endpoint => uploadAll(endpoint)", answer.json()["companion_endpoint"])

    assert result == {"successful": 2, "failed": []}
    stored = {}
    for asset in Asset.objects.select_related("current_version"):
        version = asset.current_version
        assert version is not None
        with get_store().open(version.original_key) as file:
            stored[version.filename] = file.read()
    assert stored == {small.name: small.read_bytes(), large.name: large.read_bytes()}
