"""Make a bucket ready: what ``mediacenter storage-init`` does. Running it again changes nothing that is right.

Needs credentials that may administer the server; the product itself runs with the users that this makes.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import boto3
import certifi
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from assets.storage.base import StoreFinding, StoreUnavailable
from assets.storage.config import S3Config
from assets.storage.policies import ROLES, Role, policy_of
from assets.storage.s3 import S3Store, storage_for, translated
from assets.storage.s3_check import check_access
from permissions.errors import DomainError, InfrastructureError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ABORT_AFTER_DAYS: Final = 7
OLD_RENDITIONS_DAYS: Final = 7
_OURS: Final = "mediacenter-"
_UPLOAD_HEADERS: Final = ["content-type", "x-amz-checksum-sha256"]


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A user just made. The secret is nowhere else: whoever calls shows it once."""

    role: Role
    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """What was found or done, and the users that did not exist before."""

    findings: tuple[StoreFinding, ...]
    users: tuple[NewUser, ...]


def init_storage(config: S3Config, *, say: Callable[[str], None], upload_origins: Sequence[str] = ()) -> Initialised:
    """Bucket, versioning, lifecycle, CORS for ``upload_origins``, no public access; on MinIO users and policies.

    ``say`` is told each step in a sentence. Raises :class:`StoreUnavailable` when the server cannot be administered.
    """
    client = cast("S3Client", storage_for(config).connection.meta.client)
    admin = _minio_admin(config)
    findings: list[StoreFinding] = []
    for finding in _steps(client, config, admin, upload_origins):
        say(f"{'ok' if finding.ok else '!!'} {finding.message}")
        findings.append(finding)
    users = tuple(_users(admin, config.bucket)) if admin else ()
    for user in users:
        say(f"ok User {user.access_key} made for {user.role}.")
    if admin is None:
        say(f"   Make users for {', '.join(ROLES)} by this server's means; their policies are in docs/storage.md.")
    return Initialised(findings=tuple(findings), users=users)


def _steps(
    client: "S3Client", config: S3Config, admin: MinioAdmin | None, origins: Sequence[str]
) -> Iterator[StoreFinding]:
    yield _bucket(client, config)
    yield _versioning(client, config.bucket)
    yield _lifecycle(client, config.bucket)
    if admin is not None:
        yield _stale_uploads(admin)
    yield _cors(client, config.bucket, origins) if admin is None else _minio_cors(admin, origins)
    yield _closed(client, config)


def _bucket(client: "S3Client", config: S3Config) -> StoreFinding:
    try:
        with translated():
            client.head_bucket(Bucket=config.bucket)
    except InfrastructureError:
        raise
    except DomainError:
        with translated():
            if config.region == "us-east-1":
                client.create_bucket(Bucket=config.bucket)
            else:
                client.create_bucket(
                    Bucket=config.bucket, CreateBucketConfiguration={"LocationConstraint": cast("Any", config.region)}
                )
        return StoreFinding(code="bucket", ok=True, message=f"Bucket {config.bucket} made.")
    return StoreFinding(code="bucket", ok=True, message=f"Bucket {config.bucket} is there.")


def _versioning(client: "S3Client", bucket: str) -> StoreFinding:
    try:
        with translated():
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    except DomainError as error:
        return StoreFinding(
            code="versioning", ok=False, message=f"This server does not version objects ({error.message}): back it up."
        )
    return StoreFinding(code="versioning", ok=True, message="Versioning is on.")


def _lifecycle(client: "S3Client", bucket: str) -> StoreFinding:
    """Our rules beside those that an operator made; MinIO has no rule for incomplete uploads, a setting instead."""
    code = "lifecycle"
    try:
        with translated():
            kept = client.get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", [])
    except DomainError as error:
        if error.data.get("store_code") != "NoSuchLifecycleConfiguration":
            return StoreFinding(code=code, ok=False, message=f"This server has no lifecycle rules: {error.message}")
        kept = []
    others: list[Any] = [rule for rule in kept if not rule.get("ID", "").startswith(_OURS)]
    abort = _rule("abort", "", AbortIncompleteMultipartUpload={"DaysAfterInitiation": ABORT_AFTER_DAYS})
    expire = [
        _rule(
            "old-renditions",
            "renditions/",
            NoncurrentVersionExpiration={"NoncurrentDays": OLD_RENDITIONS_DAYS},
            Expiration={"ExpiredObjectDeleteMarker": True},
        ),
        _rule(
            "old-pictures",
            "pictures/",
            NoncurrentVersionExpiration={"NoncurrentDays": 1},
            Expiration={"ExpiredObjectDeleteMarker": True},
        ),
        _rule(
            "old-probes",
            "probes/",
            NoncurrentVersionExpiration={"NoncurrentDays": 1},
            Expiration={"ExpiredObjectDeleteMarker": True},
        ),
    ]
    for rules in ([*others, abort, *expire], [*others, *expire]):
        try:
            with translated():
                client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        except DomainError as error:
            refused = error
            continue
        aborts = "" if abort in rules else " (uploads left open: not by rule on this server)"
        return StoreFinding(code=code, ok=True, message=f"Lifecycle rules are set{aborts}.")
    return StoreFinding(code=code, ok=False, message=f"The lifecycle rules were refused: {refused.message}")


def _rule(name: str, prefix: str, **what: Any) -> dict[str, Any]:
    return {"ID": _OURS + name, "Status": "Enabled", "Filter": {"Prefix": prefix}, **what}


def _stale_uploads(admin: MinioAdmin) -> StoreFinding:
    """MinIO drops open uploads after 24 h unless told otherwise, which would end an upload over a weekend."""
    with _administered():
        admin.config_set("api", {"stale_uploads_expiry": f"{ABORT_AFTER_DAYS * 24}h"})
    return StoreFinding(
        code="stale_uploads", ok=True, message=f"Uploads left open are kept {ABORT_AFTER_DAYS} days (whole server)."
    )


def _cors(client: "S3Client", bucket: str, origins: Sequence[str]) -> StoreFinding:
    rules: list[Any] = [
        {
            "ID": _OURS + "media",
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["GET", "HEAD"],
            "AllowedHeaders": ["range", "if-range"],
            "ExposeHeaders": ["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
            "MaxAgeSeconds": 86400,
        }
    ]
    if origins:
        rules.append(
            {
                "ID": _OURS + "upload",
                "AllowedOrigins": list(origins),
                "AllowedMethods": ["PUT"],
                "AllowedHeaders": _UPLOAD_HEADERS,
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 3600,
            }
        )
    try:
        kept = _cors_rules(client, bucket)
        with translated():
            client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*kept, *rules]})
    except DomainError as error:
        return StoreFinding(
            code="cors",
            ok=False,
            message=f"CORS cannot be set here ({error.message}): let the proxy in front allow PUT from the site.",
        )
    return StoreFinding(code="cors", ok=True, message=f"CORS lets {', '.join(origins) or 'no page'} upload.")


def _cors_rules(client: "S3Client", bucket: str) -> list[Any]:
    """The rules that an operator made."""
    try:
        with translated():
            rules = client.get_bucket_cors(Bucket=bucket).get("CORSRules", [])
    except DomainError as error:
        if error.data.get("store_code") != "NoSuchCORSConfiguration":
            raise
        return []
    return [rule for rule in rules if not rule.get("ID", "").startswith(_OURS)]


def _minio_cors(admin: MinioAdmin, origins: Sequence[str]) -> StoreFinding:
    """MinIO has no CORS of a bucket (it answers NotImplemented), one list for the whole server."""
    with _administered():
        words = admin.config_get("api").split()
    allowed = next((word.partition("=")[2] for word in words if word.startswith("cors_allow_origin=")), "*")
    missing = [origin for origin in origins if allowed != "*" and origin not in allowed.split(",")]
    if missing:
        wanted = ",".join([allowed, *missing])
        return StoreFinding(
            code="cors", ok=False, message=f"Start MinIO with MINIO_API_CORS_ALLOW_ORIGIN={wanted} so pages can upload."
        )
    return StoreFinding(
        code="cors",
        ok=True,
        message=f"MinIO answers CORS for the whole server, now for {allowed}; every request needs a signature anyway. "
        "MINIO_API_CORS_ALLOW_ORIGIN narrows it, but embedded players on other origins need it too.",
    )


def _closed(client: "S3Client", config: S3Config) -> StoreFinding:
    """Blocked where the server knows how; otherwise tried, since MinIO's policy status overlooks open objects."""
    code = "public_access"
    try:
        with translated():
            client.put_public_access_block(
                Bucket=config.bucket,
                PublicAccessBlockConfiguration={
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": True,
                    "RestrictPublicBuckets": True,
                },
            )
    except DomainError:  # MinIO and versitygw do not have it
        open_to = [finding for finding in check_access(S3Store(config)) if not finding.ok]
        if open_to:
            return StoreFinding(code=code, ok=False, message=" ".join(finding.message for finding in open_to))
        return StoreFinding(code=code, ok=True, message="Strangers can neither list, read nor write.")
    return StoreFinding(code=code, ok=True, message="Public access is blocked.")


@contextmanager
def _administered() -> Iterator[None]:
    """Turn the admin client's errors into the product's."""
    try:
        yield
    except MinioAdminException as error:
        raise StoreUnavailable(f"MinIO refused an act of administration: {error}", code="store_forbidden") from error
    except HTTPError as error:
        raise StoreUnavailable(f"The object store does not answer ({type(error).__name__}).") from error


def _users(admin: MinioAdmin, bucket: str) -> Iterator[NewUser]:
    """A user for each role with its policy; secrets only of those that were not there."""
    with _administered():
        known = json.loads(admin.user_list())
        for role in ROLES:
            name = f"{bucket}-{role}"
            admin.policy_add(name, policy=policy_of(role, bucket=bucket))
            secret = secrets.token_urlsafe(30)
            if name not in known:
                admin.user_add(name, secret)
            if known.get(name, {}).get("policyName") != name:
                admin.policy_set(name, user=name)
            if name not in known:
                yield NewUser(role=role, access_key=name, secret_key=secret)


def _minio_admin(config: S3Config) -> MinioAdmin | None:
    """The admin client when the server is a MinIO that lets these credentials administer it; None for other servers."""
    if config.endpoint is None:
        return None
    if config.access_key and config.secret_key:
        keys = StaticProvider(config.access_key, config.secret_key)
    else:
        found = boto3.Session().get_credentials()
        if found is None:
            raise StoreUnavailable("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to an administrator's.")
        keys = StaticProvider(found.access_key, found.secret_key)
    parts = urlsplit(config.endpoint)
    authorities = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
    admin = MinioAdmin(
        endpoint=parts.netloc,
        credentials=keys,
        region=config.region,
        secure=parts.scheme == "https",
        http_client=PoolManager(
            timeout=Timeout(connect=5, read=30), retries=Retry(total=2), cert_reqs="CERT_REQUIRED", ca_certs=authorities
        ),
    )
    try:
        facts = json.loads(admin.info())
    except (MinioAdminException, ValueError):
        return None
    except HTTPError as error:
        raise StoreUnavailable(f"The object store does not answer ({type(error).__name__}).") from error
    return admin if "deploymentID" in facts else None
