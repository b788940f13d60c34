"""Works by the colours of their pictures, within the rights of whoever asks."""

import pytest
from django.db import IntegrityError, transaction

from assets.corrections import adopt
from assets.models import Asset, AssetVersion, Correction
from assets.queries import fitting_among
from assets.search import facets, refresh_entries
from assets.search.query import SearchQuery
from assets.states import Colour, CorrectionState, Kind, VersionState
from permissions.actor import ANONYMOUS
from permissions.models import Agency
from permissions.vocabulary import Role
from tests.factories import actor_in, make_agency, make_asset, make_version
from tests.search.conftest import EVERYBODY_S, titles

pytestmark = pytest.mark.django_db
R, B, G = Colour.RED, Colour.BLUE, Colour.GREEN


def paint(title: str, *colours: Colour, **fields: object) -> Asset:
    asset = make_asset(texts={"vi": {"title": title}}, **fields)
    make_version(asset, state=VersionState.READY, colours=list(colours))
    refresh_entries([asset.pk])
    return asset


def test_a_filter_finds_the_pictures_of_a_colour_the_newest_first() -> None:
    for number, colours in enumerate(((R,), (B,), (R, B), (G,), (R, G))):
        paint(f"Cầu {number}", *colours)
    make_asset(kind=Kind.AUDIO, texts={"vi": {"title": "Không hình"}})
    assert titles("", colour="red", order="newest") == ["Cầu 4", "Cầu 2", "Cầu 0"]
    assert titles("cầu", colour="blue", order="newest") == ["Cầu 2", "Cầu 1"]
    assert titles("", colour="purple", order="newest") == []


def test_the_language_of_the_search_asks_for_colours() -> None:
    for number, colours in enumerate(((R,), (B,), (R, B), (G,))):
        paint(f"Cầu {number}", *colours)
    assert titles("colour:red colour:blue") == ["Cầu 2"]
    assert titles("cầu COLOUR:Red") == ["Cầu 2", "Cầu 0"]
    assert titles("cầu -colour:red") == ["Cầu 3", "Cầu 1"]
    assert titles("colour:green OR colour:blue") == ["Cầu 3", "Cầu 2", "Cầu 1"]
    assert titles('colour:green OR "cầu số 0" OR kind:video') == ["Cầu 3"]
    assert titles("red") == titles("colour/red") == []


def test_nobody_finds_or_counts_by_colour_what_they_may_not_see() -> None:
    mine, other = make_agency(), make_agency()
    paint("Của tôi", R, agency=mine)
    paint("Của họ", R, B, agency=other)
    reader = actor_in(mine, Role.EDITOR)
    assert titles("", colour="red", actor=reader) == ["Của tôi"]
    assert titles("colour:blue", actor=reader) == []
    counted = facets(actor=reader, query=SearchQuery(colour="red"))
    assert [(one.value, one.count) for one in counted.counts["colour"]] == [("red", 1)]
    assert counted.total.count == 1
    assert titles("", colour="red", actor=ANONYMOUS) == []


def test_a_work_is_counted_for_each_of_its_colours() -> None:
    for colours in ((R, B), (R,), ()):
        paint("Cầu", *colours)
    counted = facets(actor=EVERYBODY_S, query=SearchQuery(words="cầu"))
    assert [(one.value, one.count) for one in counted.counts["colour"]] == [("red", 2), ("blue", 1)]


def test_a_corrected_picture_is_found_by_its_new_colours(agency: Agency) -> None:
    asset = paint("Cầu", R, agency=agency)
    first = asset.current_version
    second = make_version(asset, state=VersionState.READY, colours=[B], hidden=True)
    asset.current_version = first
    asset.save(update_fields=["current_version"])
    correction = Correction.objects.create(
        asset=asset, version=second, reason="Nhầm ảnh", state=CorrectionState.WAITING
    )
    with transaction.atomic():
        fresh = Asset.objects.with_policy_facts().get(pk=asset.pk)
        adopt(fresh, correction, by=actor_in(agency, Role.EDITOR))
    assert titles("", colour="red") == []
    assert titles("", colour="blue") == ["Cầu"]


def test_saved_searches_follow_colours() -> None:
    red, blue = paint("Đỏ", R), paint("Xanh", B)
    assert fitting_among(EVERYBODY_S, SearchQuery(colour="red"), [red.pk, blue.pk]) == {red.pk}


def test_the_database_knows_the_colours() -> None:
    version = make_version()
    with pytest.raises(IntegrityError), transaction.atomic():
        AssetVersion.objects.filter(pk=version.pk).update(colours=["teal"])
