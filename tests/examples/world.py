"""A small agency at work, with something in every state that an operation of the API needs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pgtrigger
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from assets.changes.sealing import seal_all_changes
from assets.models import Asset, AssetComment, AssetVersion, Correction, Licence, Nomination, ProcessingAttempt, Release
from assets.models.article import DataTable
from assets.models.rights import LicenceKind, ReleaseKind
from assets.search.entries import passages_of
from assets.search.terms import keep_terms, terms_of
from assets.states import Kind, VersionState
from permissions.models import Agency, AgencyTerms, Membership, User
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import (
    make_agency,
    make_asset,
    make_collection,
    make_invitation,
    make_member,
    make_ready_asset,
    make_token,
    make_track,
    make_upload,
    make_user,
    make_version,
)

API = "/api/v1/"
BRIDGE = {
    "vi": {"title": "Cầu Long Biên lúc bình minh", "caption": "Người dân qua cầu buổi sớm", "alt_text": "Cầu thép"},
    "en": {"title": "Long Bien Bridge at dawn", "caption": "People cross the bridge early in the morning"},
    "zh": {"title": "黎明时分的龙编桥"},
}
PARTS = 5 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class World:
    """``clients`` by who asks; ``values`` are what ``<name>`` stands for in the requests."""

    clients: dict[str, Client]
    values: dict[str, str]


def bearing(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def build() -> World:
    own = make_agency(
        code="VGP", name_vi="Cổng Thông tin điện tử Chính phủ", name_en="Government Portal", name_zh="政府门户网站"
    )
    below = make_agency(code="VGPHN", parent=own, name_vi="Cơ quan thường trú Hà Nội")
    make_agency(code="TTX", name_vi="Thông tấn xã", name_en="News Agency")
    reviewing = make_agency(code="VGPBT", parent=own, name_vi="Ban Biên tập", review_steps=1)
    admin = make_member(own, Role.AGENCY_ADMIN)
    token, secret = make_token(user=admin, name="Cổng tin")
    clients = {"admin": bearing(secret)}
    for role in (PlatformRole.OPERATOR, PlatformRole.CENTRAL_EDITOR, PlatformRole.AUDITOR):
        person = make_user(platform_role=role, full_name="Nguyễn Thị Hoa")
        clients[str(role)] = bearing(make_token(user=person)[1])
    values = {"token": str(make_token(user=admin, name="Cũ")[0].pk)}
    values |= _works(own, reviewing)
    values |= _files(own, admin)
    values |= _people(own, admin)
    values |= _around(own, below, values)
    values |= _of_the_caller(own, admin, f"token:{token.pk}", clients["admin"])
    _asked(clients[PlatformRole.CENTRAL_EDITOR], f"nominations/{values['accepted']}/accept", {})
    AgencyTerms.objects.create(agency=own, version=1, text_vi="Ghi rõ nguồn.", text_en="Name the source.")
    clients["portal"] = bearing(make_token(agency=own, name="Cổng tin điện tử")[1])
    values |= _of_the_portal(clients["portal"], values["photo"])
    return World(clients=clients, values=values)


def _photo(agency: Agency, **fields: Any) -> Asset:
    fields = {"texts": BRIDGE, "credit_line": "Ảnh: Nhật Bắc", "place": "Hà Nội", "keywords": ["cầu"], **fields}
    return make_ready_asset(agency=agency, **fields)


def _works(own: Agency, reviewing: Agency) -> dict[str, str]:
    published = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC}
    works = {
        "photo": _photo(own, **published),
        "draft": _photo(own),
        "archived": _photo(own, state=AssetState.ARCHIVED),
        "to_review": _photo(reviewing),
        "waiting": _photo(reviewing, state=AssetState.IN_REVIEW, submitted_at=timezone.now()),
        "to_change": _photo(reviewing, state=AssetState.IN_REVIEW, submitted_at=timezone.now()),
        "approved": _photo(reviewing, state=AssetState.APPROVED, approved_by=[make_member(reviewing, Role.EDITOR).pk]),
        "trashed": _photo(own),
        "held": _photo(own),
        "proposed": _photo(own, **published),
        "article": make_asset(
            agency=own,
            kind=Kind.ARTICLE,
            texts={"vi": {"title": "Cầu mới nối hai bờ", "caption": "Thông xe", "body": "<p>Sáng nay thông xe.</p>"}},
            **published,
        ),
        "infographic": _photo(own, kind=Kind.INFOGRAPHIC, **published),
        "film": _photo(own, kind=Kind.VIDEO, **published),
    }
    now = timezone.now()
    Asset.objects.filter(pk=works["trashed"].pk).update(deleted_at=now, deletion_reason="Trùng ảnh khác")
    Asset.objects.filter(pk=works["held"].pk).update(held_at=now, hold_reason="Đang khiếu nại")
    DataTable.objects.create(asset=works["infographic"], columns=["Năm", "Lượt xe"], rows=[["2025", "1200"]])
    track = make_track(works["film"], words="Chào buổi sáng.")
    AssetComment.objects.create(asset=works["draft"], text="Xem lại chú thích.")
    release = Release.objects.create(asset=works["draft"], kind=ReleaseKind.MODEL, name="Trần Văn An")
    keep_terms(terms_of(passages_of(works["photo"])))
    nomination = Nomination.objects.create(asset=works["proposed"], agency=own)
    accepted = Nomination.objects.create(asset=works["film"], agency=own)
    found = {name: str(work.pk) for name, work in works.items()}
    return found | {
        "track": str(track.pk),
        "release": str(release.pk),
        "nomination": str(nomination.pk),
        "accepted": str(accepted.pk),
    }


def _files(own: Agency, admin: User) -> dict[str, str]:
    """Works whose files were refused, are being processed, were replaced, and are to be."""
    refused, running, replaced, corrected = (_photo(own) for _ in range(4))
    make_version(refused, state=VersionState.REJECTED)
    version = make_version(running, state=VersionState.PROCESSING)
    job = ProcessingAttempt.objects.create(version=version, state="running", progress=40)
    AssetVersion.objects.filter(pk=version.pk).update(attempt=job.pk)
    make_version(replaced, number=2, state=VersionState.READY)
    _correct(corrected, admin)
    return {
        "refused": str(refused.pk),
        "running": str(running.pk),
        "job": str(job.pk),
        "replaced": str(replaced.pk),
        "corrected": str(corrected.pk),
    }


def _correct(asset: Asset, admin: User) -> None:
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        Asset.objects.filter(pk=asset.pk).update(state=AssetState.PUBLISHED, published_at=timezone.now())
    identity, editor = uuid7(), make_user(full_name="Lê Minh")
    Membership.objects.create(user=editor, agency=asset.agency, role=Role.EDITOR)
    version = AssetVersion.objects.create(
        id=identity, asset=asset, number=2, state=VersionState.READY, original_key=f"originals/{asset.pk}/{identity}",
        filename="cầu.jpg", size=1000, verified_at=datetime.now(UTC), sha256=identity.hex * 2, media_type="image/jpeg",
        proposed=True, hidden=True,
    )  # fmt: skip
    Correction.objects.create(
        asset=asset, version=version, state="waiting", reason="Sai ảnh", made_by=editor, makers=[editor.pk]
    )


def _people(own: Agency, admin: User) -> dict[str, str]:
    leaver, member = make_user(full_name="Phạm Thu Hà"), make_user(full_name="Trần Văn An")
    of_leaver = Membership.objects.create(user=leaver, agency=own, role=Role.EDITOR)
    Membership.objects.create(user=member, agency=own, role=Role.CONTRIBUTOR)
    return {
        "admin": str(admin.pk),
        "leaver": str(leaver.pk),
        "person": str(member.pk),
        "member": str(of_leaver.pk),
        "invitation": str(make_invitation(agency=own, email="moi@example.vn").pk),
    }


def _around(own: Agency, below: Agency, values: dict[str, str]) -> dict[str, str]:
    photo, other = Asset.objects.get(pk=values["photo"]), Asset.objects.get(pk=values["proposed"])
    licence = Licence.objects.create(agency=own, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Điều khoản riêng")
    shelf = make_collection(photo, other, title="Những cây cầu")
    return {"licence": str(licence.pk), "shelf": str(shelf.pk), "below": str(below.code)}


def _of_the_caller(own: Agency, admin: User, caller: str, client: Client) -> dict[str, str]:
    """What belongs to the token that asks: uploads, a saved search with its feed, a cursor of the changes."""

    def uploaded(**fields: Any) -> str:
        expires = timezone.now() + timedelta(hours=72)
        return str(make_upload(agency=own, user=admin, actor_key=caller, expires_at=expires, **fields).pk)

    whole, begun = uploaded(size=1000), uploaded(size=1000)
    for upload in (whole, begun):
        signed = _asked(client, f"uploads/{upload}/parts", {"parts": [{"number": 1}]})["parts"][0]["url"]
        path = "/" + signed.split("://", 1)[-1].split("/", 1)[1]
        assert client.put(path, b"x" * 1000, content_type="application/octet-stream").status_code < 300
    search = _asked(client, "saved-searches", {"name": "Cầu cũ", "query": {"search": "cầu", "kind": "photo"}})["id"]
    cursor = client.get(f"{API}changes?since=now").json()["next"]
    for title in ("Cầu Long Biên", "Cầu Long Biên lúc bình minh"):
        work = Asset.objects.filter(agency=own, state=AssetState.DRAFT, deleted_at=None).earliest("pk")
        body = {"texts": {"vi": {"title": title}}}
        assert client.patch(f"{API}assets/{work.pk}", body, content_type="application/json").status_code == 200
    seal_all_changes(wait=True)
    uploads = {"upload": uploaded(), "unwanted": uploaded(), "whole": whole, "begun": begun}
    return uploads | {"search": search, "cursor": cursor, "revised": str(work.pk)}


def _of_the_portal(client: Client, photo: str) -> dict[str, str]:
    """A search of an agency's token, whose feed has an address of its own, and what the agency published."""
    search = _asked(client, "saved-searches", {"name": "Cầu", "query": {"search": "cầu"}})["id"]
    address = _asked(client, f"saved-searches/{search}/feed", {})["atom"]
    report = {"medium": "web", "url": "https://bao.example.vn/song"}
    publication = _asked(client, f"assets/{photo}/publications", report)["id"]
    return {
        "publication": publication,
        "portal_search": search,
        "feed": address.split("/feeds/saved/")[1].split("/")[0],
    }


def _asked(client: Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(API + path, body, content_type="application/json")
    assert answer.status_code < 300, answer.content
    return answer.json()
