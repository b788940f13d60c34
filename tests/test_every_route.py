"""Two agencies cannot see, guess, list, count, download or search each other's unshared things: every route is asked.

Each request is sent twice: while the other agency has things, and with the same ids after all of them are gone. Both
answers must be the same in status, body and headers; ETags, counts, cursors, order and error texts are part of that.
A request that names a thing must besides look like one for an id that never was. What is gone was never there for the
database, so one of the things that a case can name is asked for again after they are gone, and all compared with it.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from uuid_utils.compat import uuid7

from api.presenters import embed_url
from assets.delivery import AssetUrls
from assets.models import (
    Asset,
    AssetComment,
    AssetVersion,
    Collection,
    Licence,
    Nomination,
    ProcessingAttempt,
    Release,
    Rendition,
    Tombstone,
    Upload,
)
from assets.models.rights import LicenceKind, ReleaseKind
from assets.states import TrackKind
from permissions.models import Agency, ApiToken, Invitation, Membership, User
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.answers import told_headers
from tests.factories import (
    distinct_jpeg,
    make_agency,
    make_asset,
    make_collection,
    make_invitation,
    make_member,
    make_membership,
    make_ready_asset,
    make_token,
    make_track,
    make_upload,
    make_user,
)
from tests.routes import CASES, Case, Exempt, all_routes

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
REFERENCE = "OTHER-20261121-P0042"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
SIGNED = re.compile(rb"(/media/s/|\?t=)[^/&\"]+")
"""Signatures name the second in which they were made."""
MOMENT = re.compile(rb"(<(?:responseDate|datestamp)>)[^<]+")
CSRF = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
TABLES = (
    Asset,
    AssetVersion,
    Upload,
    Collection,
    ApiToken,
    ProcessingAttempt,
    Rendition,
    Membership,
    Invitation,
    Licence,
    Release,
)


@dataclass
class Home:
    """Agency A, its people and one thing of each kind."""

    agency: Agency
    people: dict[str, Client]
    values: dict[str, str]


@dataclass
class Other:
    """Agency B's unshared things by kind."""

    things: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, *values: object) -> None:
        self.things.setdefault(kind, []).extend(str(value) for value in values)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_home() -> Home:
    agency = make_agency(code="HOME")
    people = {str(role): signed_in(make_member(agency, role)) for role in Role}
    people["nobody"] = signed_in(make_user())
    people["anonymous"] = Client()
    _, blind = make_token(user=make_member(agency, Role.EDITOR), scopes=tuple(set(Scope) - {Scope.READ}))
    people["token without scope"] = Client(headers={"Authorization": f"Bearer {blind}"})
    people["token without scope"].get("/api/v1/session")  # its first use is written down once
    draft = make_asset(agency=agency, texts={"vi": {"title": "Của nhà"}}, place="cua nha")
    shown = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.AGENCY)
    asset = Asset.objects.with_policy_facts().get(pk=shown.pk)
    version = asset.current_version
    assert version is not None
    signed = urlsplit(AssetUrls(asset, version, now=asset.database_now).base).path
    capability = (
        people["editor"]
        .post("/api/v1/uploads/companion", {"agency": "HOME"}, content_type="application/json")
        .json()["companion_endpoint"]
    )
    values = {
        "mine": str(agency.pk),
        "my_asset": str(draft.pk),
        "my_collection": str(make_collection(draft).pk),
        "my_signature": signed.split("/")[3],
        "my_embed_token": quote(embed_url(asset).partition("?t=")[2]),
        "capability": capability.rpartition("/")[2],
    }
    return Home(agency=agency, people=people, values=values)


def make_other(agency: Agency, third: Agency, original: bytes) -> Other:
    """Everything that agency B has and shares with nobody of A."""
    now = datetime.now(UTC)
    common = {
        "agency": agency,
        "texts": {"vi": {"title": "Bí mật"}},
        "place": "bi mat bimat other-20261121-p0042",
    }
    published = {"state": AssetState.PUBLISHED, "published_at": now - HOUR}
    assets = [
        make_ready_asset(**common, reference=REFERENCE, original=original),
        make_ready_asset(**common, state=AssetState.IN_REVIEW, urgency=1),
        make_ready_asset(**common, **published),
        make_ready_asset(**common, **published, audience=Audience.PUBLIC, embargo_until=now + HOUR),
        make_ready_asset(**common, **published, audience=Audience.NETWORK, rights_end=now - HOUR),
        make_ready_asset(**common, **published, audience=Audience.SHARED, shared_with=(third,)),
    ]
    other = Other()
    for asset in assets:
        version = asset.current_version
        assert version is not None
        other.add("asset", asset.pk)
        other.add("job", *version.attempts.values_list("pk", flat=True))
        other.add("original", version.original_key)
        keys = list(version.renditions.values_list("key", flat=True))
        other.add("rendition", *keys)
        other.add("public_path", *(key.removeprefix("renditions/") for key in keys))
        track = make_track(asset, words="Bí mật")
        make_track(asset, kind=TrackKind.CHAPTERS)
        other.add("track", f"{asset.pk}/tracks/{track.pk}")
        other.add("track_file", f"{asset.pk}/{track.pk}/1.vtt")
        AssetComment.objects.create(asset=asset, text="Bí mật")
        other.add("nomination", Nomination.objects.create(asset=asset, agency=agency, note="Bí mật").pk)
    terms = Licence.objects.create(agency=agency, code="bi-mat", kind=LicenceKind.OWN_TERMS, name_vi="Bí mật")
    other.add("licence", terms.pk)
    other.add("release", Release.objects.create(asset=assets[0], kind=ReleaseKind.MODEL, name="Bí mật").pk)
    thrown = make_ready_asset(**common, deleted_at=now - HOUR, held_at=now, hold_reason="Bí mật")
    buried = Tombstone.objects.create(
        id=uuid7(),
        reference="OTHER-20261121-P0043",
        agency=agency,
        kind="photo",
        state=AssetState.DRAFT,
        audience=Audience.PUBLIC,
        was_shown=False,
        objects_removed=1,
        bytes_removed=1,
        created_at=now,
        deleted_at=now,
    )
    other.add("asset", thrown.pk, buried.pk)
    other.add("collection", make_collection(*assets, title="Bí mật").pk)
    upload = make_upload(agency=agency)
    other.add("upload", upload.pk)
    other.add("token", make_token(agency=agency)[0].pk, make_token(user=make_member(agency))[0].pk)
    member = make_membership(user=make_user(email="bimat@example.vn"), agency=agency)
    other.add("member", member.pk)
    other.add("person", member.user_id)
    other.add("invitation", make_invitation(agency=agency, email="bimat@example.vn").pk)
    return other


def unknown(kind: str) -> str:
    """A value of this form that names nothing."""
    if kind == "original":
        return f"originals/{uuid4()}/{uuid4()}"
    if kind in {"track", "track_file"}:
        return f"{uuid7()}/tracks/{uuid7()}" if kind == "track" else f"{uuid7()}/{uuid7()}/1.vtt"
    if kind in {"rendition", "public_path"}:
        path = f"{uuid4()}/{uuid4()}/{uuid4()}/w320.webp"
        return path if kind == "public_path" else f"renditions/{path}"
    return str(uuid7())  # as new as what there is: a random one may sort before everything in a page of `older_than`


def variants(case: Case, other: Other) -> Iterator[dict[str, str]]:
    """One filling for each thing of the other agency that the case can name; one empty filling where it names none."""
    text = case.path + json.dumps(case.body or {})
    kinds = [kind for kind in other.things if f"{{{kind}}}" in text]
    assert len(kinds) <= 1, "a case names one kind of thing"
    most = None if case.method == "GET" else 2  # what changes things asks the policy in one place
    yield from ({kind: value} for kind in kinds for value in other.things[kind][:most])
    if not kinds:
        yield {}


def fill(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, str):
        if value == "{bytes}":
            return io.BytesIO(values["bytes"])
        return PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)
    if isinstance(value, dict):
        return {name: fill(item, values) for name, item in value.items()}
    return [fill(item, values) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Seen:
    """What a caller can tell apart."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def ask(client: Client, case: Case, values: dict[str, Any]) -> Seen:
    body = fill(dict(case.body), values) if case.body is not None else {}
    client.cookies.pop("messages", None)  # what an earlier case was told; rolled back with nothing else
    with transaction.atomic():
        if case.form:
            for name, value in body.items():
                if isinstance(value, io.BytesIO):
                    value.name = f"{name}.jpg"
            answer = (
                client.generic(case.method, fill(case.path, values))
                if case.method != "POST"
                else client.post(fill(case.path, values), body)
            )
        else:
            text = json.dumps(body) if case.body is not None else ""
            answer = client.generic(case.method, fill(case.path, values), text, content_type="application/json")
        content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        transaction.set_rollback(True)
    named = [str(value) for name, value in values.items() if name not in {"bytes", "mine", "other"}]
    headers = told_headers(answer)
    if case.creates:
        said = json.loads(content) if answer.status_code < 500 else {}
        return Seen(answer.status_code, (), json.dumps(sorted(said)).encode())
    for value in named:
        content = content.replace(value.encode(), b"ID")
        headers = {name: text.replace(value, "ID").replace(quote(value), "ID") for name, text in headers.items()}
    content = MOMENT.sub(rb"\1", SIGNED.sub(rb"\1", CSRF.sub(rb"\1", content)))
    return Seen(answer.status_code, tuple(sorted(headers.items())), content)


ABSENT = {404}
NOT_SIGNED_IN = {401, 302, 404}


def looks_absent(who: str, case: Case, seen: Seen) -> bool:
    if who == "anonymous" or (who == "token without scope" and not case.path.startswith(("/api/", "/media/"))):
        where = dict(seen.headers).get("Location", "")
        return seen.status in NOT_SIGNED_IN and (seen.status != 302 or where.startswith("/login"))
    return seen.status in ABSENT


def test_every_route_is_listed_with_its_cross_agency_case() -> None:
    routes = list(all_routes())
    assert [name for name in routes if name not in CASES] == [], "list them in tests/routes.py"
    assert [name for name in CASES if name not in routes] == [], "these are no routes any more"
    assert len(routes) == len(set(routes))


@pytest.mark.parametrize("route", [name for name, cases in CASES.items() if not isinstance(cases, Exempt)])
def test_another_agency_s_things_make_no_difference(route: str) -> None:
    cases = CASES[route]
    assert not isinstance(cases, Exempt)
    home, agency, original = make_home(), make_agency(code="OTHER"), distinct_jpeg()
    third = make_agency(code="THIRD")  # that there are agencies is no secret
    before = transaction.savepoint()
    other = make_other(agency, third, original)
    digest = AssetVersion.objects.get(asset=other.things["asset"][0]).sha256
    shared = {**home.values, "other": str(agency.pk), "bytes": original, "sha256": digest}
    shared["reference"] = REFERENCE
    counts = [table.objects.count() for table in TABLES]
    plan = [
        (case, who, client, values)
        for case in cases
        for values in variants(case, other)
        for who, client in home.people.items()
    ]
    present = [ask(client, case, {**shared, **values}) for case, _, client, values in plan]
    assert [table.objects.count() for table in TABLES] == counts
    transaction.savepoint_rollback(before)

    gone: dict[tuple[int, str], Seen] = {}
    for (case, who, client, values), seen in zip(plan, present, strict=True):
        said = f"{who}: {case.method} {case.path} {values}"
        if (id(case), who) not in gone:
            gone[id(case), who] = ask(client, case, {**shared, **values})
            if values:
                never_was = ask(client, case, {**shared, **{kind: unknown(kind) for kind in values}})
                assert gone[id(case), who] == never_was, said
        assert seen == gone[id(case), who], said
        if case.absent:
            assert looks_absent(who, case, seen), f"{said}: {seen}"
        if (
            case.method != "HEAD"
            and not case.creates
            and seen.status >= 400
            and case.path.startswith(("/api/", "/media/", "/store/"))
        ):
            assert json.loads(seen.body)["status"] == seen.status


def test_the_cases_would_notice_a_leak() -> None:
    """The same requests, sent by agency B's own people, do find its things."""
    agency = make_agency(code="OTHER")
    make_other(agency, make_agency(code="THIRD"), distinct_jpeg())
    client = signed_in(make_member(agency, Role.AGENCY_ADMIN))
    assert len(client.get("/api/v1/assets?search=bimat").json()["results"]) == 6
    assert len(client.get("/api/v1/reviews").json()["results"]) == 1
    assert len(client.get("/api/v1/nominations").json()["results"]) == 6
    assert len(client.get("/api/v1/assets?state=draft").json()["results"]) == 1
    assert len(client.get("/api/v1/trash").json()["results"]) == 1
    assert len(client.get("/api/v1/jobs").json()["results"]) == 6
    assert len(client.get("/api/v1/collections").json()["results"]) == 1
    assert len(client.get("/api/v1/tokens").json()["results"]) == 1
