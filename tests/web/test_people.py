"""The names of people shown, on the pages of a work and of the library."""

import pytest

from permissions.vocabulary import Role
from tests.factories import make_agency, make_ready_asset, make_text
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_pages_show_take_and_filter_by_names(signed_in: SignedIn) -> None:
    agency = make_agency()
    work = make_ready_asset(agency=agency, people=["Nguyễn <b>A", "Lê B"])
    make_text(work, title="Họp báo")
    editor = signed_in(agency, Role.EDITOR)
    page = editor.get(f"/assets/{work.pk}").content.decode()
    assert "Nguyễn &lt;b&gt;A</a>, " in page
    form = editor.get(f"/assets/{work.pk}/edit")
    said = {
        name: form.context["form"][name].value() or ""
        for name in form.context["form"].fields
        if form.context["form"][name].value() not in (None, False)
    }
    assert said["people"] == "Nguyễn <b>A\nLê B"
    editor.post(f"/assets/{work.pk}/edit", said | {"people": "Lê B\r\n\r\nTrần C, con\r\n", "title_vi": "Họp báo"})
    work.refresh_from_db()
    assert work.people == ["Lê B", "Trần C, con"]
    found = editor.get("/", {"people": "tran c con"})
    assert [card.words.title for card in found.context["cards"]] == ["Họp báo"]
    assert 'name="people" value="tran c con"' in found.content.decode()
