"""``mediacenter upload``: files of this computer into a Media Center, by token."""

import dataclasses
import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from mediacenter.client.answers import ApiError, ClientError
from mediacenter.client.api import ApiClient
from mediacenter.client.files import Found, find_files
from mediacenter.client.follow import follow_processing
from mediacenter.client.memory import Memory, default_path
from mediacenter.client.results import FileResult, Outcome
from mediacenter.client.show import console_for_results, console_on_the_way, listener_for, printable, summary
from mediacenter.client.uploader import Options, Uploader
from mediacenter.client.wording import AGAIN, explain
from mediacenter.commands._server import Target, target_options

SOME_FAILED, NOT_STARTED, INTERRUPTED = 1, 2, 130


@click.command(name="upload")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option("--agency", metavar="CODE", help="Code of the agency they belong to; not needed if you have only one.")
@click.option("--album", metavar="TITLE", help="Put them into this collection of the agency, made if need be.")
@click.option("--kind", type=click.Choice(["photo", "infographic", "video", "audio"]), help="Default: by file name.")
@click.option("--language", type=click.Choice(["vi", "en", "zh"]), help="Language of the title and of what is said.")
@click.option("--title", help="Default: what the file says of itself.")
@click.option("--recursive", "-r", is_flag=True, help="Also what is in folders and their folders.")
@click.option("--allow-duplicate", is_flag=True, help="Upload files that the Media Center already has.")
@click.option("--replace", metavar="REFERENCE", help="The file becomes the next version of this asset.")
@click.option("--reason", metavar="TEXT", help="Why it is replaced; needed for what is published.")
@click.option("--wait/--no-wait", default=False, help="Stay until they are processed and can be used.")
@click.option("--parallel", type=click.IntRange(1, 32), default=4, show_default=True, help="Parts sent at a time.")
@click.option("--json", "as_json", is_flag=True, help="The results as JSON on standard output.")
@target_options
def command(
    *,
    target: Target,
    paths: tuple[Path, ...],
    agency: str | None,
    album: str | None,
    kind: str | None,
    language: str | None,
    title: str | None,
    recursive: bool,
    allow_duplicate: bool,
    replace: str | None,
    reason: str | None,
    wait: bool,
    parallel: int,
    as_json: bool,
) -> None:
    """Upload files, several at a time, and go on where you were if anything breaks.

    Run the same command again after a break: only what is missing is sent. Exit code 0: all are there (files that
    the Media Center already had are not sent again); 1: some failed; 2: wrong use, or not signed in.
    """
    found = find_files(paths, recursive=recursive)
    if not found.files and not found.unusable:
        raise click.UsageError("There are no files in what you named.")
    _check_replacement(found, replace, reason)
    options = Options(
        agency=agency or "",
        kind=kind,
        title=title,
        language=language,
        album=album,
        allow_duplicate=allow_duplicate,
        replaces=replace,
        reason=reason,
        parallel=parallel,
        patience=target.patience,
    )
    sys.exit(_run(target, options, found, wait=wait, as_json=as_json))


def _check_replacement(found: Found, replaced: str | None, reason: str | None) -> None:
    if replaced and len(found.files) + len(found.unusable) != 1:
        raise click.UsageError("One file takes the place of another: name exactly one with --replace.")
    if reason and not replaced:
        raise click.UsageError("A --reason is for a file that takes the place of another: say of which with --replace.")


def _run(target: Target, options: Options, found: Found, *, wait: bool, as_json: bool) -> int:
    stop = threading.Event()
    listener = listener_for(console_on_the_way(), found.files)
    with (
        ApiClient(target.server, target.token, patience=target.patience, stop=stop, on_trouble=listener.trouble) as api,
        Memory(default_path()) as memory,
    ):
        try:
            if options.agency or not options.replaces:
                options = dataclasses.replace(options, agency=_agency(api, options.agency))
        except ClientError as error:
            click.echo(f"Error: {printable(_cannot_start(error, target))}", err=True)
            return NOT_STARTED
        try:
            with listener:
                results = Uploader(api, memory, options, listener, stop).run(found.files)
                if wait:
                    results = follow_processing(
                        api, results, found.files, listener, replacing=options.replaces is not None
                    )
        except KeyboardInterrupt:
            click.echo(f"Stopped. {AGAIN} What is complete stays.", err=True)
            return INTERRUPTED
    return _report([*results, *_unusable(found)], as_json=as_json)


def _unusable(found: Found) -> list[FileResult]:
    return [
        FileResult(path=path, outcome=Outcome.FAILED, code="unusable", reason=reason) for path, reason in found.unusable
    ]


def _report(results: Sequence[FileResult], *, as_json: bool) -> int:
    """Show what came of the files; the exit code."""
    if as_json:
        click.echo(json.dumps({"results": [result.as_json() for result in results]}, ensure_ascii=False, indent=1))
    else:
        console_for_results().print(summary(results))
    return 0 if all(result.ok for result in results) else SOME_FAILED


def _agency(api: ApiClient, code: str) -> str:
    """The code to upload for, known to exist; asked from the server where it was not given."""
    session = api.session()
    theirs = ", ".join(agency.code for agency in session.upload_agencies) or "none"
    if not code:
        if len(session.upload_agencies) == 1:
            return session.upload_agencies[0].code
        raise ClientError(f"Say with --agency which agency the files belong to. You may upload for: {theirs}.")
    agency = api.agency(code)
    if agency is None:
        raise ClientError(f"There is no agency {code}. You may upload for: {theirs}, and agencies below.")
    return agency.code


def _cannot_start(error: ClientError, target: Target) -> str:
    if isinstance(error, ApiError) and error.status == 401:
        return (
            f"{target.server} does not take this token: it is wrong, revoked or expired. "
            "Make a new one on your account page and put it into MEDIACENTER_TOKEN."
        )
    return explain(error)[1]
