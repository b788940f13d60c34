"""The demo's data hang together, before anything is made of them."""

import re
from collections import Counter

import pytest

from assets.states import Kind, Language
from mediacenter.demo.catalogue import CATALOGUE, first
from mediacenter.demo.entries import DemoAsset
from mediacenter.demo.people import EDITOR_IN_CHIEF, PEOPLE
from mediacenter.demo.tree import ROOT_CODE, agency_entries
from permissions.usecases.agencies import CODE
from permissions.vocabulary import Audience, PlatformRole, Role

ENTRIES = list(agency_entries())
CODES = {entry.code for entry in ENTRIES}
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_codes_are_unique_and_well_formed() -> None:
    assert len(CODES) == len(ENTRIES)
    assert all(CODE.fullmatch(code) for code in CODES)


def test_parents_come_before_their_children() -> None:
    seen: set[str | None] = {None}
    for entry in ENTRIES:
        assert entry.parent in seen, entry.code
        seen.add(entry.code)


def test_the_government_is_complete() -> None:
    below_root = [entry for entry in ENTRIES if entry.parent == ROOT_CODE]
    assert sum(entry.vi.startswith("Bộ ") for entry in below_root) == 14
    assert {"Ngân hàng Nhà nước Việt Nam", "Thanh tra Chính phủ", "Văn phòng Chính phủ"} <= {e.vi for e in below_root}
    assert sum(entry.vi.startswith("Ủy ban nhân dân thành phố") for entry in below_root) == 6
    assert sum(entry.vi.startswith("Ủy ban nhân dân tỉnh") for entry in below_root) == 28
    assert len(below_root) == 14 + 3 + 34


def test_every_agency_has_a_name_of_its_own_in_three_languages() -> None:
    for names in ([e.vi for e in ENTRIES], [e.en for e in ENTRIES], [e.zh for e in ENTRIES]):
        assert len(set(names)) == len(names)
    assert all(entry.en.isascii() and entry.en for entry in ENTRIES)
    assert all(HAN.search(entry.zh) and not re.search("[a-zA-Z]", entry.zh) for entry in ENTRIES)


def test_every_role_has_somebody() -> None:
    assert {person.role for person in PEOPLE if person.role} == set(Role)
    assert {person.platform_role for person in PEOPLE if person.platform_role} == set(PlatformRole)
    assert len({person.email for person in PEOPLE}) == len(PEOPLE)
    assert {person.agency for person in PEOPLE if person.agency} <= CODES
    assert (EDITOR_IN_CHIEF.agency, EDITOR_IN_CHIEF.role) == (ROOT_CODE, Role.EDITOR)


def test_there_are_some_thirty_assets_of_every_kind_audience_and_state() -> None:
    assert 28 <= len(CATALOGUE) <= 40
    kinds = Counter(entry.kind for entry in CATALOGUE)
    assert set(kinds) == set(Kind)
    assert min(kinds.values()) >= 3
    assert {entry.audience for entry in CATALOGUE} == set(Audience)
    assert {entry.publish for entry in CATALOGUE} == {True, False}
    assert {entry.language for entry in CATALOGUE} == set(Language)
    assert any(entry.embargo_days for entry in CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.slug)
def test_an_asset_is_told_in_three_languages(entry: DemoAsset) -> None:
    assert set(entry.texts) == set(Language)
    assert all(texts.title and texts.caption for texts in entry.texts.values())
    assert HAN.search(entry.texts[Language.ZH].title)
    assert not HAN.search(entry.texts[Language.EN].title + entry.texts[Language.VI].title)
    if entry.kind in {Kind.PHOTO, Kind.INFOGRAPHIC}:
        assert all(texts.alt_text for texts in entry.texts.values())
    if entry.kind == Kind.ARTICLE:
        assert entry.make is None
        assert all(texts.body for texts in entry.texts.values())
    assert entry.agency in CODES
    assert set(entry.shared_with) <= CODES
    assert bool(entry.shared_with) == (entry.audience == Audience.SHARED)
    assert entry.keywords
    assert len(entry.author) <= 250


def test_slugs_are_unique() -> None:
    assert len({entry.slug for entry in CATALOGUE}) == len(CATALOGUE)


def test_a_limit_chooses_different_kinds() -> None:
    assert {entry.kind for entry in first(4)} == {Kind.INFOGRAPHIC, Kind.PHOTO, Kind.ARTICLE, Kind.VIDEO}
    assert first(None) == CATALOGUE
    assert sorted(entry.slug for entry in first(1000)) == sorted(entry.slug for entry in CATALOGUE)
