"""Why a file was rejected is said in the reader's language, whatever part of processing rejected it."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation

from assets.rejections import SENTENCES, rejection_sentence
from assets.states import VersionState
from assets.usecases.assets_cancel_processing import CANCELLED
from mediacenter import assets_build
from permissions.vocabulary import Role
from tests.factories import make_agency, make_member, make_version
from transcoding import attempts
from transcoding.results import MediaRejected

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "mediacenter" / "web" / "locale"
HANDED_ON = {"transcoding/pictures/outcome.py", "transcoding/retry.py"}
"""Where a rejection that was made elsewhere is made again, with the code that it had."""
MOVING_KINDS = ("audio", "video")
EXACT = "The file holds 40 streams; at most 32 are accepted. Export it with one video and one sound track."


def codes() -> Iterator[tuple[str, str]]:
    """File and code of every rejection that ``transcoding/`` and people can write."""
    yield "assets/usecases/assets_cancel_processing.py", CANCELLED
    yield "transcoding/results.py", MediaRejected.code
    yield "transcoding/attempts.py", attempts.CRASHED_CODE
    for path in sorted((ROOT / "transcoding").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {"MediaRejected", "Park"}:
                given = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
                yield from ((name, code) for code in _values(given, name))


def _values(code: ast.expr | None, name: str) -> list[str]:
    """What the argument ``code`` may be. Fails where the source does not tell."""
    if code is None:
        return [MediaRejected.code]
    if isinstance(code, ast.Constant):
        return [str(code.value)]
    if isinstance(code, ast.JoinedStr):
        pattern = ast.unparse(code)[2:-1]
        assert pattern.count("{") == pattern.count("{kind}") == 1, f"{name}: {pattern}"
        return [pattern.replace("{kind}", kind) for kind in MOVING_KINDS]
    assert name in HANDED_ON, f"{name}: the code {ast.unparse(code)} is not written out"
    return []


@pytest.fixture
def catalogues(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of the pages as the site compiles them."""
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE, folder, ignore=shutil.ignore_patterns("*.mo*"))
    monkeypatch.setattr(assets_build, "LOCALE", folder)
    assert len(assets_build.compile_messages()) == 3
    settings.LOCALE_PATHS = [folder]


def test_every_code_that_processing_can_reject_with_has_a_sentence() -> None:
    found = {code for _, code in codes()}
    assert {"checksum_mismatch", "processing_crashed", "original_missing", "audio_too_long", "type_unknown"} <= found
    assert found - SENTENCES.keys() == set()
    assert SENTENCES.keys() - found == set(), "nothing rejects with these any more"


@pytest.mark.parametrize("locale", ["vi", "zh_Hans"])
def test_every_sentence_is_translated(locale: str) -> None:
    with (LOCALE / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=locale, abort_invalid=True)
    with translation.override(None):
        for code, sentence in SENTENCES.items():
            message = catalogue.get(str(sentence))
            assert message is not None, code
            assert message.string, code
            assert not message.fuzzy, code
            assert message.string != message.id, code


def test_a_code_fits_its_column() -> None:
    assert max(len(code) for code in SENTENCES) <= 60


@pytest.mark.usefixtures("catalogues")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", EXACT),
        ("en-gb", EXACT),
        ("vi", "Tệp chứa số luồng dữ liệu vượt mức cho phép. Hãy xuất lại với một luồng hình và một luồng tiếng."),
        ("zh-hans", "文件包含的媒体流数量超出允许范围。请导出为仅含一条视频轨和一条音轨的文件。"),
    ],
)
def test_the_exact_message_is_for_readers_of_english_and_a_translated_one_for_others(language: str, words: str) -> None:
    with translation.override(language):
        assert rejection_sentence("too_many_streams", EXACT) == words


@pytest.mark.usefixtures("catalogues")
@pytest.mark.parametrize("language", ["en", "vi", "zh-hans"])
def test_an_unknown_code_is_told_by_its_message_and_no_code_by_nothing(language: str) -> None:
    with translation.override(language):
        assert rejection_sentence("made_by_a_later_release", "Save it again.") == "Save it again."
        assert rejection_sentence("", "") == ""


@pytest.mark.usefixtures("catalogues")
@pytest.mark.django_db
def test_page_and_api_tell_an_uploader_in_vietnamese_why_the_file_was_rejected() -> None:
    agency = make_agency()
    version = make_version(
        state=VersionState.REJECTED, rejection_code="pdf_encrypted", rejection_message="This PDF is locked."
    )
    version.asset.agency = agency
    version.asset.save()
    client = Client(headers={"accept-language": "vi"})
    client.force_login(make_member(agency, Role.CONTRIBUTOR), backend="django.contrib.auth.backends.ModelBackend")
    words = "Tệp PDF này được bảo vệ bằng mật khẩu. Hãy lưu lại không có mật khẩu rồi tải lên."
    page = client.get(f"/assets/{version.asset_id}").content.decode()
    assert words in page
    assert "This PDF is locked." not in page
    said = client.get(f"/api/v1/assets/{version.asset_id}").json()
    assert (said["processing"]["message"], said["version"]["rejection"]["message"]) == (words, words)
    english = client.get(f"/api/v1/assets/{version.asset_id}", headers={"accept-language": "en"}).json()
    assert english["processing"]["message"] == english["version"]["rejection"]["message"] == "This PDF is locked."
