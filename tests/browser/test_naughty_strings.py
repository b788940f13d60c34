"""Chromium opens pages whose every text is hostile: nothing of it runs (threats, item 18)."""

import pytest

from tests.browser.conftest import Site
from tests.chromium import Open
from tests.factories import PASSWORD
from tests.security.naughty_site import corpus, make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WATCH = """
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'evil']) window[name] = () => window.ran.push(name);
  document.addEventListener('securitypolicyviolation', (event) => window.ran.push(`policy: ${event.violatedDirective}`));
"""
FOREIGN = """() => [...document.querySelectorAll('script, iframe, object, embed, svg, math, base, meta[http-equiv], link')]
  .filter((element) => !(element.src || element.href || '').startsWith(location.origin)
    && element.type !== 'application/json' && element.localName !== 'svg')
  .map((element) => element.outerHTML.slice(0, 200))
  .concat([...document.querySelectorAll('*')].flatMap((element) => [...element.attributes])
    .filter((attribute) => /^on/.test(attribute.name) || /^\\s*(javascript|vbscript):/i.test(attribute.value)
      && ['href', 'src', 'action', 'formaction'].includes(attribute.name))
    .map((attribute) => `${attribute.name}=${attribute.value}`))"""


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
