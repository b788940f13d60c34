"""Watches uploaded files being processed, for those who want to wait until they can be used."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from mediacenter.client.answers import AssetReference, ClientError, ProcessingAnswer
from mediacenter.client.api import ApiClient
from mediacenter.client.files import LocalFile
from mediacenter.client.results import FileResult, Listener, Outcome, Stage
from mediacenter.client.wording import explain

Asking = Callable[[str], ProcessingAnswer]
POLL_SECONDS = 1.0
ENDS = frozenset({"ready", "rejected", "failed"})


def follow_processing(
    api: ApiClient,
    results: Sequence[FileResult],
    files: Sequence[LocalFile],
    listener: Listener,
    *,
    replacing: bool = False,
) -> list[FileResult]:
    """Ask until every uploaded file is ready or rejected; the results in the same order, with how it ended."""
    by_path = {file.path: file for file in files}
    final = list(results)
    ask: Asking = api.replacement if replacing else api.processing
    waiting = {
        index: result.asset
        for index, result in enumerate(final)
        if result.outcome is Outcome.UPLOADED and result.asset is not None
    }
    while waiting:
        for index, asset in list(waiting.items()):
            result, ended = _ask(ask, final[index], asset, by_path[final[index].path], listener)
            if ended:
                final[index] = result
                listener.finished(result)
                del waiting[index]
        if waiting:
            time.sleep(POLL_SECONDS)
    return final


def _ask(
    ask: Asking, result: FileResult, asset: AssetReference, file: LocalFile, listener: Listener
) -> tuple[FileResult, bool]:
    """The result as it stands now, and whether that is the end."""
    try:
        processing = ask(asset.id)
    except ClientError as error:
        code, reason = explain(error)
        return replace(result, outcome=Outcome.FAILED, code=code, reason=f"It has arrived, but: {reason}"), True
    ended = processing.state in ENDS
    listener.progress(file, Stage.PROCESSING, 100 if ended else processing.progress, 100)
    result = replace(result, processing=processing)
    if ended and processing.state != "ready":
        result = replace(result, outcome=Outcome.REJECTED, code=processing.state, reason=processing.message)
    elif ended and processing.message:
        result = replace(result, reason=processing.message)
    return result, ended
