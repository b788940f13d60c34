"""Works as different as lists show them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assets.models import Asset, ProcessingAttempt
from assets.states import Kind, VersionState
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_asset, make_attempt, make_ready_asset, make_rendition, make_version

TEXTS = {
    "vi": {"title": "Cầu Long Biên", "caption": "Cầu <b>cũ</b> trên sông Hồng"},
    "en": {"title": "Long Bien bridge", "caption": 'The "old" bridge'},
    "zh": {"title": "龙边桥", "caption": "红河上的旧桥"},
}


@pytest.fixture
def owner() -> Agency:
    return make_agency(code="VGP", name_vi="Cổng thông tin", name_en="Portal", name_zh="门户")


@pytest.fixture
def works(owner: Agency) -> list[Asset]:
    """One of each: published and not, of each audience, processed, in work, rejected, without a file, in the trash."""
    now, others = timezone.now(), (make_agency(), make_agency())
    shown = {"agency": owner, "state": AssetState.PUBLISHED}
    film = make_asset(agency=owner, kind=Kind.VIDEO, texts={"zh": TEXTS["zh"]})
    in_work = make_version(film, state=VersionState.PROCESSING, filename="phim.mp4")
    make_attempt(in_work, state=ProcessingAttempt.State.FAILED, progress=90, started_at=now - timedelta(hours=1))
    make_attempt(in_work, progress=40, playable=10, stage="ladder", started_at=now)
    rejected = make_version(make_asset(agency=owner), state=VersionState.REJECTED).asset
    posters = make_ready_asset(kind=Kind.VIDEO, audience=Audience.PUBLIC, urgency=1, **shown)
    for profile in ("poster.jpg", "w640.webp", "hls/360.m3u8"):
        make_rendition(posters.current_version, profile=profile)
    replaced = make_ready_asset(audience=Audience.PUBLIC, **shown)
    make_version(replaced, state=VersionState.READY, number=2, hidden=True, width=10, height=20, placeholder="L00000")
    return [
        make_ready_asset(audience=Audience.PUBLIC, texts=TEXTS, credit_line="Ảnh: An", **shown),
        make_ready_asset(audience=Audience.SHARED, shared_with=others, texts={"en": TEXTS["en"]}, **shown),
        make_ready_asset(audience=Audience.NETWORK, territories=["VN"], original_language="en", **shown),
        make_ready_asset(audience=Audience.PUBLIC, embargo_until=now + timedelta(days=1), **shown),
        make_ready_asset(audience=Audience.PUBLIC, rights_end=now - timedelta(days=1), corrected_at=now, **shown),
        make_ready_asset(audience=Audience.PUBLIC, release_required=True, consent_ends=now, **shown),
        make_asset(agency=owner, kind=Kind.ARTICLE, state=AssetState.PUBLISHED, audience=Audience.PUBLIC),
        make_asset(agency=owner, kind=Kind.ARTICLE, texts={"vi": {"title": "", "caption": "Không tên"}}),
        make_asset(agency=owner, deleted_at=now),
        film,
        rejected,
        posters,
        replaced,
        make_ready_asset(agency=others[0], audience=Audience.AGENCY),
    ]
