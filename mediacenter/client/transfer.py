"""One file's way to the server: hash, announce, send what is missing, complete."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field

from mediacenter.client.answers import ApiError, ClientError, NewUpload, UploadAnswer
from mediacenter.client.api import ApiClient
from mediacenter.client.digests import Digests
from mediacenter.client.files import LocalFile
from mediacenter.client.memory import Memory, Remembered, key_of
from mediacenter.client.plan import Claim, PartSlice, compare, groups, slices
from mediacenter.client.results import Stage
from mediacenter.client.retry import Stopped
from mediacenter.client.sender import Part, PartSender

ROUNDS = 3
"""How often the parts are listed and sent again before we say that this does not work."""
ENDED = frozenset({"aborted", "expired"})


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """What all files of a run share: ``room`` bounds the parts that are waiting or on their way."""

    executor: Executor
    room: threading.Semaphore
    sender: PartSender
    stop: threading.Event


@dataclass(kw_only=True)
class Counter:
    """Bytes of one file, counted from several threads.

    ``sent`` in this run (what had to be sent twice counts once), ``kept`` from earlier runs, ``done`` of this round.
    """

    report: Callable[[int], None]
    sent: int = 0
    kept: int = 0
    done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        with self._lock:
            self.sent += count
            self.done += count
            self.report(self.done)

    def start_over(self, *, there: int) -> None:
        """A round begins with ``there`` bytes in the store; before anything is sent they are from an earlier run."""
        with self._lock:
            self.kept = self.kept if self.sent else there
            self.done = there
            self.report(self.done)


class Transfer:
    """Sends one file. ``run`` may be repeated after any failure and goes on where it was."""

    def __init__(
        self,
        file: LocalFile,
        new: NewUpload,
        *,
        digests: Digests,
        api: ApiClient,
        memory: Memory,
        lanes: Lanes,
        report: Callable[[Stage, int, int], None],
    ) -> None:
        self.file = file
        self.counter = Counter(report=lambda done: report(Stage.SENDING, done, file.size))
        self.seconds = 0.0
        self._new = new
        self._known = digests.parts
        self._api = api
        self._memory = memory
        self._lanes = lanes
        self._report = report
        self._failed = threading.Event()

    def run(self) -> UploadAnswer:
        """The completed upload, with its asset.

        Raises :class:`ClientError` (``ApiError`` with the code ``duplicate`` among them) or ``Stopped``.
        """
        key = key_of(server=self._api.server, file=self.file, request=self._new.body())
        upload, fresh = self._begin(key)
        begun = time.monotonic()
        try:
            if upload.state != "completed":
                upload = self._send_and_complete(upload, fresh=fresh)
        finally:
            self.seconds = time.monotonic() - begun
        self._memory.forget(key)
        return upload

    def _begin(self, key: str) -> tuple[UploadAnswer, bool]:
        """The upload to go on with, and whether nothing of it can have arrived yet."""
        for _ in range(ROUNDS):
            entry = self._memory.recall(key)
            upload = self._look_up(entry)
            if upload is not None and upload.state not in ENDED:
                self._memory.note(entry, upload.id)
                return upload, entry.upload_id is None
            self._memory.forget(key)
        raise ClientError(f"The server ends the upload of {self.file.name} as soon as it begins: tell its operator.")

    def _look_up(self, entry: Remembered) -> UploadAnswer | None:
        """The remembered upload, or a new one; None when what we remember no longer holds."""
        try:
            if entry.upload_id is not None:
                return self._api.upload(entry.upload_id)
            return self._api.create_upload(self._new, idempotency_key=entry.idempotency_key)
        except ApiError as error:
            gone = entry.upload_id is not None and error.status == 404
            if gone or error.code == "idempotency_key_reused":
                return None
            raise

    def _send_and_complete(self, upload: UploadAnswer, *, fresh: bool) -> UploadAnswer:
        parts = slices(self.file.size, upload.part_size)
        for attempt in range(ROUNDS):
            missing = parts if fresh and attempt == 0 else self._still_missing(upload, parts)
            self._send(upload, missing)
            self.file.check_unchanged()
            self._report(Stage.FINISHING, self.file.size, self.file.size)
            try:
                return self._api.complete_upload(upload.id)
            except ApiError as error:
                if not error.code.startswith("part_") or attempt == ROUNDS - 1:
                    raise
        raise AssertionError("unreachable: the last round returns or raises")

    def _still_missing(self, upload: UploadAnswer, parts: Sequence[PartSlice]) -> Sequence[PartSlice]:
        """Ask what arrived, and believe it only where the bytes are ours."""
        missing, claims = compare(parts, self._api.arrived_parts(upload.id))
        total, done = sum(claim.part.size for claim in claims), 0
        for claim in claims:
            self._report(Stage.COMPARING, done, total)
            if not self._holds(claim):
                missing.append(claim.part)
            done += claim.part.size
        self.counter.start_over(there=self.file.size - sum(part.size for part in missing))
        return missing

    def _holds(self, claim: Claim) -> bool:
        if claim.arrived.sha256:
            return self._hash(claim.part) == claim.arrived.sha256.lower()
        return self.file.md5(claim.part) == claim.arrived.etag.lower()

    def _send(self, upload: UploadAnswer, missing: Sequence[PartSlice]) -> None:
        sending: list[Future[None]] = []
        try:
            for group in groups(missing):
                self._send_group(upload, group, sending)
        except BaseException as error:
            if not isinstance(error, Stopped):
                self._failed.set()
                wait(sending)
                raise
        wait(sending)
        _raise_first(sending)
        if self._lanes.stop.is_set():
            raise Stopped

    def _send_group(self, upload: UploadAnswer, group: Sequence[PartSlice], sending: list[Future[None]]) -> None:
        self.file.check_unchanged()
        digests = [(part.number, self._hash(part)) for part in group]
        requests = {request.number: request for request in self._api.part_requests(upload.id, digests)}
        for part, (number, digest) in zip(group, digests, strict=True):
            self._submit(
                Part(upload_id=upload.id, file=self.file, slice=part, sha256=digest, request=requests[number]), sending
            )

    def _hash(self, part: PartSlice) -> str:
        if self._lanes.stop.is_set() or self._failed.is_set():
            raise Stopped
        return self._known.get(part) or self.file.sha256(part)

    def _submit(self, part: Part, sending: list[Future[None]]) -> None:
        while not self._lanes.room.acquire(timeout=0.5):
            if self._lanes.stop.is_set():
                raise Stopped
        sending.append(self._lanes.executor.submit(self._send_one, part))

    def _send_one(self, part: Part) -> None:
        try:
            self._lanes.sender.send(part, on_bytes=self.counter.add, cancelled=self._failed)
        except BaseException:
            self._failed.set()
            raise
        finally:
            self._lanes.room.release()


def _raise_first(sending: Sequence[Future[None]]) -> None:
    """Raise what went wrong; that others were stopped because of it is not the news."""
    errors = [error for error in (future.exception() for future in sending) if error is not None]
    for error in errors:
        if not isinstance(error, Stopped):
            raise error
    if errors:
        raise errors[0]
