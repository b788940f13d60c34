"""Chromium opens pages whose every text is hostile: nothing of it runs (threats, item 18)."""

import pytest

from tests.browser.conftest import Site
from tests.chromium import Open
from tests.factories import PASSWORD
from tests.security.naughty_site import corpus, make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

WATCH = """
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'evil']) window[name] = () => window.ran.push(name);
  const refused = (event) => window.ran.push(`policy: ${event.violatedDirective}`);
  document.addEventListener('securitypolicyviolation', refused);
"""
FOREIGN = """() => {
  const found = [];
  const data = (element) => ['application/json', 'application/ld+json'].includes(element.type)
    && typeof JSON.parse(element.textContent) === 'object';
  for (const element of document.querySelectorAll('script, iframe, object, embed, math, base, style, meta, link')) {
    const address = element.src || element.href || '';
    const ours = address ? address.startsWith(location.origin) : element.localName === 'script' && data(element);
    if (!ours && !element.matches('meta[charset], meta[name]')) found.push(element.outerHTML.slice(0, 200));
  }
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      const runs = ['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name)
        && /^(javascript:|vbscript:|data:text)/i.test(value.replace(/[\\x00-\\x20]/g, ''));
      const inline = name.startsWith('on') || name === 'style' || element.protocol === 'javascript:';
      if (inline || runs) found.push(`${element.localName} ${name}=${value}`);
    }
  }
  return found;
}"""


def test_no_page_runs_anything_that_was_typed_into_it(site: Site, new_page: Open) -> None:
    _, reader, paths = make_site(corpus(), code="NAUGHTY")
    page, said = new_page(), list[str]()
    page.context.add_init_script(WATCH)
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda line: said.append(f"{page.url}: {line.text}") if line.type == "error" else None)
    strangers = []
    page.on("request", lambda asked: strangers.append(asked.url) if not asked.url.startswith(known) else None)
    known = (site.url, "data:image/", "blob:")
    page.goto(f"{site.url}/login")
    page.get_by_label("Địa chỉ e-mail").fill(reader.email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("heading", name="Thư viện", level=1).wait_for()
    for path in paths:
        page.goto(site.url + path, wait_until="load")
        assert page.evaluate("window.ran") == [], path
        assert page.evaluate(FOREIGN) == [], path
    assert said == []
    assert strangers == []
    page.evaluate("alert(1)")
    assert page.evaluate("window.ran") == ["alert"], "it would have been noticed"
