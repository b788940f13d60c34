"""``mediacenter assets``: find, look at, fetch, publish and withdraw from a terminal, by token. Needs no Django."""

import dataclasses
import itertools
import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click
from rich.table import Table
from rich.text import Text

from mediacenter.client.answers import ClientError
from mediacenter.client.resources import AssetAnswer, AssetDetailAnswer
from mediacenter.client.show import console_for_results, printable
from mediacenter.client.warehouse import MediaCenter
from mediacenter.client.wording import explain
from mediacenter.commands._server import Target, target_options

KINDS = ["photo", "infographic", "video", "audio", "article"]
STATES = ["draft", "in_review", "changes_requested", "approved", "scheduled", "published", "withdrawn", "archived"]
REFUSED = 1
P = ParamSpec("P")


@click.group(name="assets")
def command() -> None:
    """Find, look at, fetch, publish and withdraw assets of a Media Center.

    ASSET is an id or a reference (VGP-20261121-P0042). Exit code 0: done; 1: refused, with the reason; 2: wrong use.
    """


def with_server(work: Callable[Concatenate[MediaCenter, P], None]) -> Callable[..., None]:
    """Give the command its server; show a refusal as one sentence with its code."""

    @target_options
    @wraps(work)
    def wrapped(target: Target, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with MediaCenter(target.server, target.token, patience=target.patience) as center:
                work(center, *args, **kwargs)
        except ClientError as error:
            code, sentence = explain(error)
            click.echo(f"Error: {printable(sentence)} ({code})", err=True)
            sys.exit(REFUSED)

    return wrapped


as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")


@command.command("list")
@with_server
@click.option("--search", metavar="WORDS", help="Words that it must have, with or without diacritics.")
@click.option("--kind", type=click.Choice(KINDS))
@click.option("--agency", metavar="CODE", help="With everything below it.")
@click.option("--state", type=click.Choice(STATES))
@click.option("--language", type=click.Choice(["vi", "en", "zh"]))
@click.option("--limit", type=click.IntRange(1, 100_000), default=24, show_default=True)
@as_json_option
def list_assets(
    center: MediaCenter,
    *,
    search: str | None,
    kind: str | None,
    agency: str | None,
    state: str | None,
    language: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """The assets that you may see, newest first."""
    filters = {"search": search, "kind": kind, "agency": agency, "state": state, "language": language}
    given = {name: value for name, value in filters.items() if value is not None}
    found = itertools.islice(center.assets(**given), limit)
    if as_json:
        _print_json([dataclasses.asdict(asset) for asset in found])
    else:
        console_for_results().print(_table(found))


@command.command("show")
@with_server
@click.argument("asset")
@as_json_option
def show(center: MediaCenter, *, asset: str, as_json: bool) -> None:
    """What there is to know of one asset, and which files it has."""
    detail = _get(center, asset)
    if as_json:
        _print_json(detail.raw)
        return
    lines = [
        f"{detail.reference}  {detail.kind}, {detail.state}, for {detail.audience}",
        f"{detail.title} — {detail.agency.name}",
        *([f"Credit: {detail.credit_line}"] if detail.credit_line else []),
        *([f"Licence: {detail.licence}"] if detail.licence else []),
        detail.url,
        *[f"  {row.profile}  {row.media_type}, {row.size:,} bytes" for row in center.renditions(detail.id)],
    ]
    for line in lines:
        click.echo(printable(line))


@command.command("download")
@with_server
@click.argument("asset")
@click.option("--profile", default="original", show_default=True, help="A rendition's name, as `show` lists them.")
@click.option("--statement", default="", metavar="TEXT", help="What it is for, where its agency asks.")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default=True)
def download(center: MediaCenter, *, asset: str, profile: str, statement: str, folder: Path) -> None:
    """Fetch a file, whole or not at all; run it again to go on where it broke off."""
    path = center.download(_get(center, asset).id, profile, folder, statement=statement)
    click.echo(printable(str(path)))


@command.command("terms")
@with_server
@click.argument("agency")
@click.option("--accept", "version", type=click.IntRange(min=1), metavar="VERSION", help="Accept it, having read it.")
@click.option("--language", type=click.Choice(["vi", "en", "zh"]), default="en", show_default=True)
def terms(center: MediaCenter, *, agency: str, version: int | None, language: str) -> None:
    """Read, or accept, what AGENCY (its code) asks before downloads of its works.

    A token of an agency accepts for all programs of that agency, your own token for you. It is put on record.
    """
    if version is not None:
        center.accept_terms(agency, version=version)
        click.echo(f"Accepted: version {version} of the terms of {printable(agency.upper())}")
        return
    found = center.terms(agency, language=language)
    said = f", accepted {found.accepted_at:%Y-%m-%d}" if found.accepted_at else ", asked for" if found.asked else ""
    click.echo(f"{printable(found.agency.name)}: terms, version {found.version}{said}\n")
    for line in found.text.splitlines():
        click.echo(printable(line))


@command.command("publish")
@with_server
@click.argument("asset")
def publish(center: MediaCenter, *, asset: str) -> None:
    """Publish to the asset's audience, as it is at this moment."""
    detail = _get(center, asset)
    done = center.publish(detail.id, if_match=detail.etag)
    click.echo(f"{done.reference} is published for: {done.audience}")


@command.command("withdraw")
@with_server
@click.argument("asset")
@click.option("--reason", required=True, metavar="TEXT", help="For those who used it, and for the record.")
def withdraw(center: MediaCenter, *, asset: str, reason: str) -> None:
    """Pull a published asset everywhere."""
    done = center.withdraw(_get(center, asset).id, reason=reason)
    click.echo(f"{done.reference} is withdrawn")


def _get(center: MediaCenter, named: str) -> AssetDetailAnswer:
    """By id or by reference."""
    found = center.asset(center.asset_id(named))
    if found is None:
        raise ClientError("The server answered a question that was not asked.")
    return found


def _table(assets: Iterable[AssetAnswer]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Reference", "Kind", "State", "Agency", "Title"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Reference")
    for asset in assets:
        row = (asset.reference, asset.kind, asset.state, asset.agency.code, asset.title)
        table.add_row(*[Text(printable(cell)) for cell in row])  # no markup: titles are other people's words
    return table


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))
