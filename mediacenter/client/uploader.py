"""Uploads many files at once: parts of several files in parallel, in bounded memory, each file to a result."""

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from mediacenter.client.answers import ApiError, AssetReference, ClientError, NewUpload
from mediacenter.client.api import ApiClient
from mediacenter.client.digests import Digests, digest
from mediacenter.client.files import LocalFile
from mediacenter.client.memory import Memory
from mediacenter.client.results import FileResult, Listener, Outcome, Stage
from mediacenter.client.retry import Stopped
from mediacenter.client.sender import PartSender
from mediacenter.client.transfer import Lanes, Transfer
from mediacenter.client.wording import explain


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is said of every file of a run. ``parallel``: parts on their way at a time. ``patience``: seconds."""

    agency: str
    kind: str | None = None
    title: str | None = None
    language: str | None = None
    album: str | None = None
    allow_duplicate: bool = False
    parallel: int = 4
    patience: float = 300.0


class Uploader:
    """Runs once. ``stop`` set ends it soon: what has arrived stays, and the next run goes on from there."""

    def __init__(
        self, api: ApiClient, memory: Memory, options: Options, listener: Listener, stop: threading.Event
    ) -> None:
        self._api = api
        self._memory = memory
        self._options = options
        self._listener = listener
        self._stop = stop
        self._seen: dict[str, LocalFile] = {}
        self._seen_lock = threading.Lock()

    def run(self, files: Sequence[LocalFile]) -> list[FileResult]:
        """A result for each file, in order. On ``KeyboardInterrupt`` the threads end first, then it is raised again."""
        parallel = self._options.parallel
        sender = PartSender(
            self._api,
            patience=self._options.patience,
            stop=self._stop,
            connections=parallel,
            on_trouble=self._listener.trouble,
        )
        with (
            ThreadPoolExecutor(parallel, "part") as parts,
            ThreadPoolExecutor(min(parallel, len(files)) or 1, "file") as coordinators,
        ):
            room = threading.Semaphore(2 * parallel)
            lanes = Lanes(executor=parts, room=room, sender=sender, stop=self._stop)
            running = [coordinators.submit(self._upload, file, lanes) for file in files]
            try:
                self._until_done(running)
            except KeyboardInterrupt:
                self._stop.set()
                self._listener.trouble("Stopping; what has arrived stays")
                wait(running)
                raise
            finally:
                sender.close()
        return [future.result() for future in running]

    @staticmethod
    def _until_done(running: Sequence[Future[FileResult]]) -> None:
        waiting: set[Future[FileResult]] = set(running)
        while waiting:  # in short steps, so that Ctrl-C reaches this thread
            _, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)

    def _upload(self, file: LocalFile, lanes: Lanes) -> FileResult:
        try:
            result = self._upload_or_raise(file, lanes)
        except Stopped:
            return FileResult(path=file.path, outcome=Outcome.FAILED, size=file.size, code="interrupted")
        except (ClientError, OSError) as error:
            result = _failure(file, error)
        self._listener.finished(result)
        return result

    def _upload_or_raise(self, file: LocalFile, lanes: Lanes) -> FileResult:
        digests = self._digest(file)
        twin = self._twin_in_this_run(digests.whole, file)
        if twin is not None:
            reason = f"It has the same content as {twin.name} in this run."
            return FileResult(path=file.path, outcome=Outcome.DUPLICATE, size=file.size, reason=reason)
        transfer = Transfer(
            file,
            self._announce(file, digests.whole),
            digests=digests,
            api=self._api,
            memory=self._memory,
            lanes=lanes,
            report=lambda stage, done, total: self._listener.progress(file, stage, done, total),
        )
        result = FileResult(path=file.path, outcome=Outcome.UPLOADED, size=file.size)
        try:
            result = replace(result, asset=transfer.run().asset)
        except ApiError as error:
            if error.code != "duplicate":
                raise
            result = _duplicate(file, error)
        counter = transfer.counter
        return replace(result, sent=counter.sent, kept=counter.kept, seconds=transfer.seconds)

    def _digest(self, file: LocalFile) -> Digests:
        """Read the file once for its SHA-256, which the server compares with what arrives."""
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            self._listener.progress(file, Stage.HASHING, done, file.size)

        digests = digest(file, stop=self._stop, on_bytes=count)
        file.check_unchanged()
        return digests

    def _announce(self, file: LocalFile, sha256: str) -> NewUpload:
        options = self._options
        return NewUpload(
            agency=options.agency,
            filename=file.name,
            size=file.size,
            sha256=sha256,
            kind=options.kind,
            title=options.title,
            language=options.language,
            album=options.album,
            allow_duplicate=options.allow_duplicate,
        )

    def _twin_in_this_run(self, sha256: str, file: LocalFile) -> LocalFile | None:
        """Another file of this run with these bytes: the server cannot know of it before it is complete."""
        if self._options.allow_duplicate:
            return None
        with self._seen_lock:
            first = self._seen.setdefault(sha256, file)
        return first if first is not file else None


def _failure(file: LocalFile, error: Exception) -> FileResult:
    code, reason = explain(error)
    return FileResult(path=file.path, outcome=Outcome.FAILED, size=file.size, code=code, reason=reason)


def _duplicate(file: LocalFile, error: ApiError) -> FileResult:
    twin = error.data.get("duplicate_of")
    return FileResult(
        path=file.path,
        outcome=Outcome.DUPLICATE,
        size=file.size,
        asset=AssetReference.read(twin) if twin else None,
        code=error.code,
        reason="The Media Center has this very file; --allow-duplicate uploads it again.",
    )
