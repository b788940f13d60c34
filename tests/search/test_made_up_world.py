"""What the bench puts into the tables by COPY is what the product writes for the same works."""

import pytest
from django.db import connection

from assets.models import Asset, Licence
from assets.models.search import SearchEntry, SearchTerm
from assets.search import refresh_entries
from assets.search.entries import passages_of
from assets.search.terms import terms_of
from tests.bench.search_world import World, copy_rows, terms_said, works
from tests.factories import make_agency, make_user

pytestmark = pytest.mark.django_db
SAMPLE = 60


@pytest.fixture
def world() -> World:
    return World(
        total=SAMPLE,
        agencies=tuple(make_agency().pk for _ in range(3)),
        people=(make_user().pk,),
        licences=tuple(Licence.objects.order_by("code").values_list("pk", flat=True)),
    )


def test_made_up_works_have_the_entries_and_terms_that_the_product_writes(world: World) -> None:
    made = list(works(world, 0))
    connection.ensure_connection()
    copy_rows(connection.connection, made)
    fields = ("asset_id", "found", "ranked", "words", "analysis")
    copied = list(SearchEntry.objects.order_by("pk").values_list(*fields))
    refresh_entries([work.id for work in made])
    assert list(SearchEntry.objects.order_by("pk").values_list(*fields)) == copied
    assert len(copied) == SAMPLE
    kept: dict[tuple[str, int], SearchTerm] = {}
    for asset in Asset.objects.order_by("pk").prefetch_related("texts", "tracks"):
        kept |= terms_of(passages_of(asset))
    assert {key: (term.folded, term.needs, term.near) for key, term in kept.items()} == terms_said(made)


def test_the_same_seed_gives_the_same_works(world: World) -> None:
    assert list(works(world, 0)) == list(works(world, 0))


def test_made_up_works_are_of_all_kinds_states_audiences_and_languages(world: World) -> None:
    larger = World(total=600, agencies=world.agencies, people=world.people, licences=world.licences)
    made = list(works(larger, 0))
    assert {work.state for work in made} >= {"published", "draft", "withdrawn"}
    assert {work.audience for work in made} == {"public", "network", "agency", "shared"}
    assert {text.language for work in made for text in work.texts.all()} == {"vi", "en", "zh"}
    assert len({work.kind for work in made}) == 5
    assert [work.made for work in made] == sorted(work.made for work in made)
    assert (made[-1].made - made[0].made).days > 10 * 365
