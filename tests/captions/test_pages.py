"""The pages for captions: a file comes in, cues are mended where they stand, readers get chapters and a transcript."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assets.captions.cues import Cue
from assets.captions.markup import tidy
from assets.models import Asset, TextTrack
from assets.states import Kind, TrackKind, TrackState
from assets.tracks import cues_of
from assets.usecases.tracks_edit import change_track
from mediacenter.web.presentation.tracks import typed
from permissions.vocabulary import AssetState, Audience, Role
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_rendition, make_track
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"
SRT = "1\n00:00:01,000 --> 00:00:02,500\nXin <i>chào</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nR&D\n"


def video(**fields: Any) -> Asset:
    return make_ready_asset(kind=Kind.VIDEO, **fields)


def uploaded(text: str = SRT, name: str = "a.srt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def cues(track: TextTrack) -> tuple[Cue, ...]:
    return cues_of(TextTrack.objects.select_related("sheet").get(pk=track.pk))


def row(number: int | str, start: str, end: str, text: str, speaker: str = "") -> dict[str, str]:
    said = {"start": start, "end": end, "text": text, "speaker": speaker}
    return {f"{name}-{number}": value for name, value in said.items()}


def test_a_file_is_added_read_mended_and_taken_away(signed_in: SignedIn) -> None:
    asset = video()
    editor = signed_in(asset.agency)
    page = f"/assets/{asset.pk}/captions"
    assert "Captions and chapters" in editor.get(f"/assets/{asset.pk}").content.decode()
    form = {"kind": "captions", "language": "vi", "label": "", "state": "published"}
    saved = editor.post(page, {**form, "file": uploaded()})
    assert saved.status_code == 302, saved.content
    track = TextTrack.objects.get(asset=asset)
    assert saved["Location"] == f"{page}/{track.pk}"
    again = editor.post(page, {**form, "file": uploaded()})
    assert (again.status_code, "There is already such a track" in again.content.decode()) == (400, True)
    wrong = editor.post(page, {**form, "kind": "subtitles", "file": uploaded(SRT.replace("04,000", "02,000"))})
    assert (wrong.status_code, "Line 6: It ends" in wrong.content.decode()) == (400, True)

    shown = editor.get(f"{page}/{track.pk}").content.decode()
    assert 'value="00:00:02.500"' in shown
    assert "Xin &lt;i&gt;chào&lt;/i&gt;</textarea>" in shown
    assert "R&amp;D</textarea>" in shown, "signs as people type them"
    body = {
        "act": "cues",
        "revision": "1",
        **row(1, "00:00:01.000", "00:00:02.500", "Xin <b>chào</b>", "Lan"),
        **row(2, "00:00:03.000", "00:00:04.000", " "),
        **row("new", "00:05.0", "00:06,5", f"{EVIL} R&D"),
    }
    assert editor.post(f"{page}/{track.pk}", body).status_code == 302
    assert cues(track) == (
        Cue(start=1000, end=2500, text="Xin <b>chào</b>", speaker="Lan"),
        Cue(start=5000, end=6500, text="alert(1) R&amp;D"),
    )
    stale = editor.post(f"{page}/{track.pk}", body)
    assert (stale.status_code, 'name="revision" value="1"' in stale.content.decode()) == (400, True)
    assert "Somebody changed this" in stale.content.decode()
    wrong = editor.post(f"{page}/{track.pk}", {**body, "revision": "2", **row(1, "soon", "00:00:02.500", "Còn đây")})
    assert (wrong.status_code, "Còn đây" in wrong.content.decode()) == (400, True)
    for odd in ({}, {"act": "x", "revision": "2"}, {"act": "cues", "revision": "x"}, {"act": "delete"}):
        assert editor.post(f"{page}/{track.pk}", odd).status_code == 404, odd

    settings = {"act": "settings", "revision": "2", "label": EVIL, "state": "draft", "file": uploaded()}
    assert editor.post(f"{page}/{track.pk}", settings).status_code == 302
    track.refresh_from_db()
    assert (track.state, track.cue_count, track.revision) == (TrackState.DRAFT, 2, 3)
    broken = {**settings, "revision": "3", "file": uploaded("x")}
    assert editor.post(f"{page}/{track.pk}", broken).status_code == 400
    assert EVIL not in editor.get(page).content.decode()
    assert editor.post(f"{page}/{track.pk}", {"act": "delete", "revision": "3"})["Location"] == page
    assert not TextTrack.objects.exists()


def test_long_tracks_are_mended_a_page_at_a_time(signed_in: SignedIn) -> None:
    asset = video()
    editor = signed_in(asset.agency)
    page = f"/assets/{asset.pk}/captions"
    lines = [
        f"{i}\n00:{i // 60:02}:{i % 60:02},000 --> 00:{i // 60:02}:{i % 60:02},900\ncâu {i}\n" for i in range(1, 121)
    ]
    form = {"kind": "captions", "language": "vi", "state": "published", "file": uploaded("\n".join(lines))}
    assert editor.post(page, form).status_code == 302
    track = TextTrack.objects.get()
    second = f"{page}/{track.pk}?from=51"
    shown = editor.get(second).content.decode()
    assert 'name="text-51"' in shown
    assert 'name="text-100"' in shown
    assert 'name="text-50"' not in shown
    assert 'name="text-101"' not in shown
    assert 'href="?from=101"' in shown
    body = {"act": "cues", "revision": "1", **row(51, "00:00:51.000", "00:00:51.900", "mới")}
    assert editor.post(second, body)["Location"].endswith("?from=51")
    assert [cue.text for cue in cues(track)][49:52] == ["câu 50", "mới", "câu 52"]
    assert len(cues(track)) == 120
    assert editor.get(f"{page}/{track.pk}?from=999999").status_code == 200
    assert editor.get(f"{page}/{track.pk}?from=x").status_code == 404


def test_a_refusal_names_the_cue_as_the_page_does(signed_in: SignedIn) -> None:
    asset = video()
    track = make_track(asset)
    cues = [Cue(start=1000 * number, end=1000 * number + 900, text=f"câu {number}") for number in range(1, 4)]
    editor = actor_in(asset.agency, Role.EDITOR)
    change_track(asset_id=asset.pk, track_id=track.pk, by=editor, cues=cues)
    browser = signed_in(asset.agency, Role.EDITOR)
    url = f"/assets/{asset.pk}/captions/{track.pk}"
    late = row(1, "00:01:01.000", "00:00:01.900", "câu 1")
    refused = browser.post(url, {"act": "cues", "revision": "2", **late})
    assert (refused.status_code, b"Cue 1:" in refused.content) == (400, True)
    emptied, wrong = row(1, "00:00:01.000", "00:00:01.900", ""), row(2, "00:00:03.000", "00:00:02.900", "câu 2")
    refused = browser.post(url, {"act": "cues", "revision": "2", **emptied, **wrong})
    assert (refused.status_code, b"Cue 2:" in refused.content) == (400, True)


def test_who_sees_the_pages(signed_in: SignedIn) -> None:
    asset = video(state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    track = make_track(asset)
    for path in (f"/assets/{asset.pk}/captions", f"/assets/{asset.pk}/captions/{track.pk}"):
        assert signed_in(asset.agency, Role.EDITOR).get(path).status_code == 200
        assert signed_in(asset.agency, Role.VIEWER).get(path).status_code == 403
        assert signed_in(make_agency(), Role.EDITOR).get(path).status_code == 404
    photo = make_asset(agency=asset.agency)
    assert signed_in(asset.agency, Role.EDITOR).get(f"/assets/{photo.pk}/captions").status_code == 404
    large = {"file": SimpleUploadedFile("a.srt", b"x" * (6 * 1024 * 1024))}
    assert signed_in(asset.agency, Role.EDITOR).post(f"/assets/{asset.pk}/captions", large).status_code == 413


def test_readers_get_the_tracks_the_chapters_and_the_transcript_in_their_language(signed_in: SignedIn) -> None:
    asset = video(state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    assert asset.current_version is not None
    make_rendition(asset.current_version, profile="download.mp4", media_type="video/mp4")
    reader = signed_in(asset.agency, Role.VIEWER)
    assert "Transcript" not in reader.get(f"/assets/{asset.pk}").content.decode()
    make_track(asset, words="Xin <b>chào</b> &lt;3")
    make_track(asset, kind=TrackKind.SUBTITLES, language="en", words="Hello")
    make_track(asset, kind=TrackKind.CHAPTERS, words="Mở đầu")
    make_track(asset, kind=TrackKind.CHAPTERS, language="en", words="Opening")
    make_track(asset, kind=TrackKind.SUBTITLES, language="zh", words="草稿", state=TrackState.DRAFT)
    page = reader.get(f"/assets/{asset.pk}").content.decode()
    assert page.count("<track ") == 4
    assert page.index("Transcript: English") < page.index("Transcript: Vietnamese")
    assert "Xin chào &lt;3</p>" in page
    assert "Opening" in page
    assert "Mở đầu" not in page
    assert "草稿" not in page
    english = signed_in(asset.agency, Role.VIEWER, language="zh-hans").get(f"/assets/{asset.pk}").content.decode()
    assert "Mở đầu" in english, "without chapters in the reader's language, the work's own"


@pytest.mark.parametrize("text", ["R&D", "a < b", "<b>x</b>", "&copy;", "1 > 0 & <i>y</i>", "<script>", "&lt;b&gt;"])
def test_what_is_shown_to_be_typed_means_the_same(text: str) -> None:
    kept = tidy(text)
    assert tidy(typed(kept)) == kept
    assert typed(tidy("R&amp;D &lt; 3")) == "R&D < 3"
