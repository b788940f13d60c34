"""Reorganisations at the same moment, on real connections: the tree is never corrupted and nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from assets.models import Asset, Licence
from assets.states import Language
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.articles_create import create_article
from assets.usecases.licences_create import create_licence
from permissions.actor import Actor, actor_for_user
from permissions.errors import DomainError
from permissions.models import Agency, Membership
from permissions.usecases.administration import LastAdministrator
from permissions.usecases.agencies import create_agency
from permissions.usecases.agencies_move import move_agency
from permissions.usecases.members import remove_member
from permissions.vocabulary import PlatformRole, Role
from tests.factories import make_agency, make_member, make_membership, make_user
from tests.permissions.trees import check_tree

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment, each on its own connection; refusals are answers, faults are raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(30)
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(120) for future in [pool.submit(run, call) for call in calls]]


@pytest.fixture
def by() -> Actor:
    return actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))


def test_two_agencies_moved_below_each_other_make_no_circle(by: Actor) -> None:
    for _ in range(ROUNDS):
        one, other = make_agency(), make_agency()
        at_once(
            partial(move_agency, agency_id=one.pk, parent_id=other.pk, by=by),
            partial(move_agency, agency_id=other.pk, parent_id=one.pk, by=by),
        )
        check_tree()
        assert Agency.objects.filter(pk__in=[one.pk, other.pk], parent=None).count() == 1


def test_what_is_added_below_an_agency_on_the_move_arrives_with_it(by: Actor) -> None:
    for number in range(ROUNDS):
        old, new = make_agency(), make_agency()
        moved = make_agency(parent=old)
        at_once(
            partial(move_agency, agency_id=moved.pk, parent_id=new.pk, by=by),
            *(partial(create_agency, by=by, code=f"N{number}{n}", name_vi="Mới", parent=moved) for n in range(3)),
        )
        check_tree()
        assert Agency.objects.filter(parent=moved, path__startswith=new.path).count() == 3


def test_moves_mergers_and_newcomers_in_any_order_leave_a_tree(by: Actor) -> None:
    for number in range(ROUNDS):
        top = make_agency()
        a, b, c = (make_agency(parent=top) for _ in range(3))
        below = make_agency(parent=a)
        at_once(
            partial(move_agency, agency_id=a.pk, parent_id=b.pk, by=by),
            partial(move_agency, agency_id=b.pk, parent_id=c.pk, by=by),
            partial(merge_agency, agency_id=c.pk, into_id=a.pk, by=by),
            partial(move_agency, agency_id=below.pk, parent_id=c.pk, by=by),
            partial(create_agency, by=by, code=f"M{number}", name_vi="Mới", parent=c),
        )
        check_tree()


def test_nothing_stays_behind_in_an_agency_that_is_being_merged(by: Actor) -> None:
    """Who adds something at that moment adds it before, or learns that the agency is closed."""
    for _ in range(ROUNDS):
        one, other = make_agency(), make_agency()
        author = actor_for_user(make_member(one, Role.EDITOR))
        texts = {Language.VI: {"title": "Tin"}}
        answers = at_once(
            partial(merge_agency, agency_id=one.pk, into_id=other.pk, by=by),
            *[partial(create_article, by=author, agency=one, texts=texts, fields={})] * 3,
        )
        made = [answer for answer in answers if isinstance(answer, Asset)]
        refused = [answer.reason for answer in answers if isinstance(answer, DomainError)]
        assert refused == ["agency_closed"] * (3 - len(made))
        assert Asset.objects.filter(agency=other).count() == len(made)
        check_tree()


def test_no_licence_stays_behind_in_an_agency_that_is_being_merged(by: Actor) -> None:
    for number in range(ROUNDS):
        one, other = make_agency(), make_agency()
        answers = at_once(
            partial(merge_agency, agency_id=one.pk, into_id=other.pk, by=by),
            *(
                partial(create_licence, by=by, agency=one, code=f"own-{number}-{n}", fields={"name_vi": "Riêng"})
                for n in range(3)
            ),
        )
        made = [answer for answer in answers if isinstance(answer, Licence)]
        refused = [answer.reason for answer in answers if isinstance(answer, DomainError)]
        assert refused == ["agency_closed"] * (3 - len(made))
        assert Licence.objects.filter(agency=other).count() == len(made)
    with pytest.raises(DomainError) as refusal:
        create_licence(by=by, agency=one, code="late", fields={"name_vi": "Riêng"})
    assert refusal.value.reason == "agency_closed"


def test_two_administrators_who_remove_each_other_leave_one(by: Actor) -> None:
    for _ in range(ROUNDS):
        agency = make_agency()
        members = [make_membership(agency=agency, role=Role.AGENCY_ADMIN) for _ in range(2)]
        actors = [actor_for_user(member.user) for member in members]
        answers = at_once(
            partial(remove_member, agency_id=agency.pk, member_id=members[1].pk, by=actors[0]),
            partial(remove_member, agency_id=agency.pk, member_id=members[0].pk, by=actors[1]),
        )
        assert [type(answer) for answer in answers if answer is not None] == [LastAdministrator]
        assert Membership.objects.filter(agency=agency).count() == 1


def test_the_sum_of_many_random_reorganisations_is_a_tree(by: Actor) -> None:
    top = make_agency()
    agencies = [top]
    for number in range(1, 12):
        agencies.append(make_agency(parent=agencies[number // 2]))

    def shuffle(seed: int) -> None:
        for step in range(8):
            one, other = agencies[(seed * 5 + step * 3) % 12], agencies[(seed * 7 + step) % 12]
            with suppress(DomainError):
                if (seed + step) % 6 == 0:
                    merge_agency(agency_id=one.pk, into_id=other.pk, by=by)
                else:
                    move_agency(agency_id=one.pk, parent_id=other.pk, by=by)

    at_once(*(partial(shuffle, seed) for seed in range(4)))
    check_tree()
