"""Proof that the API keeps what its document says: schemathesis asks every operation, in chains too, on a live server.

Every check of schemathesis counts, and ``checks.py`` adds that nothing of another agency is told.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.live import WebServer
from tests.contract.world import World, build

HERE = Path(__file__).parent
SHORT = ("--generation-deterministic", "--max-examples=1", "--phases=coverage")
LONG_SECONDS = 20 * 60


def ask(site: WebServer, world: World, *options: str, token: str | None) -> "subprocess.CompletedProcess[str]":
    """Runs schemathesis against the site; its report is what it prints."""
    sign_in = (f"--header=Authorization: Bearer {token}",) if token else ()
    return subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"http://127.0.0.1:{site.port}/api/v1/schema?format=json",
            "--checks=all", "--continue-on-failure", "--no-color",
            "--warnings=off", "--workers=2", *sign_in, *options,
        ],
        env={
            **os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.checks", "PYTHONPATH": str(HERE.parents[1]),
            "CONTRACT_SECRETS": " ".join(world.secrets),
        },
        cwd=site.log.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip


def require_kept(report: "subprocess.CompletedProcess[str]", site: WebServer) -> None:
    Path("/tmp/platform_report.txt").write_text(report.stdout + report.stderr)
    assert report.returncode == 0, report.stdout[-8000:] + report.stderr[-2000:] + site.log.read_text()[-2000:]


@pytest.mark.parametrize("caller", ["an administrator", "a stranger"])
def test_every_answer_is_one_that_the_document_names_and_nothing_leaks(site: WebServer, caller: str) -> None:
    world = build()
    report = ask(site, world, *SHORT, token=world.token if caller == "an administrator" else None)
    require_kept(report, site)
