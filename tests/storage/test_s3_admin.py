"""``storage-init``: a bucket made ready, and users who may do what they need and no more."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from assets.storage import S3Config
from assets.storage.base import PartSpec, StoreUnavailable
from assets.storage.policies import ROLES, Role, policy_of
from assets.storage.s3 import S3Store
from assets.storage.s3_admin import init_storage
from permissions.errors import InfrastructureError
from tests.s3_servers import S3Server

pytestmark = pytest.mark.s3
PAGE = "https://newsroom.example"


@pytest.fixture(scope="module")
def _ready() -> dict[str, dict[Role, S3Store]]:
    return {}


@pytest.fixture
def users(minio: S3Server, _ready: dict[str, dict[Role, S3Store]]) -> dict[Role, S3Store]:
    """The bucket as each role sees it."""
    if "users" not in _ready:
        config = minio.config()
        made = init_storage(config, say=lambda _: None).users
        _ready["users"] = {
            user.role: S3Store(replace(config, access_key=user.access_key, secret_key=user.secret_key)) for user in made
        }
    return _ready["users"]


def original(store: S3Store) -> str:
    key = f"originals/{uuid4()}/{uuid4()}"
    upload_id = store.create_multipart(key, media_type="image/jpeg", part_checksums=False)
    store.put_part(key, upload_id, PartSpec(number=1, size=4), io.BytesIO(b"jpeg"))
    store.complete_multipart(key, upload_id, store.list_parts(key, upload_id), size=4)
    return key


def rendition(store: S3Store, sample: Path) -> str:
    key = f"renditions/{uuid4()}/{uuid4()}/{uuid4()}/w320.webp"
    store.put_file(key, sample, media_type="image/webp")
    return key


def forbidden(act: Callable[[], object]) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        act()
    assert refused.value.reason == "store_forbidden"


def test_minio_is_made_ready_and_stays_so(minio: S3Server) -> None:
    config = minio.config()
    said: list[str] = []
    first = init_storage(config, say=said.append, upload_origins=[PAGE])
    assert {finding.code: finding.ok for finding in first.findings} == {
        "bucket": True,
        "versioning": True,
        "lifecycle": True,
        "stale_uploads": True,
        "cors": True,
        "public_access": True,
    }
    assert [user.role for user in first.users] == list(ROLES)
    assert all(user.secret_key not in "".join(said) and user.secret_key not in repr(user) for user in first.users)
    again = init_storage(config, say=said.append, upload_origins=[PAGE])
    assert again.users == ()
    assert all(finding.ok for finding in again.findings)
    store = S3Store(config)
    rules = store.client.get_bucket_lifecycle_configuration(Bucket=config.bucket)["Rules"]
    assert sorted(rule["ID"] for rule in rules) == [
        "mediacenter-old-pictures", "mediacenter-old-probes", "mediacenter-old-renditions",
    ]  # fmt: skip
    assert all(finding.ok for finding in store.check())
    web = first.users[0]
    assert S3Store(replace(config, access_key=web.access_key, secret_key=web.secret_key)).check() != []


def test_versitygw_is_made_ready_as_far_as_it_goes(versitygw: S3Server) -> None:
    config = versitygw.config()
    done = init_storage(config, say=lambda _: None, upload_origins=[PAGE])
    assert {finding.code: finding.ok for finding in done.findings} == {
        "bucket": True,
        "versioning": True,
        "lifecycle": False,
        "cors": True,
        "public_access": True,
    }
    assert done.users == ()
    rules = S3Store(config).client.get_bucket_cors(Bucket=config.bucket)["CORSRules"]
    upload = next(rule for rule in rules if rule["AllowedMethods"] == ["PUT"])
    assert upload["AllowedOrigins"] == [PAGE]
    assert upload["ExposeHeaders"] == ["ETag"]
    assert init_storage(config, say=lambda _: None, upload_origins=[PAGE]).findings == (
        replace(done.findings[0], message=f"Bucket {config.bucket} is there."),
        *done.findings[1:],
    )
    assert S3Store(config).client.get_bucket_cors(Bucket=config.bucket)["CORSRules"] == rules


def test_an_operators_own_lifecycle_rules_stay(minio: S3Server) -> None:
    config = minio.config()
    init_storage(config, say=lambda _: None)
    client = S3Store(config).client
    own = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "elsewhere/"}, "Expiration": {"Days": 3}}
    client.put_bucket_lifecycle_configuration(Bucket=config.bucket, LifecycleConfiguration={"Rules": [own]})
    init_storage(config, say=lambda _: None)
    rules = client.get_bucket_lifecycle_configuration(Bucket=config.bucket)["Rules"]
    ours = {f"mediacenter-old-{kind}" for kind in ("renditions", "pictures", "probes")}
    assert {rule["ID"] for rule in rules} == {"theirs", *ours}


def test_a_bucket_with_a_public_policy_is_reported(minio: S3Server) -> None:
    config = minio.config()
    init_storage(config, say=lambda _: None)
    resource = f"arn:aws:s3:::{config.bucket}/*"
    S3Store(config).client.put_bucket_policy(
        Bucket=config.bucket,
        Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":'
        f'["s3:GetObject","s3:PutObject"],"Resource":"{resource}"}}]}}',
    )
    found = {finding.code: finding for finding in init_storage(config, say=lambda _: None).findings}
    assert not found["public_access"].ok


def test_every_role_passes_the_self_test_with_its_own_credentials(users: dict[Role, S3Store]) -> None:
    for store in users.values():
        assert [finding for finding in store.check() if not finding.ok] == []


def test_web_uploads_and_signs_but_removes_nothing(users: dict[Role, S3Store], sample: Path) -> None:
    web, worker = users["web"], users["worker"]
    key, other = original(web), rendition(worker, sample)
    assert web.head(key).size == 4
    assert web.head(other).size == sample.stat().st_size
    forbidden(lambda: web.delete(key))
    forbidden(lambda: web.delete(other))
    forbidden(lambda: web.delete_prefix(other.rpartition("/")[0] + "/"))
    forbidden(lambda: rendition(web, sample))
    pending = f"originals/{uuid4()}/{uuid4()}"
    upload_id = web.create_multipart(pending, media_type="image/jpeg", part_checksums=True)
    assert upload_id in [found.upload_id for found in web.pending_uploads("originals/")]
    web.abort_multipart(pending, upload_id)


def test_a_worker_reads_originals_and_keeps_renditions(users: dict[Role, S3Store], sample: Path) -> None:
    web, worker = users["web"], users["worker"]
    key = original(web)
    with worker.open(key) as stream:
        assert stream.read() == b"jpeg"
    forbidden(lambda: worker.delete(key))
    forbidden(lambda: original(worker))
    made = rendition(worker, sample)
    worker.delete(made)
    assert web.head(key).size == 4


def test_maintenance_removes_originals_and_a_version_stays_until_it_is_purged(
    users: dict[Role, S3Store], minio: S3Server, sample: Path
) -> None:
    web, maintenance = users["web"], users["maintenance"]
    key = original(web)
    forbidden(lambda: original(maintenance))
    forbidden(lambda: rendition(maintenance, sample))
    maintenance.delete(key)
    bucket = maintenance.config.bucket
    root = S3Store(minio.config(bucket)).client
    versions = root.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert [version["Size"] for version in versions] == [4]
    for role in set(ROLES) - {"purge"}:
        with pytest.raises(ClientError, match=r"AccessDenied|Access Denied"):
            users[role].client.delete_object(Bucket=bucket, Key=key, VersionId=versions[0]["VersionId"])
    users["purge"].purge_prefix(key.rpartition("/")[0] + "/")
    assert "Versions" not in root.list_object_versions(Bucket=bucket, Prefix=key)


def test_what_is_purged_cannot_be_had_again(users: dict[Role, S3Store], minio: S3Server, sample: Path) -> None:
    """Versioning is on: the object, a former version of it behind a deletion, and an upload that was never joined."""
    web, purge = users["web"], users["purge"]
    key, kept = original(web), original(web)
    folder = key.rpartition("/")[0] + "/"
    users["maintenance"].delete(key)
    web.create_multipart(f"{folder}{uuid4()}", media_type="image/jpeg", part_checksums=False)
    other = f"{folder}{uuid4()}"
    upload_id = web.create_multipart(other, media_type="image/jpeg", part_checksums=False)
    web.put_part(other, upload_id, PartSpec(number=1, size=4), io.BytesIO(b"jpeg"))
    web.complete_multipart(other, upload_id, web.list_parts(other, upload_id), size=4)
    forbidden(lambda: original(purge))
    forbidden(
        lambda: purge.put_file(f"renditions/{uuid4()}/{uuid4()}/{uuid4()}/a.webp", sample, media_type="image/webp")
    )
    purge.purge_prefix(folder)
    purge.purge_prefix(folder)
    bucket = web.config.bucket
    root = S3Store(minio.config(bucket))
    left = root.client.list_object_versions(Bucket=bucket, Prefix=folder)
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    assert [pending.key for pending in root.pending_uploads(folder)] == []
    assert root.head(kept).size == 4


def test_nobody_sees_another_bucket_or_changes_this_one(users: dict[Role, S3Store], minio: S3Server) -> None:
    elsewhere = minio.config()
    init_storage(elsewhere, say=lambda _: None)
    secret = original(S3Store(elsewhere))
    for store in users.values():
        stranger = S3Store(replace(store.config, bucket=elsewhere.bucket))
        forbidden(lambda stranger=stranger: stranger.head(secret))  # type: ignore[misc]
        forbidden(lambda stranger=stranger: list(stranger.list_objects()))  # type: ignore[misc]
        with pytest.raises(InfrastructureError):
            init_storage(stranger.config, say=lambda _: None)


def test_no_policy_grants_more_than_objects_of_the_bucket() -> None:
    for role in ROLES:
        document = policy_of(role, bucket="media")
        actions = {
            action
            for statement in document["Statement"]
            if statement["Effect"] == "Allow"
            for action in statement["Action"]
        }
        resources = {resource for statement in document["Statement"] for resource in statement["Resource"]}
        assert not [action for action in actions if "*" in action]
        assert all(resource.startswith("arn:aws:s3:::media") for resource in resources)


def test_a_server_that_is_not_there_cannot_be_made_ready() -> None:
    config = S3Config(bucket="m", endpoint="http://127.0.0.1:9", access_key="a", secret_key="b")
    with pytest.raises(StoreUnavailable):
        init_storage(config, say=lambda _: None)
