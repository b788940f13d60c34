"""Signing in with a second factor, as people do it: an app's codes, and a security key (Chromium's virtual one)."""

import os
import re
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from permissions.usecases.second_factors import factors_of
from tests.browser.conftest import Site, sign_in
from tests.browser.test_accessibility import check
from tests.chromium import Open
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def password(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_label("Địa chỉ e-mail").fill(site.editor.email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url(re.compile("/login"))


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Xác nhận chính bạn")).to_be_visible()
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Tiếp tục").first.click()


def plug_in_key(page: Page) -> None:
    """A key on USB that is touched as soon as it is asked."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def keep(page: Page, name: str) -> None:
    """A picture of the page for people who look, when SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_walk_with_an_authenticator_app(site: Site, new_page: Open, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    sign_in(page, site)
    page.goto(f"{site.url}/account")
    expect(page.get_by_text("phiên này")).to_be_visible()
    page.get_by_role("link", name="Thêm ứng dụng").click()
    confirm(page)
    app = pyotp.TOTP(page.locator(".secret-text").inner_text().replace(" ", ""))
    expect(page.locator(".qr img")).to_have_js_property("complete", value=True)
    assert page.locator(".qr img").evaluate("image => image.naturalWidth") > 0
    keep(page, f"totp-{width}")
    check(page)
    page.get_by_label("Mã", exact=True).fill(app.now())
    page.get_by_role("button", name="Thêm ứng dụng này").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    check(page)
    page.get_by_role("link", name="Xong").click()
    expect(page.get_by_text("Ứng dụng xác thực", exact=True)).to_be_visible()
    keep(page, f"account-{width}")
    check(page)

    sign_out(page)
    password(page, site)
    expect(page.get_by_role("heading", name="Bước thứ hai")).to_be_visible()
    keep(page, f"second-{width}")
    check(page)
    page.get_by_label("Mã", exact=True).fill(app.at(0))
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa đúng")
    page.get_by_label("Mã", exact=True).fill(recovery)
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_role("heading", name="Thư viện", level=1).wait_for()
    assert factors_of(site.editor).codes_left == 9


def test_a_walk_with_a_security_key(site: Site, new_page: Open) -> None:
    page = new_page()
    plug_in_key(page)
    sign_in(page, site)
    page.goto(f"{site.url}/account")
    page.get_by_role("link", name="Thêm khóa bảo mật").click()
    confirm(page)
    check(page)
    page.get_by_label("Tên của khóa").fill("Khóa xanh")
    page.get_by_role("button", name="Thêm khóa này").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto(f"{site.url}/account/key")
    page.get_by_label("Tên của khóa").fill("Lần nữa")
    page.get_by_role("button", name="Thêm khóa này").click()
    expect(page.get_by_text("đã được thêm trước đây")).to_be_visible()
    assert [str(key) for key in factors_of(site.editor).keys] == ["Khóa xanh"]

    page.goto(f"{site.url}/account")
    sign_out(page)
    password(page, site)
    page.get_by_role("button", name="Dùng khóa bảo mật").click()
    page.get_by_role("heading", name="Thư viện", level=1).wait_for()

    page.goto(f"{site.url}/account")
    page.get_by_role("link", name="Gỡ bỏ Khóa xanh").click()
    page.get_by_role("button", name="Dùng khóa bảo mật").click()
    expect(page.get_by_text("Đây là yếu tố cuối cùng")).to_be_visible()
    page.get_by_role("button", name="Gỡ bỏ").click()
    expect(page.get_by_text("Đã gỡ bỏ yếu tố xác thực thứ hai.")).to_be_visible()
    assert not factors_of(site.editor)


def test_without_the_key_the_page_says_so_and_a_recovery_code_helps(site: Site, new_page: Open) -> None:
    page = new_page()
    plug_in_key(page)
    sign_in(page, site)
    page.goto(f"{site.url}/account/key")
    confirm(page)
    page.get_by_label("Tên của khóa").fill("Khóa")
    page.get_by_role("button", name="Thêm khóa này").click()
    recovery = page.locator(".codes li").first.inner_text()

    other = new_page()
    plug_in_key(other)  # another key, which knows nothing of this account
    password(other, site)
    other.get_by_role("button", name="Dùng khóa bảo mật").click()
    expect(other.get_by_text("Chưa đọc được khóa")).to_be_visible()
    other.get_by_label("Mã", exact=True).fill(recovery)
    other.get_by_role("button", name="Tiếp tục").click()
    other.get_by_role("heading", name="Thư viện", level=1).wait_for()
