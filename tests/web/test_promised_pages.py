"""What the API can do for an agency and its writers, plain pages can do too."""

import pytest
from django.test import Client

from assets.models import Asset, Licence, ParityPolicy, Release
from assets.states import Kind
from permissions.models import Agency, AuditEvent
from permissions.vocabulary import PlatformRole, Role
from tests.factories import make_agency, make_asset, make_user
from tests.web.conftest import SignedIn, text

pytestmark = pytest.mark.django_db


def test_a_first_article_is_begun_and_leads_to_the_editor(signed_in: SignedIn) -> None:
    agency = make_agency(code="VGP")
    writer = signed_in(agency)
    for page in ("/", "/upload"):
        assert 'href="/articles/new"' in text(writer, page)
    sent = {"agency": str(agency.pk), "language": "en", "title": "A new <b>bridge</b>"}
    answer = writer.post("/articles/new", sent)
    article = Asset.objects.get()
    assert answer["Location"] == f"/assets/{article.pk}/edit"
    assert (article.kind, article.original_language) == (Kind.ARTICLE, "en")
    assert article.texts.get().title == "A new <b>bridge</b>"
    assert "Preview" in text(writer, f"/assets/{article.pk}/edit")
    assert writer.post("/articles/new", sent | {"title": " "}).status_code == 400
    assert writer.post("/articles/new", sent | {"agency": str(make_agency().pk)}).status_code == 400
    Agency.objects.filter(pk=agency.pk).update(quota_items=1)
    full = writer.post("/articles/new", sent)
    assert full.status_code == 400
    assert full.context["form"].non_field_errors()
    reader = signed_in(agency, Role.VIEWER)
    assert "You cannot begin an article" in text(reader, "/articles/new")
    assert reader.post("/articles/new", sent).status_code == 400
    assert Asset.objects.count() == 1


def test_an_agency_says_what_must_be_said_before_publication(signed_in: SignedIn) -> None:
    parent = make_agency(code="GOV")
    child = make_agency(code="SUB", parent=parent, name_en="Sub")
    admin = signed_in(parent, Role.AGENCY_ADMIN)
    url = "/agencies/SUB/parity"
    assert f'href="{url}"' in text(admin, "/agencies/SUB")
    assert "nothing is asked for" in text(admin, url)
    above = {"public-vi": ["title", "alt_text"], "public-en": ["title"]}
    assert admin.post("/agencies/GOV/parity", above)["Location"] == "/agencies/GOV/parity"
    wanted = {"public": {"vi": ["title", "alt_text"], "en": ["title"]}}
    assert ParityPolicy.objects.get().requirements == wanted
    page = admin.get(url)
    assert "This is the policy of an agency above:" in page.content.decode()
    assert page.context["form"]["public-vi"].value() == ["title", "alt_text"]
    assert admin.post(url, {"network-zh": ["body"]}).status_code == 302
    assert ParityPolicy.objects.get(agency=child).requirements == {"network": {"zh": ["body"]}}
    assert "a policy of its own" in text(admin, url)
    assert admin.post(url, {"public-vi": ["colour"]}).status_code == 400
    assert admin.post(url, {"act": "inherit"}).status_code == 302
    assert [policy.agency_id for policy in ParityPolicy.objects.all()] == [parent.pk]
    editor = signed_in(child, Role.EDITOR)
    assert "Save as this agency" not in text(editor, url)
    assert editor.post(url, above).status_code == 403
    assert AuditEvent.objects.filter(act="agency.parity_set").count() == 3


def test_an_agency_makes_and_retires_its_own_terms(signed_in: SignedIn) -> None:
    parent = make_agency(code="GOV", name_en="Government")
    child = make_agency(code="SUB", parent=parent)
    admin, url = signed_in(parent, Role.AGENCY_ADMIN), "/agencies/GOV/licences"
    assert f'href="{url}"' in text(admin, "/agencies/GOV")
    sent = {"code": "gov-press", "name_vi": "Cho <i>báo chí</i>", "name_en": "Press terms", "press_only": "on"}
    assert admin.post(url, sent | {"url": "https://gov.vn/terms"}).status_code == 302
    made = Licence.objects.get(code="gov-press")
    assert (made.agency, made.press_only, made.requires_attribution) == (parent, True, False)
    for bad, field in ((sent, "code"), (sent | {"code": "Gov!"}, "code"), (sent | {"url": "javascript:x"}, "url")):
        refused = admin.post(url, bad)
        assert (refused.status_code, list(refused.context["form"].errors)) == (400, [field])
    below = signed_in(child, Role.EDITOR)
    page = text(below, "/agencies/SUB/licences")
    assert "Press terms" in page
    assert "Government" in page
    assert 'value="retire"' not in page
    assert below.post(f"{url}/{made.pk}", {"act": "retire"}).status_code == 403
    assert admin.post(f"{url}/{made.pk}", {"act": "retire"}).status_code == 302
    assert "Retired" in text(admin, url)
    assert "Press terms" not in text(below, "/agencies/SUB/licences")
    assert admin.post(f"{url}/{made.pk}", {"act": "offer"}).status_code == 302
    made.refresh_from_db()
    assert made.is_active
    platform = Licence.objects.filter(agency=None).first()
    assert platform is not None
    assert admin.post(f"{url}/{platform.pk}", {"act": "retire"}).status_code == 404
    stranger = signed_in(make_agency(), Role.AGENCY_ADMIN)
    assert "Press terms" not in text(stranger, url)


def test_an_agency_is_added_below_by_who_manages_and_at_the_top_by_an_operator(signed_in: SignedIn) -> None:
    root = make_agency(code="GOV", name_en="Government")
    admin, url = signed_in(root, Role.AGENCY_ADMIN), "/agencies?parent=GOV"
    assert "Add an agency below Government" in text(admin, url)
    assert "Add an agency" not in text(admin, "/agencies")
    assert admin.post(url, {"code": "moh", "name_vi": "Bộ Y tế"})["Location"] == "/agencies/MOH"
    made = Agency.objects.get(code="MOH")
    assert (made.parent, made.name_vi) == (root, "Bộ Y tế")
    for bad, field in (("MOH", "code"), ("1", "code")):
        refused = admin.post(url, {"code": bad, "name_vi": "x"})
        assert (refused.status_code, list(refused.context["new"].errors)) == (400, [field])
    assert admin.post("/agencies", {"code": "TOP", "name_vi": "x"}).status_code == 403
    editor = signed_in(root, Role.EDITOR)
    assert "Add an agency" not in text(editor, url)
    assert editor.post(url, {"code": "NEW", "name_vi": "x"}).status_code == 403
    operator = Client(headers={"accept-language": "en"})
    operator.force_login(
        make_user(platform_role=PlatformRole.OPERATOR), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "Add an agency at the top" in text(operator, "/agencies")
    assert operator.post("/agencies", {"code": "TOP", "name_vi": "x"})["Location"] == "/agencies/TOP"


def test_a_release_names_the_signed_paper_by_its_reference(signed_in: SignedIn) -> None:
    agency = make_agency()
    work, paper, foreign = make_asset(agency=agency), make_asset(agency=agency), make_asset()
    editor, url = signed_in(agency, Role.EDITOR), f"/assets/{work.pk}/releases"
    sent = {"kind": "model", "name": "An"}
    refused = editor.post(url, sent | {"document": foreign.reference}, follow=True)
    assert "There is no work of this reference that you may see." in refused.content.decode()
    assert not Release.objects.exists()
    assert editor.post(url, sent | {"document": paper.reference.lower()}).status_code == 302
    assert Release.objects.get().document == paper
    assert paper.reference in text(editor, f"/assets/{work.pk}/edit")
