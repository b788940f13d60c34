"""Removing for good: with the former versions and the delete markers that a bucket with versioning keeps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from assets.storage.s3 import S3Store, translated
from assets.storage.s3_errors import error_of
from permissions.errors import DomainError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_UNKNOWN: Final = frozenset({"NotImplemented", "MethodNotAllowed", "501"})


def purge_versions(store: S3Store, prefix: str) -> None:
    """Delete every version of every object below ``prefix``, and the markers of deletions.

    A server that knows no versions keeps none: there nothing is done. Raises ``StoreUnavailable`` ``store_forbidden``
    for a user that may not (``assets/storage/policies.py``, role ``purge``).
    """
    try:
        for batch in _versions(store, prefix):
            with translated(prefix):
                answer = store.client.delete_objects(
                    Bucket=store.config.bucket, Delete={"Objects": batch, "Quiet": True}
                )
            for failure in answer.get("Errors", []):
                raise error_of(
                    failure.get("Code", ""), status=0, message=failure.get("Message", ""), key=failure.get("Key", "")
                )
    except DomainError as error:
        if error.data.get("store_code") not in _UNKNOWN:
            raise


def _versions(store: S3Store, prefix: str) -> Iterator[list["ObjectIdentifierTypeDef"]]:
    """Pages of at most a thousand, which is what one request may delete."""
    paginator = store.client.get_paginator("list_object_versions")
    with translated(prefix):
        for page in paginator.paginate(Bucket=store.config.bucket, Prefix=prefix):
            found: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
