"""Self-test of a bucket: used at start and by ``mediacenter doctor``; a store that fails it must not be used."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from assets.storage.base import ObjectMissing, PartRefused, PartSpec, StoreFinding
from assets.storage.s3 import S3Store, translated
from permissions.errors import DomainError, InfrastructureError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LARGEST_SKEW: Final = 60.0
_BODY: Final = b"mediacenter probe"
_ZEROS: Final = "0" * 64


def check_bucket(store: S3Store) -> list[StoreFinding]:
    """Every finding; only the first when the bucket cannot be reached at all."""
    bucket = store.config.bucket
    try:
        with translated():
            answer = store.client.head_bucket(Bucket=bucket)
    except DomainError as error:
        advice = "It is reached by STORAGE_URL and AWS_ACCESS_KEY_ID; mediacenter storage-init makes it."
        return [StoreFinding(code="bucket", ok=False, message=f"Bucket {bucket}: {error.message} {advice}")]
    findings = [
        StoreFinding(code="bucket", ok=True, message=f"Bucket {bucket} answers."),
        _clock(answer["ResponseMetadata"]["HTTPHeaders"].get("date")),
        _part_checksum(store),
    ]
    return [*findings, *check_access(store), _versioning(store), _lifecycle(store)]


def check_access(store: S3Store) -> list[StoreFinding]:
    """Whether we can write, read and delete, and strangers cannot: found out by trying."""
    with _probe(store) as (key, outcome):
        return [outcome, *_strangers(store, key)]


def _clock(date: str | None) -> StoreFinding:
    if date is None:
        return StoreFinding(code="clock", ok=True, message="The store does not tell its time.")
    skew = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    ok = skew <= LARGEST_SKEW
    advice = "" if ok else " Signed URLs depend on it: run NTP on both."
    return StoreFinding(code="clock", ok=ok, message=f"Clocks differ by {skew:.0f} s.{advice}")


@contextmanager
def _probe(store: S3Store) -> Iterator[tuple[str, StoreFinding]]:
    """An object of the check's own, written, read, and removed after the block."""
    key = f"probes/{uuid4()}"
    code = "write_read_delete"
    try:
        with translated(key):
            store.client.put_object(Bucket=store.config.bucket, Key=key, Body=_BODY, IfNoneMatch="*")
        with store.open(key) as stored:
            same = stored.read() == _BODY
    except DomainError as error:
        yield key, StoreFinding(code=code, ok=False, message=f"{error.message} The policy must allow probes/*.")
        return
    message = "Objects are taken and given back." if same else "The store gives back other bytes than it was given."
    try:
        yield key, StoreFinding(code=code, ok=same, message=message)
    finally:
        store.delete(key)


def _strangers(store: S3Store, key: str) -> Iterator[StoreFinding]:
    bucket = store.config.bucket
    intruder = f"probes/{uuid4()}"
    client: S3Client = store.storage.unsigned_connection.meta.client
    attempts: dict[str, tuple[str, Callable[[], Any]]] = {
        "anonymous_list": ("list the bucket", lambda: client.list_objects_v2(Bucket=bucket, MaxKeys=1)),
        "anonymous_read": ("read objects", lambda: client.get_object(Bucket=bucket, Key=key)),
        "anonymous_write": (
            "write objects",
            lambda: client.put_object(Bucket=bucket, Key=intruder, Body=_BODY),
        ),
    }
    for code, (act, attempt) in attempts.items():
        try:
            with translated(key):
                attempt()
        except (InfrastructureError, ObjectMissing) as error:
            refused = error.reason == "store_forbidden"
            message = f"Strangers cannot {act}." if refused else f"It is not known whether strangers can {act}: {error}"
            yield StoreFinding(code=code, ok=refused, message=message)
            continue
        if code == "anonymous_write":
            store.delete(intruder)
        yield StoreFinding(
            code=code, ok=False, message=f"Anybody can {act}: remove the bucket's public policy and ACL at once."
        )


def _part_checksum(store: S3Store) -> StoreFinding:
    """Whether the store itself refuses a part whose bytes are not the announced ones; some look-alikes do not."""
    key = f"probes/{uuid4()}"
    code = "part_checksum"
    try:
        upload_id = store.create_multipart(key, media_type="application/octet-stream", part_checksums=True)
        try:
            spec = PartSpec(number=1, size=len(_BODY), sha256=_ZEROS)
            store.put_part(key, upload_id, spec, io.BytesIO(_BODY))
        except PartRefused:
            return StoreFinding(code=code, ok=True, message="The store refuses parts with a wrong SHA-256.")
        finally:
            store.abort_multipart(key, upload_id)
    except DomainError as error:
        return StoreFinding(code=code, ok=False, message=f"{error.message} The policy must allow multipart uploads.")
    return StoreFinding(code=code, ok=False, message="The store takes parts with a wrong SHA-256; use another server.")


def _versioning(store: S3Store) -> StoreFinding:
    code = "versioning"
    try:
        with translated():
            status = store.client.get_bucket_versioning(Bucket=store.config.bucket).get("Status")
    except DomainError as error:
        return StoreFinding(code=code, ok=False, message=f"Versioning cannot be read: {error.message}")
    if status == "Enabled":
        return StoreFinding(code=code, ok=True, message="Deleted and replaced objects can be brought back.")
    return StoreFinding(code=code, ok=False, message="Versioning is off; run mediacenter storage-init.")


def _lifecycle(store: S3Store) -> StoreFinding:
    code = "lifecycle"
    try:
        with translated():
            rules = store.client.get_bucket_lifecycle_configuration(Bucket=store.config.bucket).get("Rules", [])
    except DomainError as error:
        if error.data.get("store_code") == "NotImplemented":
            return StoreFinding(
                code=code,
                ok=False,
                message="This server has no lifecycle rules: keep mediacenter's own sweep of uploads running, and "
                "remove old versions by the server's means.",
            )
        return StoreFinding(code=code, ok=False, message="No lifecycle rules; run mediacenter storage-init.")
    on = any(rule.get("Status") == "Enabled" for rule in rules)
    return StoreFinding(code=code, ok=on, message="Old versions expire." if on else "Run mediacenter storage-init.")
