"""``mediacenter audit``: check, seal and export the record."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from permissions.models import Agency
    from permissions.verification import Discrepancy, Tally

DAMAGED, NOT_VERIFIED = 1, 2
MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z")

SENTENCES = {
    "event_altered": "was altered after it was written",
    "event_missing": "is gone",
    "event_unknown": "is in no seal and waits for none: put in, or its seal taken out, behind the record's back",
    "seal_altered": "was altered after it was written",
    "seal_missing": "is gone",
    "head_unknown": "is no seal of this record: its end was cut off, or it was written anew",
}


@click.group()
def command() -> None:
    """Check, seal and export the record of who did what."""


@command.command()
@click.option("--from", "begin", type=click.IntRange(min=1), metavar="SEAL", help="Begin at this seal's number.")
@click.option("--head", default="", metavar="HASH", help="A head that was kept elsewhere must be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each finding, the summary last.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def verify(*, begin: int | None, head: str, as_json: bool, quiet: bool) -> None:
    """Make every digest of the record again and say what was altered, taken out or put in. Changes nothing.

    Exit code 0: all as it was written. 1: something is not. 2: could not be verified.
    """
    _connect()
    from django.db import DatabaseError

    from permissions import verification
    from permissions.models import AuditSeal

    tally, damage = verification.Tally(), 0
    try:
        total = AuditSeal.objects.filter(sequence__gte=begin or 1).count()
        with _progress(total, shown=not quiet and sys.stderr.isatty()) as advance:
            for found in verification.verify(tally=tally, begin=begin, head=head, on_seal=advance):
                damage += 1
                click.echo(_as_json(found) if as_json else _as_text(found))
    except DatabaseError as error:
        click.echo(f"Not verified: {str(error).strip().splitlines()[0]}", err=True)
        sys.exit(NOT_VERIFIED)
    click.echo(_summary(tally, damage, as_json=as_json))
    sys.exit(DAMAGED if damage else 0)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def seal(*, as_json: bool) -> None:
    """Seal at once what waits, and print the head: keep it where the owner of this database cannot write.

    Workers seal by themselves every few seconds.
    """
    _connect()
    from permissions.sealing import head, seal_all

    sealed = seal_all(wait=True)
    last = head()
    if as_json:
        click.echo(json.dumps({"sealed": sealed, "sequence": last.sequence, "hash": last.hash}))
    else:
        click.echo(f"{sealed} sealed. Head: {last}")


@command.command()
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--from", "since", type=click.DateTime(MOMENTS), help="Not before this time.")
@click.option("--to", "until", type=click.DateTime(MOMENTS), help="Before this time.")
@click.option("--agency", "code", metavar="CODE", help="Things of this agency and those below it.")
@click.option("--act", metavar="ACT", help="This act; all that begin so with a * at the end (asset.*).")
@click.option("--target", type=click.UUID, metavar="ID", help="This thing.")
def export(
    *, form: str, since: datetime | None, until: datetime | None, code: str | None, act: str | None, target: UUID | None
) -> None:
    """Write events to standard output, oldest first: CSV for spreadsheets or JSON Lines."""
    _connect()
    from django.db import transaction

    from permissions.audit_export import CHUNK
    from permissions.audit_export import export as exported
    from permissions.audit_search import EventFilters, all_events, with_names

    exact, prefix = _act(act)
    filters = EventFilters(
        act=exact,
        act_prefix=prefix,
        target=target,
        agency=_agency(code),
        since=_aware(since),
        until=_aware(until),
    )
    events = with_names(all_events()).filter(filters.condition).order_by("at", "id")
    with transaction.atomic():  # one cursor, one moment
        for piece in exported(events.iterator(chunk_size=CHUNK), form):
            click.echo(piece, nl=False)


def _connect() -> None:
    from mediacenter import instance

    instance.connect()


def _act(text: str | None) -> tuple[str | None, str | None]:
    """The act, or what acts begin with."""
    return (None, text[:-1]) if text is not None and text.endswith("*") else (text, None)


def _agency(code: str | None) -> "Agency | None":
    from permissions.models import Agency

    if code is None:
        return None
    found = Agency.objects.filter(code=code.upper()).first()
    if found is None:
        raise click.BadParameter(f"There is no agency {code!r}.", param_hint="--agency")
    return found


def _aware(moment: datetime | None) -> datetime | None:
    """Without a zone, in the installation's (``TIME_ZONE``)."""
    from django.utils import timezone

    return timezone.make_aware(moment) if moment is not None and moment.tzinfo is None else moment


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar of seals checked, on standard error."""
    if not shown or not total:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _as_json(found: "Discrepancy") -> str:
    return json.dumps(
        {
            "finding": found.damage,
            "seal": found.seal,
            "until": found.until,
            "event": found.event,
            "parts": list(found.parts),
        }
    )


def _as_text(found: "Discrepancy") -> str:
    number = f"{found.seal}" if found.until in {None, found.seal} else f"{found.seal} to {found.until}"
    seal = f"seal {number}" if found.seal is not None else ""
    event = f"event {found.event}" if found.event else ""
    names = [event, seal] if found.damage.startswith("event") else [seal or "the head", event]
    parts = f" ({', '.join(found.parts)})" if found.parts else ""
    return f"{', '.join(name for name in names if name)}: {SENTENCES[found.damage]}{parts}"


def _summary(tally: "Tally", damage: int, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"seals": tally.seals, "waiting": tally.waiting, "head": tally.head, "damage": damage})
    judged = f"{damage} findings" if damage else "all as it was written"
    return f"{tally.seals} sealed events, {tally.waiting} waiting for their seal: {judged}. Head: {tally.head}"
