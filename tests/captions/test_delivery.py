"""Tracks for players on the media origin: WebVTT, under the rules of the media itself."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pgtrigger
import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.presenters import embed_url
from assets.captions.cues import Cue
from assets.models import Asset, Licence, TextTrack
from assets.models.rights import LicenceKind
from assets.states import Kind, TrackKind, TrackState
from assets.tracks import track_url
from assets.usecases.tracks_edit import change_track
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_ready_asset,
    make_rendition,
    make_track,
    make_version,
)
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
EVIL = '"><script>alert(1)</script>'


def video(**fields: object) -> Asset:
    """A playable video that is published for everybody, unless ``fields`` say otherwise."""
    state = fields.pop("state", AssetState.PUBLISHED)
    columns = {"audience": Audience.PUBLIC, "published_at": datetime.now(UTC), **fields}
    asset = make_ready_asset(kind=Kind.VIDEO)
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="download.mp4", media_type="video/mp4", content=b"x")
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        Asset.objects.filter(pk=asset.pk).update(state=state, **columns)
    return Asset.objects.with_policy_facts().get(pk=asset.pk)


def path_of(asset: Asset, track: TextTrack) -> str:
    return urlsplit(track_url(asset, track, now=asset.database_now)).path


def public_path(track: TextTrack, revision: int = 1) -> str:
    return f"/media/public/tracks/{track.asset_id}/{track.pk}/{revision}.vtt"


def fetch(path: str, **headers: str) -> HttpResponseBase:
    return Client().get(path, headers=headers)


def test_a_public_work_s_captions_are_served_as_webvtt_that_nothing_else_can_be_made_of() -> None:
    asset = video()
    track = make_track(asset, words="Xin chào &amp; <i>tạm biệt</i>")
    path = path_of(asset, track)
    assert path == public_path(track)
    answer = fetch(path)
    assert answer.status_code == 200
    assert answer.content.decode() == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nXin chào &amp; <i>tạm biệt</i>\n"
    wanted = {
        "Content-Type": "text/vtt; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "public, max-age=60",
    }
    assert {name: answer[name] for name in wanted} == wanted
    assert not answer.cookies
    again = fetch(path, if_none_match=answer["ETag"])
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "public, max-age=60")
    assert Client().head(path).content == b""
    assert Client().options(path)["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"state": AssetState.DRAFT}, 404),
        ({"state": AssetState.APPROVED}, 404),
        ({"state": AssetState.ARCHIVED}, 404),
        ({"audience": Audience.NETWORK}, 404),
        ({"embargo_until": datetime(2100, 1, 1, tzinfo=UTC)}, 404),
        ({"rights_end": datetime(2020, 1, 1, tzinfo=UTC)}, 404),
        ({"release_required": True}, 404),
        ({"state": AssetState.WITHDRAWN}, 410),
        ({"state": AssetState.WITHDRAWN, "audience": Audience.NETWORK}, 404),
        ({"state": AssetState.WITHDRAWN, "embargo_until": datetime(2100, 1, 1, tzinfo=UTC)}, 404),
    ],
)
def test_they_are_gone_with_the_work(fields: dict[str, object], status: int) -> None:
    asset = video(**fields)
    track = make_track(asset)
    unknown = TextTrack(pk=uuid4(), asset_id=uuid4())
    answers: list[HttpResponseBase] = []
    questions: list[int] = []
    for path in (public_path(track), public_path(unknown)):
        with CaptureQueriesContext(connection) as asked:
            answers.append(fetch(path))
        questions.append(len(asked))
    assert [answer.status_code for answer in answers] == [status, 404]
    if status == 404:
        assert answers[0].content == answers[1].content
        assert answers[0]["Cache-Control"] == "no-store"
        assert questions[0] == questions[1], "the time tells nothing"
    assert "/media/s/" in path_of(asset, track)


def test_drafts_other_works_and_revisions_to_come_are_not_served() -> None:
    asset, other = video(), video()
    draft, track = make_track(asset, state=TrackState.DRAFT), make_track(asset, language="en", revision=3)
    assert fetch(public_path(draft)).status_code == 404
    assert fetch(public_path(track, 4)).status_code == 404
    assert fetch(public_path(track, 0)).status_code == 404
    assert fetch(public_path(track, 10**30)).status_code == 404
    assert fetch(public_path(track, 2)).status_code == 200, "an address that is a little old"
    assert fetch(f"/media/public/tracks/{other.pk}/{track.pk}/3.vtt").status_code == 404
    assert "/media/s/" in path_of(asset, draft), "who works on it gets an address of their own"


def test_a_signed_address_tells_nothing_that_was_written_after_it_was_given_and_not_published() -> None:
    asset = video(audience=Audience.AGENCY)
    editor, track = actor_in(asset.agency, Role.EDITOR), make_track(asset)
    path = path_of(asset, track)
    change_track(asset_id=asset.pk, track_id=track.pk, by=editor, cues=[Cue(start=0, end=9, text="published words")])
    assert b"published words" in fetch(path).content
    change_track(asset_id=asset.pk, track_id=track.pk, by=editor, state=TrackState.DRAFT)
    change_track(asset_id=asset.pk, track_id=track.pk, by=editor, cues=[Cue(start=0, end=9, text="a draft")])
    assert fetch(path).status_code == 404

    change_track(asset_id=asset.pk, track_id=track.pk, by=editor, state=TrackState.PUBLISHED)
    assert fetch(path).status_code == 200
    with pgtrigger.ignore("assets.Asset:asset_state"):
        Asset.objects.filter(pk=asset.pk).update(state=AssetState.DRAFT)
    assert fetch(path).status_code == 404


def test_a_revision_has_one_spelling() -> None:
    track = make_track(video())
    assert fetch(public_path(track)).status_code == 200
    assert fetch(public_path(track).replace("/1.vtt", "/01.vtt")).status_code == 404


def test_an_embed_of_an_earlier_file_has_no_captions_of_the_later_one() -> None:
    asset = video()
    earlier = asset.current_version
    assert earlier is not None
    later = make_version(asset, number=2)
    Asset.objects.filter(pk=asset.pk).update(current_version=later)
    TextTrack.objects.filter(pk=make_track(asset).pk).update(made_for=later)
    page = f"/embed/{asset.pk}?version={earlier.number}"
    assert b"<track" not in fetch(page).content
    TextTrack.objects.filter(asset=asset).update(made_for=earlier)
    assert b"<track" in fetch(page).content


def test_readers_take_captions_away_where_they_take_the_film(signed_in: SignedIn) -> None:
    asset = video(audience=Audience.NETWORK)
    track = make_track(asset)
    make_track(asset, language="en", state=TrackState.DRAFT)
    page = signed_in(make_agency(), Role.VIEWER).get(f"/assets/{asset.pk}").content.decode()
    assert f"/captions/{track.pk}/file.srt" in page
    assert page.count("/file.srt") == 1


def test_a_signed_address_opens_one_track_until_it_expires(settings) -> None:
    asset = video(audience=Audience.AGENCY)
    track, other = make_track(asset), make_track(asset, language="en")
    path = path_of(asset, track)
    answer = fetch(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert fetch(path.replace(str(track.pk), str(other.pk))).status_code == 403
    assert fetch(path.replace("/1.vtt", "/2.vtt")).status_code == 403
    changed = "b" if path[25] == "a" else "a"
    assert fetch(path[:25] + changed + path[26:]).json()["code"] in {"url_invalid", "url_expired"}
    settings.MEDIA_URL_LIFETIME = timedelta(seconds=-5)
    assert fetch(path_of(asset, track)).json()["code"] == "url_expired"
    track.delete()
    assert fetch(path).status_code == 404


def test_the_media_s_terms_hold_for_its_texts(settings) -> None:
    settings.TERRITORY_HEADER = "X-Country"
    asset = video(territories=["VN"])
    track = make_track(asset)
    assert fetch(public_path(track), x_country="VN")["Cache-Control"] == "private, no-store"
    assert fetch(public_path(track), x_country="FR").json()["code"] == "territory_excluded"
    terms = Licence.objects.create(code="press", kind=LicenceKind.PRESS_USE, name_vi="Báo", press_only=True)
    pressed = video(licence_terms=terms)
    track = make_track(pressed)
    assert Client().get(f"/api/v1/assets/{pressed.pk}/tracks/{track.pk}").status_code == 200, "who may watch may read"
    taken = Client().get(f"/api/v1/assets/{pressed.pk}/tracks/{track.pk}?format=srt")
    assert (taken.status_code, taken.json()["code"]) == (403, "press_use_only")


def test_the_embed_page_has_the_tracks_chapters_and_the_transcript(client: Client) -> None:
    asset = video()
    make_track(asset, words="Xin &lt;chào&gt;")
    make_track(asset, language="en", label=EVIL, words="Hello")
    make_track(asset, kind=TrackKind.CHAPTERS, words="Mở đầu")
    make_track(asset, kind=TrackKind.SUBTITLES, language="zh", state=TrackState.DRAFT, words="草稿")
    answer = client.get(f"/embed/{asset.pk}?lang=vi")
    page = answer.content.decode()
    assert page.count("<track ") == 3
    assert f'kind="captions" src="{public_path(asset.tracks.get(language="vi", kind="captions"))}"' in page.replace(
        "http://testserver", ""
    ).replace("http://127.0.0.1:8000", "").replace("http://localhost:8000", "")
    assert 'srclang="vi" label="Tiếng Việt"' in page
    assert "Xin &lt;chào&gt;" in page
    assert 'data-seek="1.000"' in page
    assert "Mở đầu" in page
    assert "草稿" not in page
    assert "<script>alert" not in page
    assert "crossorigin" in page
    embargoed = video(audience=Audience.AGENCY)
    make_track(embargoed)
    token = embed_url(embargoed).partition("?t=")[2]
    assert "/media/s/" in client.get(f"/embed/{embargoed.pk}?t={token}").content.decode()
    assert client.get(f"/embed/{embargoed.pk}").status_code == 404


def test_the_api_s_playback_and_articles_name_the_tracks() -> None:
    asset = video()
    version = asset.current_version
    assert version is not None
    make_rendition(version, profile="hls/master.m3u8", media_type="application/vnd.apple.mpegurl", content=b"#EXTM3U")
    make_track(asset)
    found = Client().get(f"/api/v1/assets/{asset.pk}").json()["playback"]["tracks"]
    assert [(track["kind"], track["language"], track["label"]) for track in found] == [("captions", "vi", "Tiếng Việt")]
    article = make_asset(
        kind=Kind.ARTICLE,
        texts={"vi": {"title": "Tin", "body": f'<figure data-asset="{asset.pk}"></figure>'}},
    )
    Asset.objects.filter(pk=article.pk).update(
        state=AssetState.PUBLISHED, audience=Audience.PUBLIC, published_at=datetime.now(UTC)
    )
    said = Client().get(f"/api/v1/assets/{article.pk}/article").content.decode()
    assert "<track kind=" in said.replace('\\"', '"')
