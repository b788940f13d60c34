"""One file from a signed link to the disk: resumed where it broke off, compared, and put in place in one step."""

import hashlib
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from mediacenter.client.answers import ClientError, ServerUnreachable
from mediacenter.client.resources import DownloadAnswer
from mediacenter.client.retry import RETRIED_STATUSES, Patience, Stopped, parse_retry_after

OnProgress = Callable[[int, int], None]
"""Bytes that are there, bytes in all."""
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
CHUNK = 1 << 16
"""What is lost when a connection breaks off."""
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
LINK_ENDED = frozenset({403, 404, 410})


def safe_name(filename: str) -> str:
    """The server's name as the name of a file in one folder: no path, no control characters, nothing hidden."""
    plain = UNSAFE.sub("_", filename).strip(" .")
    return plain[-200:] or "file"


def fetch(
    link: Callable[[], DownloadAnswer],
    folder: Path,
    *,
    patience: float,
    stop: threading.Event,
    on_progress: OnProgress,
) -> Path:
    """The path of the whole file. ``link`` is asked for again when a signature has ended on the way.

    :class:`ClientError` when what came is not what was announced; nothing is left under the final name then.
    """
    found = link()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / safe_name(found.filename)
    if found.sha256 and _matches(target, found):
        return target
    fetching = _Fetching(
        partial=target.with_name(f".{target.name}.part"),
        patience=Patience(seconds=patience, stop=stop),
        stop=stop,
        on_progress=on_progress,
    )
    fetching.begin(found)
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as http:  # to the store; no token is sent with it
        while not fetching.go_on(http, found):
            found = link()
    if not _matches(fetching.partial, found):
        fetching.partial.unlink()
        raise ClientError(f"{target.name} did not arrive as the server announced it; it was not kept.")
    fetching.partial.replace(target)
    return target


@dataclass(kw_only=True)
class _Fetching:
    """``etag`` is of the file that the partial one was begun from: a part of another is never joined to it."""

    partial: Path
    patience: Patience
    stop: threading.Event
    on_progress: OnProgress
    etag: str = ""

    def begin(self, found: DownloadAnswer) -> None:
        """What an earlier run left is gone on with only where a digest will tell that it is the same file."""
        if not found.sha256 or (self.partial.exists() and self.partial.stat().st_size > found.size):
            self.partial.unlink(missing_ok=True)

    def go_on(self, http: httpx.Client, found: DownloadAnswer) -> bool:
        """Whether it is all there; False to try again. What has arrived stays for the next try."""
        have = self.partial.stat().st_size if self.partial.exists() else 0
        if have and have == found.size:
            return True
        try:
            with http.stream("GET", found.url, headers=self._range(have)) as response:
                if response.status_code in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
                    goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT
                    self._write(response, have=have if goes_on else 0, total=found.size)
                    return True
                if response.status_code not in RETRIED_STATUSES | LINK_ENDED:
                    raise ClientError(f"The server does not hand out the file ({response.status_code}).")
                asked = parse_retry_after(response.headers.get("Retry-After"))
        except httpx.TransportError as error:
            if not self.patience.wait():
                raise ServerUnreachable(f"The file does not come ({error or type(error).__name__}).") from error
            return False
        if not self.patience.wait(asked=asked):
            raise ServerUnreachable("The file is not handed out.")
        return False

    def _range(self, have: int) -> dict[str, str]:
        if not have:
            return {}
        return {"Range": f"bytes={have}-", **({"If-Range": self.etag} if self.etag else {})}

    def _write(self, response: httpx.Response, *, have: int, total: int) -> None:
        self.etag = response.headers.get("ETag", "")
        with self.partial.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw(CHUNK):
                if self.stop.is_set():
                    raise Stopped
                file.write(chunk)
                have += len(chunk)
                self.on_progress(have, total)
                if have > total:
                    break
            file.flush()
            os.fsync(file.fileno())


def _matches(path: Path, found: DownloadAnswer) -> bool:
    if not path.is_file() or path.stat().st_size != found.size:
        return False
    if not found.sha256:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == found.sha256
