"""Names of files in an archive can be unpacked everywhere and say what is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.archive_names import NamesInArchive, safe_stem
from assets.tables import harmless


def test_a_name_keeps_diacritics_and_chinese() -> None:
    names = NamesInArchive()
    assert names.take(title="Cầu Long Biên", reference="VGP-1", suffix="JPG") == "Cầu Long Biên (VGP-1).jpg"
    assert names.take(title="龙编桥", reference="VGP-2", suffix="webp") == "龙编桥 (VGP-2).webp"


def test_names_that_some_system_takes_for_one_are_numbered() -> None:
    names = NamesInArchive("MANIFEST.csv")
    taken = [names.take(title=title, reference="R", suffix="jpg") for title in ("Cầu", "cầu", "Câ\u0300u")]
    assert taken == ["Cầu (R).jpg", "cầu (R) 2.jpg", "Cầu (R) 3.jpg"]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("../../etc/passwd", "-..-etc-passwd"),
        ("C:\\Windows", "C--Windows"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("a\x00b\nc", "a b c"),
        ("ends. . ", "ends"),
        ("...", "_"),
        ("", "_"),
    ],
)
def test_what_no_system_takes_is_replaced(text: str, stem: str) -> None:
    assert safe_stem(text) == stem


@given(st.lists(st.text(max_size=300), max_size=8))
def test_no_title_leaves_the_folder_or_meets_another(titles: list[str]) -> None:
    names = NamesInArchive("MANIFEST.csv")
    taken = [names.take(title=title, reference="VGP-20261121-P0042", suffix="jpg") for title in titles]
    assert len({name.casefold() for name in taken}) == len(titles)
    for name in taken:
        assert not set('<>:"/\\|?*').intersection(name)
        assert name.isprintable()
        assert name not in {".", ".."}
        assert len(name.encode()) <= 255


def test_a_table_of_the_names_says_them_as_they_are() -> None:
    name = NamesInArchive().take(title="=1+1; -2", reference="R", suffix="jpg")
    assert name == harmless(name) == "'=1+1; '-2 (R).jpg"
