"""Every route of the site with its cross-agency cases: what people of one agency may ask about another's things.

A new route fails ``tests/test_every_route.py`` until it is listed here. In paths and bodies ``{asset}``, ``{job}``,
``{upload}``, ``{collection}``, ``{nomination}``, ``{token}``, ``{licence}``, ``{release}``, ``{rendition}`` and
``{original}`` stand for each unshared thing of the other agency, ``{other}`` for that agency's id, ``{member}``,
``{person}`` and ``{invitation}`` for its people, ``{track}`` for a text track below its asset and ``{track_file}`` for
the end of its address; ``{mine…}`` is the caller's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request. ``absent``: it names a thing of the other agency, which must look as if it did not exist; without
    it the answer must only be the same whether the other agency has things or not.

    ``form`` sends the body as a form; ``creates``: the answer carries new ids, so that status and keys are compared.
    """

    path: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    form: bool = False
    absent: bool = False
    creates: bool = False


@dataclass(frozen=True)
class Exempt:
    """A route that has nothing of any agency, and why."""

    why: str


def thing(path: str, method: str = "GET", **more: Any) -> Case:
    return Case(path=path, method=method, absent=True, **more)


def same(path: str, method: str = "GET", **more: Any) -> Case:
    return Case(path=path, method=method, **more)


API = "/api/v1/"
NEW_FILE = {"filename": "a.jpg", "size": 10, "sha256": "{sha256}"}
NEW_TOKEN = {"name": "x", "scopes": ["assets:read"], "agency": "{other}", "role": "viewer"}
NEW_RELEASE = {"kind": "model", "name": "x"}
CUE = {"start": 0, "end": 1000, "text": "x"}
NO_ID = "0" * 8 + "-0000-7000-8000-" + "0" * 12
SECRETS = ("bimat", "{reference}", "Bí mật")
ARTICLE_SHOWING = {
    "agency": "{mine}",
    "kind": "article",
    "texts": {"vi": {"title": "x", "body": '<figure data-asset="{asset}"></figure>'}},
}
INCLUDED = ["texts", "renditions", "rights", "may", "uses"]
COMPANION = API + "companion/{capability}/s3/multipart"

CASES: dict[str, tuple[Case, ...] | Exempt] = {
    "api:session": (same(API + "session"),),
    "api:agencies": (
        same(API + "agencies"),
        same(API + "agencies?parent={other}"),
        same(API + "agencies", "POST", body={"code": "NEWB", "name_vi": "Mới", "parent": "{other}"}),
    ),
    "api:agency": (
        same(API + "agencies/{other}"),
        same(API + "agencies/{other}", "PATCH", body={"name_en": "x"}),
    ),
    "api:agency-move": (
        same(API + "agencies/{other}/move", "POST", body={"parent": "{mine}"}),
        same(API + "agencies/{mine}/move", "POST", body={"parent": "{other}"}),
    ),
    "api:agency-merge": (
        same(API + "agencies/{other}/merge", "POST", body={"into": "{mine}"}),
        same(API + "agencies/{mine}/merge", "POST", body={"into": "{other}"}),
    ),
    "api:agency-usage": (same(API + "agencies/{other}/usage"), same(API + "agencies/{mine}/usage")),
    "api:agency-retention": (same(API + "agencies/{other}/retention"), same(API + "agencies/{mine}/retention")),
    "api:members": (same(API + "agencies/{other}/members"), same(API + "agencies/{mine}/members")),
    "api:member": (
        same(API + "agencies/{other}/members/{member}", "PATCH", body={"role": "viewer"}),
        same(API + "agencies/{other}/members/{member}", "DELETE"),
        same(API + "agencies/{mine}/members/{member}", "PATCH", body={"suspended": True}),
        same(API + "agencies/{mine}/members/{member}", "DELETE"),
    ),
    "api:invitations": (
        same(API + "agencies/{other}/invitations"),
        same(API + "agencies/{mine}/invitations"),
        same(API + "agencies/{other}/invitations", "POST", body={"email": "bimat@example.vn", "role": "viewer"}),
        same(
            API + "agencies/{mine}/invitations",
            "POST",
            body={"email": "bimat@example.vn", "role": "viewer"},
            creates=True,
        ),
    ),
    "api:invitation": (
        same(API + "agencies/{other}/invitations/{invitation}", "DELETE"),
        same(API + "agencies/{mine}/invitations/{invitation}", "DELETE"),
    ),
    "api:agency-handover": (
        same(API + "agencies/{other}/handover", "POST", body={"leaver": "{person}", "to": "{person}"}),
        same(API + "agencies/{mine}/handover", "POST", body={"leaver": "{person}", "to": "{person}"}),
    ),
    "api:person": (same(API + "people/{person}", "PATCH", body={"active": False}),),
    "api:tokens": (
        same(API + "tokens"),
        same(API + "tokens", "POST", body=NEW_TOKEN),
        same(API + "tokens", "POST", body=NEW_TOKEN | {"oauth_client": True}),
    ),
    "api:token": (thing(API + "tokens/{token}", "DELETE"),),
    "api:uploads": (
        same(API + "uploads"),
        same(API + "uploads", "POST", body={"agency": "{other}", **NEW_FILE}),
        same(API + "uploads", "POST", body={"agency": "{mine}", **NEW_FILE}, creates=True),
        thing(API + "uploads", "POST", body={"asset": "{asset}", "reason": "x", "filename": "a.jpg", "size": 10}),
    ),
    "api:upload-file": (
        same(API + "uploads/file", "POST", body={"agency": "{other}", "file": "{bytes}"}, form=True),
        same(API + "uploads/file", "POST", body={"agency": "{mine}", "file": "{bytes}"}, form=True, creates=True),
    ),
    "api:upload-companion": (same(API + "uploads/companion", "POST", body={"agency": "{other}"}),),
    "api:upload": (thing(API + "uploads/{upload}"), thing(API + "uploads/{upload}", "DELETE")),
    "api:upload-parts": (
        thing(API + "uploads/{upload}/parts"),
        thing(API + "uploads/{upload}/parts", "POST", body={"parts": [{"number": 1}]}),
    ),
    "api:upload-complete": (thing(API + "uploads/{upload}/complete", "POST", body={}),),
    "api:assets": (
        same(API + "assets"),
        same(API + "assets?page_size=1"),
        same(API + "assets?ids={asset}"),
        same(API + "assets?include=texts,renditions,rights,may,uses"),
        same(API + "assets?agency={other}"),
        same(API + "assets?state=draft"),
        same(API + "assets?audience=public&kind=photo"),
        same(API + "assets?language=vi&created_from=2000-01-01T00:00:00Z"),
        same(API + "assets?album={collection}"),
        *(same(API + f"assets?search={word}") for word in SECRETS),
        same(API + "assets?search=agency:{other}"),
        same(API + "assets?order=taken"),
        same(API + "assets", "POST", body={"agency": "{other}", "kind": "article", "texts": {"vi": {"title": "x"}}}),
    ),
    "api:assets-facets": (
        same(API + "assets/facets"),
        same(API + "assets/facets?agency={other}"),
        *(same(API + f"assets/facets?search={word}") for word in SECRETS),
    ),
    "api:assets-suggestions": (
        *(same(API + f"assets/suggestions?prefix={word[:8]}") for word in SECRETS),
        same(API + "assets/suggestions?prefix=bi"),
    ),
    "api:asset": (
        thing(API + "assets/{asset}"),
        thing(API + "assets/{asset}?include=uses&fields=id"),
        thing(API + "assets/{asset}", "HEAD"),
        thing(API + "assets/{asset}", "PATCH", body={"author": "x"}),
        same(API + "assets/{my_asset}", "PATCH", body={"licence_terms": "{licence}"}),
        same(API + "assets/{my_asset}", "PATCH", body={"licence": "bi-mat"}),
        thing(API + "assets/{asset}", "PATCH", body={"shared_with": ["{mine}"], "audience": "shared"}),
    ),
    "api:asset-publish": (thing(API + "assets/{asset}/publish", "POST", body={}),),
    "api:asset-withdraw": (thing(API + "assets/{asset}/withdraw", "POST", body={"reason": "x"}),),
    "api:saved-searches": (
        same(API + "saved-searches"),
        same(API + "saved-searches", "POST", body={"name": "x", "query": {"agency": "{other}"}}, creates=True),
    ),
    "api:saved-search": (
        same(API + f"saved-searches/{NO_ID}"),
        same(API + f"saved-searches/{NO_ID}", "PATCH", body={"name": "x"}),
        same(API + f"saved-searches/{NO_ID}", "DELETE"),
    ),
    "api:saved-search-look": (same(API + f"saved-searches/{NO_ID}/look", "POST", body={}),),
    "api:saved-search-feed": (
        same(API + f"saved-searches/{NO_ID}/feed", "POST", body={}),
        same(API + f"saved-searches/{NO_ID}/feed", "DELETE"),
    ),
    "api:saved-feed-atom": Exempt("the address itself is a secret of 256 bits (tests/saved)"),
    "api:saved-feed-mrss": Exempt("the address itself is a secret of 256 bits (tests/saved)"),
    "web:searches": (
        same("/searches"),
        same("/searches", "POST", body={"name": "x", "agency": "OTHER"}, form=True),
    ),
    "web:search-act": (same(f"/searches/{NO_ID}/look", "POST", body={}, form=True),),
    "api:assets-read": (
        same(API + "assets/read", "POST", body={"ids": ["{asset}"]}),
        same(API + "assets/read", "POST", body={"ids": ["{asset}", "{my_asset}"], "include": INCLUDED}),
    ),
    "api:assets-bulk": (
        same(API + "assets/bulk", "POST", body={"action": "archive", "ids": ["{asset}"]}),
        same(API + "assets/bulk", "POST", body={"action": "withdraw", "ids": ["{asset}"], "comment": "x"}),
    ),
    "api:asset-submit": (thing(API + "assets/{asset}/submit", "POST", body={}),),
    "api:asset-approve": (thing(API + "assets/{asset}/approve", "POST", body={}),),
    "api:asset-request-changes": (thing(API + "assets/{asset}/request-changes", "POST", body={"comment": "x"}),),
    "api:asset-schedule": (
        thing(API + "assets/{asset}/schedule", "POST", body={"at": "2100-01-01T00:00:00Z"}),
        thing(API + "assets/{asset}/schedule", "POST", body={"at": None}),
    ),
    "api:asset-archive": (thing(API + "assets/{asset}/archive", "POST", body={}),),
    "api:asset-restore": (thing(API + "assets/{asset}/restore", "POST", body={}),),
    "api:asset-assign": (thing(API + "assets/{asset}/assign", "POST", body={"assignee": None}),),
    "api:asset-comments": (
        thing(API + "assets/{asset}/comments"),
        thing(API + "assets/{asset}/comments", "POST", body={"text": "x"}),
    ),
    "api:asset-history": (thing(API + "assets/{asset}/history"),),
    "api:asset-versions": (thing(API + "assets/{asset}/versions"),),
    "api:version-confirm": (thing(API + "assets/{asset}/versions/1/confirm", "POST", body={}),),
    "api:version-decline": (thing(API + "assets/{asset}/versions/1/decline", "POST", body={"reason": "x"}),),
    "api:version-restore": (thing(API + "assets/{asset}/versions/1/restore", "POST", body={"reason": "x"}),),
    "api:asset-revisions": (thing(API + "assets/{asset}/revisions"),),
    "api:revision-restore": (thing(API + "assets/{asset}/revisions/1/restore", "POST", body={}),),
    "api:asset-diff": (thing(API + "assets/{asset}/diff?from=1&to=1"),),
    "api:asset-delete": (
        thing(API + "assets/{asset}/delete", "POST", body={"reason": "x"}),
        thing(API + "assets/{asset}/delete", "POST", body={"reason": "x", "force": True}),
    ),
    "api:asset-undelete": (thing(API + "assets/{asset}/undelete", "POST", body={}),),
    "api:asset-hold": (thing(API + "assets/{asset}/hold", "POST", body={"reason": "x"}),),
    "api:asset-lift-hold": (thing(API + "assets/{asset}/lift-hold", "POST", body={"reason": "x"}),),
    "api:trash": (same(API + "trash"), same(API + "trash?agency={other}")),
    "api:reviews": (
        same(API + "reviews"),
        same(API + "reviews?agency={other}"),
        same(API + "reviews?assignee=none&urgent=true"),
        same(API + "reviews?state=approved"),
    ),
    "api:nominations": (
        same(API + "nominations"),
        same(API + "nominations?agency={other}"),
        same(API + "nominations", "POST", body={"asset": "{asset}"}),
    ),
    "api:nomination": (
        thing(API + "nominations/{nomination}"),
        thing(API + "nominations/{nomination}", "PATCH", body={"title": "x"}),
    ),
    "api:nomination-accept": (thing(API + "nominations/{nomination}/accept", "POST", body={}),),
    "api:nomination-decline": (thing(API + "nominations/{nomination}/decline", "POST", body={"reason": "x"}),),
    "api:asset-reprocess": (thing(API + "assets/{asset}/reprocess", "POST", body={}),),
    "api:asset-cancel-processing": (thing(API + "assets/{asset}/cancel-processing", "POST", body={}),),
    "api:workers": (same(API + "workers"),),
    "api:asset-rights": (thing(API + "assets/{asset}/rights"),),
    "api:asset-releases": (
        thing(API + "assets/{asset}/releases"),
        thing(API + "assets/{asset}/releases", "POST", body=NEW_RELEASE),
        same(API + "assets/{my_asset}/releases", "POST", body=NEW_RELEASE | {"document": "{asset}"}),
    ),
    "api:asset-release": (
        thing(API + "assets/{asset}/releases/" + NO_ID, "DELETE"),
        thing(API + "assets/{my_asset}/releases/{release}", "DELETE"),
    ),
    "api:licences": (
        same(API + "licences"),
        same(API + "licences?agency={mine}"),
        same(API + "licences", "POST", body={"agency": "{other}", "code": "own", "name_vi": "x"}),
        same(API + "licences", "POST", body={"agency": "{mine}", "code": "bi-mat", "name_vi": "x"}, creates=True),
    ),
    "api:licence": (thing(API + "licences/{licence}", "PATCH", body={"is_active": False}),),
    "api:asset-renditions": (
        thing(API + "assets/{asset}/renditions"),
        thing(API + "assets/{asset}/renditions?version=1"),
    ),
    "api:asset-image": (
        thing(API + "assets/{asset}/image?width=300"),
        thing(API + "assets/{asset}/image?width=300&height=300&fit=cover&format=png"),
    ),
    "api:asset-download": (
        thing(API + "assets/{asset}/download?profile=original"),
        thing(API + "assets/{asset}/download?profile=w320.webp"),
        thing(API + "assets/{asset}/download?profile=original&version=1"),
    ),
    "api:feed-atom": (
        same(API + "feeds/atom"),
        same(API + "feeds/atom?agency={other}&page_size=1"),
        same(API + "feeds/atom?album={collection}"),
        *(same(API + f"feeds/atom?search={word}") for word in SECRETS),
    ),
    "api:feed-mrss": (
        same(API + "feeds/mrss"),
        same(API + "feeds/mrss?agency={other}&state=draft"),
        *(same(API + f"feeds/mrss?search={word}") for word in SECRETS),
    ),
    "api:asset-ninjs": (thing(API + "assets/{asset}/ninjs"), thing(API + "assets/{asset}/ninjs?language=vi")),
    "api:asset-jsonld": (thing(API + "assets/{asset}/jsonld"), thing(API + "assets/{asset}/jsonld?language=vi")),
    "api:asset-article": (
        thing(API + "assets/{asset}/article"),
        thing(API + "assets/{asset}/article?format=ninjs&language=vi"),
        same(API + "assets", "POST", body=ARTICLE_SHOWING),
    ),
    "api:asset-used-in": (thing(API + "assets/{asset}/used-in"),),
    "api:asset-similar": (thing(API + "assets/{asset}/similar"), thing(API + "assets/{asset}/similar?size=1")),
    "api:asset-publications": (
        thing(API + "assets/{asset}/publications"),
        thing(API + "assets/{asset}/publications", "POST", body={"medium": "web", "url": "https://bao.example.vn/"}),
    ),
    "api:asset-publication": (
        thing(API + "assets/{asset}/publications/" + NO_ID, "DELETE"),
        thing(API + "assets/{my_asset}/publications/" + NO_ID, "DELETE"),
    ),
    "api:asset-reuse": (thing(API + "assets/{asset}/reuse"), thing(API + "assets/{asset}/reuse?days=7")),
    "api:asset-uses": (thing(API + "assets/{asset}/uses"), thing(API + "assets/{asset}/uses?days=7")),
    "api:asset-focal-point": (
        thing(API + "assets/{asset}/focal-point"),
        thing(API + "assets/{asset}/focal-point", "PUT", body={"x": 0.5, "y": 0.5}),
        thing(API + "assets/{asset}/focal-point", "DELETE"),
    ),
    "api:asset-table": (
        thing(API + "assets/{asset}/table"),
        thing(API + "assets/{asset}/table?format=csv"),
        thing(API + "assets/{asset}/table", "PUT", body={"csv": "a"}),
        thing(API + "assets/{asset}/table", "DELETE"),
    ),
    "api:asset-tracks": (
        thing(API + "assets/{asset}/tracks"),
        thing(API + "assets/{asset}/tracks", "POST", body={"language": "vi", "cues": [CUE]}),
        thing(API + "assets/{asset}/tracks", "POST", body={"language": "x"}),
    ),
    "api:asset-track": (
        thing(API + "assets/{track}"),
        thing(API + "assets/{track}?format=vtt"),
        thing(API + "assets/{track}", "PUT", body={"cues": [CUE]}),
        thing(API + "assets/{track}", "PATCH", body={"label": "x"}),
        thing(API + "assets/{track}", "DELETE"),
        thing(API + "assets/{my_asset}/tracks/" + NO_ID),
    ),
    "api:asset-cue": (thing(API + "assets/{track}/cues/1", "PATCH", body={"text": "x"}),),
    "api:asset-chapters": (
        thing(API + "assets/{asset}/chapters"),
        thing(API + "assets/{asset}/chapters", "PUT", body={"chapters": [{"start": 0, "titles": {"vi": "x"}}]}),
    ),
    "api:asset-transcript": (
        thing(API + "assets/{asset}/transcript"),
        thing(API + "assets/{asset}/transcript?language=vi&format=json"),
    ),
    "api:translations": (
        same(API + "translations?language=en"),
        same(API + "translations?language=en&state=missing&agency={other}"),
    ),
    "api:agency-reuse": (same(API + "agencies/{other}/reuse"),),
    "api:agency-reuse-export": (same(API + "agencies/{other}/reuse/export"),),
    "api:agency-terms": (
        same(API + "agencies/{other}/terms"),
        same(API + "agencies/{other}/terms", "PUT", body={"vi": "x"}),
    ),
    "api:agency-terms-acceptance": (same(API + "agencies/{other}/terms/acceptance", "POST", body={"version": 1}),),
    "api:agency-parity": (
        same(API + "agencies/{other}/parity"),
        same(API + "agencies/{other}/parity", "PUT", body={"requirements": {}}),
        same(API + "agencies/{other}/parity", "DELETE"),
    ),
    "api:jobs": (same(API + "jobs"), same(API + "jobs?asset={asset}"), same(API + "jobs?state=succeeded")),
    "api:job": (thing(API + "jobs/{job}"),),
    "api:collections": (
        same(API + "collections"),
        same(API + "collections?agency={other}"),
        same(API + "collections", "POST", body={"agency": "{other}", "title": "Bí mật"}),
        same(API + "collections", "POST", body={"agency": "{mine}", "title": "Bí mật"}, creates=True),
    ),
    "api:collection": (
        thing(API + "collections/{collection}"),
        thing(API + "collections/{collection}", "PATCH", body={"title": "x"}),
        thing(API + "collections/{collection}", "DELETE"),
    ),
    "api:collection-item": (
        thing(API + "collections/{collection}/items/{my_asset}", "PATCH", body={"position": 1}),
        thing(API + "collections/{collection}/items/{my_asset}", "DELETE"),
        same(API + "collections/{my_collection}/items/{asset}", "PATCH", body={"position": 1}),
        same(API + "collections/{my_collection}/items/{asset}", "DELETE"),
    ),
    "api:collection-archive": (
        thing(API + "collections/{collection}/archive"),
        same(API + "collections/{my_collection}/archive", "HEAD"),  # what is in it: tests/api/test_archives.py
    ),
    "api:collection-items": (
        thing(API + "collections/{collection}/items"),
        thing(API + "collections/{collection}/items", "PUT", body={"assets": []}),
        same(API + "collections/{my_collection}/items"),
        same(API + "collections/{my_collection}/items", "PUT", body={"assets": ["{asset}"]}),
        thing(API + "collections/{collection}/items", "POST", body={"asset": "{my_asset}"}),
        same(API + "collections/{my_collection}/items", "POST", body={"asset": "{asset}"}),
    ),
    "api:companion-create": (
        same(COMPANION, "POST", body={"filename": "a.jpg", "metadata": {"size": 10}}, creates=True),
    ),
    "api:companion-upload": (thing(COMPANION + "/{upload}"), thing(COMPANION + "/{upload}", "DELETE")),
    "api:companion-part": (thing(COMPANION + "/{upload}/1"),),
    "api:companion-complete": (thing(COMPANION + "/{upload}/complete", "POST", body={"parts": []}),),
    "api:companion-params": (same(API + "companion/{capability}/s3/params?filename=a.jpg"),),
    "api:companion-form": (
        same(API + "companion/{capability}/s3/form", "POST", body={"file": "{bytes}"}, form=True, creates=True),
    ),
    "api:changes": (same(API + "changes"), same(API + "changes?since=x")),
    "api:audit": (
        same(API + "audit"),
        same(API + "audit?target={asset}"),
        same(API + "audit?agency={other}"),
        same(API + "audit?act_prefix=asset."),
    ),
    "api:audit-export": (
        same(API + "audit/export?format=csv"),
        same(API + "audit/export?format=jsonl&target={asset}"),
    ),
    "api:schema": Exempt("the shape of the API, the same for everybody"),
    "api:docs": Exempt("a page about the API, the same for everybody"),
    "api:nothing": Exempt("the answer to what is no route"),
    "store-part": Exempt(
        "the upload's id there is a secret of 128 bits, and the signature binds upload, part, size and checksum "
        "(tests/storage/test_store_views.py)"
    ),
    "media-signed": (
        same("/media/s/{my_signature}/{original}"),
        same("/media/s/{my_signature}/{rendition}"),
        same("/media/s/9999999999-5-" + "x" * 43 + "/{rendition}"),
    ),
    "media-public": (thing("/media/public/{public_path}"), thing("/media/public/{public_path}", "HEAD")),
    "media-inscribed": (
        same("/media/s/9999999999-6-" + "x" * 43 + "/inscribed/published/{rendition}"),
        same("/media/s/{my_signature}/inscribed/published/{rendition}"),
        same("/media/s/{my_signature}/inscribed/published/{original}"),
    ),
    "media-sized": (
        same("/media/s/9999999999-4-" + "x" * 43 + "/sized/{asset}/" + "0" * 32 + "/64x48-contain.webp"),
        same("/media/s/{my_signature}/sized/{asset}/" + "0" * 32 + "/64x48-contain.webp"),
    ),
    "media-track-signed": (
        same("/media/s/9999999999-4-" + "x" * 43 + "/tracks/{track_file}"),
        same("/media/s/{my_signature}/tracks/{track_file}"),
    ),
    "media-track-public": (
        thing("/media/public/tracks/{track_file}"),
        thing("/media/public/tracks/{track_file}", "HEAD"),
    ),
    "healthz": Exempt("whether the process answers"),
    "readyz": Exempt("whether database, queue and store answer"),
    "web:library": (
        same("/"),
        same("/?agency={other}"),
        same("/?state=draft"),
        same("/?older_than={asset}"),
        same("/?newer_than=" + "0" * 8 + "-0000-7000-8000-" + "0" * 12),
        *(same(f"/?search={word}") for word in SECRETS),
    ),
    "web:login": Exempt("signing in; nothing of an agency"),
    "account_login": Exempt("the same page under the name that django-allauth knows"),
    "mfa_authenticate": Exempt("the second step of signing in; nothing of an agency"),
    "account_reauthenticate": Exempt("proving once more who one is; nothing of an agency"),
    "web:oidc": Exempt("signing in by the identity provider; nothing of an agency"),
    "web:oidc-callback": Exempt("signing in by the identity provider; nothing of an agency"),
    "web:password-reset": Exempt("a new password; tests/sign_in/test_passwords.py shows that nothing is told"),
    "web:password-reset-confirm": Exempt("a new password; the link is a secret of its own"),
    "web:account": (same("/account"),),
    "web:password-change": (same("/account/password"),),
    "web:factor-totp": Exempt("a page with a new secret each time; nothing of an agency"),
    "web:factor-key": Exempt("a page with a new challenge each time; nothing of an agency"),
    "web:factor-remove": Exempt("one's own second factors; tests/sign_in/test_second_factors.py asks for others'"),
    "web:recovery-codes": (same("/account/recovery-codes"),),
    "web:session-end": Exempt("one's own sessions; tests/sign_in/test_sessions.py asks for others'"),
    "web:sessions-end": (same("/account/sessions/end-others", "POST", body={}, form=True),),
    "web:logout": Exempt("signing out; nothing of an agency"),
    "web:language": Exempt("the page's language; nothing of an agency"),
    "web:upload": (same("/upload"),),
    "web:article-new": (
        same("/articles/new"),
        same("/articles/new", "POST", body={"agency": "{other}", "language": "vi", "title": "x"}, form=True),
    ),
    "web:asset": (thing("/assets/{asset}"),),
    "web:asset-edit": (
        thing("/assets/{asset}/edit"),
        thing("/assets/{asset}/edit", "POST", body={"author": "x"}, form=True),
    ),
    "web:asset-publish": (thing("/assets/{asset}/publish", "POST", body={}, form=True),),
    "web:asset-withdraw": (thing("/assets/{asset}/withdraw", "POST", body={"reason": "x"}, form=True),),
    "web:asset-processing": (
        thing("/assets/{asset}/processing/cancel", "POST", body={}, form=True),
        thing("/assets/{asset}/processing/retry", "POST", body={}, form=True),
    ),
    "web:workers": (same("/workers"),),
    "web:release-add": (thing("/assets/{asset}/releases", "POST", body=NEW_RELEASE, form=True),),
    "web:release-withdraw": (
        thing("/assets/{asset}/releases/" + NO_ID + "/withdraw", "POST", body={}, form=True),
        thing("/assets/{my_asset}/releases/{release}/withdraw", "POST", body={}, form=True),
    ),
    "web:asset-focal-point": (
        thing("/assets/{asset}/focal-point"),
        thing("/assets/{asset}/focal-point", "POST", body={"x": "50", "y": "50"}, form=True),
    ),
    "web:asset-table": (
        thing("/assets/{asset}/table"),
        thing("/assets/{asset}/table", "POST", body={"text": "a"}, form=True),
    ),
    "web:asset-tracks": (
        thing("/assets/{asset}/captions"),
        thing("/assets/{asset}/captions", "POST", body={"language": "vi"}, form=True),
    ),
    "web:asset-track": (
        thing("/assets/{asset}/captions/" + NO_ID),
        thing("/assets/{asset}/captions/" + NO_ID, "POST", body={"act": "delete", "revision": "1"}, form=True),
        thing("/assets/{my_asset}/captions/" + NO_ID, "POST", body={"act": "delete", "revision": "1"}, form=True),
    ),
    "web:asset-translate": (
        thing("/assets/{asset}/translate/en"),
        thing("/assets/{asset}/translate/en", "POST", body={"title": "x"}, form=True),
    ),
    "web:translations": (same("/translations"), same("/translations?language=en&state=missing&older_than={asset}")),
    "web:collections": (
        same("/collections"),
        same("/collections?kind=album&older_than={collection}"),
        same("/collections", "POST", body={"agency": "{other}", "title": "x", "kind": "album"}, form=True),
    ),
    "web:collection": (
        thing("/collections/{collection}"),
        thing("/collections/{collection}", "POST", body={"title": "x"}, form=True),
    ),
    "web:collection-download": (
        thing("/collections/{collection}/download"),
        thing("/collections/{collection}/download", "POST", body={"statement": "x"}, form=True),
        same("/collections/{my_collection}/download", "HEAD"),  # what is in it: tests/api/test_archives.py
    ),
    "web:collection-delete": (thing("/collections/{collection}/delete", "POST", body={}, form=True),),
    "web:collection-items": (
        thing("/collections/{collection}/items", "POST", body={"reference": "x"}, form=True),
        same("/collections/{my_collection}/items", "POST", body={"reference": "{reference}"}, form=True),
        same("/collections/{my_collection}/items", "POST", body={"act": "up", "asset": "{asset}"}, form=True),
    ),
    "web:asset-sized": (
        thing("/assets/{asset}/sized?width=300&fit=contain&format=jpeg"),
        thing("/assets/{asset}/sized?width=300&fit=contain&format=jpeg", "POST", body={"statement": "x"}, form=True),
    ),
    "web:asset-download": (
        thing("/assets/{asset}/download/original"),
        thing("/assets/{asset}/download/w320.webp"),
        thing("/assets/{asset}/download/original", "POST", body={"statement": "x"}, form=True),
        thing("/assets/{asset}/download/w320.webp", "POST", body={"statement": "x"}, form=True),
    ),
    "web:track-download": (
        thing("/assets/{asset}/captions/" + NO_ID + "/file.srt"),
        thing("/assets/{asset}/captions/" + NO_ID + "/file.srt", "POST", body={"statement": "x"}, form=True),
        thing("/assets/{my_asset}/captions/" + NO_ID + "/file.srt"),
    ),
    "web:asset-act": (
        thing("/assets/{asset}/workflow/approve", "POST", body={}, form=True),
        thing("/assets/{asset}/workflow/schedule", "POST", body={"at": "2100-01-01T00:00"}, form=True),
        thing("/assets/{asset}/workflow/nominate", "POST", body={}, form=True),
    ),
    "web:asset-versions": (thing("/assets/{asset}/versions"),),
    "web:version-decide": (
        thing("/assets/{asset}/versions/1/confirm", "POST", body={}, form=True),
        thing("/assets/{asset}/versions/1/decline", "POST", body={"reason": "x"}, form=True),
        thing("/assets/{asset}/versions/1/restore", "POST", body={"reason": "x"}, form=True),
    ),
    "web:revision-restore": (thing("/assets/{asset}/revisions/1/restore", "POST", body={}, form=True),),
    "web:asset-diff": (thing("/assets/{asset}/diff?from=1&to=1"),),
    "web:asset-replace": (thing("/assets/{asset}/replace"),),
    "web:asset-publications": (
        thing("/assets/{asset}/publications"),
        thing("/assets/{asset}/publications", "POST", body={"medium": "web"}, form=True),
    ),
    "web:asset-publication-withdraw": (
        thing("/assets/{asset}/publications/" + NO_ID + "/withdraw", "POST", body={}, form=True),
    ),
    "web:asset-comment": (thing("/assets/{asset}/comment", "POST", body={"text": "x"}, form=True),),
    "web:asset-assign": (thing("/assets/{asset}/assign", "POST", body={"assignee": ""}, form=True),),
    "web:asset-delete": (thing("/assets/{asset}/delete", "POST", body={"reason": "x"}, form=True),),
    "web:asset-undelete": (thing("/assets/{asset}/undelete", "POST", body={}, form=True),),
    "web:asset-hold": (
        thing("/assets/{asset}/holding/hold", "POST", body={"reason": "x"}, form=True),
        thing("/assets/{asset}/holding/lift-hold", "POST", body={"reason": "x"}, form=True),
        thing("/assets/{asset}/holding/hold", "POST", body={}, form=True),
    ),
    "web:trash": (same("/trash"),),
    "web:reviews": (same("/reviews"), same("/reviews?state=approved&whose=none")),
    "web:nominations": (same("/nominations"),),
    "web:nomination-decide": (thing("/nominations/{nomination}/decide", "POST", body={"reason": "x"}, form=True),),
    "web:agencies": (
        same("/agencies"),
        same("/agencies?parent=OTHER"),
        same("/agencies?search=Bí mật"),
        same("/agencies?parent=OTHER", "POST", body={"code": "NEW", "name_vi": "x"}, form=True),
    ),
    "web:agency": (
        same("/agencies/OTHER"),
        same("/agencies/HOME"),
        same("/agencies/OTHER", "POST", body={"name_vi": "x"}, form=True),
    ),
    "web:agency-member": (
        same("/agencies/OTHER/members/{member}", "POST", body={"act": "remove"}, form=True),
        same("/agencies/HOME/members/{member}", "POST", body={"act": "remove"}, form=True),
    ),
    "web:agency-invite": (
        same("/agencies/OTHER/invitations", "POST", body={"email": "bimat@example.vn", "role": "viewer"}, form=True),
        same("/agencies/HOME/invitations", "POST", body={"email": "bimat@example.vn", "role": "viewer"}, form=True),
    ),
    "web:agency-invitation-revoke": (
        same("/agencies/OTHER/invitations/{invitation}/revoke", "POST", body={}, form=True),
        same("/agencies/HOME/invitations/{invitation}/revoke", "POST", body={}, form=True),
    ),
    "web:agency-handover": (
        same("/agencies/OTHER/handover", "POST", body={"leaver": "{person}", "to": "{person}"}, form=True),
        same("/agencies/HOME/handover", "POST", body={"leaver": "{person}", "to": "{person}"}, form=True),
    ),
    "web:agency-place": (
        same("/agencies/OTHER/place", "POST", body={"act": "merge", "other": "HOME"}, form=True),
        same("/agencies/HOME/place", "POST", body={"act": "merge", "other": "OTHER"}, form=True),
        same("/agencies/HOME/place", "POST", body={"act": "move", "other": "OTHER"}, form=True),
    ),
    "web:agency-reuse": (same("/agencies/OTHER/reuse"),),
    "web:agency-terms": (
        same("/agencies/OTHER/terms"),
        same("/agencies/OTHER/terms", "POST", body={"vi": "x"}, form=True),
        same("/agencies/OTHER/terms", "POST", body={"act": "accept", "version": "1"}, form=True),
    ),
    "web:agency-parity": (
        same("/agencies/OTHER/parity"),
        same("/agencies/OTHER/parity", "POST", body={"public-vi": "title"}, form=True),
    ),
    "web:agency-licences": (
        same("/agencies/OTHER/licences"),
        same("/agencies/OTHER/licences", "POST", body={"code": "x", "name_vi": "x"}, form=True),
    ),
    "web:agency-licence": (
        same("/agencies/OTHER/licences/{licence}", "POST", body={"act": "retire"}, form=True),
        same("/agencies/HOME/licences/{licence}", "POST", body={"act": "retire"}, form=True),
    ),
    "web:agency-token": (same("/agencies/OTHER/tokens", "POST", body={"name": "x"}, form=True),),
    "web:invitation": Exempt("the address itself is a secret of 256 bits (tests/web/test_agencies.py)"),
    "web:tokens": (same("/tokens"),),
    "web:token-revoke": (thing("/tokens/{token}/revoke", "POST", body={}, form=True),),
    "web:audit": (same("/audit"), same("/audit?target={asset}"), same("/audit?agency={other}")),
    "web:oembed": (
        thing("/oembed?url=http://127.0.0.1:8000/embed/{asset}"),
        thing("/oembed?url=http://127.0.0.1:8000/assets/{asset}&format=xml"),
        thing("/oembed?url=http://127.0.0.1:8000/embed/{asset}%3Ft={my_embed_token}"),
    ),
    "web:oai": (  # of one record: tests/harvest/test_oai.py, for errors of the protocol are 200
        same("/oai?verb=ListRecords&metadataPrefix=oai_dc"),
        same("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc"),
        same("/oai?verb=ListSets"),
    ),
    "web:robots": (same("/robots.txt"),),
    "web:sitemap": (same("/sitemap.xml"),),
    "web:sitemap-page": (same("/sitemap/00000000-0000-0000-0000-000000000000.xml"),),
    "oauth2_provider:token": Exempt("an id and a secret of 256 bits are the credential (tests/api/test_oauth.py)"),
    "oauth2_provider:revoke-token": Exempt("as above; tokens of others are as unknown ones (tests/api/test_oauth.py)"),
    "oauth2_provider:oauth-server-metadata": Exempt("the same for everybody (tests/api/test_oauth.py)"),
    "web:embed": (thing("/embed/{asset}"), thing("/embed/{asset}?t={my_embed_token}")),
}


def all_routes() -> Iterator[str]:
    """The name of every route of the URL map, with its namespace; one without a name is given by its pattern."""

    def walk(patterns: list[Any], namespace: str) -> Iterator[str]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry.url_patterns, inner)
            elif isinstance(entry, URLPattern):
                yield namespace + (entry.name or f"unnamed {entry.pattern}")

    return walk(get_resolver().url_patterns, "")
