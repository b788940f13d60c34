"""What a person without a mouse or without sight meets on each page (WCAG 2.2 AA; the rest is looked at by hand)."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site, sign_in
from tests.chromium import Open
from tests.factories import make_ready_asset, make_text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FINDINGS = """() => {
  const found = [];
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) => (element.getAttribute('aria-label')
    || [...(element.labels ?? [])].map((label) => label.textContent).join(' ')
    || (element.getAttribute('aria-labelledby') ?? '').split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
    || element.textContent || element.title || '').trim();
  const controls = 'input:not([type=hidden]), select, textarea, button, a[href], summary';
  for (const element of document.querySelectorAll(controls)) {
    if (visible(element) && !name(element)) found.push(`no name: ${element.outerHTML.slice(0, 120)}`);
  }
  for (const image of document.images) {
    if (!image.hasAttribute('alt')) found.push(`no alt: ${image.outerHTML.slice(0, 120)}`);
  }
  const headings = [...document.querySelectorAll('h1, h2, h3, h4')].filter(visible);
  if (headings.filter((heading) => heading.tagName === 'H1').length !== 1) found.push('not one h1');
  headings.reduce((before, heading) => {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) found.push(`heading skips a level: ${heading.textContent}`);
    return level;
  }, 0);
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  found.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id twice: ${id}`));
  for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby], [aria-controls]')) {
    for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
      for (const id of (element.getAttribute(attribute) ?? '').split(' ').filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${attribute} to nothing: ${id}`);
      }
    }
  }
  if (document.querySelector('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])')) found.push('positive tabindex');
  if (!document.querySelector('main')) found.push('no main');
  if (!document.documentElement.lang) found.push('no language');
  if (!document.title) found.push('no title');
  if (document.documentElement.scrollWidth > innerWidth) found.push('scrolls sideways');
  for (const element of document.querySelectorAll('button, .button, .nav a, select, input:not([type=hidden])')) {
    const { width, height } = element.getBoundingClientRect();
    if (visible(element) && !element.matches('.unseen, [type=checkbox]') && (width < 24 || height < 24)) {
      found.push(`target smaller than 24 px: ${element.outerHTML.slice(0, 120)}`);
    }
  }
  return found;
}"""

FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const shown = element.matches('.unseen') ? document.querySelector('.drop .button') : element;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  return { what: element.outerHTML.slice(0, 100), ring: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
    order: [...document.querySelectorAll('*')].indexOf(element) };
}"""


def check(page: Page) -> None:
    assert page.evaluate(FINDINGS) == [], page.url
    page.evaluate("document.activeElement.blur()")
    last = -1
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None or focused["order"] <= last:
            break
        assert focused["ring"], f"{page.url}: no visible focus on {focused['what']}"
        last = focused["order"]
    assert last > 0, f"{page.url}: nothing can be reached by keyboard"


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_have_names_order_and_visible_focus(site: Site, new_page: Open, width: int) -> None:
    asset = make_ready_asset(agency=site.agency, texts={"vi": {"title": "Cầu", "caption": "Chú thích"}})
    make_text(asset, language="en", title="Bridge")
    page = new_page(viewport={"width": width, "height": 800})
    page.goto(f"{site.url}/login")
    check(page)
    sign_in(page, site)
    for path in ("/", "/upload", "/tokens", f"/assets/{asset.pk}", f"/assets/{asset.pk}/edit", "/trash", "/nothing"):
        page.goto(site.url + path)
        check(page)


def test_the_first_key_leads_past_the_navigation(site: Site, new_page: Open) -> None:
    page = new_page()
    sign_in(page, site)
    page.goto(site.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_language_tabs_follow_the_arrow_keys(site: Site, new_page: Open) -> None:
    asset = make_ready_asset(agency=site.agency, texts={"vi": {"title": "Cầu"}, "en": {"title": "Bridge"}})
    page = new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    page.get_by_role("tab", name="Tiếng Việt").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", selected=True).inner_text() == "Tiếng Anh"
    assert page.get_by_role("tabpanel").inner_text().strip() == "Bridge"


def test_without_scripts_every_text_is_readable(site: Site, new_page: Open) -> None:
    asset = make_ready_asset(agency=site.agency, texts={"vi": {"title": "Cầu"}, "en": {"title": "Bridge"}})
    page = new_page(java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site.url}/assets/{asset.pk}")
    assert page.get_by_text("Bridge", exact=True).is_visible()
