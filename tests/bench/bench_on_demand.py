"""A picture in a size that was asked for: made first beside bare Pillow, kept beside a rendition's delivery.

    python -m pytest -s tests/bench/bench_on_demand.py          # BENCH_ROUNDS=9

By turns in one process; ratios of medians. The original is a JPEG of 24 megapixels, read from a folder store.
"""

import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from PIL import Image

from assets.models import Asset, AssetVersion, OnDemandPicture
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_ready_asset, make_rendition
from tests.transcoding.pictures.making import gradient

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
FETCHES = 40
SIZE = (1280, 853)


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) * 1000 / times


def by_pillow(path: Path) -> bytes:
    with Image.open(path) as image:
        image.draft("RGB", SIZE)
        file = io.BytesIO()
        image.resize(SIZE, Image.Resampling.LANCZOS, reducing_gap=2.0).save(file, "WEBP", quality=80, method=2)
        return file.getvalue()


def body(path: str) -> bytes:
    answer = Client().get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def made_anew(path: str) -> bytes:
    OnDemandPicture.objects.all().delete()
    return body(path)


def photo(folder: Path) -> Asset:
    path = folder / "own.jpg"
    noise = Image.effect_noise((6000, 4000), 24).convert("RGB")
    Image.blend(gradient(6000, 4000), noise, 0.25).save(path, quality=90)
    asset = make_ready_asset(original=path, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    AssetVersion.objects.filter(asset=asset).update(width=6000, height=4000)
    return asset


@pytest.mark.django_db(transaction=True)
def test_making_costs_what_pillow_costs_and_a_kept_one_little_more_than_a_rendition(tmp_path: Path) -> None:
    asset = photo(tmp_path)
    answer = Client().get(f"/api/v1/assets/{asset.pk}/image", {"width": SIZE[0]})
    kept = urlsplit(answer["Location"]).path
    content = body(kept)
    version = AssetVersion.objects.get(asset=asset)
    rendition = make_rendition(version, profile="w1280.webp", content=content, width=100, height=67)
    shown = f"/media/public/{rendition.key.removeprefix('renditions/')}"
    making, bare, cached, public = [], [], [], []
    for _ in range(ROUNDS):
        making.append(milliseconds(lambda: made_anew(kept)))
        bare.append(milliseconds(lambda: by_pillow(tmp_path / "own.jpg")))
        cached.append(milliseconds(lambda: body(kept), FETCHES))
        public.append(milliseconds(lambda: body(shown), FETCHES))
    medians = [statistics.median(each) for each in (making, bare, cached, public)]
    sys.stdout.write(
        f"\nmade {medians[0]:.0f} ms, bare Pillow {medians[1]:.0f} ms: {medians[0] / medians[1]:.2f};"
        f" kept {medians[2]:.1f} ms, a public rendition {medians[3]:.1f} ms: {medians[2] / medians[3]:.2f}\n"
    )
    assert medians[0] / medians[1] < 2
    assert medians[2] / medians[3] < 3
