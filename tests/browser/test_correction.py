"""A correction by hand: choose the better file, say why, and see it become current; compared side by side."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PROCESSING, Site, script_held_back, sign_in
from tests.chromium import Open
from tests.versions.flow import public_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]


def test_a_published_photo_is_replaced_and_compared(site: Site, new_page: Open, tmp_path: Path) -> None:
    asset = public_photo(site.agency)
    better = tmp_path / "rõ hơn.jpg"
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(better, "JPEG")
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    page.get_by_role("link", name="Thay tệp").click()
    page.locator("#files").set_input_files(better)
    expect(page.locator("#transfers")).to_be_hidden()  # nothing goes without its reason
    page.get_by_label("Vì sao thay tệp?").fill("Ảnh cũ bị mờ")
    page.locator("#files").set_input_files(better)
    expect(page.get_by_role("heading", name="Phiên bản và lịch sử", level=1)).to_be_visible(timeout=PROCESSING)
    expect(page.get_by_text("Ảnh cũ bị mờ").first).to_be_visible()

    adopted = page.locator(".versions > li", has_text="Phiên bản 2").get_by_text("Hiện hành", exact=True)
    for _ in range(60):
        if adopted.is_visible():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(adopted).to_be_visible()
    page.get_by_role("button", name="So sánh").click()
    expect(page.get_by_role("heading", name="Lần sửa 1 và 2", level=1)).to_be_visible()
    expect(page.locator("img.diff-picture")).to_have_count(2)
    assert page.locator("img.diff-picture").nth(1).evaluate("image => image.naturalWidth") > 0


def test_a_file_chosen_before_the_script_is_there_is_taken(site: Site, new_page: Open, tmp_path: Path) -> None:
    asset = public_photo(site.agency)
    better = tmp_path / "better.jpg"
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(better, "JPEG")
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    with script_held_back(page, "upload_page"):
        page.get_by_role("link", name="Thay tệp").click()
        page.get_by_label("Vì sao thay tệp?").fill("Ảnh cũ bị mờ")
        page.locator("#files").set_input_files(better)
    expect(page.get_by_role("heading", name="Phiên bản và lịch sử", level=1)).to_be_visible(timeout=PROCESSING)
