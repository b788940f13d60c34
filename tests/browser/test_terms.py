"""Terms and a purpose before a download, without a mouse and without scripts: the form, the file, the second time."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from assets.models import UsageStatement
from permissions.models import TermsAcceptance
from tests.browser.conftest import Site, sign_in
from tests.browser.test_accessibility import check
from tests.chromium import Open
from tests.factories import make_agency
from tests.terms.asking import asks, work_of, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOX, WORDS, GO = "Tôi chấp nhận điều khoản", "Bạn tải xuống để làm gì?", "Tải xuống"


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_of_another_agency_accepts_says_what_for_and_has_the_file(
    site: Site, new_page: Open, scripts: bool
) -> None:
    owner = asks(make_agency(code="BVH"), terms=True, statement=True)
    write(owner)
    work = work_of(owner)
    page: Page = new_page(java_script_enabled=scripts, viewport={"width": 390, "height": 800})
    sign_in(page, site)
    for path in ("/agencies/BVH/terms", f"/assets/{work.pk}/download/full.jpg"):
        page.goto(site.url + path)
        if scripts:
            check(page)

    page.get_by_role("button", name=GO).click()  # nothing ticked: the browser keeps it
    assert not TermsAcceptance.objects.exists()
    page.get_by_label(BOX).check()
    page.get_by_label(WORDS).fill("Bài về cầu")
    with page.expect_download() as download:
        page.get_by_role("button", name=GO).click()
    assert Path(download.value.path()).read_bytes() == b"full.jpg"

    page.goto(f"{site.url}/assets/{work.pk}")
    page.get_by_role("link", name="JPEG").first.click()
    assert page.get_by_label(BOX).count() == 0
    with page.expect_download() as download:
        page.get_by_role("button", name=GO).click()
    assert download.value.suggested_filename.endswith("full.jpg")
    assert [row.text for row in UsageStatement.objects.all()] == ["Bài về cầu"] * 2
