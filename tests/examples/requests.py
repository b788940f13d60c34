"""What is asked of every operation: one line each, whose ``<name>`` are things of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Example:
    """``path`` are the parameters of the address; ``form`` says that a file goes with the body."""

    by: str = "admin"
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: bool = False


def at(by: str = "admin", query: Mapping[str, str] | None = None, body: Any = None, **path: str) -> Example:
    return Example(by=by, path=path, query=query or {}, body=body)


def of(
    asset: str, body: Any = None, *, by: str = "admin", query: Mapping[str, str] | None = None, **path: str
) -> Example:
    """Of a work."""
    return Example(by=by, path={"asset_id": f"<{asset}>", **path}, query=query or {}, body=body)


def here(body: Any = None, *, by: str = "admin", key: str = "VGP", **path: str) -> Example:
    """Of an agency."""
    return Example(by=by, path={"key": key, **path}, body=body)


def asked(body: Any = None, *, by: str = "admin", **query: str) -> Example:
    return Example(by=by, query=query, body=body)


DESK, OPERATOR, AUDITOR = "central_editor", "operator", "auditor"
REASON = {"reason": "Sai chú thích"}
CUE = {"start": 1000, "end": 3500, "text": "Chào buổi sáng.", "speaker": "Lan"}
SHELF, SEARCH, TRACK = {"collection_id": "<shelf>"}, {"search_id": "<search>"}, {"track_id": "<track>"}
FILE = {"filename": "cau-long-bien.jpg", "size": 1000}

EXAMPLES: Final[Mapping[str, Example]] = {
    # Agencies and people
    "agencies_list": asked(),
    "agencies_create": asked({"code": "VGPDN", "name_vi": "Cơ quan thường trú Đà Nẵng", "parent": "VGP"}),
    "agencies_get": here(),
    "agencies_update": here({"name_en": "Portal of the Government", "embed_credits": True}),
    "agencies_handover": here({"leaver": "<leaver>", "to": "<person>"}),
    "agencies_merge": here({"into": "VGP"}, by=OPERATOR, key="<below>"),
    "agencies_move": here({"parent": "TTX"}, by=OPERATOR, key="<below>"),
    "agencies_parity_get": here(),
    "agencies_parity_set": here({"requirements": {"public": {"vi": ["title", "alt_text"], "en": ["title"]}}}),
    "agencies_parity_delete": here(),
    "agencies_terms_get": here(),
    "agencies_terms_set": here({"vi": "Ghi rõ nguồn. Không cắt ghép.", "en": "Name the source. Do not alter."}),
    "agencies_terms_accept": here({"version": 1}, by=DESK),
    "agencies_retention": here(),
    "agencies_reuse": here(),
    "agencies_reuse_export": here(),
    "agencies_usage": here(),
    "invitations_list": here(),
    "invitations_create": here({"email": "lan@example.vn", "role": "editor"}),
    "invitations_revoke": here(invitation_id="<invitation>"),
    "members_list": here(),
    "members_update": here({"role": "viewer"}, member_id="<member>"),
    "members_remove": here(member_id="<member>"),
    "people_update": at(by=OPERATOR, body={"active": False}, user_id="<person>"),
    "session": asked(),
    "tokens_list": asked(),
    "tokens_create": asked({"name": "Cổng tin", "scopes": ["assets:read"]}),
    "tokens_revoke": at(token_id="<token>"),
    "workers_list": asked(by=OPERATOR),
    "audit_list": asked(by=AUDITOR, act="search.saved", page_size="1"),
    "audit_export": asked(by=AUDITOR, format="csv", act="search.saved"),
    # Find and read
    "assets_list": asked(search="cầu", kind="photo", page_size="1"),
    "assets_read": asked({"ids": ["<photo>"], "fields": ["title", "state"], "include": ["renditions"]}),
    "assets_facets": asked(kind="photo"),
    "assets_suggestions": asked(prefix="cau"),
    "assets_get": of("photo"),
    "assets_renditions": of("photo"),
    "assets_download": of("photo", query={"profile": "w320.webp"}),
    "assets_image": of("photo", query={"width": "640", "height": "360", "fit": "cover", "format": "jpeg"}),
    "assets_rights": of("photo"),
    "assets_article": of("article", query={"format": "html"}),
    "assets_ninjs": of("photo"),
    "assets_jsonld": of("photo"),
    "assets_used_in": of("photo"),
    "assets_reuse": of("photo", query={"days": "30"}),
    "assets_similar": of("photo"),
    "assets_publications_list": of("photo", by="portal"),
    "assets_publications_create": of(
        "photo",
        {"medium": "web", "url": "https://bao.example.vn/cau", "title": "Cầu mới", "published_on": "2026-11-20"},
        by="portal",
    ),
    "assets_publications_delete": of("photo", by="portal", publication_id="<publication>"),
    "assets_uses": of("photo", query={"days": "30"}),
    "changes_list": asked(since="<cursor>"),
    "feeds_atom": asked(kind="photo", page_size="1"),
    "feeds_mrss": asked(kind="photo", page_size="1"),
    "jobs_list": asked(asset="<running>", page_size="1"),
    "jobs_get": at(job_id="<job>"),
    "saved_searches_list": asked(),
    "saved_searches_create": asked({"name": "Cầu mới", "query": {"search": "cầu"}, "alerts": "daily"}),
    "saved_searches_get": Example(path=SEARCH),
    "saved_searches_edit": Example(path=SEARCH, body={"name": "Cầu và đường"}),
    "saved_searches_delete": Example(path=SEARCH),
    "saved_searches_look": Example(path=SEARCH),
    # Make and describe
    "assets_create": asked(
        {
            "agency": "VGP",
            "kind": "article",
            "texts": {"vi": {"title": "Cầu mới nối hai bờ", "body": "<p>Sáng nay cầu thông xe.</p>"}},
        }
    ),
    "assets_edit": of("draft", {"texts": {"vi": {"title": "Cầu Long Biên"}}, "keywords": ["cầu", "Hà Nội"]}),
    "assets_bulk": asked({"ids": ["<photo>"], "action": "archive"}),
    "assets_comments_list": of("draft"),
    "assets_comments_create": of("draft", {"text": "Đã sửa chú thích."}),
    "assets_focal_point_get": of("photo"),
    "assets_focal_point_set": of("photo", {"x": 0.3, "y": 0.5}),
    "assets_focal_point_delete": of("photo"),
    "assets_table_get": of("infographic"),
    "assets_table_set": of("infographic", {"csv": "Năm,Lượt xe\n2026,1500\n"}),
    "assets_table_delete": of("infographic"),
    "assets_tracks_list": of("film"),
    "assets_tracks_add": of(
        "film", {"language": "en", "cues": [{"start": 1000, "end": 3500, "text": "Good morning."}]}
    ),
    "assets_tracks_get": of("film", query={"format": "json"}, **TRACK),
    "assets_tracks_replace": of("film", {"cues": [CUE]}, **TRACK),
    "assets_tracks_change": of("film", {"label": "Tiếng Việt"}, **TRACK),
    "assets_tracks_cue": of("film", {"text": "Xin chào."}, number="1", **TRACK),
    "assets_tracks_delete": of("film", **TRACK),
    "assets_chapters_get": of("film"),
    "assets_chapters_set": of("film", {"chapters": [{"start": 0, "titles": {"vi": "Mở đầu", "en": "Opening"}}]}),
    "assets_transcript": of("film"),
    "releases_list": of("draft"),
    "releases_add": of("draft", {"kind": "model", "name": "Trần Văn An"}),
    "releases_withdraw": of("draft", release_id="<release>"),
    "licences_list": asked(),
    "licences_create": asked(
        {"agency": "VGP", "code": "bao-chi", "name_vi": "Chỉ dùng cho báo chí", "press_only": True}
    ),
    "licences_edit": at(body={"is_active": False}, licence_id="<licence>"),
    "translations_list": asked(language="en", page_size="1"),
    # Work on it together
    "assets_submit": of("to_review"),
    "assets_approve": of("waiting"),
    "assets_request_changes": of("waiting", {"comment": "Thiếu tên người trong ảnh."}),
    "assets_schedule": of("approved", {"at": "2099-01-01T00:00:00Z"}),
    "assets_publish": of("approved"),
    "assets_withdraw": of("photo", REASON),
    "assets_archive": of("photo"),
    "assets_restore": of("archived"),
    "assets_assign": of("waiting", {"assignee": "<admin>"}),
    "assets_history": of("draft"),
    "assets_versions": of("replaced"),
    "assets_revisions": of("revised"),
    "assets_diff": of("revised", query={"from": "1", "to": "2"}),
    "revisions_restore": of("revised", {}, number="1"),
    "versions_restore": of("replaced", REASON, number="1"),
    "versions_confirm": of("corrected", number="2"),
    "versions_decline": of("corrected", REASON, number="2"),
    "assets_delete": of("draft", {"reason": "Trùng ảnh khác"}),
    "assets_undelete": of("trashed"),
    "trash_list": asked(page_size="1"),
    "assets_hold": of("draft", {"reason": "Đang khiếu nại"}),
    "assets_lift_hold": of("held", {"reason": "Đã giải quyết"}),
    "assets_reprocess": of("refused"),
    "assets_cancel_processing": of("running"),
    "reviews_list": asked(page_size="1"),
    "nominations_list": asked(by=DESK),
    "nominations_create": asked({"asset": "<photo>"}),
    "nominations_get": at(by=DESK, nomination_id="<nomination>"),
    "nominations_edit": at(by=DESK, body={"priority": 1}, nomination_id="<accepted>"),
    "nominations_accept": at(by=DESK, nomination_id="<nomination>"),
    "nominations_decline": at(by=DESK, body={"reason": "Đã có ảnh khác"}, nomination_id="<nomination>"),
    # Collections
    "collections_list": asked(),
    "collections_create": asked({"agency": "VGP", "title": "Cầu và đường"}),
    "collections_get": Example(path=SHELF),
    "collections_edit": Example(path=SHELF, body={"title": "Những cây cầu Hà Nội"}),
    "collections_delete": Example(path=SHELF),
    "collections_items": Example(path=SHELF, query={"page_size": "1"}),
    "collections_add": Example(path=SHELF, body={"asset": "<infographic>"}),
    "collections_order": Example(path=SHELF, body={"assets": ["<proposed>", "<photo>"]}),
    "collections_move": Example(path={**SHELF, "asset_id": "<photo>"}, body={"position": 2}),
    "collections_remove": Example(path={**SHELF, "asset_id": "<photo>"}),
    "collections_archive": Example(path=SHELF),
    # Upload
    "uploads_list": asked(),
    "uploads_create": asked({"agency": "VGP", **FILE}),
    "uploads_file": Example(body={"agency": "VGP", "title": "Cầu Long Biên"}, form=True),
    "uploads_companion": asked({"agency": "VGP"}),
    "uploads_get": at(upload_id="<upload>"),
    "uploads_abort": at(upload_id="<unwanted>"),
    "uploads_parts_list": at(upload_id="<begun>"),
    "uploads_parts_sign": at(upload_id="<upload>", body={"parts": [{"number": 1}]}),
    "uploads_complete": at(upload_id="<whole>", body={}),
    # Addresses that are a secret
    "saved_searches_open_feed": Example(by="portal", path={"search_id": "<portal_search>"}),
    "saved_searches_close_feed": Example(by="portal", path={"search_id": "<portal_search>"}),
    "saved_feeds_atom": at(secret="<feed>"),
    "saved_feeds_mrss": at(secret="<feed>"),
}
