"""Embedded metadata goes into empty fields only."""

from datetime import UTC, datetime

import pytest

from assets.models import Asset
from tests import factories
from transcoding.embedded import apply_embedded, json_safe
from transcoding.results import EmbeddedMetadata

pytestmark = pytest.mark.django_db

FULL = EmbeddedMetadata(
    title="Lũ ở Huế",
    caption="Nước dâng.",
    alt_text="Phố ngập",
    author="Trần B",
    credit_line="TTXVN",
    source="TTXVN",
    usage_terms="Chỉ dùng cho báo chí",
    keywords=("lũ", " lũ ", "", "Huế", "x" * 300),
    people=("Lê  B", "", "?!", "lê b"),
    place="Huế",
    event_date=datetime(2026, 11, 1, 8, 30),  # noqa: DTZ001 - a camera's clock has no zone
    urgency=2,
)


def applied(asset: Asset, metadata: EmbeddedMetadata, filename: str = "DSC_0001.JPG") -> Asset:
    apply_embedded(asset, metadata, filename=filename)
    return Asset.objects.get(pk=asset.pk)


def test_everything_the_file_says_fills_an_untouched_asset() -> None:
    asset = applied(factories.make_asset(), FULL)

    text = asset.texts.get()
    assert (text.language, text.title, text.caption, text.alt_text) == ("vi", "Lũ ở Huế", "Nước dâng.", "Phố ngập")
    assert (asset.author, asset.credit_line, asset.source, asset.place) == ("Trần B", "TTXVN", "TTXVN", "Huế")
    assert asset.licence == "Chỉ dùng cho báo chí"
    assert asset.keywords == ["lũ", "Huế", "x" * 100]
    assert asset.people == ["Lê B"]
    assert asset.event_date == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
    assert (asset.urgency, asset.revision) == (2, 2)
    assert "lu o hue" in asset.search_text


def test_nothing_that_a_person_typed_changes() -> None:
    typed = {
        "author": "Tôi",
        "keywords": ["của tôi"],
        "people": ["Trần C"],
        "place": "Đà Nẵng",
        "urgency": 4,
        "revision": 3,
    }
    asset = factories.make_asset(texts={"vi": {"title": "Tiêu đề", "caption": "Chú thích"}}, **typed)

    asset = applied(asset, FULL)

    assert {name: getattr(asset, name) for name in typed} == typed | {"revision": 4}
    text = asset.texts.get()
    assert (text.title, text.caption, text.alt_text) == ("Tiêu đề", "Chú thích", "Phố ngập")


def test_applying_twice_changes_nothing_the_second_time() -> None:
    asset = applied(factories.make_asset(), FULL)

    assert applied(asset, FULL).revision == asset.revision


def test_texts_are_cut_to_their_fields_and_freed_of_what_the_database_refuses() -> None:
    asset = applied(factories.make_asset(), EmbeddedMetadata(title="a\0" * 400, author="\ud800b" * 200))

    assert asset.texts.get().title == "a" * 300
    assert len(asset.author) == 250


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        (float("inf"), None),
        (float("nan"), None),
        ({"a": (1, 2.5, True, None)}, {"a": [1, 2.5, True, None]}),
        ("a\0b", "ab"),
        ("\udcff", "?"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (b"\x00", "b'\\x00'"),
        ({1: {"x\0": [float("-inf")]}}, {"1": {"x": [None]}}),
    ],
)
def test_any_value_becomes_one_that_jsonb_takes(value: object, safe: object) -> None:
    assert json_safe(value) == safe
