"""The main job in one process: a file goes in, the worker works, everybody entitled can fetch it."""

from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from permissions.models import Agency
from permissions.vocabulary import Role
from tests.factories import make_agency, make_member, make_token
from transcoding.processing import process

pytestmark = pytest.mark.django_db


def editor_of(agency: Agency) -> APIClient:
    _, secret = make_token(user=make_member(agency, Role.EDITOR))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def uploaded(client: APIClient, body: bytes, name: str) -> str:
    file = BytesIO(body)
    file.name = name
    answer = client.post("/api/v1/uploads/file", {"file": file, "title": "Hồ Gươm"}, format="multipart")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["asset"]["id"])


def work_off_the_queue() -> None:
    """What a worker does with the jobs that the uploads queued."""
    jobs = ProcrastinateJob.objects.filter(task_name="transcoding.process_version")
    for job in jobs.order_by("id"):
        process(UUID(job.args["version_id"]), worker="test", retries=0)


def fetched(url: str, **headers: str) -> bytes:
    answer = Client().get(url.removeprefix("http://127.0.0.1:8000"), headers=headers, HTTP_HOST="127.0.0.1:8000")
    assert answer.status_code in {200, 206}, (url, answer.status_code, answer.content)
    return b"".join(answer)


def test_a_photo_is_processed_published_fetched_by_everybody_and_withdrawn() -> None:
    client = editor_of(make_agency())
    picture = BytesIO()
    Image.linear_gradient("L").resize((2000, 1200)).convert("RGB").save(picture, "JPEG")
    asset = uploaded(client, picture.getvalue(), "hồ.jpg")
    refused = client.post(f"/api/v1/assets/{asset}/publish", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_verified")

    work_off_the_queue()

    detail = client.get(f"/api/v1/assets/{asset}").json()
    assert detail["processing"]["state"] == "ready", detail["processing"]
    assert {"w320.webp", "w1280.jpg", "w320.avif"} <= {r["profile"] for r in detail["renditions"]}
    original = client.get(f"/api/v1/assets/{asset}/download?profile=original").json()
    assert fetched(original["url"]) == picture.getvalue()
    assert Client().get(f"/api/v1/assets/{asset}").status_code == 404

    client.patch(f"/api/v1/assets/{asset}", {"audience": "public"}, format="json")
    published = client.post(f"/api/v1/assets/{asset}/publish", {}, format="json")
    assert published.status_code == 200, published.content
    seen = Client().get(f"/api/v1/assets/{asset}").json()
    assert seen["title"] == "Hồ Gươm"
    assert not seen["may"]["download_original"]["allowed"]
    url = next(r["url"] for r in seen["renditions"] if r["profile"] == "w640.webp")
    assert "/media/public/" in url
    with Image.open(BytesIO(fetched(url))) as small:
        assert small.size == (640, 384)

    withdrawn = client.post(f"/api/v1/assets/{asset}/withdraw", {"reason": "Nhầm ảnh"}, format="json")
    assert withdrawn.status_code == 200
    gone = Client().get(url.removeprefix("http://127.0.0.1:8000"), HTTP_HOST="127.0.0.1:8000")
    assert gone.status_code == 410
    assert Client().get(f"/api/v1/assets/{asset}").status_code == 404


def test_a_video_plays_below_one_signature(clip: Path) -> None:
    client = editor_of(make_agency())
    asset = uploaded(client, clip.read_bytes(), "bản tin.mp4")
    work_off_the_queue()
    detail = client.get(f"/api/v1/assets/{asset}").json()
    assert detail["processing"]["state"] == "ready", detail["processing"]
    master = detail["playback"]["hls"]
    assert "/media/s/" in master
    playlist = fetched(master).decode()
    rung = next(line for line in playlist.splitlines() if line and not line.startswith("#"))
    folder = master.rpartition("/")[0]
    media_playlist = fetched(f"{folder}/{rung}").decode()
    media = next(line for line in media_playlist.splitlines() if line and not line.startswith("#"))
    first = fetched(f"{folder}/{rung.rpartition('/')[0]}/{media}", Range="bytes=0-99")
    assert len(first) == 100
    assert first[4:8] == b"ftyp"
    assert fetched(detail["playback"]["poster"])[:2] == b"\xff\xd8"
