"""Proof that the API keeps what its document says: schemathesis asks every operation, in chains too, on a live server.

Every check of schemathesis counts, and ``checks.py`` adds that nothing of another agency is told.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.client.live import WebServer
from tests.contract.world import World, build

HERE = Path(__file__).parent
BRIEF = ("--generation-deterministic", "--phases=fuzzing", "--max-examples=6")
"""For every change: each operation, asked a few times. The other two take minutes and are for ``make test-all``."""
SHORT = ("--generation-deterministic", "--phases=coverage")
ENDING = ("tokens_revoke", "members_remove", "members_update", "people_update")
"""Operations that could end the caller's own token or rights: whatever is asked after that would prove nothing."""
LONG = ("--max-time=1200", "--phases=coverage,fuzzing,stateful")


def ask(site: WebServer, world: World, *options: str, token: str | None) -> "subprocess.CompletedProcess[str]":
    """Runs schemathesis against the site; its report is what it prints."""
    sign_in = (f"--header=Authorization: Bearer {token}",) if token else ()
    without = [f"--exclude-operation-id={each}" for each in ENDING if token]
    return subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), f"--config-file={HERE / 'schemathesis.toml'}", "run",
            f"http://127.0.0.1:{site.port}/api/v1/schema?format=json", "--checks=all", "--continue-on-failure",
            "--no-color", "--warnings=off", "--workers=1", *sign_in, *without, *options,
        ],
        env={
            **os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.checks", "PYTHONPATH": str(HERE.parents[1]),
            "CONTRACT_SECRETS": " ".join(world.secrets),
        },
        cwd=site.log.parent, capture_output=True, text=True, check=False, timeout=1700,
    )  # fmt: skip


def require_kept(report: "subprocess.CompletedProcess[str]") -> None:
    found = report.stdout.partition("= FAILURES =")[2] or report.stdout
    assert report.returncode == 0, found[:20_000] + report.stderr[-2_000:]


def require_signed_in_still(site: WebServer, world: World) -> None:
    """Had a request ended the caller's own token, all that came after it would have been asked for nothing."""
    headers = {"Authorization": f"Bearer {world.token}"}
    session = httpx.get(f"http://127.0.0.1:{site.port}/api/v1/session", headers=headers).json()
    assert session["authenticated"] is True
    assert [agency["code"] for agency in session["upload_agencies"]] == ["VGP"]


CALLERS = ("an administrator", "a stranger")


@pytest.mark.timeout(600)
def test_every_operation_asked_a_few_times_answers_as_documented(site: WebServer) -> None:
    world = build()
    require_kept(ask(site, world, *BRIEF, token=world.token))
    require_signed_in_still(site, world)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("caller", CALLERS)
def test_every_answer_is_one_that_the_document_names_and_nothing_leaks(site: WebServer, caller: str) -> None:
    world = build()
    require_kept(ask(site, world, *SHORT, token=world.token if caller == CALLERS[0] else None))
    require_signed_in_still(site, world)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("caller", CALLERS)
def test_twenty_minutes_of_chained_requests_find_nothing_else(site: WebServer, caller: str) -> None:
    world = build()
    require_kept(ask(site, world, *LONG, token=world.token if caller == CALLERS[0] else None))
