"""A collection as one ZIP, over the wire: whole or broken off, within its bounds, and never more than a few at once."""

import csv
import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from api.views import archives
from assets.models import Asset, Collection, CollectionItem, UseCount
from assets.states import Kind, UseKind
from assets.uses.counting import uses
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import make_agency, make_asset, make_ready_asset, make_rendition, make_text
from tests.web.conftest import SignedIn, signed_in

__all__ = ["signed_in"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _new_places() -> None:
    archives._places.cache_clear()


@pytest.fixture
def agency() -> Agency:
    return make_agency(code="VGP")


@pytest.fixture
def album(agency: Agency) -> Collection:
    return Collection.objects.create(agency=agency, title="Lễ hội / 节日", audience=Audience.PUBLIC)


def put(album: Collection, title: str, **fields: Any) -> Asset:
    made = make_ready_asset(agency=album.agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC, **fields)
    make_text(made, title=title)
    CollectionItem.objects.create(collection=album, asset=made, position=album.items.count() + 1)
    return made


def address(album: Collection) -> str:
    return f"/api/v1/collections/{album.pk}/archive"


def received(answer: Any) -> bytes:
    """All of it; at its end, or where it breaks off, the test's client closes the answer as a server does."""
    return b"".join(answer.streaming_content)


def test_a_stranger_takes_an_album_with_its_names_as_they_are(album: Collection) -> None:
    put(album, "Cầu Mỹ Thuận")
    put(album, "美顺二桥")
    put(album, "Cầu Mỹ Thuận")
    answer = Client().get(address(album))
    assert (answer.status_code, answer["Content-Type"], answer["Accept-Ranges"]) == (200, "application/zip", "none")
    assert answer["Content-Disposition"].startswith("attachment; ")
    data = received(answer)
    assert len(data) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
    assert all(info.flag_bits & 0x800 for info in infos if not info.filename.isascii())  # said to be UTF-8
    names = [info.filename for info in infos]
    assert [name.split(" (")[0] for name in names] == ["MANIFEST.csv", "Cầu Mỹ Thuận", "美顺二桥", "Cầu Mỹ Thuận"]
    assert len(set(names)) == 4


def test_what_is_in_it_is_what_the_reader_sees_and_may_take(
    album: Collection, agency: Agency, client_for: ClientFor
) -> None:
    shown = put(album, "Một")
    inside = put(album, "Nội bộ")
    Asset.objects.filter(pk=inside.pk).update(audience=Audience.AGENCY)
    film = put(album, "Phim", kind=Kind.VIDEO)  # it has a poster, and no file of its own yet
    article = make_asset(agency=agency, kind=Kind.ARTICLE, texts={"vi": {"title": "Bài"}})
    CollectionItem.objects.create(collection=album, asset=article, position=9)

    def rows(client: Any) -> dict[str, tuple[str, str]]:
        with zipfile.ZipFile(io.BytesIO(received(client.get(address(album))))) as archive:
            assert archive.testzip() is None
            table = list(csv.DictReader(io.StringIO(archive.read("MANIFEST.csv").decode("utf-8-sig"))))
            assert archive.namelist()[1:] == [row["file"] for row in table if row["file"]]
        return {row["reference"]: (row["file"], row["left out because"]) for row in table}

    stranger = rows(Client())
    assert set(stranger) == {shown.reference, film.reference}
    assert stranger[film.reference] == ("", "no_file")
    member = rows(client_for(agency, Role.CONTRIBUTOR))
    assert {shown.reference, inside.reference} <= {key for key, (file, _) in member.items() if file}
    assert member[article.reference] == ("", "no_file")


def test_works_that_the_reader_does_not_see_change_nothing_not_even_the_length(album: Collection) -> None:
    put(album, "Một")
    before = Client().head(address(album))["Content-Length"]
    hidden = put(album, "Nội bộ")
    assert Client().head(address(album))["Content-Length"] != before
    Asset.objects.filter(pk=hidden.pk).update(audience=Audience.AGENCY)
    assert Client().head(address(album))["Content-Length"] == before


def test_who_does_not_see_the_collection_meets_nothing(
    album: Collection, agency: Agency, client_for: ClientFor
) -> None:
    put(album, "Một")
    Collection.objects.filter(pk=album.pk).update(audience=Audience.AGENCY)
    unknown = address(album).replace(str(album.pk), str(uuid4()))
    for client in (Client(), client_for(make_agency(code="MOH"), Role.AGENCY_ADMIN)):
        answers = [client.get(path) for path in (address(album), unknown)]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert client_for(agency, Role.VIEWER).get(address(album)).status_code == 200


def test_a_film_is_taken_as_the_film(album: Collection) -> None:
    film = put(album, "Phim", kind=Kind.VIDEO)
    film.refresh_from_db()
    assert film.current_version is not None
    make_rendition(film.current_version, profile="download.mp4", media_type="video/mp4", width=32, height=24)
    with zipfile.ZipFile(io.BytesIO(received(Client().get(address(album))))) as archive:
        assert [name.rpartition(".")[2] for name in archive.namelist()] == ["csv", "mp4"]


def test_each_file_counts_as_a_download_when_its_turn_comes(album: Collection) -> None:
    works = [put(album, "Một"), put(album, "Hai")]
    uses.flush()
    received(Client().get(address(album)))
    uses.flush()
    counted = UseCount.objects.filter(kind=UseKind.DOWNLOAD).values_list("asset_id", "uses")
    assert dict(counted) == {work.pk: 1 for work in works}


def test_more_than_one_archive_may_hold_is_refused_with_its_bound(album: Collection, settings: Any) -> None:
    put(album, "Một")
    put(album, "Hai")
    settings.ARCHIVE_MAX_WORKS = 1
    answer = Client().get(address(album))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "archive_too_large", 1)
    settings.ARCHIVE_MAX_WORKS, settings.ARCHIVE_MAX_BYTES = 2, 3
    answer = Client().get(address(album))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "archive_too_large", 3)


def test_only_a_few_are_sent_at_once_and_a_place_comes_back_however_the_sending_ends(
    album: Collection, settings: Any
) -> None:
    put(album, "Một")
    settings.ARCHIVES_AT_ONCE = 1
    first = Client().get(address(album))
    busy = Client().get(address(album))
    assert (busy.status_code, busy.json()["code"]) == (503, "archives_busy")
    assert int(busy["Retry-After"]) > 0
    assert Client().head(address(album)).status_code == 200  # takes no place
    assert next(iter(first.streaming_content))
    first._iterator.close()  # the reader went away
    gone = Client().get(address(album))
    Asset.objects.update(audience=Audience.AGENCY)
    with pytest.raises(Exception, match="not there any more"):
        received(gone)
    assert Client().get(address(album)).status_code == 200


def test_the_page_of_a_collection_offers_it(album: Collection, agency: Agency, signed_in: SignedIn) -> None:
    said = f'href="{f"/collections/{album.pk}/download"}"'
    client = signed_in(agency)
    assert said not in client.get(f"/collections/{album.pk}").content.decode()
    put(album, "Một")
    assert said in client.get(f"/collections/{album.pk}").content.decode()
