"""What is kept out of sight within what is seen, or after it: versions that readers never got, and purged works where
they had been embedded or delivered."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from tests.matrix.expected import ABSENT, Who, grave_outcome, sees, sees_version
from tests.matrix.routes import API
from tests.matrix.walk import shapes
from tests.matrix.world import GRAVES, World

pytestmark = pytest.mark.django_db

NEVER_WAS = 7
CORRECTED = ("corrected, reviewed", "corrected")


def asked(client: Client, path: str, secret: str = "") -> tuple[int, bytes, tuple[str, ...]]:
    with transaction.atomic(), CaptureQueriesContext(connection) as work:
        answer = client.get(path)
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        transaction.set_rollback(True)
    return answer.status_code, body.replace(secret.encode(), b"ID") if secret else body, shapes(work)


@pytest.mark.parametrize("name", CORRECTED)
def test_a_hidden_version_is_there_for_who_reads_the_history_alone(world: World, name: str) -> None:
    thing, asset = world.things[name], world.assets[name]
    for who in world.people.values():
        client, base = world.clients[who.name], f"{API}assets/{asset.pk}"
        answer = client.get(f"{base}/versions")
        assert answer.status_code == (200 if sees(who, thing) else 404), who.name
        if sees(who, thing):
            shown = [row["number"] for row in answer.json()["results"]]
            assert shown == ([2, 1] if sees_version(who, thing, hidden=True) else [1]), who.name
        there, nowhere = f"{base}/renditions?version=2", f"{base}/renditions?version={NEVER_WAS}"
        if sees_version(who, thing, hidden=True):
            assert client.get(there).status_code == 200, who.name
        else:
            assert asked(client, there) == asked(client, nowhere), who.name
        for profile in ("original", "w320.webp"):
            download = f"{base}/download?profile={profile}&version="
            if not sees_version(who, thing, hidden=True):
                same(client, lambda n, address=download: f"{address}{n}", who)


def same(client: Client, address: Callable[[int], str], who: Who) -> None:
    """The hidden version is not told apart from one that never was."""
    there, nowhere = (client.get(address(number)) for number in (2, NEVER_WAS))
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content), who.name
    assert there.status_code >= 400, who.name


def test_a_page_for_readers_has_no_hidden_version(world: World) -> None:
    base = f"/embed/{world.assets['corrected, reviewed'].pk}?version="
    for who in ("anonymous", "agency_admin in own", "auditor"):
        there, nowhere = (asked(world.clients[who], f"{base}{number}") for number in (2, NEVER_WAS))
        assert there[0] == 404
        assert there == nowhere, who


def test_what_was_public_and_is_deleted_is_gone_for_the_public_and_nothing_else_is(world: World) -> None:
    stranger = world.clients["anonymous"]
    addresses = {world.grave_ids[grave.name]: grave.was_shown and grave.audience == "public" for grave in GRAVES}
    addresses |= {str(asset.pk): False for name, asset in world.assets.items() if world.things[name].lies}
    for name in ("deleted withdrawn work", "being purged"):
        addresses[str(world.assets[name].pk)] = True
    for identity, known in addresses.items():
        unknown = str(uuid7())
        for address in (f"/embed/{identity}", f"/media/public/{identity}/{uuid7()}/{uuid7()}/w320.webp"):
            seen = asked(stranger, address, identity)
            never = asked(stranger, address.replace(identity, unknown), unknown)
            if known and address.startswith("/embed/"):
                assert seen[0] == 410, address
            elif not known:
                assert seen == never, f"{address} is told apart from what never was"
                assert seen[0] == 404


def test_a_purged_work_is_not_told_apart_from_what_never_was_by_those_who_could_not_know_it(world: World) -> None:
    for who in world.people.values():
        unknown = str(uuid7())
        never = asked(world.clients[who.name], f"{API}assets/{unknown}", unknown)
        for grave in GRAVES:
            identity = world.grave_ids[grave.name]
            seen = asked(world.clients[who.name], f"{API}assets/{identity}", identity)
            if grave_outcome(who, grave) == ABSENT:
                assert seen == never, f"{who.name}: {grave.name}"
            else:
                assert seen[0] == 410, f"{who.name}: {grave.name}"
