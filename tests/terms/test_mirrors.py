"""A mirror with files: it takes what needs nothing further, and with a statement what asks for one."""

import json
from pathlib import Path
from typing import Any

import pytest

from assets.models import Asset, UsageStatement
from assets.storage import get_store
from mediacenter.client.mirror import Mirror
from mediacenter.client.warehouse import MediaCenter
from permissions.vocabulary import Audience, Role
from tests.factories import make_agency, make_member, make_token
from tests.terms.asking import asks, work_of, write


@pytest.mark.django_db(transaction=True)
def test_a_mirror_has_files_once_terms_are_accepted_and_a_purpose_is_stated(
    live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.SITE_URL = settings.MEDIA_ORIGIN = live_server.url
    get_store.cache_clear()
    owner = asks(make_agency(code="BVH"), terms=True, statement=True)
    write(owner)
    work = work_of(owner)
    token = make_token(user=make_member(make_agency(), Role.VIEWER))[1]

    def files(name: str, statement: str = "") -> set[str]:
        Mirror(api, tmp_path / name, media=True, statement=statement).catch_up()
        assert (tmp_path / name / "assets" / f"{work.pk}.json").exists()
        return {path.name for path in (tmp_path / name / "media").rglob("*.jpg")}

    with MediaCenter(live_server.url, token, patience=5) as api:
        assert files("early", "Trang lễ hội") == set()
        api.accept_terms("BVH", version=api.terms("BVH").version)
        assert files("silent") == set()
        assert {name.rpartition("-")[2] for name in files("said", "Trang lễ hội")} == {"full.jpg"}
    assert {row.text for row in UsageStatement.objects.all()} == {"Trang lễ hội"}


@pytest.mark.django_db(transaction=True)
def test_a_mirror_fetches_files_of_works_that_did_not_change_once_terms_are_accepted(
    live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.SITE_URL = settings.MEDIA_ORIGIN = live_server.url
    get_store.cache_clear()
    owner = asks(make_agency(code="BVH"), terms=True)
    write(owner)
    first, second = work_of(owner), work_of(owner)
    token = make_token(user=make_member(make_agency(), Role.VIEWER))[1]

    def files() -> set[str]:
        Mirror(api, tmp_path, media=True).catch_up()  # a new one each time: what it knows is on disk
        return {path.relative_to(tmp_path / "media").parts[0] for path in (tmp_path / "media").rglob("*.jpg")}

    with MediaCenter(live_server.url, token, patience=5) as api:
        assert files() == files() == set()
        refused = json.loads((tmp_path / "state.json").read_text())["refused"]
        assert refused == {"BVH": sorted([str(first.pk), str(second.pk)])}
        api.accept_terms("BVH", version=api.terms("BVH").version)
        Asset.objects.filter(pk=min(first.pk, second.pk)).update(audience=Audience.AGENCY)  # the one that is asked for
        files()
        assert files() == {str(max(first.pk, second.pk))}
        assert json.loads((tmp_path / "state.json").read_text())["refused"] == {}
