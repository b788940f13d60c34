"""A picture in the size that somebody asks for: made once, within the rights of who asks, and dead with the work."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from django.db import connection
from django.test import Client
from PIL import Image, ImageCms, ImageDraw

from assets.models import Asset, AssetVersion, OnDemandPicture, ReplacedObject, UsageStatement
from assets.on_demand import cache, turns
from assets.on_demand.turns import PLACE
from assets.states import Kind
from assets.storage import get_store
from assets.usecases.assets_withdraw import withdraw_asset
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import ClientFor
from tests.factories import actor_in, make_agency, make_member, make_ready_asset, make_rendition, make_version
from tests.transcoding.pictures.making import exiftool, gradient, tag_with_exiftool
from transcoding import sweeping

pytestmark = pytest.mark.django_db
RED = (230, 20, 20)


@pytest.fixture
def agency() -> Agency:
    return make_agency()


def picture(path: Path, *, size: tuple[int, int] = (1200, 800), spot: tuple[float, float] = (0.9, 0.25)) -> Path:
    """Grey, with one red square around ``spot``; it says where it was taken."""
    image = Image.new("RGB", size, (120, 120, 120))
    x, y = spot[0] * size[0], spot[1] * size[1]
    ImageDraw.Draw(image).rectangle((x - 60, y - 60, x + 60, y + 60), fill=RED)
    image.save(path, quality=92)
    tag_with_exiftool(path, "-GPSLatitude=21.03", "-GPSLatitudeRef=N", "-EXIF:SerialNumber=12345")
    return path


def make_photo(agency: Agency, path: Path, **fields: Any) -> Asset:
    """Public, 1200 by 800, its subject at the upper right."""
    asset = make_ready_asset(
        agency=agency,
        original=picture(path),
        **{"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC, "credit_line": "Nhật Bắc/VGP", **fields},
    )
    AssetVersion.objects.filter(asset=asset).update(width=1200, height=800, focus_x=0.9, focus_y=0.25)
    asset.refresh_from_db()
    return asset


@pytest.fixture
def photo(agency: Agency, tmp_path: Path) -> Asset:
    return make_photo(agency, tmp_path / "own.jpg")


def asked(asset: Asset, client: Client | None = None, **query: Any) -> Any:
    return (client or Client()).get(f"/api/v1/assets/{asset.pk}/image", query)


def address(asset: Asset, client: Client | None = None, **query: Any) -> str:
    answer = asked(asset, client, **query)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def fetched(url: str, method: str = "get", **headers: str) -> tuple[Any, bytes]:
    parts = urlsplit(url)
    answer = getattr(Client(), method)(parts.path, headers=headers, query_params=dict(parse_qsl(parts.query)))
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


def image(asset: Asset, client: Client | None = None, **query: Any) -> Image.Image:
    answer, body = fetched(address(asset, client, **query))
    assert answer.status_code == 200, body
    return Image.open(io.BytesIO(body))


@pytest.mark.parametrize(
    ("asked_for", "size"),
    [
        ({"width": 600}, (600, 400)),
        ({"width": 601}, (620, 413)),
        ({"height": 200}, (300, 200)),
        ({"width": 300, "height": 300}, (300, 200)),
        ({"width": 300, "height": 300, "fit": "cover"}, (300, 300)),
        ({"width": 100, "height": 800, "fit": "cover"}, (100, 800)),
        ({"width": 2000}, (1200, 800)),
        ({"width": 2400, "height": 2400, "fit": "cover"}, (800, 800)),
    ],
)
def test_a_picture_has_the_size_asked_for_rounded_up_and_is_never_enlarged(
    photo: Asset, asked_for: dict[str, Any], size: tuple[int, int]
) -> None:
    assert image(photo, **asked_for).size == size


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("webp", "webp"), ("jpeg", "jpg"), ("avif", "avif"), ("png", "png")],
)
def test_each_file_type_is_itself_in_srgb_without_private_facts_and_names_whom_to_credit(
    photo: Asset, tmp_path: Path, name: str, suffix: str
) -> None:
    url = address(photo, width=300, format=name)
    answer, body = fetched(url)
    assert answer["Content-Type"] == f"image/{name}"
    assert answer["Content-Disposition"] == f'attachment; filename="{photo.reference}-300x200.{suffix}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, max-age=300"
    found = Image.open(io.BytesIO(body))
    assert found.format == name.upper()
    if "icc_profile" in found.info:
        assert "sRGB" in ImageCms.getProfileDescription(io.BytesIO(found.info["icc_profile"]))
    copy = tmp_path / f"copy.{suffix}"
    copy.write_bytes(body)
    tags = exiftool(copy)
    assert not [tag for tag in tags if "GPS" in tag or "Serial" in tag]
    assert tags["XMP:Credit"] == "Nhật Bắc/VGP"


def test_a_cut_is_made_around_the_focal_point_and_another_point_makes_another_cut(photo: Asset) -> None:
    def reds(found: Image.Image) -> float:
        near = [abs(p[0] - RED[0]) + p[1] + p[2] < 120 for p in found.convert("RGB").get_flattened_data()]
        return sum(near) / len(near)

    there = image(photo, width=200, height=400, fit="cover", format="png")
    assert there.size == (200, 400)
    assert reds(there) > 0.03
    AssetVersion.objects.filter(asset=photo).update(focus_x=0.1)
    assert reds(image(photo, width=200, height=400, fit="cover", format="png")) == 0
    assert OnDemandPicture.objects.count() == 2


def test_a_turned_original_comes_upright_and_in_its_colours(agency: Agency, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = gradient(600, 900)
    upright.transpose(Image.Transpose.ROTATE_90).save(path, quality=95, exif=exif)
    asset = make_ready_asset(agency=agency, original=path, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    AssetVersion.objects.filter(asset=asset).update(width=600, height=900)
    found = image(asset, width=300, format="png").convert("RGB")
    assert found.size == (300, 450)
    for at in ((30, 30), (270, 30), (30, 420)):
        wanted = upright.getpixel((at[0] * 2, at[1] * 2))
        assert max(abs(a - b) for a, b in zip(found.getpixel(at), wanted, strict=True)) < 12  # type: ignore[arg-type]


def test_a_small_picture_is_made_from_a_rendition_twice_as_large(photo: Asset) -> None:
    file = io.BytesIO()
    Image.new("RGB", (640, 427), (10, 200, 10)).save(file, "WEBP")
    version = AssetVersion.objects.get(asset=photo)
    make_rendition(version, profile="w640.webp", content=file.getvalue(), width=640, height=427)
    assert image(photo, width=320, format="png").convert("RGB").getpixel((5, 5))[1] > 150  # type: ignore[index]
    assert image(photo, width=340, format="png").convert("RGB").getpixel((5, 5))[1] < 150  # type: ignore[index]


def test_a_picture_is_made_once_and_kept_and_other_words_make_another(photo: Asset) -> None:
    url = address(photo, width=300)
    first = fetched(url)
    kept = OnDemandPicture.objects.get()
    assert fetched(url)[1] == first[1]
    assert (kept.size, get_store().head(kept.key).size) == (len(first[1]), len(first[1]))
    assert fetched(url, **{"If-None-Match": first[0]["ETag"]})[0].status_code == 304
    assert fetched(url, Range="bytes=0-9")[1] == first[1][:10]
    assert int(fetched(url, "head")[0]["Content-Length"]) == len(first[1])
    assert OnDemandPicture.objects.get().pk == kept.pk
    Asset.objects.filter(pk=photo.pk).update(credit_line="TTXVN")
    fetched(url)
    assert OnDemandPicture.objects.count() == 2


def test_what_the_cache_has_lost_is_made_again(photo: Asset) -> None:
    url = address(photo, width=300)
    body = fetched(url)[1]
    get_store().delete(OnDemandPicture.objects.get().key)
    assert fetched(url)[1] == body


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"width": 0},
        {"width": 2561},
        {"width": "x"},
        {"width": 100, "fit": "cover"},
        {"width": 100, "height": 100, "fit": "fill"},
        {"width": 100, "format": "gif"},
        {"width": 100, "quality": 5},
    ],
)
def test_what_is_beyond_the_bounds_is_refused(photo: Asset, query: dict[str, Any]) -> None:
    assert asked(photo, **query).status_code == 400


def test_what_is_no_picture_is_refused_and_an_infographic_is_not_cut(agency: Agency, tmp_path: Path) -> None:
    video = make_ready_asset(agency=agency, kind=Kind.VIDEO, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    answer = asked(video, width=100)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_picture")
    graphic = make_photo(agency, tmp_path / "graphic.jpg", kind=Kind.INFOGRAPHIC)
    assert asked(graphic, width=100, height=100, fit="cover").status_code == 400
    assert image(graphic, width=300).size == (300, 200)


def test_only_who_may_download_gets_an_address(client_for: ClientFor, agency: Agency, tmp_path: Path) -> None:
    inner = make_photo(agency, tmp_path / "inner.jpg", state=AssetState.DRAFT)
    assert asked(inner, width=300).status_code == 404
    assert asked(inner, client_for(make_agency(), Role.EDITOR), width=300).status_code == 404
    assert image(inner, client_for(agency, Role.EDITOR), width=300).size == (300, 200)


def test_nothing_of_a_signed_address_can_be_changed(photo: Asset, agency: Agency, tmp_path: Path) -> None:
    url = address(photo, width=300)
    other = make_photo(agency, tmp_path / "other.jpg", state=AssetState.DRAFT)
    changed: list[Callable[[str], str]] = [
        lambda path: path.replace("300x200", "320x213"),
        lambda path: path.replace("contain", "cover"),
        lambda path: path.replace(".webp", ".png"),
        lambda path: path.replace(str(photo.pk), str(other.pk)),
        lambda path: path.replace("/sized/", "/inscribed/"),
    ]
    for change in changed:
        path = change(urlsplit(url).path)
        assert path != urlsplit(url).path
        assert Client().get(path).status_code == 403
    assert not OnDemandPicture.objects.exists()


def test_an_address_dies_with_the_work(photo: Asset, agency: Agency) -> None:
    url = address(photo, width=300)
    assert fetched(url)[0].status_code == 200
    kept = OnDemandPicture.objects.get()
    withdraw_asset(asset_id=photo.pk, by=actor_in(agency, Role.EDITOR), reason="sai")
    answer, body = fetched(url)
    assert (answer.status_code, b"withdrawn" in body) == (410, True)
    assert not OnDemandPicture.objects.exists()
    ReplacedObject.objects.update(replaced_at=datetime.now(UTC) - timedelta(days=1))
    sweeping.delete_replaced_objects()
    assert not [found for found in get_store().list_objects("pictures/") if found.key == kept.key]


@pytest.mark.parametrize(
    "change",
    [
        {"embargo_until": datetime(2099, 1, 1, tzinfo=UTC)},
        {"rights_end": datetime(2020, 1, 1, tzinfo=UTC)},
        {"audience": Audience.AGENCY},
        {"territories": ["VN"]},
    ],
    ids=["embargo", "rights", "audience", "territories"],
)
def test_an_address_ends_when_anything_limits_the_work_anew(photo: Asset, change: dict[str, Any]) -> None:
    url = address(photo, width=300)
    assert fetched(url)[0].status_code == 200
    Asset.objects.filter(pk=photo.pk).update(**change)
    assert fetched(url)[0].status_code == 404


def test_nothing_is_there_of_what_lies_in_the_trash(client_for: ClientFor, agency: Agency, tmp_path: Path) -> None:
    draft = make_photo(agency, tmp_path / "draft.jpg", state=AssetState.DRAFT)
    url = address(draft, client_for(agency, Role.EDITOR), width=300)
    assert fetched(url)[0].status_code == 200
    Asset.objects.filter(pk=draft.pk).update(deleted_at=datetime.now(UTC))
    assert fetched(url)[0].status_code == 404
    assert cache.prune() == 1
    assert not list(get_store().list_objects("pictures/"))


def test_two_at_once_make_one(transactional_db: None, agency: Agency, tmp_path: Path) -> None:
    url = address(make_photo(agency, tmp_path / "own.jpg"), width=300)

    def fetch(_: int) -> tuple[int, bytes]:
        try:
            answer, body = fetched(url)
            return answer.status_code, body
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(fetch, range(4)))
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    assert OnDemandPicture.objects.count() == 1
    assert len(list(get_store().list_objects("pictures/"))) == 1


def test_beyond_the_places_one_is_asked_to_come_again(photo: Asset, settings: Any) -> None:
    """The places are all processes' together: another session of the database holds them."""
    settings.ON_DEMAND_AT_ONCE = 2
    url = address(photo, width=300)
    parameters = connection.get_connection_params()
    with psycopg.connect(
        **{name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    ) as other:
        for place in range(2):
            other.execute("SELECT pg_advisory_lock(%s, %s)", [PLACE, place])
        answer, body = fetched(url)
        assert (answer.status_code, answer["Retry-After"], b"pictures_busy" in body) == (503, "2", True)
        assert not OnDemandPicture.objects.exists()
    assert fetched(url)[0].status_code == 200


def test_a_process_that_is_full_does_not_keep_people_waiting(photo: Asset) -> None:
    url = address(photo, width=300)
    for _ in range(turns.IN_ONE_PROCESS):
        assert turns._inside.acquire(blocking=False)
    try:
        assert fetched(url)[0].status_code == 503
    finally:
        turns._inside.release(turns.IN_ONE_PROCESS)
    assert fetched(url)[0].status_code == 200


def test_the_cache_is_kept_within_its_bytes_and_the_least_used_go_first(photo: Asset, settings: Any) -> None:
    for width in (100, 200, 300, 400):
        image(photo, width=width)
    now = datetime.now(UTC)
    for hours, width in enumerate((300, 100, 400, 200), start=1):
        OnDemandPicture.objects.filter(width=width).update(used_at=now - timedelta(hours=hours))
    sizes = dict(OnDemandPicture.objects.values_list("width", "size"))
    assert cache.prune() == 0
    settings.ON_DEMAND_CACHE_BYTES = sizes[300] + sizes[100]
    assert cache.prune() == 2
    kept = list(OnDemandPicture.objects.all())
    assert {each.width for each in kept} == {100, 300}
    assert [found.key for found in get_store().list_objects("pictures/")] == sorted(each.key for each in kept)
    assert not ReplacedObject.objects.exists()


def test_what_was_never_finished_and_what_was_corrected_is_cleared_away(photo: Asset) -> None:
    for width in (200, 300):
        image(photo, width=width)
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    OnDemandPicture.objects.filter(width=300).update(ready_at=None, begun_at=long_ago)
    assert cache.prune() == 1
    make_version(photo)
    assert cache.prune() == 1
    assert not list(get_store().list_objects("pictures/"))


def test_one_that_was_cut_off_is_made_anew(photo: Asset) -> None:
    url = address(photo, width=300)
    fetched(url)
    OnDemandPicture.objects.update(ready_at=None)
    assert fetched(url)[0].status_code == 200
    assert OnDemandPicture.objects.filter(ready_at__isnull=False).count() == 1


def test_an_original_that_breaks_the_child_is_refused_and_leaves_nothing(agency: Agency, tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(picture(tmp_path / "whole.jpg").read_bytes()[:4000])
    asset = make_ready_asset(agency=agency, original=path, state=AssetState.PUBLISHED, audience=Audience.PUBLIC)
    AssetVersion.objects.filter(asset=asset).update(width=1200, height=800)
    answer, body = fetched(address(asset, width=600))
    assert (answer.status_code, b"picture_not_made" in body) == (409, True)
    assert not OnDemandPicture.objects.exists()


def test_the_page_offers_another_size_and_leads_to_it(photo: Asset, agency: Agency) -> None:
    client = Client()
    client.force_login(make_member(agency, Role.EDITOR))
    shown = client.get(f"/assets/{photo.pk}").content.decode()
    assert f'action="/assets/{photo.pk}/sized"' in shown
    form = {"width": "300", "height": "", "fit": "contain", "format": "jpeg"}
    answer = client.get(f"/assets/{photo.pk}/sized", form)
    assert answer.status_code == 302
    assert Image.open(io.BytesIO(fetched(answer["Location"])[1])).size == (300, 200)
    again = client.get(f"/assets/{photo.pk}/sized", {**form, "width": ""})
    assert again["Location"] == f"/assets/{photo.pk}"


@pytest.mark.s3
def test_with_an_s3_store_the_picture_lies_there_for_a_minute(
    s3: None, client_for: ClientFor, photo: Asset, settings: Any
) -> None:
    import urllib.request

    url = address(photo, width=300)
    answer, _ = fetched(url)
    assert answer.status_code == 302
    assert "X-Amz-Expires=60&" in answer["Location"] + "&"
    with urllib.request.urlopen(answer["Location"], timeout=10) as stored:  # noqa: S310
        assert Image.open(io.BytesIO(stored.read())).size == (300, 200)
    settings.SENDFILE = "nginx"
    assert fetched(url)[0]["X-Accel-Redirect"].startswith("/_store/")
    assert fetched(url, "head")[0]["Content-Type"] == "image/webp"


def test_who_is_asked_for_terms_or_a_statement_gives_them_first(client_for: ClientFor, photo: Asset) -> None:
    Agency.objects.filter(pk=photo.agency_id).update(asks_statement=True)
    portal = client_for(make_agency(), Role.EDITOR)
    refused = asked(photo, portal, width=300)
    assert (refused.status_code, refused.json()["code"]) == (403, "usage_statement_required")
    told = portal.get(
        f"/api/v1/assets/{photo.pk}/image", {"width": 300}, headers={"Usage-Statement": "For the evening news"}
    )
    assert told.status_code == 303
    assert UsageStatement.objects.get().file == "300x200-contain.webp"
