"""Every state of an asset's content is kept, can be compared with any other, and made current again by a new one."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assets.diffing import Side, segments
from assets.history import content_of, forget_histories
from assets.models import Asset, AssetText, Correction, Revision
from assets.states import Kind, RevisionAct
from permissions.models import Agency, User
from permissions.vocabulary import Role
from tests.factories import distinct_jpeg, make_agency, make_asset, make_ready_asset
from tests.versions.flow import API, act, corrected, detail, person, public_photo, send, status, work_off_the_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP", review_steps=0)


@pytest.fixture
def editor(agency: Agency) -> tuple[User, APIClient]:
    return person(agency)


def patch(client: APIClient, asset: Asset, **said: object) -> None:
    answer = client.patch(f"{API}/assets/{asset.pk}", said, format="json")
    assert answer.status_code == 200, answer.content


def history(client: APIClient, asset: Asset) -> list[dict[str, object]]:
    answer = client.get(f"{API}/assets/{asset.pk}/revisions")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def diff(client: APIClient, asset: Asset, before: int, after: int) -> dict[tuple[str, str | None], dict[str, object]]:
    answer = client.get(f"{API}/assets/{asset.pk}/diff", {"from": before, "to": after})
    assert answer.status_code == 200, answer.content
    return {(change["name"], change["language"]): change for change in answer.json()["changes"]}


def test_every_change_of_the_content_is_a_revision_with_who_and_why(
    agency: Agency, editor: tuple[User, APIClient]
) -> None:
    user, client = editor
    asset = public_photo(agency)
    patch(client, asset, texts={"vi": {"title": "Cầu Long Biên"}}, reason="Tên đầy đủ")
    patch(client, asset, author="Lan")
    corrected(client, asset)
    found = history(client, asset)
    assert [(row["number"], row["act"], row["version"]) for row in found] == [
        (4, "replaced", 2),
        (3, "edited", 1),
        (2, "edited", 1),
        (1, "found", 1),
    ]
    assert [row["reason"] for row in found] == ["Sai người trong ảnh", "", "Tên đầy đủ", ""]
    assert [row["by"] for row in found] == [user.full_name, user.full_name, user.full_name, None]
    assert found[0]["revision"] == detail(client, asset)["revision"]
    latest = Revision.objects.get(asset=asset, number=4)
    asset = Asset.objects.get(pk=asset.pk)
    assert latest.content == content_of(asset)
    assert latest.version_id == asset.current_version_id


def test_an_edit_for_a_reason_corrects_what_is_published(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset, draft = public_photo(agency), make_ready_asset(agency=agency)
    patch(client, asset, place="Hà Nội")
    assert detail(client, asset)["corrected_at"] is None
    patch(client, asset, place="Huế", reason="Sai nơi chụp")
    assert detail(client, asset)["corrected_at"] is not None
    patch(client, draft, place="Huế", reason="Sai nơi chụp")
    assert detail(client, draft)["corrected_at"] is None


def test_an_edit_that_changes_nothing_is_no_revision(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset = make_ready_asset(agency=agency)
    for _ in range(2):
        patch(client, asset, author="Lan")
    assert [row["number"] for row in history(client, asset)] == [2, 1]


def test_uploads_articles_and_tables_begin_and_go_on_with_their_history(
    agency: Agency, editor: tuple[User, APIClient]
) -> None:
    _, client = editor
    said = {"agency": "VGP", "kind": "article", "texts": {"vi": {"title": "Tin"}}}
    article = Asset.objects.get(pk=client.post(f"{API}/assets", said, format="json").json()["id"])
    assert [row["act"] for row in history(client, article)] == ["created"]
    graphic = make_ready_asset(agency=agency, kind=Kind.INFOGRAPHIC)
    answer = client.put(f"{API}/assets/{graphic.pk}/table", {"columns": ["Năm"], "rows": [["2026"]]}, format="json")
    assert answer.status_code == 200, answer.content
    assert [row["act"] for row in history(client, graphic)] == ["table_set", "found"]
    assert diff(client, graphic, 1, 2)[("table", None)]["after"] == {
        "caption": "",
        "columns": ["Năm"],
        "rows": [["2026"]],
    }
    assert send(client, graphic).status_code == 201
    work_off_the_queue()
    assert {"replaced"} <= {row["act"] for row in history(client, graphic)}


def test_any_two_revisions_are_compared_field_by_field_and_word_by_word(
    agency: Agency, editor: tuple[User, APIClient]
) -> None:
    _, client = editor
    asset = public_photo(agency, texts={"vi": {"title": "Cầu Long Biên cũ", "caption": "Một"}}, author="Lan")
    patch(client, asset, texts={"vi": {"title": "Cầu Long Biên mới"}, "en": {"title": "Bridge"}}, keywords=["cầu"])
    corrected(client, asset, distinct_jpeg(width=90, height=70))

    changes = diff(client, asset, 1, 3)

    title = changes[("title", "vi")]
    assert title["segments"] == [
        {"side": "both", "text": "Cầu Long Biên "},
        {"side": "before", "text": "cũ"},
        {"side": "after", "text": "mới"},
    ]
    assert (changes[("title", "en")]["before"], changes[("title", "en")]["after"]) == ("", "Bridge")
    assert (changes[("keywords", None)]["before"], changes[("keywords", None)]["after"]) == ([], ["cầu"])
    assert (changes[("file.width", None)]["before"], changes[("file.width", None)]["after"]) == (64, 90)
    assert {("file.size", None), ("file.sha256", None), ("file.number", None)} <= set(changes)
    assert ("author", None) not in changes
    back = diff(client, asset, 3, 1)
    assert back[("title", "vi")]["before"] == title["after"]
    assert diff(client, asset, 2, 2) == {}


def test_the_segments_put_together_are_the_two_texts() -> None:
    long = " ".join(f"từ{number}" for number in range(30_000))
    other = " ".join(f"lời{number}" for number in range(30_000))
    pairs = [
        ("", ""),
        ("a", ""),
        ("", "a b"),
        ("<p>một  hai</p>\n", "<p>hai</p> ba"),
        (long, "x " + long),
        (long, other),
    ]
    for before, after in pairs:
        found = segments(before, after)
        assert "".join(each.text for each in found if each.side is not Side.AFTER) == before
        assert "".join(each.text for each in found if each.side is not Side.BEFORE) == after


def test_only_those_who_follow_the_work_read_its_history(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset, draft = public_photo(agency), make_ready_asset(agency=agency)
    patch(client, asset, author="Lan")
    _, stranger = person(make_agency(), Role.AGENCY_ADMIN)
    _, viewer = person(agency, Role.VIEWER)
    for who in (stranger, viewer):
        assert status(who, f"assets/{asset.pk}/revisions") == 403
        assert status(who, f"assets/{asset.pk}/diff", **{"from": 1, "to": 2}) == 403
    assert status(stranger, f"assets/{draft.pk}/revisions") == 404
    assert status(client, f"assets/{asset.pk}/diff", **{"from": 1, "to": 99}) == 404
    assert status(client, f"assets/{asset.pk}/diff", to=1) == 400


def test_earlier_texts_are_said_again_by_a_new_revision(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset = public_photo(agency, texts={"vi": {"title": "Đúng", "caption": "Một"}}, author="Lan")
    patch(client, asset, texts={"vi": {"title": "Sai", "caption": ""}, "en": {"title": "Wrong"}}, author="Hoa")
    patch(client, asset, audience="network")
    assert act(client, asset, "revisions/1/restore", reason="Như trước").status_code == 200
    said = detail(client, asset)
    assert {code: text["title"] for code, text in said["texts"].items()} == {"vi": "Đúng"}
    assert (said["author"], said["texts"]["vi"]["caption"], said["audience"]) == ("Lan", "Một", "network")
    found = history(client, asset)
    assert [(row["number"], row["act"]) for row in found][:2] == [(4, "texts_restored"), (3, "edited")]
    assert AssetText.objects.filter(asset=asset).count() == 1
    assert act(client, asset, "revisions/9/restore").status_code == 404


def test_a_stale_translation_comes_back_as_stale(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset = make_ready_asset(agency=agency, texts={"vi": {"title": "Một"}, "en": {"title": "One"}})
    AssetText.objects.filter(asset=asset, language="en").update(state="translated")
    patch(client, asset, texts={"vi": {"title": "Hai"}})
    assert detail(client, asset)["texts"]["en"]["state"] == "stale"
    patch(client, asset, texts={"en": {"title": "Two"}})
    assert act(client, asset, "revisions/2/restore").status_code == 200
    english = detail(client, asset)["texts"]["en"]
    assert (english["title"], english["state"]) == ("One", "stale")


def test_an_earlier_file_becomes_current_again_and_nothing_is_rewritten(
    agency: Agency, editor: tuple[User, APIClient]
) -> None:
    _, client = editor
    asset = public_photo(agency)
    corrected(client, asset)
    assert act(client, asset, "versions/1/restore").json()["code"] == "reason_needed"
    answer = act(client, asset, "versions/1/restore", reason="Bản đầu đúng")
    assert (answer.status_code, answer.json()["version"]["number"]) == (200, 1)
    assert [(row["act"], row["version"]) for row in history(client, asset)] == [
        ("file_restored", 1),
        ("replaced", 2),
        ("found", 1),
    ]
    assert act(client, asset, "versions/1/restore", reason="x").status_code == 409
    assert act(client, asset, "versions/9/restore", reason="x").status_code == 404
    assert corrected(client, asset).number == 3


def test_bringing_a_file_back_is_confirmed_like_any_correction() -> None:
    agency = make_agency(review_steps=1)
    asset, (_, own), (_, other) = public_photo(agency), person(agency), person(agency)
    corrected(own, asset)
    assert act(other, asset, "versions/2/confirm").status_code == 200
    assert act(own, asset, "versions/1/restore", reason="Bản đầu đúng").status_code == 200
    waiting = detail(own, asset)
    assert (waiting["version"]["number"], waiting["correction"]["version"]) == (2, 1)
    assert act(own, asset, "versions/1/confirm").json()["code"] == "own_work"
    assert act(other, asset, "versions/1/confirm").json()["version"]["number"] == 1
    assert Correction.objects.filter(restores=True, state="adopted").count() == 1


def test_the_database_keeps_a_history_as_it_was_written(agency: Agency, editor: tuple[User, APIClient]) -> None:
    _, client = editor
    asset = make_ready_asset(agency=agency)
    patch(client, asset, author="Lan")
    for statement in ("UPDATE assets_revision SET reason = 'x'", "DELETE FROM assets_revision"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert forget_histories() == 0
    article = make_asset(agency=agency, kind=Kind.ARTICLE)
    gone = article.pk
    Revision.objects.create(asset_id=gone, number=1, act=RevisionAct.CREATED, asset_revision=1, content={})
    article.delete()
    assert forget_histories() == 1
    assert not Revision.objects.filter(asset_id=gone).exists()


def test_the_histories_of_what_is_gone_are_found_without_asking_all_assets_for_each_row() -> None:
    with CaptureQueriesContext(connection) as captured:
        forget_histories()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64kB'")  # too little for a table of all assets
        cursor.execute("EXPLAIN " + captured[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Anti Join" in plan
    assert "SubPlan" not in plan


def test_what_changed_without_a_revision_is_kept_before_the_next_one(
    agency: Agency, editor: tuple[User, APIClient]
) -> None:
    _, client = editor
    asset = make_ready_asset(agency=agency)
    patch(client, asset, author="Lan")
    Asset.objects.filter(pk=asset.pk).update(author="Hoa")  # as an earlier release would, during an upgrade
    patch(client, asset, place="Huế")
    assert [row["act"] for row in history(client, asset)] == ["edited", "found", "edited", "found"]
    assert diff(client, asset, 3, 4).keys() == {("place", None)}
