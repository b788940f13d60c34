"""``mediacenter workers``."""

import json
from dataclasses import asdict

import click

GIB = 1024**3


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document for machines.")
def command(*, as_json: bool) -> None:
    """Show who works, what each worker can do, and what waits in the queues."""
    from mediacenter import instance

    instance.connect()
    from assets.workers import workforce

    found = workforce()
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
        return
    for worker in found.workers:
        queues = ", ".join(worker.queues) or "all queues"
        click.echo(f"{worker.name}  {worker.busy}/{worker.concurrency} busy  {queues}")
        works = [each.encoder for each in worker.hardware if each.works]
        encoders = " ".join((*worker.encoders, *works))
        tool = worker.fault or f"ffmpeg {worker.ffmpeg}: {encoders}"
        click.echo(f"    {worker.cores} cores, {worker.memory / GIB:.1f} GiB; {tool}")
        for each in worker.hardware:
            if not each.works:
                click.echo(f"    {each.encoder} does not work: {each.fault}")
    if not found.workers:
        click.echo("No worker is alive. Start one with `mediacenter worker`.")
    for queue in found.queues:
        slots = "nobody serves it" if queue.unserved else f"{queue.slots} slots"
        click.echo(f"{queue.name:18} {queue.waiting:6} waiting, {queue.seconds:8.0f} s of work, {slots}")
