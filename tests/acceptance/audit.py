"""What MinIO says of every request that it answered: its audit log, sent to a listener of the test."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One request. ``api`` is MinIO's name of it; ``received`` and ``sent`` are bytes."""

    api: str
    key: str
    status: int
    access_key: str
    agent: str
    received: int
    sent: int

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Self:
        call = entry.get("api", {})
        return cls(
            api=call.get("name", ""),
            key=call.get("object", ""),
            status=call.get("statusCode", 0),
            access_key=entry.get("accessKey", ""),
            agent=entry.get("userAgent", ""),
            received=call.get("rx", 0),
            sent=call.get("tx", 0),
        )

    @property
    def by_our_server(self) -> bool:
        """By web or worker, which speak through boto3; clients use the URLs that they were given."""
        return "boto3" in self.agent.lower()


@dataclass(kw_only=True)
class AuditLog:
    """Collects while MinIO runs. MinIO reports within a second or so."""

    port: int
    _entries: list[Answered] = field(default_factory=list)

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[Self]:
        entries: list[Answered] = []

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                decoder, position = json.JSONDecoder(), 0
                while position < len(body.rstrip()):
                    entry, position = decoder.raw_decode(body, position)
                    entries.append(Answered.read(entry))
                    while position < len(body) and body[position].isspace():
                        position += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: the test's own output matters."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield cls(port=server.server_port, _entries=entries)
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)

    def minio_settings(self) -> dict[str, str]:
        return {
            "MINIO_AUDIT_WEBHOOK_ENABLE_ACCEPTANCE": "on",
            "MINIO_AUDIT_WEBHOOK_ENDPOINT_ACCEPTANCE": f"http://127.0.0.1:{self.port}/",
        }

    def settled(self) -> list[Answered]:
        """Everything that MinIO has reported, once nothing more comes for two seconds."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < 2:
            if len(self._entries) != count:
                count, since = len(self._entries), time.monotonic()
            time.sleep(0.1)
        return list(self._entries)
