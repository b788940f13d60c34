"""Whatever happens, who reads the feed ends with exactly what they see, and is never named what they never saw."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from assets.changes.reading import ChangesExpired, Place, present_place, read_changes
from assets.models import Asset, AssetShare
from assets.states import Kind
from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.models import Agency, Membership, User
from permissions.usecases.agencies_move import move_agency
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role
from tests.factories import make_agency, make_asset, make_membership, make_user

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class Mirror:
    """What somebody keeps by the feed alone; ``ever`` is all that they saw at any time."""

    who: Callable[[], Actor]
    place: Place | None = None
    kept: set[UUID] = field(default_factory=set)
    ever: set[UUID] = field(default_factory=set)

    def look(self) -> set[UUID]:
        seen = set(Asset.objects.visible_to(self.who()).values_list("pk", flat=True))
        self.ever |= seen
        return seen

    def follow(self, limit: int) -> None:
        try:
            self._read_on(limit)
        except ChangesExpired:
            self.place = None
            self._read_on(limit)

    def _read_on(self, limit: int) -> None:
        if self.place is None:
            self.place, self.kept = present_place(self.who()), self.look()
        more = True
        while more:
            reading = read_changes(actor=self.who(), since=self.place, limit=limit)
            named = {change.asset_id for change in reading.changes}
            assert named <= self.ever, "never seen, and named"
            self.kept = (self.kept - named) | (named & self.look())
            self.place, more = reading.place, reading.more


@dataclass(kw_only=True)
class World:
    dice: random.Random
    agencies: list[Agency]
    people: list[User]
    operator: Actor

    @classmethod
    def of(cls, seed: int) -> "World":
        dice = random.Random(seed)
        agencies: list[Agency] = []
        for number in range(6):
            agencies.append(
                make_agency(parent=agencies[dice.randrange(number)] if number and dice.random() < 0.7 else None)
            )
        people = [make_user() for _ in range(4)]
        for person in people[:3]:
            make_membership(user=person, agency=dice.choice(agencies), role=dice.choice(list(Role)[:3]))
        people.append(make_user(platform_role=PlatformRole.CENTRAL_EDITOR))
        people.append(make_user(platform_role=PlatformRole.AUDITOR))
        operator = actor_for_user(make_user(platform_role=PlatformRole.OPERATOR))
        return cls(dice=dice, agencies=agencies, people=people, operator=operator)

    def happen(self) -> None:
        dice = self.dice
        happening = dice.choices(
            [
                self._create,
                self._edit,
                self._share,
                self._turn_clock,
                self._move,
                self._role,
                self._trash,
                self._hand_over,
            ],
            weights=[4, 8, 4, 3, 1, 1, 3, 1],
        )[0]
        happening()

    def _assets(self) -> list[Asset]:
        return list(Asset.objects.order_by("id"))

    def _agency(self) -> Agency:
        return Agency.objects.get(pk=self.dice.choice(self.agencies).pk)

    def _create(self) -> None:
        make_asset(agency=self._agency(), kind=Kind.ARTICLE, **self._facts())

    def _facts(self) -> dict[str, object]:
        dice, now = self.dice, datetime.now(UTC)
        around = [None, None, now - 3 * HOUR, now - HOUR, now + HOUR, now + 3 * HOUR]
        return {
            "state": dice.choice([AssetState.PUBLISHED] * 3 + [AssetState.DRAFT]),
            "audience": dice.choice(list(Audience)),
            "embargo_until": dice.choice(around),
            "rights_end": dice.choice(around),
            "consent_ends": dice.choice(around),
            "release_required": dice.random() < 0.2,
            "has_release": dice.random() < 0.5,
        }

    def _edit(self) -> None:
        for asset in self.dice.sample(found := self._assets(), min(2, len(found))):
            facts: dict[str, object] = {"place": str(self.dice.random())}
            if self.dice.random() < 0.6:
                facts = self._legal(asset, self._facts())
            Asset.objects.filter(pk=asset.pk).update(**facts)

    def _legal(self, asset: Asset, facts: dict[str, object]) -> dict[str, object]:
        wanted = facts.pop("state", None)
        if asset.deleted_at is None and asset.state == AssetState.DRAFT and wanted == AssetState.PUBLISHED:
            facts |= {"state": wanted, "published_at": datetime.now(UTC)}
        elif asset.state == AssetState.PUBLISHED and wanted == AssetState.DRAFT:
            facts["state"] = AssetState.WITHDRAWN
        return facts

    def _share(self) -> None:
        for asset in self.dice.sample(found := self._assets(), min(2, len(found))):
            if self.dice.random() < 0.5:
                AssetShare.objects.filter(asset=asset).delete()
            else:
                AssetShare.objects.get_or_create(asset=asset, agency=self._agency())

    def _trash(self) -> None:
        for asset in self._assets():
            if asset.state in {AssetState.DRAFT, AssetState.WITHDRAWN} and self.dice.random() < 0.4:
                deleted_at = None if asset.deleted_at else datetime.now(UTC)
                Asset.objects.filter(pk=asset.pk).update(deleted_at=deleted_at)

    def _turn_clock(self) -> None:
        """Everything that was is longer ago."""
        by = self.dice.choice([HOUR / 2, 2 * HOUR])
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE waited ON COMMIT DROP AS SELECT * FROM assets_changepending")
            cursor.execute(
                "UPDATE assets_asset SET embargo_until = embargo_until - %(by)s, rights_end = rights_end - %(by)s,"
                " consent_ends = consent_ends - %(by)s",
                {"by": by},
            )
            cursor.execute("DELETE FROM assets_changepending")
            for column in ("embargo_until", "rights_end", "consent_ends"):
                cursor.execute(
                    "UPDATE waited SET before = jsonb_set(before, %s, to_jsonb((before ->> %s)::timestamptz - %s))"
                    " WHERE before ->> %s IS NOT NULL",
                    [[column], column, by, column],
                )
            cursor.execute("INSERT INTO assets_changepending SELECT * FROM waited")
            cursor.execute("DROP TABLE waited")
            cursor.execute("UPDATE assets_changepending SET at = at - %s", [by])
            cursor.execute("UPDATE assets_changesstate SET mark = mark - %s", [by])
            cursor.execute("UPDATE assets_changeentry SET at = at - %s", [by])

    def _move(self) -> None:
        agency, parent = self._agency(), self.dice.choice([None, self._agency()])
        if parent is None or not parent.path.startswith(agency.path):
            move_agency(agency_id=agency.pk, parent_id=parent.pk if parent else None, by=self.operator)

    def _role(self) -> None:
        person = self.dice.choice(self.people[:4])
        Membership.objects.filter(user=person).delete()
        if self.dice.random() < 0.8:
            make_membership(user=person, agency=self._agency(), role=self.dice.choice(list(Role)[:3]))

    def _hand_over(self) -> None:
        """As mergers do."""
        for asset in self.dice.sample(found := self._assets(), min(2, len(found))):
            Asset.objects.filter(pk=asset.pk).update(agency=self._agency())


def actor_now(person: User) -> Actor:
    return actor_for_user(User.objects.get(pk=person.pk))


def transactions_end() -> None:
    """The test is one transaction; what waits counts as that of others from here on."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE assets_changepending SET xid = -id WHERE xid > 0")


@pytest.mark.parametrize("seed", range(6))
def test_mirrors_hold_exactly_what_is_seen_and_are_never_named_what_was_not(seed: int) -> None:
    world = World.of(seed)
    mirrors = [Mirror(who=lambda: ANONYMOUS)]
    mirrors += [
        Mirror(who=lambda person=person: actor_for_user(User.objects.get(pk=person.pk))) for person in world.people
    ]
    for _ in range(60):
        world.happen()
        transactions_end()
        for mirror in mirrors:
            mirror.look()
            if world.dice.random() < 0.25:
                mirror.follow(limit=world.dice.choice([1, 3, 100]))
                assert mirror.kept == mirror.look()
    for mirror in mirrors:
        mirror.follow(limit=100)
        assert mirror.kept == mirror.look()
    assert any(mirror.ever for mirror in mirrors)
