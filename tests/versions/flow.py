"""What the tests of versions share: callers, replacements over HTTP, and the worker's own processing."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from assets.models import Asset, AssetVersion
from permissions.models import Agency, User
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import distinct_jpeg, make_member, make_ready_asset, make_token
from transcoding.attempts import UNFINISHED
from transcoding.processing import process

API = "/api/v1"
PUBLIC = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}


def person(agency: Agency, role: Role = Role.EDITOR) -> tuple[User, APIClient]:
    """Somebody with this role, and their client."""
    user = make_member(agency, role)
    return user, bearer(make_token(user=user)[1])


def send(client: APIClient, asset: Asset | str, body: bytes | None = None, **said: Any) -> Any:
    """One replacement in one request; ``reason`` is given unless it is said."""
    file = BytesIO(body if body is not None else distinct_jpeg(width=80, height=60))
    file.name = said.pop("name", "sửa.jpg")
    key = asset.reference if isinstance(asset, Asset) else asset
    values = {"asset": key, "reason": "Sai người trong ảnh", **said}
    return client.post(f"{API}/uploads/file", {"file": file, **values}, format="multipart")


def work_off_the_queue() -> list[str]:
    """What a worker does with the jobs that the uploads queued; how each of the files not finished ended."""
    jobs = ProcrastinateJob.objects.filter(task_name="transcoding.process_version").order_by("id")
    waiting = set(AssetVersion.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True))
    ids = [UUID(job.args["version_id"]) for job in jobs]
    return [process(version, worker="test", retries=0) for version in ids if version in waiting]


def corrected(client: APIClient, asset: Asset, body: bytes | None = None, **said: Any) -> AssetVersion:
    """Sent and processed; the new version."""
    answer = send(client, asset, body, **said)
    assert answer.status_code == 201, answer.content
    work_off_the_queue()
    version = AssetVersion.objects.filter(asset=asset).order_by("number").last()
    assert version is not None
    return version


def public_photo(agency: Agency, **fields: Any) -> Asset:
    return make_ready_asset(agency=agency, **{"texts": {"vi": {"title": "Cầu"}}, **PUBLIC, **fields})


def detail(client: APIClient | Client, asset: Asset) -> Any:
    answer = client.get(f"{API}/assets/{asset.pk}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def status(client: APIClient | Client, path: str, **query: Any) -> int:
    return client.get(f"{API}/{path}", query).status_code


def act(client: APIClient, asset: Asset, what: str, **said: Any) -> Any:
    return client.post(f"{API}/assets/{asset.pk}/{what}", said, format="json")
