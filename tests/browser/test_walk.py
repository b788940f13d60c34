"""The walk of an editor: sign in, upload, find, publish, download; in two languages and by keyboard."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from assets.models import Asset
from permissions.vocabulary import AssetState
from tests.browser.conftest import PROCESSING, Site, sign_in
from tests.chromium import Open
from tests.factories import make_ready_asset

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]
MIB = 1024 * 1024


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "cầu Mỹ Thuận.jpg"
    Image.linear_gradient("L").resize((1400, 900)).convert("RGB").save(path, "JPEG")
    return path


def upload(page: Page, site: Site, *files: Path) -> None:
    page.goto(f"{site.url}/upload")
    page.locator("#files").set_input_files(list(files))


def test_from_a_file_to_a_published_download(site: Site, new_page: Open, photo: Path) -> None:
    page = new_page(accept_downloads=True)
    sign_in(page, site)
    expect(page.get_by_role("heading", name="Chưa có gì ở đây")).to_be_visible()

    upload(page, site, photo)
    row = page.locator("#list .transfer")
    expect(row.locator(".transfer-state")).to_have_text("Sẵn sàng", timeout=PROCESSING)
    expect(page.locator("#summary")).to_have_text("1/1 đã sẵn sàng")

    page.get_by_role("link", name="Thư viện").click()
    tile = page.get_by_role("link", name="cầu Mỹ Thuận")
    expect(tile.locator("img")).to_have_js_property("complete", value=True)
    assert tile.locator("img").evaluate("image => image.naturalWidth") > 0
    tile.click()
    expect(page.locator("figure.work img")).to_be_visible()

    page.get_by_role("button", name="Xuất bản", exact=True).click()
    expect(page.get_by_role("status").get_by_text("Đã xuất bản.")).to_be_visible()
    assert Asset.objects.get().state == AssetState.PUBLISHED

    with page.expect_download() as download:
        page.get_by_role("link", name="Bản gốc", exact=True).click()
    assert Path(download.value.path()).read_bytes() == photo.read_bytes()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^JPEG 640")).click()
    with Image.open(download.value.path()) as small:
        assert (small.format, small.width) == ("JPEG", 640)

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Library").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_file_that_is_there_already_is_pointed_out_and_can_go_up_anyway(
    site: Site, new_page: Open, photo: Path
) -> None:
    existing = make_ready_asset(agency=site.agency, original=photo.read_bytes())
    page = new_page()
    sign_in(page, site)
    upload(page, site, photo)
    row = page.locator("#list .transfer")
    expect(row.get_by_role("link", name=existing.reference)).to_be_visible()
    assert Asset.objects.count() == 1
    row.get_by_role("button", name="Vẫn tải lên").click()
    expect(row.locator(".transfer-state")).to_have_text("Sẵn sàng", timeout=PROCESSING)
    assert Asset.objects.count() == 2


def test_a_rejected_file_says_why(site: Site, new_page: Open, tmp_path: Path) -> None:
    broken = tmp_path / "hỏng.jpg"
    broken.write_bytes(b"this is no picture " * 50)
    page = new_page()
    sign_in(page, site)
    upload(page, site, broken)
    state = page.locator("#list .transfer-state")
    expect(state).to_contain_text("Bị từ chối", timeout=PROCESSING)
    assert len(state.inner_text()) > len("Bị từ chối: ")


def test_after_a_reload_only_the_missing_parts_are_sent(site: Site, new_page: Open, tmp_path: Path) -> None:
    large = tmp_path / "dài.mov"
    large.write_bytes(bytes(range(256)) * (40 * MIB // 256))  # three parts; rejected in the end, which is not the point
    page = new_page()
    sign_in(page, site)
    sent: list[int] = []
    cut = True

    def part(route: Route) -> None:
        number = int(route.request.url.partition("?")[0].rpartition("/")[2])
        if cut and number == 3:
            route.abort("connectionreset")
            return
        sent.append(number)
        route.continue_()

    page.route("**/store/**", part)
    upload(page, site, large)
    row = page.locator("#list .transfer")
    expect(row.locator(".transfer-state")).to_contain_text("Mất kết nối")
    expect(row.locator("progress")).to_have_js_property("value", value=80)
    assert sorted(sent) == [1, 2]

    cut = False
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#unfinished")).to_contain_text("dài.mov")
    page.locator("#files").set_input_files(large)
    expect(page.locator("#unfinished .transfer")).to_have_count(0)
    expect(row.get_by_role("link", name="Mở")).to_be_visible(timeout=PROCESSING)
    assert sorted(sent) == [1, 2, 3]
    version = Asset.objects.get().current_version
    assert version is not None
    assert version.size == large.stat().st_size


def test_pausing_resuming_and_cancelling(site: Site, new_page: Open, tmp_path: Path) -> None:
    large = tmp_path / "dài.mov"
    large.write_bytes(b"\0\1" * (20 * MIB))
    page = new_page()
    sign_in(page, site)

    def hold(route: Route) -> None:
        """Neither answers nor lets go."""

    page.route("**/store/**", hold)
    upload(page, site, large)
    row = page.locator("#list .transfer")
    expect(row).to_have_attribute("data-state", "sending")
    row.get_by_role("button", name="Tạm dừng").click()
    expect(row.locator(".transfer-state")).to_have_text("Tạm dừng ở 0 %")
    page.unroute("**/store/**")
    row.get_by_role("button", name="Tiếp tục").click()
    expect(row.get_by_role("link", name="Mở")).to_be_visible(timeout=PROCESSING)

    page.route("**/store/**", hold)
    other = tmp_path / "khác.mov"
    other.write_bytes(b"\2\3" * (10 * MIB))
    page.locator("#files").set_input_files(other)
    second = page.locator("#list .transfer").nth(1)
    expect(second).to_have_attribute("data-state", "sending")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
        second.get_by_role("button", name="Hủy").click()
    assert answer.value.status == 204
    expect(second.locator(".transfer-state")).to_have_text("Đã hủy")
    assert Asset.objects.count() == 1
