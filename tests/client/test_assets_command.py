"""``mediacenter assets`` against a running site."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.models import Asset, UsageStatement
from assets.search import refresh_search_text
from permissions.models import Agency, AgencyTerms
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.client.live import ROOT, Ran, WebServer, finish
from tests.factories import distinct_jpeg, make_agency, make_asset, make_member, make_ready_asset, make_token

COMMAND = "from mediacenter.commands.assets import command; command()"


@pytest.fixture
def agency(transactional_db: None) -> Agency:
    return make_agency(code="VGP", review_steps=0)


@pytest.fixture
def run(web: WebServer, agency: Agency, tmp_path: Path):
    _, token = make_token(user=make_member(agency, Role.EDITOR), scopes=tuple(Scope))

    def run(*arguments: str) -> Ran:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "MEDIACENTER_SERVER": web.wire.origin,
            "MEDIACENTER_TOKEN": token,
            "LC_ALL": "C.UTF-8",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        return finish(process)

    return run


def searchable(asset: Asset) -> Asset:
    refresh_search_text(asset)
    return asset


def test_it_lists_what_one_may_see_and_obeys_no_title(run, agency: Agency) -> None:
    searchable(make_ready_asset(agency=agency, texts={"vi": {"title": "Cầu \x1b[31m[bold]Long Biên"}}))
    searchable(make_ready_asset(agency=agency, texts={"vi": {"title": "Hồ Gươm"}}))
    make_asset(agency=make_agency(), texts={"vi": {"title": "Bí mật"}})

    everything, found = run("list"), run("list", "--search", "long bien", "--json")

    assert everything.code == 0, everything.err
    assert "Hồ Gươm" in everything.out
    assert "[bold]Long Biên" in everything.out
    assert "\x1b" not in everything.out
    assert "Bí mật" not in everything.out
    assert [row["title"] for row in json.loads(found.out)] == ["Cầu \x1b[31m[bold]Long Biên"]


def test_it_shows_and_fetches_by_reference(run, agency: Agency, tmp_path: Path) -> None:
    original = distinct_jpeg()
    asset = searchable(make_ready_asset(agency=agency, original=original, texts={"vi": {"title": "Hồ Gươm"}}))

    shown = run("show", asset.reference.lower())
    fetched = run("download", asset.reference, "--to", str(tmp_path / "in"))

    assert "w320.webp  image/webp" in shown.out, shown.err
    assert fetched.code == 0, fetched.err
    assert Path(fetched.out.strip()).read_bytes() == original


def test_it_accepts_terms_and_says_what_a_file_is_for(run, agency: Agency, tmp_path: Path) -> None:
    other = make_agency(code="TTX", asks_terms=True, asks_statement=True)
    AgencyTerms.objects.create(agency=other, version=1, text_vi="Ghi nguồn \x1b[31m")
    fields = {"state": AssetState.PUBLISHED, "audience": Audience.NETWORK, "texts": {"vi": {"title": "Hồ Gươm"}}}
    asset = searchable(make_ready_asset(agency=other, **fields))
    take = ("download", asset.reference, "--profile", "w320.webp", "--to", str(tmp_path / "in"))

    refused = run(*take)
    read, early = run("terms", "ttx"), run("terms", "TTX", "--accept", "2")
    accepted, silent = run("terms", "TTX", "--accept", "1"), run(*take)
    fetched = run(*take, "--statement", "Bài về hồ, 50%")

    assert (refused.code, "terms_not_accepted" in refused.err) == (1, True)
    assert "version 1, asked for" in read.out
    assert "\x1b" not in read.out
    assert (early.code, "terms_changed" in early.err) == (1, True)
    assert accepted.code == 0, accepted.err
    assert (silent.code, "usage_statement_required" in silent.err) == (1, True)
    assert fetched.code == 0, fetched.err
    assert Path(fetched.out.strip()).read_bytes() == b"w320.webp"
    assert [row.text for row in UsageStatement.objects.all()] == ["Bài về hồ, 50%"]


def test_it_publishes_and_withdraws(run, agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, audience="public", texts={"vi": {"title": "Hồ", "alt_text": "Một cái hồ"}})

    published, withdrawn = run("publish", str(asset.pk)), run("withdraw", str(asset.pk), "--reason", "Nhầm ảnh")

    assert (published.code, published.out) == (0, f"{asset.reference} is published for: public\n"), published.err
    assert (withdrawn.code, withdrawn.out) == (0, f"{asset.reference} is withdrawn\n"), withdrawn.err
    asset.refresh_from_db()
    assert asset.state == AssetState.WITHDRAWN


def test_a_refusal_is_one_sentence_with_its_code(run, agency: Agency) -> None:
    hidden = make_asset(agency=make_agency())

    absent, nameless = run("show", str(hidden.pk)), run("withdraw", "VGP-20261121-P9999", "--reason", "x")

    assert (absent.code, nameless.code) == (1, 1)
    assert absent.err.endswith("(not_found)\n")
    assert nameless.err == "Error: There is no asset VGP-20261121-P9999 that you may see. (failed)\n"
