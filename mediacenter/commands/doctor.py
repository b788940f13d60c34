"""``mediacenter doctor``."""

import json

import click

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document for machines.")
@click.option("--quiet", is_flag=True, help="Only what is not well.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, quiet: bool) -> None:
    """Check every part of this installation and say what to do about each finding.

    Ends with 0 when nothing is a problem, else with 1. Warnings do not count.
    """
    from mediacenter import instance

    instance.connect()
    from mediacenter.doctor import Level, examine

    found = [finding for finding in examine() if not (quiet and finding.level is Level.OK)]
    if as_json:
        rows = [{"id": f.id, "level": f.level, "message": f.message, "advice": f.advice} for f in found]
        click.echo(json.dumps({"findings": rows}, ensure_ascii=False, indent=1))
    else:
        for finding in found:
            level = click.style(f"{finding.level:8}", fg=COLOURS[finding.level])
            click.echo(f"{level} {finding.id:22} {finding.message}")
            if finding.advice:
                click.echo(f"{'':9}{'':22} → {finding.advice}")
    ctx.exit(1 if any(finding.level is Level.PROBLEM for finding in found) else 0)
