"""The full product of everybody and everything: policy, rights and row filters against the specification.

``can`` for every act, ``may`` for handling, and ``visible_to`` give what ``expected.py`` says for each pair of somebody
and a thing; nothing is sampled.
"""

from datetime import UTC, datetime

import pytest

from assets.models import Asset, Collection, Nomination
from permissions.actor import ANONYMOUS, Actor, actor_for_token, actor_for_user
from permissions.audit_policy import may_read_record
from permissions.collections import may_change_collection
from permissions.models import Agency
from permissions.policy import can, can_in_agency
from permissions.rights import may
from permissions.vocabulary import Action, AgencyAction, Reason, Use
from tests.matrix.expected import (
    ABSENT,
    ACTS,
    OK,
    PARENT_OF,
    Who,
    agency_outcome,
    knows_agency,
    outcome,
    reads_record,
    sees,
    sees_nomination,
    sees_shelf,
    shelf_outcome,
)
from tests.matrix.world import SHELVES, World

pytestmark = pytest.mark.django_db

USES = {"download": Use.DOWNLOAD, "download_original": Use.DOWNLOAD_ORIGINAL}
"""Acts that are asked of the rights, which ask the policy."""


def actor_of(who: Who, world: World) -> Actor:
    if who.anonymous:
        return ANONYMOUS
    token = world.tokens.get(who.name)
    return actor_for_token(token, now=datetime.now(UTC)) if token else actor_for_user(world.users[who.name])


def answered(reason: Reason | None) -> str:
    if reason is None:
        return OK
    return ABSENT if reason is Reason.NOT_VISIBLE else str(reason)


def test_the_acts_of_the_specification_are_those_of_the_policy() -> None:
    assert set(ACTS) == {str(action) for action in Action}


def test_every_act_of_everybody_on_everything_is_as_specified(world: World) -> None:
    rows = {world.name_of(asset.pk): asset for asset in Asset.objects.with_policy_facts()}
    assert set(rows) == set(world.things)
    wrong, asked = [], 0
    for who in world.people.values():
        actor = actor_of(who, world)
        for name, asset in rows.items():
            for act in ACTS:
                now = asset.database_now
                asking = may(actor, USES[act], asset, now) if act in USES else can(actor, Action(act), asset, now=now)
                said, due, asked = answered(asking.reason), outcome(who, act, world.things[name]), asked + 1
                if said != due:
                    wrong.append(f"{who.name}: {act} of {name}: {said}, not {due}")
    assert wrong == []
    assert asked == len(world.people) * len(rows) * len(ACTS) > 100_000


def test_everybody_sees_the_rows_of_the_specification(world: World) -> None:
    for who in world.people.values():
        actor = actor_of(who, world)
        seen = {world.name_of(pk) for pk in Asset.objects.visible_to(actor).values_list("pk", flat=True)}
        assert seen == {name for name, thing in world.things.items() if sees(who, thing)}, who.name
        assert Asset.objects.visible_to(actor).count() == len(seen)
        shelves = {world.name_of(pk) for pk in Collection.objects.visible_to(actor).values_list("pk", flat=True)}
        assert shelves == {shelf.name for shelf in SHELVES if sees_shelf(who, shelf)}, who.name
        proposed = {world.name_of(pk) for pk in Nomination.objects.visible_to(actor).values_list("pk", flat=True)}
        assert proposed == {name for name in world.nominations if sees_nomination(who, world.things[name])}, who.name


AGENCY_ACTIONS = {"upload": AgencyAction.UPLOAD, "manage": AgencyAction.MANAGE, "uses": AgencyAction.SEE_USES}


def test_every_act_of_everybody_on_every_agency_is_as_specified(world: World) -> None:
    for who in world.people.values():
        actor = actor_of(who, world)
        for place in PARENT_OF:
            path = Agency.objects.get(pk=world.agencies[place].pk).path
            assert bool(can_in_agency(actor, AgencyAction.VIEW, path)) == (who.of_network and who.has("assets:read"))
            for act, action in AGENCY_ACTIONS.items():
                if knows_agency(who, place):
                    said = answered(can_in_agency(actor, action, path).reason)
                    assert said == agency_outcome(who, act, place), f"{who.name}: {act} of {place}"
        assert answered(may_read_record(actor).reason) == reads_record(who), who.name


def test_every_change_of_a_collection_by_everybody_is_as_specified(world: World) -> None:
    rows = {world.name_of(row.pk): row for row in Collection.objects.with_policy_facts()}
    for who in world.people.values():
        actor = actor_of(who, world)
        for shelf in SHELVES:
            if sees_shelf(who, shelf):
                said = answered(may_change_collection(actor, rows[shelf.name]).reason)
                assert said == shelf_outcome(who, "change", shelf), f"{who.name}: {shelf.name}"
