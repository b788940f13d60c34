"""The embed page: who may frame what, without cookies, and what it says when it is over."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.http import HttpResponse
from django.test import Client

from api.presenters import embed_url
from assets.models import Asset, Licence
from assets.states import Kind
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_asset, make_ready_asset, make_rendition, make_track

pytestmark = pytest.mark.django_db
EVIL = "</script><script>alert(1)</script>"


def published(**fields: object) -> Asset:
    """A ready asset that is published for everybody, unless ``fields`` say otherwise."""
    columns = {name: fields.pop(name) for name in ("embargo_until", "rights_end", "audience") if name in fields}
    state = fields.pop("state", AssetState.PUBLISHED)
    asset = make_ready_asset(**fields)
    now = datetime.now(UTC)
    row = Asset.objects.filter(pk=asset.pk)
    row.update(**{"audience": Audience.PUBLIC, **columns}, state=AssetState.PUBLISHED, published_at=now)
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        row.update(state=state)
    return Asset.objects.with_policy_facts().get(pk=asset.pk)


def frame(client: Client, asset: Asset, query: str = "") -> HttpResponse:
    return client.get(f"/embed/{asset.pk}{query}")


def policy(response: HttpResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_a_public_photo_is_shown_with_title_credit_and_text_alternative(client: Client) -> None:
    asset = published(credit_line="VGP/Nhật Bắc", texts={"vi": {"title": "Cầu Mỹ Thuận", "alt_text": "Cầu dây văng"}})
    answer = frame(client, asset)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert all(words in page for words in ("Cầu Mỹ Thuận", "VGP/Nhật Bắc", 'alt="Cầu dây văng"', "/media/public/"))


def test_it_needs_and_sets_no_cookies(client: Client) -> None:
    answer = frame(client, published())
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_only_the_allowed_origins_may_frame_it_and_nothing_else_is_loosened(client: Client, settings) -> None:
    settings.EMBED_ORIGINS = ("https://bao.example.vn", "https://*.gov.vn")
    asset = published()
    answer = frame(client, asset)
    assert policy(answer)["frame-ancestors"] == "https://bao.example.vn https://*.gov.vn"
    assert "X-Frame-Options" not in answer
    other = client.get("/login")
    assert policy(other) | {"frame-ancestors": ""} == policy(answer) | {"frame-ancestors": ""}
    assert policy(other)["frame-ancestors"] == "'none'"


def test_titles_are_text_and_never_markup(client: Client) -> None:
    page = frame(client, published(credit_line=EVIL, texts={"vi": {"title": EVIL, "alt_text": EVIL}})).content.decode()
    assert "<script>alert" not in page


def test_an_articles_body_is_cleaned_again_when_shown(client: Client) -> None:
    article = make_asset(kind=Kind.ARTICLE, texts={"vi": {"title": "Tin", "body": f"<p onclick=x>Thân</p>{EVIL}"}})
    Asset.objects.filter(pk=article.pk).update(
        state=AssetState.PUBLISHED, audience=Audience.PUBLIC, published_at=datetime.now(UTC)
    )
    page = frame(client, article).content.decode()
    assert "<p>Thân</p>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("query", "language"), [("", "vi"), ("?lang=en", "en"), ("?lang=zh", "zh-hans"), ("?lang=x", "vi")]
)
def test_its_language_is_in_the_address(client: Client, query: str, language: str) -> None:
    answer = client.get(f"/embed/{published().pk}{query}", headers={"accept-language": "fr"})
    assert answer["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": AssetState.DRAFT},
        {"audience": Audience.NETWORK},
        {"audience": Audience.AGENCY},
        {"embargo_until": datetime(2100, 1, 1, tzinfo=UTC)},
        {"rights_end": datetime(2020, 1, 1, tzinfo=UTC)},
        {"state": AssetState.WITHDRAWN, "audience": Audience.NETWORK},
        {"state": AssetState.ARCHIVED},
    ],
)
def test_what_not_everybody_may_see_looks_like_nothing(client: Client, fields: dict[str, object]) -> None:
    asset = published(texts={"vi": {"title": "Bí mật"}}, **fields)
    answers = [client.get(f"/embed/{identity}") for identity in (asset.pk, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_withdrawn_public_work_is_gone_with_a_notice_and_without_its_title(client: Client) -> None:
    asset = published(state=AssetState.WITHDRAWN, texts={"vi": {"title": "Tin sai"}})
    answer = frame(client, asset, "?lang=en")
    page = answer.content.decode()
    assert answer.status_code == 410
    assert "must not be used any more" in page
    assert "Tin sai" not in page
    assert answer["Cache-Control"] == "no-store"


def test_a_token_opens_one_asset_and_no_other(client: Client) -> None:
    asset, other = published(audience=Audience.AGENCY), published(audience=Audience.AGENCY)
    token = embed_url(asset).partition("?t=")[2]
    assert frame(client, asset).status_code == 404
    opened = frame(client, asset, f"?t={token}")
    assert (opened.status_code, opened["Cache-Control"]) == (200, "private, no-store")
    assert "/media/s/" in opened.content.decode()
    assert frame(client, other, f"?t={token}").status_code == 404
    assert frame(client, asset, f"?t={token}x").status_code == 404


def test_a_token_ends_as_signed_urls_do(client: Client, settings) -> None:
    asset = published(audience=Audience.AGENCY)
    query = "?" + embed_url(asset).partition("?")[2]
    settings.MEDIA_URL_LIFETIME = timedelta(0)
    assert frame(client, asset, query).status_code == 404


def test_a_film_brings_its_player_and_streams(client: Client) -> None:
    asset = published(kind=Kind.VIDEO)
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="hls/master.m3u8", media_type="application/vnd.apple.mpegurl")
    make_rendition(version, profile="download.mp4", media_type="video/mp4", width=640, height=360)
    make_track(asset)
    page = frame(client, asset).content.decode()
    assert f"/media/public/{asset.pk}/{version.pk}/{version.attempt}/hls/master.m3u8" in page
    assert '<track kind="captions"' in page
    assert 'type="video/mp4"' in page


def article_with(photo: Asset, *, agency: Agency | None = None, caption: str = "Chú thích") -> Asset:
    body = f'<p>Thân</p><figure data-asset="{photo.pk}"><figcaption>{caption}</figcaption></figure>'
    article = make_asset(agency=agency or photo.agency, kind=Kind.ARTICLE, texts={"vi": {"title": "Tin", "body": body}})
    Asset.objects.filter(pk=article.pk).update(
        state=AssetState.PUBLISHED, audience=Audience.PUBLIC, published_at=datetime.now(UTC)
    )
    return article


def test_a_work_in_an_article_is_shown_only_where_it_may_be_used_and_no_cache_shares_the_page(settings) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    photo = published(texts={"vi": {"title": "Cầu"}})
    Asset.objects.filter(pk=photo.pk).update(territories=["VN"])
    article = article_with(photo)
    here, there = (frame(Client(headers={"X-Country": code}), article) for code in ("VN", "FR"))
    assert (here.status_code, there.status_code) == (200, 200)
    assert "/media/public/" in here.content.decode()
    page = there.content.decode()
    assert "Thân" in page
    assert "Chú thích" not in page
    assert str(photo.pk) not in page
    assert [answer["Cache-Control"] for answer in (here, there)] == ["private, no-store"] * 2
    settings.TERRITORY_HEADER = ""
    assert frame(Client(), article)["Cache-Control"] == "public, max-age=60"


def test_works_of_others_that_may_not_be_embedded_are_not_embedded_with_an_article(client: Client) -> None:
    photo = published()
    Asset.objects.filter(pk=photo.pk).update(licence_terms=Licence.objects.get(code="press-use-only"))
    assert frame(client, photo).status_code == 403
    article = article_with(photo, agency=make_agency())
    page = frame(client, article).content.decode()
    assert "Thân" in page
    assert "/media/" not in page
    assert "Chú thích" not in page
    assert "/media/public/" in client.get(f"/api/v1/assets/{article.pk}/article").content.decode(), "to be looked at"
    assert "/media/public/" in frame(client, article_with(photo)).content.decode(), "by whom it belongs to"


@pytest.mark.parametrize("end", ["rights_end", "consent_ends"])
def test_no_cache_keeps_an_article_beyond_the_rights_of_a_work_in_it(client: Client, settings, end: str) -> None:
    settings.PUBLIC_MAX_AGE = timedelta(days=3)
    photo = published()
    Asset.objects.filter(pk=photo.pk).update(**{end: datetime.now(UTC) + timedelta(days=1)})
    answer = frame(client, article_with(photo))
    assert "/media/public/" in answer.content.decode()
    age = int(answer["Cache-Control"].removeprefix("public, max-age="))
    assert age <= timedelta(days=1).total_seconds()
