"""One public work of each kind, with everything that can be said of it."""

from datetime import UTC, datetime

import pgtrigger
import pytest

from assets.models import Asset, DataTable, Licence
from assets.states import Kind, VersionState
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.api.conftest import client_for
from tests.factories import make_agency, make_asset, make_attempt, make_rendition, make_track, make_version

__all__ = ["client_for"]

TEXTS = {
    "vi": {"title": "Cầu Mỹ Thuận 2", "caption": "Lễ thông xe", "alt_text": "Cầu dây văng"},
    "en": {"title": "My Thuan 2 bridge", "caption": "The opening", "alt_text": "A cable-stayed bridge"},
    "zh": {"title": "美顺二桥", "caption": "通车仪式", "alt_text": "斜拉桥"},
}
FILES = {
    Kind.PHOTO: (("w320.webp", "image/webp", 320, 180), ("full.webp", "image/webp", 1280, 720),
                 ("crop-1x1.webp", "image/webp", 720, 720)),
    Kind.INFOGRAPHIC: (("w320.webp", "image/webp", 320, 180), ("full.webp", "image/webp", 1280, 720)),
    Kind.VIDEO: (("download.mp4", "video/mp4", 1280, 720), ("poster.jpg", "image/jpeg", 1280, 720),
                 ("hls/master.m3u8", "application/vnd.apple.mpegurl", None, None)),
    Kind.AUDIO: (("download.m4a", "audio/mp4", None, None),),
}  # fmt: skip
SECONDS = 3661.5


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", name_vi="Cổng Chính phủ", name_en="Government Portal", name_zh="政府门户")


def make_work(agency: Agency, kind: Kind, **fields: object) -> Asset:
    """A work of this kind that is published for everybody, unless ``fields`` say otherwise."""
    columns = {"state": fields.pop("state", AssetState.PUBLISHED), "published_at": datetime(2026, 11, 20, tzinfo=UTC)}
    said = {
        "keywords": ["cầu", "giao thông"], "place": "Vĩnh Long", "author": "Nhật Bắc", "credit_line": "VGP/Nhật Bắc",
        "people": ["Nguyễn Văn A"],
        "licence_terms": Licence.objects.filter(code="cc-by-4.0").first(),
        "event_date": datetime(2026, 11, 19, 1, tzinfo=UTC),
        "audience": Audience.PUBLIC, "texts": TEXTS,
    }  # fmt: skip
    asset = make_asset(agency=agency, kind=kind, **{**said, **fields})
    if kind in FILES:
        _give_files(asset, kind)
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        Asset.objects.filter(pk=asset.pk).update(**columns)
    return Asset.objects.with_policy_facts().get(pk=asset.pk)


def _give_files(asset: Asset, kind: Kind) -> None:
    timed = kind in {Kind.VIDEO, Kind.AUDIO}
    version = make_version(asset, state=VersionState.READY, width=1280, height=720, duration=SECONDS if timed else None)
    version.attempt = make_attempt(version, state="succeeded", progress=100).pk
    version.save(update_fields=["attempt"])
    for profile, media_type, width, height in FILES[kind]:
        make_rendition(version, profile=profile, media_type=media_type, width=width, height=height)
    if timed:
        make_track(asset)
    if kind == Kind.INFOGRAPHIC:
        DataTable.objects.create(asset=asset, caption="Vốn", columns=["Năm", "Tỷ"], rows=[["2025", "430"]])
