"""The object store on S3: MinIO, versitygw, AWS and what else speaks it.

django-storages' ``S3Storage`` holds the configuration and the connections and signs GETs; multipart, checksums, ranges
and conditional writes, which it does not have, go through its boto3 client. ``If-None-Match: *`` keeps objects
immutable in the store itself, and no request uses the unsigned-trailer encoding that ``deploy/`` refuses.
"""

import io
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from assets.storage.base import (
    MAX_PART_SIZE,
    ObjectExists,
    ObjectMissing,
    PartRefused,
    PartSpec,
    PendingUpload,
    SignedRequest,
    StoredObject,
    StoredPart,
    StoreFinding,
    StoreUnavailable,
)
from assets.storage.config import S3Config
from assets.storage.headers import check_media_type, delivered_type, disposition
from assets.storage.keys import check_key, check_prefix
from assets.storage.parts import check_arrived, check_list, check_spec, to_base64, to_hex
from assets.storage.s3_errors import RangeEmpty, error_of
from assets.storage.s3_streams import PART, FileSlice, ResponseReader, exact_body, same_bytes, slices_of, spec_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# Bounded: a request gives up after 3 tries of 5 s to connect and 60 s of silence.
_CLIENT: Final[dict[str, Any]] = {
    "signature_version": "s3v4",
    "connect_timeout": 5,
    "read_timeout": 60,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "max_pool_connections": 32,
    # Checksums are sent where we name them; the default would wrap bodies in unsigned trailers.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_DELETE_BATCH: Final = 1000
_SENDERS: Final = 4
_COPY_CHUNK: Final = 512 * 1024**2
_JOINING: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks at an upload that another call may be completing."""


@contextmanager
def translated(key: str = "") -> Iterator[None]:
    """Turn botocore's errors into the product's."""
    try:
        yield
    except ClientError as error:
        facts = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise error_of(
            str(facts.get("Code", status)), status=status, message=str(facts.get("Message", "")), key=key
        ) from error
    except (BotoCoreError, HTTPClientError, HTTPError) as error:
        raise StoreUnavailable(f"The object store does not answer ({type(error).__name__}).") from error


def storage_for(config: S3Config, *, public: bool = False) -> S3Storage:
    """django-storages' backend for a bucket, as we reach it or (``public``) as browsers do."""
    keys = {"access_key": config.access_key, "secret_key": config.secret_key} if config.access_key else {}
    return S3Storage(
        bucket_name=config.bucket,
        endpoint_url=(config.public_endpoint if public else None) or config.endpoint,
        region_name=config.region,
        client_config=Config(s3={"addressing_style": config.addressing}, **_CLIENT),
        querystring_auth=True,
        custom_domain=None,
        location="",
        **keys,
    )


class S3Store:
    """Objects in one bucket. ``copy_limit``: bytes that one copy request takes at most (S3's limit is 5 GiB)."""

    def __init__(self, config: S3Config, *, copy_limit: int = MAX_PART_SIZE) -> None:
        self.config = config
        self.storage = storage_for(config)
        self._public = storage_for(config, public=True)
        self._bucket = config.bucket
        self._copying = TransferConfig(
            multipart_threshold=copy_limit, multipart_chunksize=min(copy_limit, _COPY_CHUNK), max_concurrency=_SENDERS
        )

    @cached_property
    def client(self) -> "S3Client":
        """The one boto3 client of this process: clients are thread-safe, and each costs 16 MiB and a second to make.

        (django-storages keeps one per thread.) Two threads that ask first at once make two, and one is dropped.
        """
        return cast("S3Client", self.storage.connection.meta.client)

    @cached_property
    def _public_client(self) -> "S3Client":
        """The same for the address that browsers reach; it only signs."""
        return cast("S3Client", self._public.connection.meta.client)

    def create_multipart(self, key: str, *, media_type: str, part_checksums: bool) -> str:
        begin = partial(
            self.client.create_multipart_upload,
            Bucket=self._bucket,
            Key=check_key(key),
            ContentType=check_media_type(media_type),
        )
        with translated(key):
            answer = begin(ChecksumAlgorithm="SHA256") if part_checksums else begin()
        return answer["UploadId"]

    def sign_part(self, key: str, upload_id: str, part: PartSpec, *, expires_in: timedelta) -> SignedRequest:
        parameters = self._part(key, upload_id, part)
        expires = datetime.now(UTC) + expires_in
        url = self._public_client.generate_presigned_url(
            "upload_part", Params=parameters, ExpiresIn=int(expires_in.total_seconds())
        )
        headers = {} if part.sha256 is None else {"x-amz-checksum-sha256": parameters["ChecksumSHA256"]}
        return SignedRequest(method="PUT", url=url, expires_at=expires, headers=headers)

    def put_part(self, key: str, upload_id: str, part: PartSpec, body: BinaryIO) -> StoredPart:
        parameters = self._part(key, upload_id, part)
        with exact_body(body, part) as exact, translated(key):
            answer = self.client.upload_part(**parameters, Body=exact)
        return StoredPart(number=part.number, size=part.size, etag=answer["ETag"].strip('"'), sha256=part.sha256)

    def list_parts(self, key: str, upload_id: str) -> list[StoredPart]:
        paginator = self.client.get_paginator("list_parts")
        with translated(key):
            return [
                StoredPart(
                    number=part["PartNumber"],
                    size=part["Size"],
                    etag=part["ETag"].strip('"'),
                    sha256=to_hex(part.get("ChecksumSHA256")),
                )
                for page in paginator.paginate(Bucket=self._bucket, Key=check_key(key), UploadId=upload_id)
                for part in page.get("Parts", [])
            ]

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[StoredPart], *, size: int) -> StoredObject:
        check_list(parts, size=size)
        try:
            arrived = self.list_parts(key, upload_id)
            check_arrived(parts, arrived)
            self._join(key, upload_id, arrived, wanted={part.number for part in parts})
        except (ObjectMissing, ObjectExists, PartRefused):
            if not self._was_completed(key, upload_id, size=size):
                raise
        return self._joined(key)

    def abort_multipart(self, key: str, upload_id: str) -> None:
        try:
            with translated(key):
                self.client.abort_multipart_upload(Bucket=self._bucket, Key=check_key(key), UploadId=upload_id)
        except ObjectMissing:
            return

    def pending_uploads(self, prefix: str = "") -> Iterator[PendingUpload]:
        # Filtered here: MinIO takes this request's prefix for a whole key.
        paginator = self.client.get_paginator("list_multipart_uploads")
        with translated(prefix):
            for page in paginator.paginate(Bucket=self._bucket):
                for upload in page.get("Uploads", []):
                    if upload["Key"].startswith(prefix):
                        begun = upload["Initiated"].astimezone(UTC)
                        yield PendingUpload(key=upload["Key"], upload_id=upload["UploadId"], begun=begun)

    def remove_leftovers(self, *, older_than: timedelta) -> int:  # noqa: ARG002  # the server keeps no half objects
        return 0

    def put_file(self, key: str, path: Path, *, media_type: str) -> StoredObject:
        check_key(key)
        check_media_type(media_type)
        size = path.stat().st_size
        try:
            if size <= PART:
                self._put_whole(key, path, media_type=media_type, size=size)
            else:
                self._put_in_parts(key, path, media_type=media_type, size=size)
        except ObjectExists:
            with self.open(key) as stored, path.open("rb") as file:
                if not same_bytes(stored, file):
                    raise
        return self.head(key)

    def head(self, key: str) -> StoredObject:
        with translated(key):
            answer = self.client.head_object(Bucket=self._bucket, Key=check_key(key))
        return StoredObject(
            key=key,
            size=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            modified=answer["LastModified"].astimezone(UTC).replace(microsecond=0),
        )

    @contextmanager
    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[BinaryIO]:
        last = "" if length is None else str(start + max(length, 1) - 1)
        get = partial(self.client.get_object, Bucket=self._bucket, Key=check_key(key))
        try:
            with translated(key):
                answer = get(Range=f"bytes={start}-{last}") if start or length is not None else get()
        except RangeEmpty:
            yield io.BytesIO()
            return
        with io.BufferedReader(ResponseReader(answer["Body"], translated)) as stream:
            yield io.BytesIO() if length == 0 else stream

    def download(self, key: str, path: Path) -> None:
        with translated(key):
            self.client.download_file(self._bucket, check_key(key), str(path))

    def copy(self, source: str, target: str) -> StoredObject:
        self.head(source)
        try:
            self.head(target)
        except ObjectMissing:
            with translated(target):
                self.client.copy({"Bucket": self._bucket, "Key": source}, self._bucket, target, Config=self._copying)
        else:
            with self.open(source) as one, self.open(target) as two:
                if not same_bytes(one, two):
                    raise ObjectExists("This key already holds other bytes; objects are never replaced.")
        return self.head(target)

    def delete(self, key: str) -> None:
        with translated(key):
            self.client.delete_object(Bucket=self._bucket, Key=check_key(key))

    def delete_prefix(self, prefix: str) -> int:
        keys = [found.key for found in self.list_objects(check_prefix(prefix))]
        for first in range(0, len(keys), _DELETE_BATCH):
            batch = keys[first : first + _DELETE_BATCH]
            with translated(prefix):
                answer = self.client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            for failure in answer.get("Errors", []):
                raise error_of(
                    failure.get("Code", ""), status=0, message=failure.get("Message", ""), key=failure.get("Key", "")
                )
        return len(keys)

    def purge_prefix(self, prefix: str) -> None:
        from assets.storage.s3_purge import purge_versions

        for pending in list(self.pending_uploads(check_prefix(prefix))):
            self.abort_multipart(pending.key, pending.upload_id)
        purge_versions(self, prefix)
        self.delete_prefix(prefix)

    def sign_get(
        self, key: str, *, expires_in: timedelta, filename: str | None = None, media_type: str | None = None
    ) -> str:
        parameters = {"ResponseContentType": delivered_type(check_key(key), media_type)}
        if named := disposition(key, filename):
            parameters["ResponseContentDisposition"] = named
        url: str = self._public.url(key, parameters=parameters, expire=int(expires_in.total_seconds()))
        return url

    def sign_prefix(self, prefix: str, *, expires_in: timedelta) -> str | None:  # noqa: ARG002  # S3 signs single objects
        check_prefix(prefix)
        return None

    def check(self) -> list[StoreFinding]:
        from assets.storage.s3_check import check_bucket

        return check_bucket(self)

    def list_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        paginator = self.client.get_paginator("list_objects_v2")
        with translated(prefix):
            for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix):
                for found in page.get("Contents", []):
                    yield StoredObject(
                        key=found["Key"],
                        size=found["Size"],
                        etag=found["ETag"].strip('"'),
                        modified=found["LastModified"].astimezone(UTC).replace(microsecond=0),  # as HEAD says it
                    )

    def _part(self, key: str, upload_id: str, part: PartSpec) -> dict[str, Any]:
        check_spec(part)
        parameters: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": check_key(key),
            "UploadId": upload_id,
            "PartNumber": part.number,
            "ContentLength": part.size,
        }
        if part.sha256 is not None:
            parameters["ChecksumSHA256"] = to_base64(part.sha256)
        return parameters

    def _join(self, key: str, upload_id: str, arrived: Sequence[StoredPart], *, wanted: set[int]) -> None:
        listed: list[CompletedPartTypeDef] = []
        for part in arrived:
            if part.number not in wanted:
                continue
            facts: CompletedPartTypeDef = {"PartNumber": part.number, "ETag": f'"{part.etag}"'}
            if part.sha256:
                facts["ChecksumSHA256"] = to_base64(part.sha256)
            listed.append(facts)
        with translated(key):
            self.client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": listed},
                IfNoneMatch="*",
            )

    def _was_completed(self, key: str, upload_id: str, *, size: int) -> bool:
        """Whether another call, or an earlier try of this one, completes this upload: its object stands, whole.

        Not every store does it at one stroke: versitygw hides the upload while it joins the parts, puts the object in
        place, and then drops the parts one by one, so that for a moment some seem to be missing. Hence several looks.
        """
        for pause in _JOINING:
            try:
                known = self.list_parts(key, upload_id)
            except ObjectMissing:
                known = []
            try:
                found = self.head(key).size == size
            except ObjectMissing:
                found = False
            if found and not known:
                return True
            if known and not found:
                return False
            time.sleep(pause)
        return False

    def _joined(self, key: str) -> StoredObject:
        """The object of a completion that the store reported: versitygw does so too while another call still joins."""
        for pause in _JOINING:
            try:
                return self.head(key)
            except ObjectMissing:
                time.sleep(pause)
        raise StoreUnavailable("The parts are still being joined. Ask again.", code="upload_joining")

    def _put_whole(self, key: str, path: Path, *, media_type: str, size: int) -> None:
        spec = spec_of(path, number=1, start=0, length=size)
        with path.open("rb") as body, translated(key):
            self.client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentLength=size,
                ContentType=media_type,
                ChecksumSHA256=to_base64(spec.sha256 or ""),
                IfNoneMatch="*",
            )

    def _put_in_parts(self, key: str, path: Path, *, media_type: str, size: int) -> None:
        upload_id = self.create_multipart(key, media_type=media_type, part_checksums=True)

        def send(piece: tuple[int, int, int]) -> StoredPart:
            number, start, length = piece
            spec = spec_of(path, number=number, start=start, length=length)
            with FileSlice(path, start=start, length=length) as body:
                return self.put_part(key, upload_id, spec, cast("BinaryIO", io.BufferedReader(body)))

        try:
            with ThreadPoolExecutor(_SENDERS) as senders:
                parts = list(senders.map(send, slices_of(size)))
            self.complete_multipart(key, upload_id, parts, size=size)
        except BaseException:
            self.abort_multipart(key, upload_id)
            raise
