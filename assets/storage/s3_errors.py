"""What a store's answer means to the product: by its error code, never by its words."""

from typing import Final

from assets.storage.base import ObjectExists, ObjectMissing, PartRefused, StoreFull, StoreUnavailable
from permissions.errors import DomainError, Invalid


class RangeEmpty(Invalid):
    """The range begins at or after the object's end."""

    code = "range_empty"


_PART_CODES: Final = {
    "BadDigest": "part_wrong_checksum",
    "InvalidDigest": "part_wrong_checksum",
    "XAmzContentChecksumMismatch": "part_wrong_checksum",
    "XAmzContentSHA256Mismatch": "part_wrong_checksum",
    "EntityTooLarge": "part_wrong_size",
    "EntityTooSmall": "part_wrong_size",
    "IncompleteBody": "part_wrong_size",
    "MissingContentLength": "part_wrong_size",
    "InvalidPart": "part_unknown",
    "InvalidPartOrder": "part_unknown",
}
_FULL: Final = {"InsufficientCapacity", "QuotaExceeded", "StorageFull", "XMinioAdminBucketQuotaExceeded"} | {
    "XMinioStorageFull"
}
_CREDENTIALS: Final = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403"}


def error_of(code: str, *, status: int, message: str, key: str) -> DomainError:
    """The product's error for an S3 error ``code`` (or the HTTP status as text, where a HEAD has no body)."""
    if code in _PART_CODES:
        return PartRefused(f"The store refused the part or the list of parts: {message}", code=_PART_CODES[code])
    if code in {"NoSuchUpload", "XMinioInvalidResourceName"}:  # MinIO's word for an upload id that is none
        return ObjectMissing(
            "There is no such upload; it was completed, aborted or never begun.", code="upload_missing"
        )
    if code in {"NoSuchKey", "404", "NotFound"}:
        return ObjectMissing("There is no such object.", key=key)
    if code == "PreconditionFailed":
        return ObjectExists("This key already holds other bytes; objects are never replaced.")
    if code in {"InvalidRange", "416"}:
        return RangeEmpty("The range lies behind the object's end.")
    return _broken(code, status=status, message=message)


def _broken(code: str, *, status: int, message: str) -> DomainError:
    if code in _FULL or status == 507:
        return StoreFull("The object store has no room left.")
    if code == "NoSuchBucket":
        return StoreUnavailable("The bucket does not exist; run mediacenter storage-init.", store_code=code)
    if code in _CREDENTIALS:
        return StoreUnavailable(
            "The object store does not let us: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the user's policy.",
            code="store_forbidden",
            store_code=code,
        )
    if code == "RequestTimeTooSkewed":
        return StoreUnavailable("This machine's clock and the object store's differ too much.", store_code=code)
    return StoreUnavailable(f"The object store failed: {code} ({message}).", store_code=code)
