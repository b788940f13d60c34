"""One world for the whole matrix: a tree of agencies, an asset for every combination that the rules tell apart, and a
client for everybody who may ask."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pgtrigger
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from assets.models import (
    Asset,
    AssetComment,
    AssetVersion,
    Collection,
    CollectionShare,
    Correction,
    Licence,
    Nomination,
    ProcessingAttempt,
    Rendition,
    Tombstone,
)
from assets.models.article import DataTable
from assets.models.rights import LicenceKind
from assets.states import Kind, VersionState
from permissions.audit import record
from permissions.models import Agency, ApiToken, Membership, User
from permissions.vocabulary import AssetState, Audience, Role, Scope
from tests.factories import (
    make_agency,
    make_asset,
    make_collection,
    make_token,
    make_track,
    make_user,
)
from tests.matrix.expected import (
    AUDIENCES,
    PARENT_OF,
    PLATFORM_ROLES,
    REVIEWING,
    ROLES,
    SCOPES,
    STATES,
    WINDOWS,
    Grave,
    Shelf,
    Thing,
    Who,
)
from tests.matrix.routes import CAPTIONED, DRAWN, FILMED, PROPOSED

YEAR = timedelta(days=365)
WORD = "matran"
READ = "assets:read"


def everybody() -> Iterator[Who]:
    """Anonymous, people without a role, each role in each place, platform roles, tokens of people and of agencies with
    each scope alone, with reading, without reading and with all; suspended ones."""
    yield Who(name="anonymous", anonymous=True)
    yield Who(name="nobody")
    for place, role in product(PARENT_OF, ROLES):
        yield Who(name=f"{role} in {place}", place=place, role=role)
    for role in ROLES:
        yield Who(name=f"suspended {role}", place="own", role=role, suspended=True)
    yield Who(name="suspended admin above", place="parent", role="agency_admin", suspended=True)
    for platform in PLATFORM_ROLES:
        yield Who(name=platform, platform=platform)
    yield from _tokens()


def _tokens() -> Iterator[Who]:
    every = frozenset(SCOPES)
    sets = {"all scopes": every, "all but reading": every - {READ}}
    sets |= {f"only {scope}": frozenset({scope}) for scope in SCOPES}
    sets |= {f"reading and {scope}": frozenset({READ, scope}) for scope in SCOPES if scope != READ}
    for said, scopes in sets.items():
        yield Who(name=f"person's token, {said}", place="own", role="agency_admin", scopes=scopes)
        yield Who(name=f"agency's token, {said}", place="own", role="agency_admin", scopes=scopes, is_person=False)
    for role, place in product(ROLES, ("own", "child")):
        yield Who(name=f"agency's token, {role} in {place}", place=place, role=role, scopes=every, is_person=False)
    for platform in PLATFORM_ROLES:
        yield Who(name=f"{platform}'s token, all scopes", platform=platform, scopes=every)
        yield Who(name=f"{platform}'s token, only reading", platform=platform, scopes=frozenset({READ}))
    yield Who(name="suspended admin's token", place="own", role="agency_admin", scopes=every, suspended=True)


def everything() -> Iterator[Thing]:
    """Every state × audience; every published audience × window; files that are not ready; four eyes."""
    for state, audience in product(STATES, AUDIENCES):
        yield Thing(name=f"{state}, {audience}", state=state, audience=audience, shared_with=_named(audience))
    for window, audience in product(WINDOWS[1:], AUDIENCES):
        if (window, audience) == ("release_missing", "agency"):
            yield Thing(name="release not given, agency", audience=audience, release_asked=True)
            continue
        yield Thing(name=f"{window}, {audience}", window=window, audience=audience, shared_with=_named(audience))
    for state in ("draft", "in_review", "approved", "scheduled"):
        yield Thing(name=f"embargoed {state}", state=state, audience="public", window="under_embargo")
        yield Thing(name=f"{state} without its release", state=state, audience="public", window="release_missing")
        yield from (Thing(name=f"{state}, {file}", state=state, file=file) for file in ("none", *UNREADY))
    yield from (Thing(name=f"sent back, {file}", state="changes_requested", file=file) for file in UNREADY)
    yield Thing(name="shared with another", audience="shared", shared_with=frozenset({"far"}))
    yield Thing(name="shared with below", audience="shared", shared_with=frozenset({"child", "far"}))
    yield Thing(name="public article", audience="public", file="none")
    yield Thing(name="press only", audience="public", press_only=True)
    yield Thing(name="draft to be reviewed", state="draft", steps=1)
    makers = frozenset({"editor in own", "person's token, all scopes"})
    yield Thing(name="own work", state="in_review", steps=1, makers=makers)
    yield Thing(name="approved once", state="in_review", steps=2, approvers=makers)
    yield from _kept()


MADE_BY = frozenset(
    {"contributor in own", "contributor in parent", "contributor in far", "viewer in own", "suspended contributor"}
)


def _kept() -> Iterator[Thing]:
    """What lies in the trash, what is held, and what is being corrected."""
    yield Thing(name="own draft", state="draft", makers=MADE_BY)
    yield Thing(name="own archived work", state="archived", makers=MADE_BY)
    yield Thing(name="deleted draft", state="draft", lies="trash", makers=MADE_BY)
    yield Thing(name="deleted withdrawn work", state="withdrawn", audience="public", lies="trash", makers=MADE_BY)
    yield Thing(name="being purged", state="withdrawn", audience="public", lies="purging", makers=MADE_BY)
    yield Thing(name="deleted and held", state="archived", audience="network", lies="trash", held="agency")
    yield Thing(name="deleted, held by the platform", state="draft", lies="trash", held="platform")
    yield Thing(name="held", state="draft", held="agency")
    yield Thing(name="published and held by the platform", audience="public", held="platform")
    makers = frozenset({"contributor in own", "editor in own", "person's token, all scopes"})
    yield Thing(name="corrected, reviewed", audience="public", steps=1, correction_by=makers)
    yield Thing(name="corrected", audience="network", correction_by=frozenset({"editor in parent"}))


GRAVES = (
    Grave(name="purged, never shown", was_shown=False, audience="public", state="draft"),
    *(
        Grave(name=f"purged, {audience}", was_shown=True, audience=audience, shared_with=frozenset({"sibling"}))
        for audience in AUDIENCES
    ),
    Grave(name="purged, withdrawn", was_shown=True, audience="agency", state="withdrawn"),
)


UNREADY = ("received", "processing", "rejected")


def _named(audience: str) -> frozenset[str]:
    return frozenset({"sibling"}) if audience == "shared" else frozenset()


SHELVES = tuple(
    Shelf(name=f"shelf, {audience}", audience=audience, shared_with=_named(audience)) for audience in AUDIENCES
)


@dataclass
class World:
    agencies: dict[str, Agency] = field(default_factory=dict)
    people: dict[str, Who] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, ApiToken] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    shelves: dict[str, Collection] = field(default_factory=dict)
    nominations: dict[str, Nomination] = field(default_factory=dict)
    jobs: dict[str, ProcessingAttempt] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)
    graves: dict[str, Grave] = field(default_factory=dict)
    grave_ids: dict[str, str] = field(default_factory=dict)

    def name_of(self, identity: object) -> str:
        """Which thing has this id."""
        return self.names[str(identity)]

    def __post_init__(self) -> None:
        self.names: dict[str, str] = {}


def build() -> World:
    world = World()
    for place, above in PARENT_OF.items():
        code = place.upper()[:12]
        steps = 1 if place == REVIEWING else 0
        parent = world.agencies[above] if above else None
        world.agencies[place] = make_agency(code=code, parent=parent, review_steps=steps)
    _add_people(world, everybody())
    # Uses are written down once a minute: no answer may differ from the next because a minute went by between them.
    ApiToken.objects.update(last_used_at=Now() + timedelta(days=1))
    for thing in everything():
        world.things[thing.name] = thing
        asset = _make(thing, world)
        _keep(asset, thing, world)
        world.assets[thing.name], world.names[str(asset.pk)] = asset, thing.name
    for grave in GRAVES:
        _bury(grave, world)
    _add_around(world)
    return world


def _add_people(world: World, people: Iterable[Who]) -> None:
    for who in people:
        world.people[who.name] = who
        world.clients[who.name] = _client(who, world)


def _client(who: Who, world: World) -> Client:
    if who.anonymous:
        return Client()
    if not who.is_person:
        token, secret = make_token(
            agency=world.agencies[who.place],
            role=Role(who.role),
            scopes=tuple(Scope(scope) for scope in sorted(who.scopes or ())),
        )
        world.tokens[who.name] = token
        return _bearing(secret)
    user = world.users[who.name] = make_user(platform_role=who.platform)
    if who.role:
        suspended = timezone.now() if who.suspended else None
        world.members[who.name] = Membership.objects.create(
            user=user, agency=world.agencies[who.place], role=who.role, suspended_at=suspended
        )
    if who.scopes is not None:
        token, secret = make_token(user=user, scopes=tuple(Scope(scope) for scope in sorted(who.scopes)))
        world.tokens[who.name] = token
        return _bearing(secret)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _bearing(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def _make(thing: Thing, world: World) -> Asset:
    """The row for a thing; agencies that demand a review are asked by a thing of an agency of theirs."""
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "agency": _home(thing, world),
        "audience": Audience(thing.audience),
        "texts": {"vi": {"title": thing.name}},
        "place": f"{WORD} {thing.name}",
        "makers": [world.users[name].pk for name in sorted(thing.makers)],
        "approved_by": [world.users[name].pk for name in sorted(thing.approvers)],
        "shared_with": tuple(world.agencies[place] for place in sorted(thing.shared_with)),
        "embargo_until": now + YEAR if thing.window == "under_embargo" else None,
        "rights_end": now - YEAR if thing.window == "rights_ended" else None,
        "release_required": thing.window == "release_missing" or thing.release_asked,
        "has_release": thing.window == "release_ended",
        "consent_ends": now - YEAR if thing.window == "release_ended" else None,
        "licence_terms": _press_licence() if thing.press_only else None,
        "scheduled_for": now + YEAR if thing.state == "scheduled" else None,
        "submitted_at": now if thing.state == "in_review" else None,
        "state": AssetState(thing.state),
    }
    if thing.file == "none":
        return make_asset(kind=Kind.ARTICLE, **fields)
    state = fields.pop("state")  # published needs a file
    asset = make_asset(**fields)
    _add_file(asset, VersionState(thing.file))
    Asset.objects.filter(pk=asset.pk).update(published_at=now if thing.state == "published" else None)
    with pgtrigger.ignore("assets.Asset:asset_state"):  # made as it is to be, not brought there
        Asset.objects.filter(pk=asset.pk).update(state=state)
    asset.refresh_from_db()
    return asset


def _keep(asset: Asset, thing: Thing, world: World) -> None:
    now = datetime.now(UTC)
    changes: dict[str, object] = {}
    if thing.lies:
        changes |= {"deleted_at": now, "deletion_reason": "x", "purging_at": now if thing.lies == "purging" else None}
    if thing.held:
        changes |= {"held_at": now, "hold_reason": "x", "held_by_platform": thing.held == "platform"}
    if changes:
        Asset.objects.filter(pk=asset.pk).update(**changes)
    if not thing.correction_by:
        return
    identity = uuid7()
    version = AssetVersion.objects.create(
        id=identity,
        asset=asset,
        number=2,
        state=VersionState.READY,
        original_key=f"originals/{asset.pk}/{identity}",
        filename="b.jpg",
        size=1000,
        verified_at=now,
        sha256=identity.hex * 2,
        media_type="image/jpeg",
        proposed=True,
        hidden=True,
    )
    by = [world.users[name] for name in sorted(thing.correction_by)]
    Correction.objects.create(
        asset=asset, version=version, state="waiting", reason="x", made_by=by[0], makers=[each.pk for each in by]
    )


def _bury(grave: Grave, world: World) -> None:
    now = datetime.now(UTC)
    made = Tombstone.objects.create(
        id=uuid7(),
        reference=f"OWN-20261121-P9{len(world.graves):03d}",
        agency=world.agencies["own"],
        kind=Kind.PHOTO,
        state=AssetState(grave.state),
        audience=Audience(grave.audience),
        shared_with=[world.agencies[place].pk for place in sorted(grave.shared_with)],
        was_shown=grave.was_shown,
        objects_removed=1,
        bytes_removed=1,
        created_at=now,
        deleted_at=now,
    )
    world.graves[grave.name], world.grave_ids[grave.name] = grave, str(made.pk)


def _add_file(asset: Asset, state: VersionState) -> None:
    """The rows of an original, its processing and its rendition; no objects, which nothing here reads."""
    verified = {"verified_at": datetime.now(UTC), "sha256": asset.pk.hex * 2, "media_type": "image/jpeg"}
    rejected = {"rejection_code": "media_rejected", "rejection_message": "x"} if state == VersionState.REJECTED else {}
    identity = uuid7()
    version = AssetVersion.objects.create(
        id=identity,
        asset=asset,
        number=1,
        state=state,
        original_key=f"originals/{asset.pk}/{identity}",
        filename="a.jpg",
        size=1000,
        **({} if state == VersionState.RECEIVED else verified),
        **({"width": 64, "height": 48} if state == VersionState.READY else {}),
        **rejected,
    )
    asset.current_version = version
    asset.save(update_fields=["current_version"])
    if state not in {VersionState.PROCESSING, VersionState.READY}:
        return
    done = state == VersionState.READY
    attempt = ProcessingAttempt.objects.create(
        version=version, state="succeeded" if done else "running", finished_at=timezone.now() if done else None
    )
    AssetVersion.objects.filter(pk=version.pk).update(attempt=attempt.pk)
    if done:
        key = f"renditions/{asset.pk}/{version.pk}/{attempt.pk}/w320.webp"
        Rendition.objects.create(
            version=version, attempt=attempt.pk, profile="w320.webp", key=key, media_type="image/webp", size=10
        )


def _home(thing: Thing, world: World) -> Agency:
    """``own``; where a review is asked for, an agency just below it, in which roles of ``own`` and above hold too."""
    if not thing.steps:
        return world.agencies["own"]
    code = f"STEPS{thing.steps}"
    found = Agency.objects.filter(code=code).first()
    return found or make_agency(code=code, parent=world.agencies["own"], review_steps=thing.steps)


def _press_licence() -> Licence:
    return Licence.objects.create(
        code="press-matrix",
        kind=LicenceKind.PRESS_USE,
        name_vi="Báo chí",
        press_only=True,
        allows_redistribution=True,
        allows_alteration=True,
        allows_commercial=True,
    )


def _add_around(world: World) -> None:
    """What hangs on assets: comments, nominations, a data table, collections that hold them all, events."""
    for name, asset in world.assets.items():
        AssetComment.objects.create(asset=asset, text=f"about {name}")
        record("asset.edited", by=None, target=asset.pk, agency_id=asset.agency_id)
        version = asset.current_version
        job = version.attempts.first() if version is not None else None
        if job is not None:
            world.jobs[name], world.names[str(job.pk)] = job, name
    for name in PROPOSED:
        asset = world.assets[name]
        found = Nomination.objects.create(asset=asset, agency=asset.agency)
        world.nominations[name], world.names[str(found.pk)] = found, name
    for shelf in SHELVES:
        made = make_collection(*world.assets.values(), title=shelf.name)
        Collection.objects.filter(pk=made.pk).update(audience=shelf.audience, agency=world.agencies["own"])
        for place in shelf.shared_with:
            CollectionShare.objects.create(collection=made, agency=world.agencies[place])
        world.shelves[shelf.name], world.names[str(made.pk)] = made, shelf.name
    drawn = world.assets[DRAWN]
    Asset.objects.filter(pk=drawn.pk).update(kind=Kind.INFOGRAPHIC)
    DataTable.objects.create(asset=drawn, columns=["a"], rows=[["b"]])
    filmed = world.assets[FILMED]
    Asset.objects.filter(pk=filmed.pk).update(kind=Kind.VIDEO)
    make_track(filmed, id=UUID(CAPTIONED))
