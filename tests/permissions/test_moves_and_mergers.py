"""Reorganisations: an agency is moved under another one, or merged into it, and nothing is lost."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from assets.models import Asset, AssetShare, Collection
from assets.states import Kind
from assets.usecases.agencies_merge import MOVES, free_title, merge_agency
from permissions.actor import Actor, actor_for_user
from permissions.audit import record
from permissions.audit_search import EventFilters
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound, RevisionChanged
from permissions.models import Agency, AuditEvent, Membership
from permissions.tree import common_path
from permissions.usecases.administration import LastAdministrator
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_collection,
    make_member,
    make_membership,
    make_token,
    make_upload,
    make_user,
)
from tests.permissions.trees import check_tree, possessions

pytestmark = pytest.mark.django_db


def operator() -> Actor:
    return actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))


@pytest.fixture
def root() -> Agency:
    return make_agency(code="ROOT")


# --- Random trees -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Act:
    kind: str
    agency: int
    other: int | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    parents: list[int | None]
    members: list[tuple[int, int, Role]]
    assets: list[int]
    titles: list[tuple[int, str]]
    acts: list[Act]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    size = draw(st.integers(2, 9))
    agencies = st.integers(0, size - 1)
    act = st.builds(Act, kind=st.sampled_from(["move", "move", "merge"]), agency=agencies, other=st.none() | agencies)
    return Plan(
        parents=[None if i == 0 else draw(st.none() | st.integers(0, i - 1)) for i in range(size)],
        members=draw(st.lists(st.tuples(st.integers(0, 3), agencies, st.sampled_from(Role)), max_size=8)),
        assets=draw(st.lists(agencies, max_size=6)),
        titles=draw(st.lists(st.tuples(agencies, st.sampled_from(["Lễ", "Tết"])), max_size=6, unique=True)),
        acts=draw(st.lists(act, min_size=1, max_size=10)),
    )


def build(plan: Plan) -> list[Agency]:
    made: list[Agency] = []
    for parent in plan.parents:
        made.append(make_agency(parent=made[parent] if parent is not None else None))
    people = [make_user() for _ in range(4)]
    for person, agency, role in plan.members:
        Membership.objects.update_or_create(user=people[person], agency=made[agency], defaults={"role": role})
    for agency in plan.assets:
        asset = make_asset(agency=made[agency], kind=Kind.ARTICLE, audience=Audience.SHARED)
        AssetShare.objects.bulk_create(AssetShare(asset=asset, agency=other) for other in made[:3])
        make_token(agency=made[agency])
    for agency, title in plan.titles:
        make_collection(agency=made[agency], title=title)
    return made


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(plan=plans())
def test_whatever_is_moved_and_merged_the_tree_stays_whole_and_nothing_is_lost(plan: Plan) -> None:
    with transaction.atomic():
        agencies, by = build(plan), operator()
        before = possessions()
        for act in plan.acts:
            one = agencies[act.agency].pk
            other = agencies[act.other].pk if act.other is not None else None
            with suppress(Conflict, Invalid, NotFound):  # cycles, depth, closed agencies: refused, and nothing changes
                if act.kind == "move":
                    move_agency(agency_id=one, parent_id=other, by=by)
                elif other is not None:
                    merge_agency(agency_id=one, into_id=other, by=by)
            check_tree()
            assert possessions() == before
        transaction.set_rollback(True)


@given(
    one=st.lists(st.sampled_from("abc"), max_size=5), other=st.lists(st.sampled_from("abc"), max_size=5)
)  # steps of one letter, 32 times
def test_the_common_path_is_the_longest_that_both_begin_with(one: list[str], other: list[str]) -> None:
    here, there = ("".join(f"{step * 32}/" for step in steps) for steps in (one, other))
    common = common_path(here, there)
    assert here.startswith(common)
    assert there.startswith(common)
    longer = here[: len(common) + 33]
    assert longer == common or not there.startswith(longer)


# --- Moving -----------------------------------------------------------------------------------------------------------


def test_a_whole_subtree_moves_in_one_statement(root: Agency) -> None:
    old, new = make_agency(parent=root), make_agency(parent=root)
    moved = make_agency(parent=old)
    child = make_agency(parent=moved)
    make_agency(parent=child)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        after = move_agency(agency_id=moved.pk, parent_id=new.pk, by=operator())
    assert after.path == f"{new.path}{moved.pk.hex}/"
    child.refresh_from_db()
    assert child.path == f"{after.path}{child.pk.hex}/"
    rewrites = [q["sql"] for q in asked.captured_queries if "SET path" in q["sql"]]
    assert len(rewrites) == 1
    check_tree()
    event = AuditEvent.objects.get(act="agency.moved", target=moved.pk)
    assert event.data == {"before": moved.path, "after": after.path}
    assert (after.revision, after.parent) == (2, new)


def test_rights_follow_the_move_at_once(root: Agency) -> None:
    old, new = make_agency(parent=root), make_agency(parent=root)
    moved = make_agency(parent=old)
    asset = make_asset(agency=moved)
    former, present = make_member(old, Role.EDITOR), make_member(new, Role.EDITOR)
    assert Asset.objects.visible_to(actor_for_user(former)).filter(pk=asset.pk).exists()
    move_agency(agency_id=moved.pk, parent_id=new.pk, by=operator())
    assert not Asset.objects.visible_to(actor_for_user(former)).filter(pk=asset.pk).exists()
    assert Asset.objects.visible_to(actor_for_user(present)).filter(pk=asset.pk).exists()


def test_where_it_already_is_nothing_is_written(root: Agency) -> None:
    child = make_agency(parent=root)
    assert move_agency(agency_id=child.pk, parent_id=root.pk, by=operator()).revision == 1
    assert not AuditEvent.objects.filter(act="agency.moved").exists()


@pytest.mark.parametrize("below", [False, True])
def test_an_agency_is_never_put_below_itself(root: Agency, below: bool) -> None:
    child = make_agency(parent=root)
    with pytest.raises(Conflict) as refusal:
        move_agency(agency_id=root.pk, parent_id=child.pk if below else root.pk, by=operator())
    assert refusal.value.reason == "agency_below_itself"
    check_tree()


def test_the_tree_gets_no_deeper_than_eight(root: Agency) -> None:
    long = [root]
    for _ in range(6):
        long.append(make_agency(parent=long[-1]))
    top = make_agency()
    make_agency(parent=top)
    with pytest.raises(Conflict) as refusal:
        move_agency(agency_id=top.pk, parent_id=long[-1].pk, by=operator())
    assert refusal.value.reason == "agency_too_deep"
    assert move_agency(agency_id=top.pk, parent_id=long[-2].pk, by=operator()).depth == 7
    check_tree()


def test_a_stale_revision_changes_nothing(root: Agency) -> None:
    child, other = make_agency(parent=root), make_agency(parent=root)
    with pytest.raises(RevisionChanged):
        move_agency(agency_id=child.pk, parent_id=other.pk, by=operator(), revision=7)
    with pytest.raises(RevisionChanged):
        merge_agency(agency_id=child.pk, into_id=other.pk, by=operator(), revision=7)
    assert Agency.objects.get(pk=child.pk).parent == root


def test_a_closed_agency_takes_none(root: Agency) -> None:
    closed, child = make_agency(parent=root, is_active=False), make_agency(parent=root)
    with pytest.raises(Invalid) as refusal:
        move_agency(agency_id=child.pk, parent_id=closed.pk, by=operator())
    assert refusal.value.reason == "agency_closed"
    with pytest.raises(NotFound):
        move_agency(agency_id=closed.pk, parent_id=None, by=operator())


@pytest.mark.parametrize("act", ["move", "merge"])
@pytest.mark.parametrize(
    ("where", "role", "allowed"),
    [
        ("above", Role.AGENCY_ADMIN, True),
        ("top", Role.AGENCY_ADMIN, True),
        ("above", Role.EDITOR, False),
        ("old", Role.AGENCY_ADMIN, False),
        ("new", Role.AGENCY_ADMIN, False),
        ("moved", Role.AGENCY_ADMIN, False),
        ("beside", Role.AGENCY_ADMIN, False),
    ],
)
def test_reorganising_takes_an_administrator_of_both_sides(act: str, where: str, role: Role, allowed: bool) -> None:
    top = make_agency()
    above = make_agency(parent=top)
    old, new = make_agency(parent=above), make_agency(parent=above)
    places = {"top": top, "above": above, "old": old, "new": new, "beside": make_agency(parent=top)}
    places["moved"] = moved = make_agency(parent=old)
    by = actor_in(places[where], role)
    if allowed:
        reorganise(act, moved, new, by)
    else:
        with pytest.raises(NotAllowed) as refusal:
            reorganise(act, moved, new, by)
        assert refusal.value.reason == "role_too_low"
    moved.refresh_from_db()
    assert (new.pk in {moved.merged_into_id, moved.parent_id}) is allowed


def test_to_become_a_root_takes_an_operator(root: Agency) -> None:
    child = make_agency(parent=root)
    with pytest.raises(NotAllowed):
        move_agency(agency_id=child.pk, parent_id=None, by=actor_in(root, Role.AGENCY_ADMIN))
    assert move_agency(agency_id=child.pk, parent_id=None, by=operator()).depth == 1


def reorganise(act: str, agency: Agency, other: Agency, by: Actor) -> None:
    if act == "move":
        move_agency(agency_id=agency.pk, parent_id=other.pk, by=by)
    else:
        merge_agency(agency_id=agency.pk, into_id=other.pk, by=by)


# --- Merging ----------------------------------------------------------------------------------------------------------


def test_the_other_has_everything_and_the_row_stays(root: Agency) -> None:
    one, other = make_agency(code="HATAY", parent=root), make_agency(code="HANOI", parent=root)
    child = make_agency(parent=one)
    asset, album = make_asset(agency=one), make_collection(agency=one)
    upload, (token, _) = make_upload(agency=one), make_token(agency=one)
    member = make_member(one, Role.EDITOR)

    kept = merge_agency(agency_id=one.pk, into_id=other.pk, by=operator())

    assert kept == other
    for thing in (asset, album, upload, token):
        thing.refresh_from_db()
        assert thing.agency == other, thing
    one.refresh_from_db()
    child.refresh_from_db()
    assert (one.is_active, one.merged_into, one.code) == (False, other, "HATAY")
    assert (child.parent, child.path) == (other, f"{other.path}{child.pk.hex}/")
    assert Asset.objects.visible_to(actor_for_user(member)).filter(pk=asset.pk).exists()
    merged = AuditEvent.objects.get(act="agency.merged", target=one.pk)
    assert merged.data["counts"] == {
        "agencies": 1,
        "assets": 1,
        "uploads": 1,
        "tombstones": 0,
        "logos": 0,
        "tokens": 1,
        "shares": 0,
        "collections": 1,
        "collection_shares": 0,
        "nominations": 0,
        "licences": 0,
        "uses": 0,
        "publications": 0,
        "memberships": 1 + 1,  # who uploads is a member too
        "invitations": 0,
    }
    assert AuditEvent.objects.get(act="agency.absorbed", target=other.pk).data["code"] == "HATAY"


@pytest.mark.parametrize(
    ("here", "there", "result"),
    [
        ((Role.EDITOR, False), (Role.VIEWER, False), (Role.EDITOR, False)),
        ((Role.VIEWER, False), (Role.EDITOR, False), (Role.EDITOR, False)),
        ((Role.AGENCY_ADMIN, True), (Role.VIEWER, False), (Role.AGENCY_ADMIN, True)),
        ((Role.VIEWER, False), (Role.EDITOR, True), (Role.EDITOR, True)),
    ],
)
def test_the_higher_role_wins_and_no_merger_ends_a_suspension(
    root: Agency, here: tuple[Role, bool], there: tuple[Role, bool], result: tuple[Role, bool]
) -> None:
    one, other, person = make_agency(parent=root), make_agency(parent=root), make_user()
    for agency, (role, is_suspended) in ((one, here), (other, there)):
        row = make_membership(user=person, agency=agency, role=role)
        row.suspended_at = datetime.now(UTC) if is_suspended else None
        row.save()
    make_membership(user=make_user(), agency=root, role=Role.AGENCY_ADMIN)
    merge_agency(agency_id=one.pk, into_id=other.pk, by=operator())
    row = Membership.objects.get(user=person)
    assert (row.agency, row.role, row.suspended_at is not None) == (other, *result)


def test_a_suspension_from_below_shuts_no_last_administrator_out() -> None:
    top = make_agency()
    below, head = make_agency(parent=top), make_user()
    make_membership(user=head, agency=top, role=Role.AGENCY_ADMIN)
    row = make_membership(user=head, agency=below, role=Role.VIEWER)
    Membership.objects.filter(pk=row.pk).update(suspended_at=datetime.now(UTC))
    by = actor_for_user(head)
    with pytest.raises(LastAdministrator), transaction.atomic():
        merge_agency(agency_id=below.pk, into_id=top.pk, by=by)
    below.refresh_from_db()
    assert below.is_active
    make_membership(user=make_user(), agency=top, role=Role.AGENCY_ADMIN)
    merge_agency(agency_id=below.pk, into_id=top.pk, by=by)


@pytest.mark.parametrize(("steps", "allowed"), [(0, False), (1, True), (2, True), (None, True)])
def test_what_was_published_with_fewer_reviews_is_taken_in_from_above(steps: int | None, allowed: bool) -> None:
    ministry = make_agency()
    agency = make_agency(parent=ministry, review_steps=1)
    below = make_agency(parent=agency, review_steps=steps)
    published = make_asset(agency=below, kind=Kind.ARTICLE, state=AssetState.PUBLISHED)
    by = actor_in(agency, Role.AGENCY_ADMIN)
    if not allowed:
        with pytest.raises(NotAllowed), transaction.atomic():
            merge_agency(agency_id=below.pk, into_id=agency.pk, by=by)
        by = actor_in(ministry, Role.AGENCY_ADMIN)
    merge_agency(agency_id=below.pk, into_id=agency.pk, by=by)
    published.refresh_from_db()
    assert published.agency == agency


def test_collections_of_the_same_title_both_stay(root: Agency) -> None:
    one, other = make_agency(code="HATAY", parent=root), make_agency(parent=root)
    for agency in (one, other):
        make_collection(make_asset(agency=agency), title="Tết")
    merge_agency(agency_id=one.pk, into_id=other.pk, by=operator())
    rows = Collection.objects.filter(agency=other)
    assert {row.title: row.items.count() for row in rows} == {"Tết": 1, "Tết (HATAY)": 1}


def test_a_title_is_free_in_the_end_and_no_longer_than_it_may_be() -> None:
    assert free_title("Tết", "HATAY", {"Tết", "Tết (HATAY)"}) == "Tết (HATAY 2)"
    long = "x" * 200
    assert len(free_title(long, "HATAY", {long})) == 200


def test_what_both_shared_is_shared_once(root: Agency) -> None:
    one, other = make_agency(parent=root), make_agency(parent=root)
    both, single = make_asset(shared_with=(one, other)), make_asset(shared_with=(one,))
    merge_agency(agency_id=one.pk, into_id=other.pk, by=operator())
    assert [list(asset.shares.values_list("agency", flat=True)) for asset in (both, single)] == [[other.pk]] * 2


def test_sites_go_on_and_embeds_are_no_narrower(root: Agency) -> None:
    one = make_agency(parent=root, domains=["a.vn"], embed_origins=["https://a.vn"])
    other = make_agency(parent=root, domains=["b.vn"], embed_origins=["https://b.vn"])
    kept = merge_agency(agency_id=one.pk, into_id=other.pk, by=operator())
    assert (kept.domains, kept.embed_origins) == (["a.vn", "b.vn"], ["https://a.vn", "https://b.vn"])


def test_old_links_lead_to_the_last_one_in_one_step(root: Agency) -> None:
    first, second, third = (make_agency(parent=root) for _ in range(3))
    merge_agency(agency_id=first.pk, into_id=second.pk, by=operator())
    merge_agency(agency_id=second.pk, into_id=third.pk, by=operator())
    assert [Agency.objects.get(pk=one.pk).merged_into for one in (first, second)] == [third, third]


@pytest.mark.parametrize("further", range(0, 6, 5))
def test_the_record_of_its_things_goes_with_them(root: Agency, further: int) -> None:
    """Whose grants are many are asked by another condition."""
    ministry, other_ministry = make_agency(parent=root), make_agency(parent=root)
    old, new = make_agency(parent=ministry), make_agency(parent=other_ministry)
    event = record("asset.published", by=None, target=uuid7(), agency_id=old.pk)
    staying = record("asset.published", by=None, target=uuid7(), agency_id=ministry.pk)
    people = {agency.pk: make_user() for agency in (root, ministry, other_ministry, old, new)}
    for pk, person in people.items():
        make_membership(user=person, agency=Agency.objects.get(pk=pk), role=Role.AGENCY_ADMIN)
        for _ in range(further):
            make_membership(user=person, role=Role.AGENCY_ADMIN)
    merge_agency(agency_id=old.pk, into_id=new.pk, by=operator())
    seen = {pk: AuditEvent.objects.visible_to(actor_for_user(person)) for pk, person in people.items()}
    may_read = {pk for pk, events in seen.items() if events.filter(pk=event.pk).exists()}
    assert may_read == {root.pk, other_ministry.pk, old.pk, new.pk}, "the people of the merged one went there too"
    assert {pk for pk, events in seen.items() if events.filter(pk=staying.pk).exists()} == {root.pk, ministry.pk}
    agencies = {agency.pk: Agency.objects.get(pk=agency.pk) for agency in (root, ministry, other_ministry, old, new)}
    found = {
        pk
        for pk, agency in agencies.items()
        if AuditEvent.objects.filter(EventFilters(agency=agency).condition, pk=event.pk).exists()
    }
    assert found == {root.pk, other_ministry.pk, old.pk, new.pk}


def test_no_agency_is_merged_into_itself_or_into_one_below_it(root: Agency) -> None:
    child = make_agency(parent=root)
    for into, code in ((root, "agency_same"), (child, "agency_below_itself")):
        with pytest.raises(Conflict) as refusal:
            merge_agency(agency_id=root.pk, into_id=into.pk, by=operator())
        assert refusal.value.reason == code
    assert merge_agency(agency_id=child.pk, into_id=root.pk, by=operator()) == root
    check_tree()


def test_a_merger_knows_everything_that_refers_to_an_agency() -> None:
    """A new model that belongs to an agency must say what becomes of its rows: add it to ``MOVES`` and here."""
    handled = {
        "Agency.parent": "agencies",
        "Asset.agency": "assets",
        "Upload.agency": "uploads",
        "Tombstone.agency": "tombstones",
        "AgencyLogo.agency": "logos",
        "ApiToken.agency": "tokens",
        "AssetShare.agency": "shares",
        "Collection.agency": "collections",
        "CollectionShare.agency": "collection_shares",
        "Nomination.agency": "nominations",
        "Licence.agency": "licences",
        "UseCount.agency": "uses",
        "Publication.agency": "publications",
        "Membership.agency": "memberships",
        "Invitation.agency": "invitations",
    }
    apart = {
        "ParityPolicy.agency",  # that of the agency that goes on holds for what it takes over
        "AgencyTerms.agency",  # for the works that it takes over hold the terms of the agency that goes on,
        "TermsAcceptance.agency",  # which has accepted what it accepted itself
        "UsageStatement.agency",  # said by who it was then
        "Agency.merged_into",
        "AuditEvent.agency",
        "AuditEvent.on_behalf_of",
    }  # set by the merger itself; history is not rewritten
    relations = {
        f"{relation.related_model.__name__}.{relation.field.name}"
        for relation in Agency._meta.get_fields(include_hidden=True)
        if relation.auto_created and (relation.one_to_many or relation.one_to_one)
    }
    assert relations == set(handled) | apart
    assert set(MOVES) == set(handled.values())
