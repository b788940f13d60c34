"""The oracle of the fault tests: what was asked and promised, written outside the product before it matters."""

import hashlib
import json
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediacenter.client.api import ApiClient
from mediacenter.client.files import LocalFile
from mediacenter.client.memory import Memory
from mediacenter.client.results import FileResult, Stage
from mediacenter.client.uploader import Options, Uploader

PATIENCE = 150.0


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A completion that was answered with success: from then on nothing may lose or alter these bytes."""

    path: Path
    asset: str
    sha256: str


class Ledger:
    """One line a fact, on disk before anything goes on."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self._lock = threading.Lock()
        self.acknowledged: list[Acknowledged] = []

    def write(self, what: str, **facts: object) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": time.time(), "what": what, **facts}, default=str) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def acknowledge(self, result: FileResult) -> None:
        assert result.asset is not None
        digest = hashlib.sha256(result.path.read_bytes()).hexdigest()
        fact = Acknowledged(path=result.path, asset=result.asset.id, sha256=digest)
        self.write("acknowledged", file=fact.path, asset=fact.asset, sha256=fact.sha256)
        with self._lock:
            self.acknowledged.append(fact)

    def close(self) -> None:
        self._file.close()


class _NotedClient(ApiClient):
    """The real client, whose every request is in the ledger before it is sent, and every answer after it came."""

    def __init__(self, *arguments: Any, ledger: Ledger, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._ledger = ledger

    def _call(self, method: str, path: str, **more: Any) -> Any:
        self._ledger.write("asks", method=method, path=path)
        answer = super()._call(method, path, **more)
        self._ledger.write("was answered", method=method, path=path)
        return answer


@dataclass(kw_only=True)
class _Silent:
    """A listener that keeps what went wrong for the failure message."""

    troubles: list[str] = field(default_factory=list)

    def progress(self, file: LocalFile, stage: Stage, done: int, total: int) -> None:
        """Nothing to show."""

    def finished(self, result: FileResult) -> None:
        """The ledger has it."""

    def trouble(self, text: str) -> None:
        self.troubles.append(text)


@dataclass(kw_only=True)
class Uploads:
    """Uploads under way in threads, by the client library, each begun after its delay in seconds."""

    url: str
    token: str
    ledger: Ledger
    memory: Path
    agency: str = "VGP"

    def begin(self, files: list[tuple[float, Path]]) -> list["Future[FileResult]"]:
        pool = ThreadPoolExecutor(len(files), thread_name_prefix="uploads")
        begun = [pool.submit(self._upload, delay, path) for delay, path in files]
        pool.shutdown(wait=False)
        return begun

    def _upload(self, delay: float, path: Path) -> FileResult:
        time.sleep(delay)
        stop = threading.Event()
        options = Options(agency=self.agency, parallel=2, patience=PATIENCE)
        with (
            _NotedClient(self.url, self.token, patience=PATIENCE, stop=stop, ledger=self.ledger) as api,
            Memory(self.memory) as memory,
        ):
            (result,) = Uploader(api, memory, options, _Silent(), stop).run([LocalFile.at(path)])
        if result.ok:
            self.ledger.acknowledge(result)
        else:
            self.ledger.write("failed", file=path, code=result.code, reason=result.reason)
        return result
