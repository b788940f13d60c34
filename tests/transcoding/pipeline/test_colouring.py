"""Pictures get their colours when they are processed, and those from before by one run over what there is."""

import io
from uuid import UUID

import pytest
from PIL import Image

from assets.models import Asset, AssetVersion
from assets.search import refresh_entries
from assets.states import Colour, Kind, VersionState
from assets.storage import get_store
from tests import factories
from tests.search.conftest import titles
from transcoding.colouring import fill_colours
from transcoding.embedded import apply_embedded
from transcoding.processing import process
from transcoding.results import EmbeddedMetadata

pytestmark = pytest.mark.django_db


def a_picture(title: str, *, colour: tuple[int, int, int] = (210, 30, 30), **fields: object) -> AssetVersion:
    asset = factories.make_asset(texts={"vi": {"title": title}}, **fields)
    return factories.make_version(asset, original=factories.jpeg(width=400, height=300, colour=colour))


def from_before(title: str, **fields: object) -> AssetVersion:
    """A ready picture with one real rendition that nobody has asked for its colours."""
    content = factories.jpeg(width=320, height=240, colour=(20, 40, 200))
    version = factories.make_ready_asset(texts={"vi": {"title": title}}, **fields).current_version
    assert version is not None
    rendition = version.renditions.get()
    get_store().delete(rendition.key)
    factories.store_object(rendition.key, webp_of(content), media_type="image/webp")
    return version


def webp_of(content: bytes) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(content)).save(file, "WEBP")
    return file.getvalue()


def test_a_picture_is_found_by_its_colours_once_it_is_processed() -> None:
    version = a_picture("Cờ")
    assert titles("", colour="red") == []
    assert process(version.pk, worker="test", retries=0) == "ready"
    version.refresh_from_db()
    assert version.colours == [Colour.RED]
    assert titles("", colour="red") == ["Cờ"]


def test_a_picture_that_is_looked_at_again_is_not_found_by_what_it_was_taken_for() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (64, 48), (0, 0, 0, 0)).save(clear, "PNG")
    version = factories.make_version(
        factories.make_asset(texts={"vi": {"title": "Kính"}}), original=clear.getvalue(), state=VersionState.READY
    )
    AssetVersion.objects.filter(pk=version.pk).update(colours=[Colour.RED])
    refresh_entries([version.asset_id])
    assert titles("", colour="red") == ["Kính"]
    apply_embedded(Asset.objects.get(pk=version.asset_id), EmbeddedMetadata(), filename=version.filename)
    AssetVersion.objects.filter(pk=version.pk).update(state=VersionState.PROCESSING)
    assert process(version.pk, worker="test", retries=0) == "ready"
    version.refresh_from_db()
    assert version.colours == []
    assert titles("", colour="red") == []


def test_pictures_from_before_get_theirs_and_a_run_that_was_stopped_goes_on() -> None:
    versions = [from_before(f"Biển {number}") for number in range(3)]
    told: list[UUID] = []
    assert fill_colours(most=2, on_progress=lambda _, last: told.append(last)) == 2
    assert told == [versions[2].pk, versions[1].pk]
    assert titles("", colour="blue") == ["Biển 2", "Biển 1"]
    assert fill_colours() == 1
    assert titles("", colour="blue") == ["Biển 2", "Biển 1", "Biển 0"]
    assert fill_colours() == 0


def test_what_has_no_readable_rendition_is_left_and_the_others_are_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    whole, broken, missing = (from_before(title) for title in ("Biển", "Hỏng", "Mất"))
    get_store().delete(broken.renditions.get().key)
    factories.store_object(broken.renditions.get().key, b"no picture", media_type="image/webp")
    get_store().delete(missing.renditions.get().key)
    film = factories.make_asset(kind=Kind.VIDEO)
    factories.make_version(film, state=VersionState.READY)
    assert fill_colours() == 1
    assert titles("", colour="blue") == ["Biển"]
    assert caplog.text.count("its colours cannot be told") == 2
    whole.refresh_from_db()
    broken.refresh_from_db()
    assert (whole.colours, broken.colours) == (["blue"], None)
