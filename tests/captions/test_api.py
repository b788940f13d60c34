"""Text tracks by the API: who may write and read them, what is kept, what comes back."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from assets.captions.markup import literal, plain, readable
from assets.captions.reading import read_captions
from assets.models import Asset, CueSheet, Revision, TextTrack
from assets.states import Kind, RevisionAct, TrackKind, TrackState
from assets.usecases import tracks_edit
from assets.usecases.assets_approve import approve_asset
from assets.usecases.tracks_edit import change_track
from permissions.errors import NotAllowed
from permissions.models import AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.corpora import storable
from tests.factories import actor_in, make_agency, make_asset, make_ready_asset, make_track

pytestmark = pytest.mark.django_db
SRT = "1\n00:00:01,000 --> 00:00:02,500\nXin <i>chào</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nTạm biệt & hẹn gặp lại\n"
CUES = [
    {"start": 1000, "end": 2500, "text": "Xin <i>chào</i>", "speaker": ""},
    {"start": 3000, "end": 4000, "text": "Tạm biệt &amp; hẹn gặp lại", "speaker": ""},
]
EVIL = "<script>alert(1)</script>"


def video(**fields: Any) -> Asset:
    return make_ready_asset(kind=Kind.VIDEO, **fields)


def tracks(asset: Asset) -> str:
    return f"/api/v1/assets/{asset.pk}/tracks"


def send_file(client: APIClient, asset: Asset, text: str | bytes = SRT, **fields: str) -> Any:
    data = text.encode() if isinstance(text, str) else text
    body = {"language": "vi", "file": SimpleUploadedFile("a.srt", data), **fields}
    return client.post(tracks(asset), body, format="multipart")


def test_a_file_becomes_cues_that_are_read_changed_one_by_one_and_taken_away(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    made = send_file(client, asset, label=" Phụ   đề ")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["kind"], said["language"], said["state"]) == ("captions", "vi", "published")
    assert (said["format"], said["encoding"], said["cue_count"], said["label"]) == ("srt", "utf-8", 2, "Phụ đề")
    assert (made["ETag"], said["revision"], said["out_of_date"]) == ('"1"', 1, False)
    url = f"{tracks(asset)}/{said['id']}"
    read = client.get(url)
    assert (read.json()["cues"], read["ETag"]) == (CUES, '"1"')
    assert [row["id"] for row in client.get(tracks(asset)).json()["results"]] == [said["id"]]

    changed = client.patch(
        f"{url}/cues/2", {"text": "Hẹn gặp", "speaker": "Lan"}, format="json", headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert client.get(url).json()["cues"][1] == {"start": 3000, "end": 4000, "text": "Hẹn gặp", "speaker": "Lan"}
    late = client.patch(f"{url}/cues/2", {"text": "x"}, format="json", headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert client.patch(f"{url}/cues/3", {"text": "x"}, format="json").status_code == 404
    assert client.patch(f"{url}/cues/0", {"text": "x"}, format="json").status_code == 404
    backwards = client.patch(f"{url}/cues/1", {"end": 1}, format="json")
    assert (backwards.status_code, backwards.json()["code"], backwards.json()["cue"]) == (
        400,
        "captions_time_invalid",
        1,
    )

    assert client.put(url, {"cues": CUES}, format="json", headers={"If-Match": '"2"'}).json()["cue_count"] == 2
    assert client.get(url).json()["cues"] == CUES
    draft = client.patch(url, {"state": "draft", "label": ""}, format="json").json()
    assert (draft["state"], draft["label"], draft["name"]) == ("draft", "", "Tiếng Việt")
    assert client.delete(url, headers={"If-Match": '"3"'}).status_code == 412
    assert client.delete(url, headers={"If-Match": '"4"'}).status_code == 204
    assert client.get(url).status_code == 404
    acts = list(
        AuditEvent.objects.filter(target=asset.pk, act__startswith="asset.track")
        .order_by("id")
        .values_list("act", flat=True)
    )
    assert acts == ["asset.track_added", *["asset.track_changed"] * 3, "asset.track_removed"]
    event = AuditEvent.objects.filter(act="asset.track_removed").get()
    assert (event.data["before"]["cues"], event.data["before"]["language"], event.data["track"]) == (
        2,
        "vi",
        said["id"],
    )


def test_every_wording_is_in_the_history_and_can_be_compared(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    url = f"{tracks(asset)}/{send_file(client, asset).json()['id']}"
    client.patch(f"{url}/cues/1", {"text": "Kính chào"}, format="json")
    client.patch(url, {"state": "draft"}, format="json")
    client.delete(url)
    acts = list(Revision.objects.filter(asset=asset).order_by("number").values_list("act", flat=True))
    assert acts == [RevisionAct.FOUND, *[RevisionAct.TRACKS_CHANGED] * 4]
    assert "tracks" not in Revision.objects.get(asset=asset, number=1).content
    assert CueSheet.objects.filter(asset=asset).count() == 2
    changes = client.get(f"/api/v1/assets/{asset.pk}/diff?from=2&to=4").json()["changes"]
    assert [(change["name"], change["language"]) for change in changes] == [
        ("track.captions", "vi"),
        ("track.captions.state", "vi"),
    ]
    assert {"side": "after", "text": "Kính"} in changes[0]["segments"]
    gone = client.get(f"/api/v1/assets/{asset.pk}/diff?from=4&to=5").json()["changes"][0]
    assert gone["before"].startswith("00:00:01.000–00:00:02.500 Kính chào\n")
    assert gone["after"] == ""


def test_bytes_that_were_sent_never_come_back(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    hostile = (
        "WEBVTT\n\nSTYLE\n::cue { background: url(https://evil.example/x) }\n\nNOTE secret\n\n"
        f"00:01.000 --> 00:02.000 position:0% align:left\n<v {EVIL}>Xin {EVIL}<c.x>chào</c> &lt;b&gt;\n"
    )
    url = f"{tracks(asset)}/{send_file(client, asset, hostile).json()['id']}"
    for form in ("json", "vtt", "srt", "txt"):
        text = client.get(f"{url}?format={form}").content.decode()
        for gone in ("STYLE", "evil", "secret", "position", "<c", "<script"):
            assert gone not in text, form
    vtt = client.get(f"{url}?format=vtt")
    assert vtt["Content-Type"] == "text/vtt; charset=utf-8"
    assert vtt["Content-Disposition"] == f'attachment; filename="{asset.reference}-captions.vi.vtt"'
    assert vtt["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{url}?format=srt")["Content-Type"] == "application/x-subrip; charset=utf-8"
    assert client.get(f"{url}?format=ass").status_code == 400


def test_what_cannot_be_taken_is_said_with_its_place(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    wrong = send_file(client, asset, SRT.replace("00:00:04,000", "00:00:02,000"))
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "captions_time_invalid"
    assert wrong.json()["line"] == 6
    assert wrong.json()["errors"]["file"][0].startswith(("Dòng 6:", "Line 6:"))
    assert send_file(client, asset, b"\x00\x01").json()["code"] == "captions_unknown_format"
    assert send_file(client, asset, b"").json()["code"] == "captions_unknown_format"
    large = send_file(client, asset, b"x" * (6 * 1024 * 1024))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert send_file(client, asset, b"x" * (4 * 1024 * 1024 + 1)).json()["code"] == "captions_too_large"
    for body in (
        {"language": "vi"},
        {"language": "vi", "cues": []},
        {"language": "fr", "cues": CUES},
        {"language": "vi", "cues": CUES, "kind": "metadata"},
        {"language": "vi", "cues": CUES, "x": 1},
        {"language": "vi", "cues": "x"},
        {"language": "vi", "cues": [1]},
        {"language": "vi", "cues": [{"start": 0, "end": 1000}]},
        {"language": "vi", "cues": [{"start": 0, "end": 1000, "text": ["x"]}]},
        {"language": "vi", "cues": [{"start": 0, "end": 1000, "text": "a\x07"}]},
        {"language": "vi", "cues": [{"start": 0.5, "end": 1000, "text": "x"}]},
        {"language": "vi", "cues": [{"start": True, "end": 1000, "text": "x"}]},
        {"language": "vi", "cues": [{"start": -1, "end": 1000, "text": "x"}]},
        {"language": "vi", "cues": [{"start": 0, "end": 10**30, "text": "x"}]},
        {"language": "vi", "cues": [{"start": 0, "end": 1000, "text": "x" * 20_001}]},
        {"language": "vi", "cues": [{"start": 0, "end": 1000, "text": "x", "id": "1"}]},
    ):
        assert client.post(tracks(asset), body, format="json").status_code == 400, body
    assert client.post(tracks(asset), {"language": "vi", "cues": [CUES[0]] * 10_001}, format="json").status_code == 400
    twice = {"language": "vi", "file": [SimpleUploadedFile("a.srt", SRT.encode())] * 2}
    assert client.post(tracks(asset), twice, format="multipart").status_code == 400
    assert not TextTrack.objects.exists()


def test_one_track_of_a_kind_in_a_language_and_only_of_what_has_a_time(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    assert send_file(client, asset).status_code == 201
    again = send_file(client, asset)
    assert (again.status_code, again.json()["code"]) == (409, "track_exists")
    assert send_file(client, asset, kind="subtitles").status_code == 201
    assert send_file(client, asset, language="en").status_code == 201
    assert [row["name"] for row in client.get(tracks(asset)).json()["results"]] == [
        "English",
        "Tiếng Việt",
        "Tiếng Việt",
    ]
    photo = make_asset(agency=asset.agency)
    refused = send_file(client, photo)
    assert (refused.status_code, refused.json()["code"]) == (400, "captions_not_timed")
    assert client.get(tracks(photo)).json() == {"results": []}


def test_who_may_write_and_who_may_read(client_for: ClientFor) -> None:
    agency = make_agency()
    shown = video(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    assert send_file(client_for(agency, Role.VIEWER), shown).json()["code"] == "role_too_low"
    assert send_file(client_for(agency), shown).json()["code"] == "wrong_state"
    assert send_file(APIClient(), shown).status_code == 401
    editor = client_for(agency, Role.EDITOR)
    url = f"{tracks(shown)}/{send_file(editor, shown).json()['id']}"
    stranger = Client()
    assert stranger.get(url).json()["cues"] == CUES
    assert stranger.get(f"{url}?format=vtt").content.startswith(b"WEBVTT")
    draft = send_file(editor, shown, language="en", state="draft").json()["id"]
    for reader in (stranger, client_for(agency, Role.VIEWER), client_for(make_agency(), Role.EDITOR)):
        assert reader.get(f"{tracks(shown)}/{draft}").status_code == 404
        assert len(reader.get(tracks(shown)).json()["results"]) == 1
        assert reader.get(f"/api/v1/assets/{shown.pk}/transcript?language=en").status_code == 404
    assert len(client_for(agency).get(tracks(shown)).json()["results"]) == 2
    hidden = video(agency=agency)
    track = make_track(hidden)
    for path in (tracks(hidden), f"{tracks(hidden)}/{track.pk}", f"/api/v1/assets/{hidden.pk}/transcript"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(f"{tracks(shown)}/{track.pk}").status_code == 404, "a track of another work"
    assert stranger.get(f"{tracks(shown)}/{uuid4()}").status_code == 404


def test_whoever_writes_them_is_a_maker_and_what_was_approved_is_reviewed_again() -> None:
    agency = make_agency(review_steps=1)
    approver, changer = actor_in(agency, Role.EDITOR), actor_in(agency, Role.EDITOR)
    asset = video(agency=agency, state=AssetState.IN_REVIEW)
    track = make_track(asset)
    approve_asset(asset_id=asset.pk, by=approver)
    change_track(asset_id=asset.pk, track_id=track.pk, by=changer, state=TrackState.DRAFT)
    asset.refresh_from_db()
    assert (asset.state, asset.approved_by, asset.makers) == (AssetState.IN_REVIEW, [], [changer.user_id])
    with pytest.raises(NotAllowed):
        approve_asset(asset_id=asset.pk, by=changer)


def test_times_made_for_another_file_are_told_so(client_for: ClientFor) -> None:
    asset = video()
    other = make_ready_asset(kind=Kind.VIDEO).current_version
    track = make_track(asset)
    TextTrack.objects.filter(pk=track.pk).update(made_for=other)
    client = client_for(asset.agency)
    assert client.get(tracks(asset)).json()["results"][0]["out_of_date"] is True
    assert client.put(f"{tracks(asset)}/{track.pk}", {"cues": CUES}, format="json").json()["out_of_date"] is False


def test_the_transcript_is_plain_text_in_paragraphs(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    assert client.get(f"/api/v1/assets/{asset.pk}/transcript").status_code == 404
    cues = [
        {"start": 0, "end": 1000, "text": "Xin <b>chào</b>\nquý vị.", "speaker": "Lan"},
        {"start": 1200, "end": 2000, "text": "Hôm nay", "speaker": "Lan"},
        {"start": 2000, "end": 3000, "text": "Cảm ơn &lt;3", "speaker": "Minh"},
        {"start": 9000, "end": 9500, "text": "Hết", "speaker": "Minh"},
    ]
    assert client.post(tracks(asset), {"language": "vi", "cues": cues}, format="json").status_code == 201
    zh = [{"start": 0, "end": 1000, "text": "你好\n世界"}, {"start": 1000, "end": 2000, "text": "再见"}]
    assert (
        client.post(tracks(asset), {"language": "zh", "kind": "subtitles", "cues": zh}, format="json").status_code
        == 201
    )
    answer = client.get(f"/api/v1/assets/{asset.pk}/transcript")
    assert (answer["Content-Type"], answer["Content-Language"]) == ("text/plain; charset=utf-8", "vi")
    assert answer.content.decode() == "Lan: Xin chào quý vị. Hôm nay\n\nMinh: Cảm ơn <3\n\nMinh: Hết\n"
    assert client.get(f"/api/v1/assets/{asset.pk}/transcript?language=zh").content.decode() == "你好世界再见\n"
    found = client.get(f"/api/v1/assets/{asset.pk}/transcript?format=json").json()
    assert found["paragraphs"][1] == {"start": 2000, "speaker": "Minh", "text": "Cảm ơn <3"}
    assert client.get(f"/api/v1/assets/{asset.pk}/transcript?language=en").status_code == 404


def test_chapters_are_one_list_with_a_title_per_language(client_for: ClientFor) -> None:
    asset = video()
    type(asset.current_version).objects.filter(pk=asset.current_version_id).update(duration=30.5)
    client = client_for(asset.agency)
    url = f"/api/v1/assets/{asset.pk}/chapters"
    said = [
        {"start": 0, "titles": {"vi": "Mở đầu", "en": "Opening & <b>"}},
        {"start": 10_000, "titles": {"vi": "Nội dung"}},
        {"start": 20_000, "titles": {"vi": "Kết", "en": "End"}},
    ]
    made = client.put(url, {"chapters": said}, format="json")
    assert made.status_code == 200, made.content
    assert [(row["start"], row["end"]) for row in made.json()["chapters"]] == [
        (0, 10_000),
        (10_000, 20_000),
        (20_000, 30_500),
    ]
    assert made.json()["chapters"][0]["titles"] == {"vi": "Mở đầu", "en": "Opening & <b>"}
    assert client.get(url).json() == made.json()
    rows = {track.language: track for track in TextTrack.objects.filter(asset=asset, kind=TrackKind.CHAPTERS)}
    assert (rows["vi"].cue_count, rows["en"].cue_count, rows["vi"].state) == (3, 2, TrackState.PUBLISHED)
    client.patch(f"{tracks(asset)}/{rows['vi'].pk}", {"state": "draft"}, format="json")
    assert client.put(url, {"chapters": said[:1]}, format="json").json()["chapters"][0]["end"] == 30_500
    assert TextTrack.objects.get(pk=rows["vi"].pk).state == TrackState.DRAFT, "a draft stays one"
    for bad in (
        [{"start": 0, "titles": {}}],
        [{"start": 0, "titles": {"fr": "x"}}],
        [{"start": 0, "end": 5, "titles": {"vi": "a"}}, {"start": 4, "titles": {"vi": "b"}}],
        [{"start": 0, "titles": {"vi": "a"}}, {"start": 0, "titles": {"vi": "b"}}],
    ):
        assert client.put(url, {"chapters": bad}, format="json").status_code == 400, bad
    vtt = "WEBVTT\n\n00:00.000 --> 00:10.000\nMở đầu\n\n00:05.000 --> 00:20.000\nChồng\n"
    overlapping = send_file(client, asset, vtt, kind="chapters", language="zh")
    assert (overlapping.json()["code"], overlapping.json()["line"]) == ("captions_time_invalid", 6)
    assert client.put(url, {"chapters": []}, format="json").json() == {"chapters": []}
    assert not TextTrack.objects.filter(asset=asset).exists()


def test_chapters_that_somebody_changed_in_between_are_not_lost(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    url = f"/api/v1/assets/{asset.pk}/chapters"
    opening = {"start": 0, "end": 9_000, "titles": {"vi": "Mở đầu"}}
    read = client.put(url, {"chapters": [opening]}, format="json")["ETag"]
    assert client.get(url)["ETag"] == read
    translated = opening | {"titles": {"vi": "Mở đầu", "en": "Opening"}}
    assert client.put(url, {"chapters": [translated]}, format="json", headers={"If-Match": read}).status_code == 200
    late = client.put(url, {"chapters": [opening]}, format="json", headers={"If-Match": read})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert client.get(url).json() == {"chapters": [translated]}


def test_chapters_that_were_read_can_be_sent_back(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    two = "WEBVTT\n\n00:00.000 --> 00:10.000\nMở đầu\n\n00:10.000 --> 00:20.000\nKết\n"
    one = "WEBVTT\n\n00:00.000 --> 00:20.000\nEverything\n"
    for text, language in ((two, "vi"), (one, "en")):
        assert send_file(client, asset, text, kind="chapters", language=language).status_code == 201
    before = dict(TextTrack.objects.filter(asset=asset).values_list("language", "sheet"))
    read = client.get(f"/api/v1/assets/{asset.pk}/chapters").json()
    assert client.put(f"/api/v1/assets/{asset.pk}/chapters", read, format="json").status_code == 200
    assert dict(TextTrack.objects.filter(asset=asset).values_list("language", "sheet")) == before


def test_the_wordings_that_are_kept_have_a_bound(client_for: ClientFor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks_edit, "MAX_WORDINGS", 2)
    asset = video()
    client = client_for(asset.agency)
    track = send_file(client, asset, SRT).json()
    url = f"{tracks(asset)}/{track['id']}"
    assert client.put(url, {"cues": CUES}, format="json").status_code == 200
    others = [cue | {"text": "khác"} for cue in CUES]
    assert client.put(url, {"cues": others}, format="json").status_code == 200
    third = client.put(url, {"cues": CUES[:1]}, format="json")
    assert (third.status_code, third.json()["code"]) == (409, "too_many_wordings")
    assert client.get(url).json()["cue_count"] == len(CUES)
    assert client.put(url, {"cues": CUES}, format="json").status_code == 200, "a wording that is kept already"


def test_tracks_and_their_sheets_go_with_a_purged_work() -> None:
    asset = make_asset(kind=Kind.VIDEO)
    make_track(asset)
    asset.delete()
    assert not TextTrack.objects.exists()
    assert not CueSheet.objects.exists()


def test_every_naughty_text_comes_back_as_it_was_said(client_for: ClientFor) -> None:
    asset = video()
    client = client_for(asset.agency)
    said = ["\n".join(" ".join(line.split()) for line in readable(text).split("\n")) for text in storable()]
    said = [text for text in said if text.strip() and len(text) <= 1000 and "\n\n" not in f"\n{text}\n"]
    assert len(said) > 400
    rows = [{"start": n * 1000, "end": n * 1000 + 900, "text": literal(text)} for n, text in enumerate(said)]
    made = client.post(tracks(asset), {"language": "vi", "cues": rows}, format="json")
    assert made.status_code == 201, made.content
    url = f"{tracks(asset)}/{made.json()['id']}"
    assert [plain(cue["text"]) for cue in client.get(url).json()["cues"]] == said
    vtt = client.get(f"{url}?format=vtt").content.decode()
    assert [plain(cue.text) for cue in read_captions(vtt).cues] == said
