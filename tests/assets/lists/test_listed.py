"""Lists fetch their works by one statement of their own: what it says is what the models say."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from api.presenters import for_lists
from assets.lists.listed import ListedWork, listed, listed_of
from assets.models import Asset
from permissions.actor import ANONYMOUS, Actor
from permissions.models import Agency
from permissions.policy import can
from permissions.vocabulary import Action, PlatformRole, Role, Scope
from tests.factories import actor_in, make_agency, make_ready_asset

pytestmark = pytest.mark.django_db

AUDITOR = Actor(user_id=UUID(int=1), platform_role=PlatformRole.AUDITOR)


def by_models(works: list[Asset]) -> dict[UUID, Asset]:
    return for_lists(Asset.objects.all()).in_bulk([work.pk for work in works])


def timeless(work: ListedWork) -> ListedWork:
    return replace(work, database_now=work.created_at, shared_paths=sorted(work.shared_paths))


def test_what_the_statement_says_of_works_is_what_their_models_say(works: list[Asset]) -> None:
    kept = [work for work in works if not work.in_trash]
    rows = by_models(works)
    found = listed(AUDITOR, [work.pk for work in kept])
    assert [timeless(work) for work in found] == [
        replace(timeless(listed_of(rows[work.pk])), shared_paths=_shared(rows[work.pk])) for work in kept
    ]
    versions = [work.current_version for work in found if work.current_version]
    assert {version.attempt.progress for version in versions if version.attempt} == {40}
    assert {work.thumbnail.key.rpartition("/")[2] for work in found if work.thumbnail} == {"w320.webp"}


def _shared(work: Asset) -> list[str]:
    """Agencies that a work is shared with count where it is shared, and are fetched only there."""
    return sorted(work.shared_paths) if work.audience == "shared" else []


def test_each_is_told_what_the_policy_lets_them_see_in_the_order_asked_for(works: list[Asset], owner: Agency) -> None:
    child = make_agency(parent=owner)
    readers = [
        ANONYMOUS,
        AUDITOR,
        Actor(user_id=UUID(int=1)),
        Actor(user_id=UUID(int=1), platform_role=PlatformRole.CENTRAL_EDITOR),
        replace(AUDITOR, scopes=frozenset({Scope.WRITE})),
        *(actor_in(agency, role) for agency in (owner, child, works[-1].agency) for role in (Role.VIEWER, Role.EDITOR)),
    ]
    rows, counts = by_models(works), set()
    asked = [work.pk for work in reversed(works)]
    for reader in readers:
        allowed = [pk for pk in asked if can(reader, Action.VIEW, rows[pk], now=rows[pk].database_now)]
        assert [work.id for work in listed(reader, asked)] == allowed
        counts.add(len(allowed))
    assert len(counts) > 4, "readers who all see the same would prove nothing"


def test_a_page_takes_one_statement_and_nothing_none(works: list[Asset]) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert len(listed(AUDITOR, [work.pk for work in works])) == len(works) - 1
        assert listed(AUDITOR, []) == []
    assert len(captured) == 1


def test_what_is_not_there_is_left_out() -> None:
    work = make_ready_asset()
    assert [found.id for found in listed(AUDITOR, [UUID(int=7), work.pk])] == [work.pk]


def test_it_reads_what_the_transaction_wrote() -> None:
    work = make_ready_asset()
    with transaction.atomic():
        Asset.objects.filter(pk=work.pk).update(credit_line="Ảnh: Bình")
        assert listed(AUDITOR, [work.pk])[0].credit_line == "Ảnh: Bình"
        transaction.set_rollback(True)
    assert listed(AUDITOR, [work.pk])[0].credit_line == work.credit_line
