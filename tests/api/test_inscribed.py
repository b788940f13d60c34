"""A download with the work's words in it: the stored file stays as it is, the copy says what the work says now."""

import hashlib
import io
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from PIL import Image

from assets.models import Asset, AssetVersion
from assets.states import Kind, TextState, VersionState
from assets.storage import get_store
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import (
    jpeg,
    make_agency,
    make_asset,
    make_member,
    make_ready_asset,
    make_rendition,
    make_text,
    make_version,
)
from tests.transcoding.inscribing.test_inscribing import film, packets, tags
from tests.transcoding.pictures.making import tag_with_exiftool

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def photo(agency: Agency, tmp_path: Path) -> Asset:
    """Public, with an original that says where it was taken and by which camera."""
    path = tmp_path / "own.jpg"
    path.write_bytes(jpeg(width=320, height=200))
    tag_with_exiftool(path, "-GPSLatitude=21.03", "-GPSLatitudeRef=N", "-EXIF:SerialNumber=12345", "-XMP-dc:Title=cũ")
    asset = make_ready_asset(
        agency=agency,
        original=path,
        state=AssetState.PUBLISHED,
        audience=Audience.PUBLIC,
        credit_line="Nhật Bắc/VGP",
        author="Nguyễn Thị Ánh Tuyết",
        texts={"vi": {"title": "Cầu Long Biên", "caption": "Sương sớm", "alt_text": "Cây cầu"}},
    )
    make_text(asset, language="zh", title="龙编桥", state=TextState.TRANSLATED)
    make_text(asset, language="en", title="A machine's words", state=TextState.MACHINE)
    version = version_of(asset)
    version.metadata = {"copyright_notice": "© 2026 Cổng TTĐT"}
    version.save(update_fields=["metadata"])
    version.renditions.all().delete()
    make_rendition(version, profile="w320.jpg", media_type="image/jpeg", content=jpeg(width=320, height=200))
    return asset


def version_of(asset: Asset) -> AssetVersion:
    return AssetVersion.objects.get(asset=asset)


def link(client: Client, asset: Asset, profile: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/assets/{asset.pk}/download", {"profile": profile, **query})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def fetched(url: str, **headers: str) -> tuple[Any, bytes]:
    answer = Client().get(urlsplit(url).path, headers=headers, query_params=dict(parse_qsl(urlsplit(url).query)))
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


def saved(body: bytes, path: Path) -> Path:
    path.write_bytes(body)
    return path


def test_a_rendition_carries_the_words_and_none_that_no_person_has_read(photo: Asset, tmp_path: Path) -> None:
    told = link(Client(), photo, "w320.jpg", metadata=1)
    answer, body = fetched(told["url"])
    assert (answer.status_code, len(body)) == (200, told["size"])
    assert answer["Content-Length"] == str(told["size"])
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == f'attachment; filename="{told["filename"]}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    found = tags(saved(body, tmp_path / "copy.jpg"))
    assert found["XMP-dc:Title-vi"] == found["IPTC:Headline"] == "Cầu Long Biên"
    assert found["XMP-dc:Title-zh"] == "龙编桥"
    assert "XMP-dc:Title-en" not in found
    assert found["XMP-dc:Description"] == "Sương sớm"
    assert found["XMP-photoshop:Credit"] == "Nhật Bắc/VGP"
    assert found["XMP-dc:Rights"] == "© 2026 Cổng TTĐT"
    assert found["XMP-photoshop:TransmissionReference"] == photo.reference
    assert not [name for name in found if "GPS" in name or "Serial" in name]
    rendition = version_of(photo).renditions.get()
    with get_store().open(rendition.key) as stored:
        own = stored.read()
    assert Image.open(io.BytesIO(body)).tobytes() == Image.open(io.BytesIO(own)).tobytes()


def test_the_original_stays_byte_for_byte_and_its_copy_says_the_words(
    client_for: ClientFor, agency: Agency, photo: Asset, tmp_path: Path
) -> None:
    client, version = client_for(agency, Role.EDITOR), version_of(photo)
    copy, plain = link(client, photo, "original", metadata=1), link(client, photo, "original")
    body, own = fetched(copy["url"])[1], fetched(plain["url"])[1]
    assert copy["sha256"] is None
    assert plain["sha256"] == version.sha256 == hashlib.sha256(own).hexdigest()
    assert len(body) == copy["size"] != plain["size"] == len(own)
    found = tags(saved(body, tmp_path / "copy.jpg"))
    assert found["XMP-dc:Title"] == "Cầu Long Biên"
    assert str(found["ExifIFD:SerialNumber"]) == "12345"
    assert Image.open(io.BytesIO(body)).tobytes() == Image.open(io.BytesIO(own)).tobytes()
    acts = AuditEvent.objects.filter(act="original.linked", target=photo.pk).order_by("pk")
    assert [event.data["inscribed"] for event in acts] == [True, False]


def test_whoever_may_not_have_the_original_does_not_get_it_with_words_either(photo: Asset) -> None:
    asked = {"profile": "original", "metadata": "1"}
    assert Client().get(f"/api/v1/assets/{photo.pk}/download", asked).status_code == 401
    told = link(Client(), photo, "w320.jpg", metadata=1)
    rendition, version = version_of(photo).renditions.get(), version_of(photo)
    stolen = urlsplit(told["url"]).path.replace(rendition.key, version.original_key)
    assert Client().get(stolen).status_code == 403
    plain = urlsplit(told["url"]).path.replace("inscribed/published/", "")
    assert Client().get(plain).status_code == 403


def test_a_download_is_resumed_and_never_mixed_from_two_copies(photo: Asset) -> None:
    url = link(Client(), photo, "w320.jpg", metadata=1)["url"]
    first, whole = fetched(url)
    part, body = fetched(url, Range="bytes=100-2999", **{"If-Range": first["ETag"]})
    assert (part.status_code, body) == (206, whole[100:3000])
    assert part["Content-Range"] == f"bytes 100-2999/{len(whole)}"
    assert fetched(url, Range="bytes=99999999-")[0].status_code == 416
    assert fetched(url, **{"If-None-Match": first["ETag"]})[0].status_code == 304
    photo.texts.filter(language="vi").update(title="Tên mới")
    again, body = fetched(url, Range="bytes=100-2999", **{"If-Range": first["ETag"]})
    assert again.status_code == 200
    assert "Tên mới".encode() in body
    head = Client().head(urlsplit(url).path)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(body)))


def test_a_link_from_before_a_withdrawal_dies_with_it(client_for: ClientFor, agency: Agency, photo: Asset) -> None:
    url = link(Client(), photo, "w320.jpg", metadata=1)["url"]
    client = client_for(agency, Role.EDITOR)
    path = f"/api/v1/assets/{photo.pk}/withdraw"
    assert client.post(path, {"reason": "sai"}, content_type="application/json").status_code == 200
    answer, body = fetched(url)
    assert (answer.status_code, b"withdrawn" in body) == (410, True)
    again = link(client, photo, "w320.jpg", metadata=1)["url"]
    assert fetched(again)[0].status_code == 200


def test_what_words_cannot_be_written_into_is_refused_with_the_reason(agency: Agency) -> None:
    asset = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    make_rendition(version_of(asset), profile="w320.avif", media_type="image/avif", content=b"x")
    asked = {"profile": "w320.avif", "metadata": "1"}
    answer = Client().get(f"/api/v1/assets/{asset.pk}/download", asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "metadata_unwritable")


def test_an_original_that_is_no_picture_inside_is_refused_by_the_child(client_for: ClientFor, agency: Agency) -> None:
    asset = make_asset(agency=agency)
    make_version(asset, original=b"\xff\xd8" + b"\xff\xe1\x00\x01" * 500, state=VersionState.READY)
    answer = client_for(agency, Role.EDITOR).get(
        f"/api/v1/assets/{asset.pk}/download", {"profile": "original", "metadata": "1"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "metadata_unwritable")


def test_an_original_that_asks_for_more_than_the_child_may_use_is_refused(
    client_for: ClientFor, agency: Agency
) -> None:
    """An index of thousands of tracks within tracks."""
    index = b""
    for _ in range(20_000):
        index = (len(index) + 8).to_bytes(4) + b"trak" + index
    film = b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00" + (len(index) + 8).to_bytes(4) + b"moov" + index
    film += b"\x00\x00\x00\x10mdat" + bytes(8)
    asset = make_asset(agency=agency, kind=Kind.VIDEO)
    make_version(asset, original=film, state=VersionState.READY, media_type="video/mp4")
    answer = client_for(agency, Role.EDITOR).get(
        f"/api/v1/assets/{asset.pk}/download", {"profile": "original", "metadata": "1"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "metadata_unwritable")


@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=["index-last", "index-first"])
def test_an_original_film_is_copied_around_its_index(
    options: tuple[str, ...], client_for: ClientFor, agency: Agency, tmp_path: Path
) -> None:
    source = film(tmp_path / "own.mp4", *options)
    asset = make_asset(agency=agency, kind=Kind.VIDEO, texts={"vi": {"title": "Cầu Long Biên"}})
    make_version(asset, original=source, state=VersionState.READY, media_type="video/mp4", filename="phim.mp4")
    told = link(client_for(agency, Role.EDITOR), asset, "original", metadata=1)
    copy = saved(fetched(told["url"])[1], tmp_path / "copy.mp4")
    assert copy.stat().st_size == told["size"]
    assert packets(copy) == packets(source)
    assert tags(copy)["ItemList:Title"] == "Cầu Long Biên"
    subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", str(copy), "-f", "null", "-"], check=True, timeout=60)


def test_the_page_offers_copies_and_redirects_to_them(agency: Agency, photo: Asset) -> None:
    client = Client()
    client.force_login(make_member(agency, Role.EDITOR))
    for profile in ("w320.jpg", "original"):
        address = f"/assets/{photo.pk}/download/{profile}?metadata=1"
        assert f'href="{address}"' in client.get(f"/assets/{photo.pk}").content.decode()
        answer = client.get(address)
        assert answer.status_code == 302
        assert "/inscribed/published/" in answer["Location"]
        assert fetched(answer["Location"])[0].status_code == 200
    assert "/inscribed/" not in client.get(f"/assets/{photo.pk}/download/w320.jpg")["Location"]


@pytest.mark.s3
def test_with_an_s3_store_the_copies_are_the_same(
    s3: None, client_for: ClientFor, agency: Agency, photo: Asset, tmp_path: Path
) -> None:
    client = client_for(agency, Role.EDITOR)
    for profile in ("w320.jpg", "original"):
        told = link(client, photo, profile, metadata=1)
        answer, body = fetched(told["url"])
        assert (answer.status_code, len(body)) == (200, told["size"])
        assert tags(saved(body, tmp_path / "copy.jpg"))["XMP-dc:Title"] == "Cầu Long Biên"
        assert fetched(told["url"], Range="bytes=500-")[1] == body[500:]
