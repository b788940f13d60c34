"""An album as a ZIP holds what its reader may take, says why the rest is missing, and never passes for whole."""

import csv
import io
import os
import zipfile
from pathlib import Path

import pytest
from django.db.models import QuerySet

from assets.archives import MANIFEST, Plan, plan_archive, zip_of
from assets.models import Asset
from assets.storage import get_store
from assets.storage.folder import FolderStore
from permissions.actor import ANONYMOUS, Actor
from permissions.errors import NotFound
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_agency, make_ready_asset

pytestmark = pytest.mark.django_db


def public(title: str, **fields: object) -> Asset:
    return make_ready_asset(
        state=AssetState.PUBLISHED,
        audience=Audience.PUBLIC,
        agency=fields.pop("agency", None) or make_agency(),
        texts={"vi": {"title": title, "caption": "c", "alt_text": "a"}},
        **fields,
    )


def planned(actor: Actor) -> Plan:
    rows: QuerySet[Asset] = (
        Asset.objects.visible_to(actor)
        .with_policy_facts()
        .prefetch_related("texts", "current_version__renditions")
        .order_by("id")
    )
    return plan_archive(rows, by=actor, territory=None)


def test_an_archive_is_as_long_as_it_says_and_every_reader_opens_it() -> None:
    public("Cầu Long Biên")
    public("=HYPERLINK(1)")
    actor = ANONYMOUS
    stream = zip_of(planned(actor), by=actor, territory=None)
    length, content = len(stream), b"".join(stream)
    assert len(content) == length
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == MANIFEST
        assert names[1].startswith("Cầu Long Biên (")
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read(names[1]) == b"w320.webp"
        rows = list(csv.DictReader(io.StringIO(archive.read(MANIFEST).decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == names[1:]
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert all(row["credit"] and row["terms"] for row in rows)


def test_a_work_that_is_withdrawn_before_its_turn_breaks_the_archive_off() -> None:
    public("Một")
    gone = public("Hai")
    actor = ANONYMOUS
    stream = zip_of(planned(actor), by=actor, territory=None)
    length, sent = len(stream), io.BytesIO()
    Asset.objects.filter(pk=gone.pk).update(audience=Audience.AGENCY)
    with pytest.raises(NotFound):
        sent.writelines(stream)
    assert 0 < sent.tell() < length


def test_an_archive_does_not_name_what_its_reader_may_not_know_of() -> None:
    public("Thấy được")
    hidden = make_ready_asset()
    plan = planned(ANONYMOUS)
    assert len(plan.members) == 1
    assert hidden.reference not in plan.manifest.decode()


@pytest.mark.slow
def test_a_work_of_more_than_four_gib_and_one_after_it_are_read_back(tmp_path: Path) -> None:
    """Sizes and places beyond 32 bits take the fields of ZIP64."""
    large, beside = public("Phim dài"), public("Ảnh")
    size = 4 * 1024**3 + 4096
    version = large.current_version
    assert version is not None
    version.renditions.update(size=size, width=9999, height=9999)
    store = get_store()
    assert isinstance(store, FolderStore)
    with (store.objects / version.renditions.get().key).open("r+b") as film:  # a hole, which takes no room
        film.truncate(size)
        film.seek(-5, os.SEEK_END)
        film.write(b"ended")
    stream = zip_of(planned(ANONYMOUS), by=ANONYMOUS, territory=None)
    length, path = len(stream), tmp_path / "album.zip"
    with path.open("wb") as file:
        for block in stream:
            file.seek(len(block), os.SEEK_CUR) if block.count(0) == len(block) else file.write(block)
    assert path.stat().st_size == length > size
    with zipfile.ZipFile(path) as archive:
        film_info, beside_info = archive.infolist()[1:]
        assert film_info.file_size == size
        assert beside_info.header_offset > 4 * 1024**3
        assert archive.read(beside_info) == b"w320.webp"
        assert archive.testzip() is None
    assert beside.reference in beside_info.filename
