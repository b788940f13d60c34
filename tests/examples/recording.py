"""Asks an operation as its example says, and writes down what was said without what differs each time."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils.http import urlencode

from tests.examples.requests import Example
from tests.examples.world import World
from tests.factories import distinct_jpeg

DAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
SITE = "https://media.example"
BINARY = frozenset({"application/zip"})
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
DIGEST = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b")
TOKEN = re.compile(r"\b(mc[a-z]*)_[0-9a-z]{8}(_[\w-]{20,})?")
CURSOR = re.compile(r"[\w-]{48}")
EXPIRES = re.compile(r"(?<=expires=)\d+")
SIGNED = re.compile(r"(/media/s/|/companion/|/feeds/saved/|[?&](?:amp;)?(?:t|cursor|since|sig)=)[^/&\"<]+")


def said(world: World, example: Example, method: str, template: str) -> dict[str, Any]:
    """The request and its answer. What it changed is taken back."""
    filled = json.loads(
        re.sub(r"<(\w+)>", lambda found: world.values.get(found[1], found[0]), json.dumps(vars_of(example)))
    )
    path = re.sub(r"\{(\w+)\}", lambda found: filled["path"][found[1]], template)
    with transaction.atomic():
        answer = _sent(world.clients[example.by], example, method, path, filled)
        content = b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(True)
    media_type = str(answer.headers.get("Content-Type", "")).partition(";")[0]
    found: dict[str, Any] = {name: filled[name] for name in ("path", "query") if filled[name]}
    if example.body is not None:
        found["media_type"] = "multipart/form-data" if example.form else "application/json"
        found["body"] = filled["body"] | ({"file": "…"} if example.form else {})
    found["status"] = answer.status_code
    if content and media_type not in BINARY:
        text = content.decode()
        found["answer"] = {media_type: json.loads(text) if media_type.endswith("json") else text}
    return found


def vars_of(example: Example) -> dict[str, Any]:
    return {"path": dict(example.path), "query": dict(example.query), "body": example.body}


def _sent(client: Client, example: Example, method: str, path: str, filled: dict[str, Any]) -> Any:
    address = f"{path}?{urlencode(filled['query'])}" if filled["query"] else path
    if example.form:
        file = SimpleUploadedFile("cau-long-bien.jpg", distinct_jpeg(), content_type="image/jpeg")
        return client.post(address, {**filled["body"], "file": file})
    text = json.dumps(filled["body"]) if example.body is not None else ""
    return client.generic(method, address, text, content_type="application/json")


def normal(value: Any) -> Any:
    """Ids, moments, digests and secrets by the order in which they come; addresses of a made-up site."""
    ids, moments, digests = _numbered(_id), _numbered(_moment), _numbered(_digest)
    today = datetime.now(UTC)

    def text(said: str) -> str:
        for pattern, put in ((UUID, ids), (MOMENT, moments), (DIGEST, digests)):
            said = pattern.sub(lambda found, put=put: put(found[0]), said)  # type: ignore[misc]
        said = TOKEN.sub(lambda found: f"{found[1]}_00000000" + ("_" + "0" * 43 if found[2] else ""), said)
        said = EXPIRES.sub("1795424400", SIGNED.sub(r"\1signature", said))
        said = "0" * 48 if CURSOR.fullmatch(said) else said
        for origin in (settings.SITE_URL, settings.MEDIA_ORIGIN, "http://testserver"):
            said = said.replace(origin, SITE)
        return said.replace(f"{today:%Y%m%d}", f"{DAY:%Y%m%d}").replace(f"{today:%Y-%m-%d}", f"{DAY:%Y-%m-%d}")

    def walk(said: Any) -> Any:
        if isinstance(said, dict):
            return {text(name): walk(item) for name, item in said.items()}
        if isinstance(said, list):
            return [walk(item) for item in said]
        return text(said) if isinstance(said, str) else said

    return walk(value)


def _numbered(make: Callable[[int, str], str]) -> Callable[[str], str]:
    known: dict[str, str] = {}
    return lambda said: known.setdefault(said, make(len(known) + 1, said))


def _id(number: int, _said: str) -> str:
    return f"01939f00-0000-7000-8000-{number:012x}"


def _moment(number: int, said: str) -> str:
    """What lies far ahead was meant."""
    if datetime.fromisoformat(said) > datetime.now(UTC) + timedelta(days=400):
        return said
    return (DAY + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(number: int, said: str) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[: len(said)]
