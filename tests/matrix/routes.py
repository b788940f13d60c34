"""Every route and method with its rule: the one place where a developer who adds a route says who may use it.

A route about an asset is one line: ``asset("POST", "assets/{asset}/publish", "publish")``, whose last word is an act of
``expected.ACTS``; about an agency, a collection, a nomination… likewise, with an act of that kind (``KINDS`` in
``walk.py``). ``listed("GET")`` is a list, which ``test_lists.py`` compares; ``elsewhere("GET", "tests/…")`` names the
test file that holds a route to which these roles make no difference. ``test_routes.py`` fails for a route, or a method
of one, that is not here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.matrix.expected import Thing

ROOT = Path(__file__).parents[2]
API = "/api/v1/"
NOBODY = "00000000-0000-7000-8000-000000000000"
LATER = "2100-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request, and the act of the specification that it is.

    ``then`` is the status for who may, ``before`` one that comes before the rule for those who see the thing (an
    article has no original), 0 where there is none; both by the name of the thing. ``signed_in``: strangers are refused
    first of all. ``absent``: the status for what is not to be known.
    """

    method: str
    path: str
    act: str
    kind: str = "asset"
    body: Mapping[str, Any] | None = None
    form: bool = False
    then: Callable[[Any], int]
    before: Callable[[Any], int] = lambda thing: 0  # noqa: ARG005
    signed_in: bool = False
    absent: int = 404

    @property
    def is_page(self) -> bool:
        return not self.path.startswith("/api/")


@dataclass(frozen=True)
class Listed:
    """A list of what the asker may see; ``test_lists.py`` has its rule."""

    method: str


@dataclass(frozen=True)
class Elsewhere:
    """``test`` is the file that holds it."""

    methods: str
    test: str


Entry = tuple[Ask | Listed | Elsewhere, ...]


def always(status: int) -> Callable[[Any], int]:
    return lambda thing: status  # noqa: ARG005


def ask(kind: str, method: str, path: str, act: str, then: Callable[[Any], int] | int = 200, **more: Any) -> Ask:
    chosen = then if callable(then) else always(then)
    return Ask(kind=kind, method=method, path=path, act=act, then=chosen, **more)


def asset(method: str, path: str, act: str, then: Callable[[Any], int] | int = 200, **more: Any) -> Ask:
    return ask("asset", method, API + path, act, then, **more)


def agency(method: str, path: str, act: str, then: Callable[[Any], int] | int = 200, **more: Any) -> Ask:
    return ask("agency", method, API + path, act, then, signed_in=True, **more)


def proposal(method: str, path: str, act: str, then: Callable[[Any], int] | int = 200, **more: Any) -> Ask:
    return ask("nomination", method, API + path, act, then, signed_in=True, **more)


def page(kind: str, method: str, path: str, act: str, then: Callable[[Any], int] | int = 302, **more: Any) -> Ask:
    if method == "POST":
        more = {"body": {}, "form": True} | more
    return ask(kind, method, "/" + path, act, then, **more)


def listed(method: str) -> Listed:
    return Listed(method)


def elsewhere(methods: str, test: str) -> Elsewhere:
    return Elsewhere(methods, test)


def no_file(thing: Thing) -> int:
    return 404 if thing.file == "none" else 0


def no_article(thing: Thing) -> int:
    return 0 if thing.file == "none" else 404


def rendered(thing: Thing) -> int:
    return 200 if thing.file == "ready" else 404


def begun(thing: Thing) -> int:
    return 200 if thing.file == "ready" else 302


def resized(thing: Thing) -> int:
    return 303 if thing.file == "ready" else 409


def rendered_page(thing: Thing) -> int:
    return 302 if thing.file == "ready" else 404


def run_again(thing: Thing) -> int:
    return {"none": 404, "rejected": 202}.get(thing.file, 409)


def stopped(thing: Thing) -> int:
    return {"none": 404, "received": 200, "processing": 200}.get(thing.file, 409)


def answered(thing: Thing) -> int:
    """The page says what became of it; an article has no file."""
    return 404 if thing.file == "none" else 302


FILMED = "published, shared"
"""Only this one is a video, with published captions."""
CAPTIONED = "00000000-0000-7000-8000-00000000c0de"
"""The id of its track."""
DRAWN = "published, network"
"""Only this one is an infographic with its data."""
PROPOSED = ("published, agency", "withdrawn, public", "published, public", "archived, agency", "press only")
"""These wait for the central desk already."""


def no_data(thing: Thing) -> int:
    return 0 if thing.name == DRAWN else 404


def data_set(thing: Thing) -> int:
    return 200 if thing.name == DRAWN else 400


def no_track(thing: Thing) -> int:
    return 0 if thing.name == FILMED else 404


def track_added(thing: Thing) -> int:
    return 201 if thing.name == FILMED else 400


def chapters_set(thing: Thing) -> int:
    return 200 if thing.name == FILMED else 400


def no_photo(thing: Thing) -> int:
    return 404 if thing.file == "none" or thing.name in {DRAWN, FILMED} else 0


def pointed_at(thing: Thing) -> int:
    return 400 if no_photo(thing) else 200


def proposed(thing: Thing) -> int:
    return 409 if thing.name in PROPOSED else 201


def still_shown(thing: Thing) -> int:
    return 200 if thing.state == "published" else 409


def same_agency(place: str) -> int:
    return 409 if place == "far" else 0


def replaceable(thing: Thing) -> int:
    """Articles have no file; while one correction waits, no other is made."""
    return 302 if thing.file == "none" or thing.correction_by else 200


NO_NUMBER = 9
"""Of no version and no revision."""
REASON = {"reason": "x"}
RELEASE = {"kind": "model", "name": "x"}
NEW_LICENCE = {"agency": "{agency}", "code": "moi", "name_vi": "x"}
NEW_ARTICLE = {"agency": "{agency}", "kind": "article", "texts": {"vi": {"title": "x"}}}
NEW_UPLOAD = {"agency": "{agency}", "filename": "a.jpg", "size": 10}
NEW_TOKEN = {"name": "x", "scopes": ["assets:read"]}
TO_THE_TOP = {"act": "move", "other": ""}
PUBLISHED = {"medium": "web", "url": "https://bao.example.vn/tin"}
CUE = {"start": 0, "end": 1000, "text": "x"}
NO_TRACK = {"act": "delete", "revision": "1"}
NEW_TRACK = {"language": "en", "cues": [CUE]}
NEW_CHAPTERS = {"chapters": [{"start": 0, "titles": {"vi": "x"}}]}
TRACK = "assets/{asset}/tracks/" + CAPTIONED
TRACK_DELIVERY = "tests/captions/test_delivery.py"
NO_SUCH = {"reference": "x"}
INVITED = {"email": "moi@example.vn", "role": "viewer"}
COMPANION = "tests/api/test_companion.py"
WALK = "tests/test_every_route.py"
FEEDS = "tests/api/test_feeds.py"
SAVED = "tests/saved/test_saved_searches.py"
SIGN_IN = "tests/sign_in/test_passwords.py"

ROUTES: dict[str, Entry] = {
    # One asset.
    "api:asset": (
        asset("GET", "assets/{asset}", "view"),
        ask("grave", "GET", API + "assets/{asset}", "view"),
        asset("PATCH", "assets/{asset}", "edit", body={"author": "x"}),
    ),
    "api:asset-publish": (asset("POST", "assets/{asset}/publish", "publish", body={}),),
    "api:asset-withdraw": (asset("POST", "assets/{asset}/withdraw", "withdraw", body={"reason": "x"}),),
    "api:asset-submit": (asset("POST", "assets/{asset}/submit", "submit", body={}),),
    "api:asset-approve": (asset("POST", "assets/{asset}/approve", "approve", body={}),),
    "api:asset-request-changes": (
        asset("POST", "assets/{asset}/request-changes", "request_changes", body={"comment": "x"}),
    ),
    "api:asset-schedule": (
        asset("POST", "assets/{asset}/schedule", "schedule", body={"at": LATER}),
        asset("POST", "assets/{asset}/schedule", "cancel_schedule", body={"at": None}),
    ),
    "api:asset-archive": (asset("POST", "assets/{asset}/archive", "archive", body={}),),
    "api:asset-restore": (asset("POST", "assets/{asset}/restore", "restore", body={}),),
    "api:asset-assign": (asset("POST", "assets/{asset}/assign", "assign", body={"assignee": None}),),
    "api:asset-comments": (
        asset("GET", "assets/{asset}/comments", "follow"),
        asset("POST", "assets/{asset}/comments", "comment", 201, body={"text": "x"}),
    ),
    "api:asset-history": (asset("GET", "assets/{asset}/history", "follow"),),
    "api:asset-versions": (asset("GET", "assets/{asset}/versions", "view"),),
    "api:version-confirm": (
        asset("POST", f"assets/{{asset}}/versions/{NO_NUMBER}/confirm", "confirm", 404, body={}),
        ask("correction", "POST", API + "assets/{asset}/versions/2/confirm", "confirm", body={}),
    ),
    "api:version-decline": (
        asset("POST", f"assets/{{asset}}/versions/{NO_NUMBER}/decline", "confirm", 404, body=REASON),
        ask("correction", "POST", API + "assets/{asset}/versions/2/decline", "decline", body=REASON),
    ),
    "api:version-restore": (asset("POST", f"assets/{{asset}}/versions/{NO_NUMBER}/restore", "edit", 404, body=REASON),),
    "api:asset-revisions": (asset("GET", "assets/{asset}/revisions", "follow"),),
    "api:revision-restore": (asset("POST", f"assets/{{asset}}/revisions/{NO_NUMBER}/restore", "follow", 404, body={}),),
    "api:asset-diff": (asset("GET", f"assets/{{asset}}/diff?from={NO_NUMBER}&to={NO_NUMBER}", "follow", 404),),
    "api:asset-delete": (
        asset("POST", "assets/{asset}/delete", "delete", body=REASON),
        ask("in use", "POST", API + "assets/{asset}/delete", "force", body=REASON | {"force": True}),
    ),
    "api:asset-undelete": (asset("POST", "assets/{asset}/undelete", "undelete", body={}),),
    "api:asset-hold": (asset("POST", "assets/{asset}/hold", "hold", 204, body=REASON),),
    "api:asset-lift-hold": (asset("POST", "assets/{asset}/lift-hold", "lift_hold", 204, body=REASON),),
    "api:trash": (listed("GET"),),
    "api:asset-reprocess": (asset("POST", "assets/{asset}/reprocess", "edit", run_again, body={}),),
    "api:asset-cancel-processing": (asset("POST", "assets/{asset}/cancel-processing", "edit", stopped, body={}),),
    "api:workers": (elsewhere("GET", "tests/api/test_workers.py"),),
    "api:asset-rights": (asset("GET", "assets/{asset}/rights", "view"),),
    "api:asset-releases": (
        asset("GET", "assets/{asset}/releases", "download_original"),
        asset("POST", "assets/{asset}/releases", "edit", 201, body=RELEASE),
    ),
    "api:asset-release": (asset("DELETE", "assets/{asset}/releases/" + NOBODY, "edit", 404),),
    "api:asset-renditions": (asset("GET", "assets/{asset}/renditions", "view"),),
    "api:asset-download": (
        asset("GET", "assets/{asset}/download?profile=original", "download_original", before=no_file),
        asset("GET", "assets/{asset}/download?profile=w320.webp", "download", rendered, before=no_file),
    ),
    "api:asset-image": (asset("GET", "assets/{asset}/image?width=300", "download", resized),),
    "api:asset-article": (asset("GET", "assets/{asset}/article", "view", before=no_article),),
    "api:asset-ninjs": (asset("GET", "assets/{asset}/ninjs", "view"),),
    "api:asset-jsonld": (asset("GET", "assets/{asset}/jsonld", "view"),),
    "api:asset-used-in": (asset("GET", "assets/{asset}/used-in", "view"),),
    "api:asset-similar": (asset("GET", "assets/{asset}/similar", "view"),),
    "api:asset-publications": (
        asset("GET", "assets/{asset}/publications", "view"),
        asset("POST", "assets/{asset}/publications", "report", 201, body=PUBLISHED),
    ),
    "api:asset-publication": (elsewhere("DELETE", "tests/uses/test_publications.py"),),
    "api:asset-reuse": (asset("GET", "assets/{asset}/reuse", "view"),),
    "api:asset-uses": (asset("GET", "assets/{asset}/uses", "see_uses"),),
    "api:asset-focal-point": (
        asset("GET", "assets/{asset}/focal-point", "view", before=no_photo),
        asset("PUT", "assets/{asset}/focal-point", "edit", pointed_at, body={"x": 0.2, "y": 0.8}),
        asset("DELETE", "assets/{asset}/focal-point", "edit", pointed_at),
    ),
    "api:asset-table": (
        asset("GET", "assets/{asset}/table", "view", before=no_data),
        asset("PUT", "assets/{asset}/table", "edit", data_set, body={"csv": "a"}),
        asset("DELETE", "assets/{asset}/table", "edit", 204, before=no_data),
    ),
    "api:asset-tracks": (
        asset("GET", "assets/{asset}/tracks", "view"),
        asset("POST", "assets/{asset}/tracks", "edit", track_added, body=NEW_TRACK),
    ),
    "api:asset-track": (
        asset("GET", TRACK, "view", before=no_track),
        asset("GET", TRACK + "?format=srt", "download", before=no_track),
        asset("PUT", TRACK, "edit", before=no_track, body={"cues": [CUE]}),
        asset("PATCH", TRACK, "edit", before=no_track, body={"label": "x"}),
        asset("DELETE", TRACK, "edit", 204, before=no_track),
    ),
    "api:asset-cue": (asset("PATCH", TRACK + "/cues/1", "edit", before=no_track, body={"text": "x"}),),
    "api:asset-chapters": (
        asset("GET", "assets/{asset}/chapters", "view"),
        asset("PUT", "assets/{asset}/chapters", "edit", chapters_set, body=NEW_CHAPTERS),
    ),
    "api:asset-transcript": (asset("GET", "assets/{asset}/transcript", "view", before=no_track),),
    "api:nominations": (
        listed("GET"),
        asset("POST", "nominations", "nominate", proposed, body={"asset": "{asset}"}, signed_in=True),
    ),
    # One asset, on pages.
    "web:asset": (
        page("asset", "GET", "assets/{asset}", "view", 200),
        page("grave", "GET", "assets/{asset}", "view"),
    ),
    "web:asset-edit": (page("asset", "GET", "assets/{asset}/edit", "edit", 200), elsewhere("POST", WALK)),
    "web:asset-publish": (page("asset", "POST", "assets/{asset}/publish", "publish"),),
    "web:asset-withdraw": (page("asset", "POST", "assets/{asset}/withdraw", "withdraw", body={"reason": "x"}),),
    "web:asset-processing": (
        page("asset", "POST", "assets/{asset}/processing/cancel", "edit", answered),
        page("asset", "POST", "assets/{asset}/processing/retry", "edit", answered),
    ),
    "web:workers": (elsewhere("GET", "tests/api/test_workers.py"),),
    "web:release-add": (page("asset", "POST", "assets/{asset}/releases", "edit", body=RELEASE),),
    "web:release-withdraw": (page("asset", "POST", "assets/{asset}/releases/" + NOBODY + "/withdraw", "edit", 404),),
    "web:asset-focal-point": (
        page("asset", "GET", "assets/{asset}/focal-point", "edit", 200, before=no_photo),
        elsewhere("POST", WALK),
    ),
    "web:asset-table": (
        page("asset", "GET", "assets/{asset}/table", "edit", 200, before=no_data),
        elsewhere("POST", WALK),
    ),
    "web:asset-tracks": (
        page("asset", "GET", "assets/{asset}/captions", "edit", 200, before=no_track),
        elsewhere("POST", WALK),
    ),
    "web:asset-track": (
        page("asset", "GET", "assets/{asset}/captions/" + CAPTIONED, "edit", 200, before=no_track),
        page(
            "asset",
            "POST",
            "assets/{asset}/captions/" + CAPTIONED,
            "edit",
            before=no_track,
            body=NO_TRACK,
        ),
    ),
    "web:asset-translate": (
        page("asset", "GET", "assets/{asset}/translate/en", "edit", 200),
        elsewhere("POST", WALK),
    ),
    "web:asset-download": (
        page("asset", "GET", "assets/{asset}/download/original", "download_original", before=no_file),
        page("asset", "GET", "assets/{asset}/download/w320.webp", "download", rendered_page, before=no_file),
        page("asset", "POST", "assets/{asset}/download/original", "download_original", 200, before=no_file),
        page("asset", "POST", "assets/{asset}/download/w320.webp", "download", rendered, before=no_file),
    ),
    "web:track-download": (
        page("asset", "GET", "assets/{asset}/captions/" + CAPTIONED + "/file.srt", "download", 200, before=no_track),
        page("asset", "POST", "assets/{asset}/captions/" + CAPTIONED + "/file.srt", "download", 200, before=no_track),
    ),
    "web:asset-sized": (
        page("asset", "GET", "assets/{asset}/sized?width=300&fit=contain&format=jpeg", "download", 302),
        page("asset", "POST", "assets/{asset}/sized?width=300&fit=contain&format=jpeg", "download", begun),
    ),
    "web:asset-act": (
        page("asset", "POST", "assets/{asset}/workflow/submit", "submit"),
        page("asset", "POST", "assets/{asset}/workflow/approve", "approve"),
        page("asset", "POST", "assets/{asset}/workflow/request-changes", "request_changes", body={"comment": "x"}),
        page("asset", "POST", "assets/{asset}/workflow/schedule", "schedule", body={"at": "2100-01-01T00:00"}),
        page("asset", "POST", "assets/{asset}/workflow/cancel-schedule", "cancel_schedule"),
        page("asset", "POST", "assets/{asset}/workflow/archive", "archive"),
        page("asset", "POST", "assets/{asset}/workflow/restore", "restore"),
        page("asset", "POST", "assets/{asset}/workflow/nominate", "nominate"),
    ),
    "web:asset-comment": (page("asset", "POST", "assets/{asset}/comment", "comment", body={"text": "x"}),),
    "web:asset-publications": (
        page("asset", "GET", "assets/{asset}/publications", "view", 200),
        page("asset", "POST", "assets/{asset}/publications", "report", 400),
    ),
    "web:asset-publication-withdraw": (elsewhere("POST", "tests/uses/test_publications.py"),),
    "web:asset-assign": (page("asset", "POST", "assets/{asset}/assign", "assign", body={"assignee": ""}),),
    "web:asset-versions": (page("asset", "GET", "assets/{asset}/versions", "view", 200),),
    "web:version-decide": (
        page("asset", "POST", f"assets/{{asset}}/versions/{NO_NUMBER}/confirm", "confirm", 404),
        page("asset", "POST", f"assets/{{asset}}/versions/{NO_NUMBER}/decline", "confirm", 404, body=REASON),
        page("asset", "POST", f"assets/{{asset}}/versions/{NO_NUMBER}/restore", "edit", 404, body=REASON),
        page("correction", "POST", "assets/{asset}/versions/2/confirm", "confirm"),
        page("correction", "POST", "assets/{asset}/versions/2/decline", "decline", body=REASON),
    ),
    "web:revision-restore": (page("asset", "POST", f"assets/{{asset}}/revisions/{NO_NUMBER}/restore", "follow", 404),),
    "web:asset-diff": (page("asset", "GET", f"assets/{{asset}}/diff?from={NO_NUMBER}&to={NO_NUMBER}", "follow", 404),),
    "web:asset-replace": (page("asset", "GET", "assets/{asset}/replace", "edit", replaceable),),
    "web:asset-delete": (
        page("asset", "POST", "assets/{asset}/delete", "delete", body=REASON),
        page("in use", "POST", "assets/{asset}/delete", "force", body=REASON | {"force": "on"}),
    ),
    "web:asset-undelete": (page("asset", "POST", "assets/{asset}/undelete", "undelete"),),
    "web:asset-hold": (
        page("asset", "POST", "assets/{asset}/holding/hold", "hold", body=REASON),
        page("asset", "POST", "assets/{asset}/holding/lift-hold", "lift_hold", body=REASON),
    ),
    "web:trash": (listed("GET"),),
    "web:embed": (elsewhere("GET", "tests/matrix/test_public.py"),),
    "web:oembed": (elsewhere("GET", "tests/matrix/test_public.py"),),
    "web:oai": (
        elsewhere("GET", "tests/harvest/test_oai.py"),
        elsewhere("POST", "tests/harvest/test_oai.py"),
    ),
    "web:robots": (elsewhere("GET", "tests/harvest/test_sitemap.py"),),
    "web:sitemap": (elsewhere("GET", "tests/harvest/test_sitemap.py"),),
    "web:sitemap-page": (elsewhere("GET", "tests/harvest/test_sitemap.py"),),
    "oauth2_provider:token": (elsewhere("POST", "tests/api/test_oauth.py"),),
    "oauth2_provider:revoke-token": (elsewhere("POST", "tests/api/test_oauth.py"),),
    "oauth2_provider:oauth-server-metadata": (elsewhere("GET", "tests/api/test_oauth.py"),),
    "media-public": (elsewhere("GET", "tests/matrix/test_public.py"),),
    "media-signed": (elsewhere("GET", "tests/storage/test_signing.py"),),
    "media-inscribed": (elsewhere("GET", "tests/api/test_inscribed.py"),),
    "media-sized": (elsewhere("GET", "tests/api/test_image.py"),),
    "media-track-public": (elsewhere("GET", TRACK_DELIVERY),),
    "media-track-signed": (elsewhere("GET", TRACK_DELIVERY),),
    # One agency.
    "api:agencies": (
        listed("GET"),
        agency(
            "POST", "agencies", "manage", 201, body={"code": "MOI", "name_vi": "x", "parent": "{agency}"}, absent=400
        ),
    ),
    "api:agency": (
        agency("GET", "agencies/{agency}", "know"),
        agency("PATCH", "agencies/{agency}", "manage", body={"name_en": "x"}),
        agency("PATCH", "agencies/{agency}", "quota", body={"quota_items": 5000}),
        agency("PATCH", "agencies/{agency}", "loosen", body={"review_steps": 0}),
        agency("PATCH", "agencies/{agency}", "manage", body={"review_steps": 2}),
        agency("PATCH", "agencies/{agency}", "manage", body={"retention_draft_days": 90}),
    ),
    "api:agency-move": (agency("POST", "agencies/{agency}/move", "uproot", body={"parent": None}),),
    "api:agency-merge": (agency("POST", "agencies/{agency}/merge", "merge", body={"into": "FAR"}, before=same_agency),),
    "api:agency-retention": (agency("GET", "agencies/{agency}/retention", "manage"),),
    "api:agency-usage": (agency("GET", "agencies/{agency}/usage", "usage"),),
    "api:members": (agency("GET", "agencies/{agency}/members", "manage"),),
    "api:member": (
        agency("PATCH", "agencies/{agency}/members/" + NOBODY, "manage", 404, body={"role": "viewer"}),
        agency("DELETE", "agencies/{agency}/members/" + NOBODY, "manage", 404),
    ),
    "api:invitations": (
        agency("GET", "agencies/{agency}/invitations", "manage"),
        agency("POST", "agencies/{agency}/invitations", "manage", 201, body=INVITED),
    ),
    "api:invitation": (agency("DELETE", "agencies/{agency}/invitations/" + NOBODY, "manage", 404),),
    "api:agency-handover": (
        agency("POST", "agencies/{agency}/handover", "manage", 404, body={"leaver": NOBODY, "to": NOBODY}),
    ),
    "api:agency-reuse": (agency("GET", "agencies/{agency}/reuse", "uses"),),
    "api:agency-reuse-export": (agency("GET", "agencies/{agency}/reuse/export", "uses"),),
    "api:agency-terms": (
        ask("agency", "GET", API + "agencies/{agency}/terms", "know", 404),  # nobody of this world wrote any
        agency("PUT", "agencies/{agency}/terms", "manage", 201, body={"vi": "x"}),
    ),
    "api:agency-terms-acceptance": (
        agency("POST", "agencies/{agency}/terms/acceptance", "know", 404, body={"version": 1}),
    ),
    "api:agency-parity": (
        agency("GET", "agencies/{agency}/parity", "know"),
        agency("PUT", "agencies/{agency}/parity", "manage", body={"requirements": {}}),
        agency("DELETE", "agencies/{agency}/parity", "manage"),
    ),
    "api:assets-facets": (elsewhere("GET", "tests/search/test_rights.py"),),
    "api:assets-suggestions": (elsewhere("GET", "tests/search/test_rights.py"),),
    "api:assets": (listed("GET"), agency("POST", "assets", "write", 201, body=NEW_ARTICLE, absent=400)),
    "api:feed-atom": (elsewhere("GET", FEEDS),),
    "api:feed-mrss": (elsewhere("GET", FEEDS),),
    "api:licences": (
        elsewhere("GET", "tests/api/test_rights.py"),
        agency("POST", "licences", "manage", 201, body=NEW_LICENCE, absent=400),
    ),
    "api:licence": (elsewhere("PATCH", "tests/api/test_rights.py"),),
    "api:uploads": (
        elsewhere("GET", WALK),
        agency("POST", "uploads", "upload", 201, body=NEW_UPLOAD, absent=400),
    ),
    "web:agency": (
        page("agency", "GET", "agencies/{agency}", "know", 200),
        page("agency", "POST", "agencies/{agency}", "manage", 400),
    ),
    "web:agency-member": (
        page("agency", "POST", "agencies/{agency}/members/" + NOBODY, "manage", 404, body={"act": "remove"}),
    ),
    "web:agency-invite": (page("agency", "POST", "agencies/{agency}/invitations", "manage", body=INVITED),),
    "web:agency-invitation-revoke": (
        page("agency", "POST", "agencies/{agency}/invitations/" + NOBODY + "/revoke", "manage", 404),
    ),
    "web:agency-handover": (page("agency", "POST", "agencies/{agency}/handover", "manage"),),
    "web:agency-place": (page("agency", "POST", "agencies/{agency}/place", "uproot", body={"act": "top"}),),
    "web:agency-token": (page("agency", "POST", "agencies/{agency}/tokens", "manage", 400),),
    "web:agency-parity": (
        page("agency", "GET", "agencies/{agency}/parity", "know", 200),
        page("agency", "POST", "agencies/{agency}/parity", "manage"),
    ),
    "web:agency-terms": (
        page("agency", "GET", "agencies/{agency}/terms", "know", 200),
        page("agency", "POST", "agencies/{agency}/terms", "manage", 400),
    ),
    "web:agency-reuse": (page("agency", "GET", "agencies/{agency}/reuse", "uses", 200),),
    "web:agency-licences": (
        page("agency", "GET", "agencies/{agency}/licences", "know", 200),
        page("agency", "POST", "agencies/{agency}/licences", "manage", 400),
    ),
    "web:agency-licence": (page("agency", "POST", "agencies/{agency}/licences/" + NOBODY, "manage", 404),),
    "web:agencies": (
        page("agency", "GET", "agencies?parent={agency}", "know", 200),
        page("agency", "POST", "agencies?parent={agency}", "manage", 400),
    ),
    # A collection, a nomination, a run of processing.
    "api:collections": (
        listed("GET"),
        agency("POST", "collections", "upload", 201, body={"agency": "{agency}", "title": "x"}, absent=400),
    ),
    "api:collection": (
        ask("shelf", "GET", API + "collections/{shelf}", "see"),
        ask("shelf", "PATCH", API + "collections/{shelf}", "change", body={"title": "x"}),
        ask("shelf", "DELETE", API + "collections/{shelf}", "change", 204),
    ),
    "api:collection-archive": (elsewhere("GET", "tests/api/test_archives.py"),),  # works of this world have no bytes
    "api:collection-items": (
        listed("GET"),
        ask("shelf", "PUT", API + "collections/{shelf}/items", "change", 409, body={"assets": [NOBODY]}),
        ask("shelf", "POST", API + "collections/{shelf}/items", "change", 404, body={"asset": NOBODY}),
    ),
    "api:collection-item": (
        ask("shelf", "PATCH", API + "collections/{shelf}/items/" + NOBODY, "change", 404, body={"position": 1}),
        ask("shelf", "DELETE", API + "collections/{shelf}/items/" + NOBODY, "change", 404),
    ),
    "web:collection": (page("shelf", "GET", "collections/{shelf}", "see", 200), elsewhere("POST", WALK)),
    "web:collection-delete": (page("shelf", "POST", "collections/{shelf}/delete", "change"),),
    "web:collection-download": (elsewhere("GET POST", "tests/terms/test_pages.py"),),
    "web:collection-items": (
        page("shelf", "POST", "collections/{shelf}/items", "change", 400, body={"reference": "x"}),
    ),
    "api:nomination": (
        proposal("GET", "nominations/{nomination}", "see"),
        proposal("PATCH", "nominations/{nomination}", "decide", 409, body={"title": "x"}),
    ),
    "api:nomination-accept": (proposal("POST", "nominations/{nomination}/accept", "decide", still_shown, body={}),),
    "api:nomination-decline": (proposal("POST", "nominations/{nomination}/decline", "decide", body={"reason": "x"}),),
    "web:nomination-decide": (
        page("nomination", "POST", "nominations/{nomination}/decide", "decide", body={"reason": "x"}),
    ),
    "api:job": (ask("job", "GET", API + "jobs/{job}", "view", signed_in=True),),
    # The platform.
    "api:person": (
        ask("platform", "PATCH", API + "people/" + NOBODY, "operate", 404, body={"active": True}, signed_in=True),
    ),
    "api:changes": (elsewhere("GET", "tests/changes/test_feed.py"),),
    "api:audit": (listed("GET"), ask("platform", "GET", API + "audit", "record", signed_in=True)),
    "api:audit-export": (ask("platform", "GET", API + "audit/export?format=csv", "record", signed_in=True),),
    "web:audit": (page("platform", "GET", "audit", "record", 200),),
    "api:tokens": (
        elsewhere("GET", "tests/permissions/test_tokens.py"),
        ask("platform", "POST", API + "tokens", "token", 201, body=NEW_TOKEN, signed_in=True),
    ),
    "api:session": (ask("platform", "GET", API + "session", "anybody"),),
    # Lists.
    "api:assets-read": (elsewhere("POST", "tests/api/test_bulk_reads.py"),),
    "api:assets-bulk": (elsewhere("POST", "tests/matrix/test_lists.py"),),
    "api:reviews": (listed("GET"),),
    "api:translations": (listed("GET"),),
    "api:jobs": (listed("GET"),),
    "web:library": (listed("GET"),),
    "web:reviews": (listed("GET"),),
    "web:translations": (listed("GET"),),
    "web:nominations": (listed("GET"),),
    "web:collections": (listed("GET"), elsewhere("POST", WALK)),
    # Of the asker alone: whose they are decides, no role does.
    "api:token": (elsewhere("DELETE", "tests/permissions/test_tokens.py"),),
    "api:saved-searches": (elsewhere("GET POST", SAVED),),
    "api:saved-search": (elsewhere("GET PATCH DELETE", SAVED),),
    "api:saved-search-look": (elsewhere("POST", SAVED),),
    "api:saved-search-feed": (elsewhere("POST DELETE", SAVED),),
    "api:saved-feed-atom": (elsewhere("GET", SAVED),),
    "api:saved-feed-mrss": (elsewhere("GET", SAVED),),
    "web:searches": (elsewhere("GET POST", "tests/web/test_searches.py"),),
    "web:search-act": (elsewhere("POST", "tests/web/test_searches.py"),),
    "web:tokens": (elsewhere("GET POST", "tests/web/test_tokens.py"),),
    "web:token-revoke": (elsewhere("POST", WALK),),
    "api:upload-file": (elsewhere("POST", "tests/api/test_uploads.py"),),
    "api:upload-companion": (elsewhere("POST", COMPANION),),
    "api:upload": (elsewhere("GET DELETE", "tests/api/test_uploads.py"),),
    "api:upload-parts": (elsewhere("GET POST", "tests/api/test_uploads.py"),),
    "api:upload-complete": (elsewhere("POST", "tests/api/test_uploads.py"),),
    "api:companion-create": (elsewhere("POST", COMPANION),),
    "api:companion-upload": (elsewhere("GET DELETE", COMPANION),),
    "api:companion-part": (elsewhere("GET", COMPANION),),
    "api:companion-complete": (elsewhere("POST", COMPANION),),
    "api:companion-params": (elsewhere("GET", COMPANION),),
    "api:companion-form": (elsewhere("POST", COMPANION),),
    "store-part": (elsewhere("PUT", "tests/storage/test_store_views.py"),),
    "web:upload": (elsewhere("GET", "tests/web/test_upload_page.py"),),
    "web:article-new": (elsewhere("GET POST", "tests/web/test_promised_pages.py"),),
    "web:account": (elsewhere("GET", "tests/sign_in/test_sessions.py"),),
    "web:password-change": (elsewhere("GET POST", SIGN_IN),),
    "web:factor-totp": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "web:factor-key": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "web:factor-remove": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "web:recovery-codes": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "web:session-end": (elsewhere("POST", "tests/sign_in/test_sessions.py"),),
    "web:sessions-end": (elsewhere("POST", "tests/sign_in/test_sessions.py"),),
    "web:invitation": (elsewhere("GET POST", "tests/web/test_agencies.py"),),
    # Nothing of anybody.
    "web:login": (elsewhere("GET POST", "tests/sign_in/test_lock_out.py"),),
    "account_login": (elsewhere("GET POST", "tests/sign_in/test_lock_out.py"),),
    "mfa_authenticate": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "account_reauthenticate": (elsewhere("GET POST", "tests/sign_in/test_second_factors.py"),),
    "web:oidc": (elsewhere("GET POST", "tests/sign_in/test_oidc.py"),),
    "web:oidc-callback": (elsewhere("GET", "tests/sign_in/test_oidc.py"),),
    "web:password-reset": (elsewhere("GET POST", SIGN_IN),),
    "web:password-reset-confirm": (elsewhere("GET POST", SIGN_IN),),
    "web:logout": (elsewhere("POST", "tests/web/test_accounts.py"),),
    "web:language": (elsewhere("POST", "tests/web/test_words.py"),),
    "api:schema": (elsewhere("GET", "tests/api/test_openapi.py"),),
    "api:docs": (elsewhere("GET", "tests/api/test_openapi.py"),),
    "api:nothing": (elsewhere("GET", "tests/api/test_problems.py"),),
    "healthz": (elsewhere("GET", "tests/test_boot.py"),),
    "readyz": (elsewhere("GET", "tests/test_boot.py"),),
}


def asks() -> list[Ask]:
    return [entry for entries in ROUTES.values() for entry in entries if isinstance(entry, Ask)]


def lists() -> list[str]:
    return [name for name, entries in ROUTES.items() if any(isinstance(entry, Listed) for entry in entries)]
