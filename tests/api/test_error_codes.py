"""``docs/errors.md`` lists every code with a sentence and who must act, and no code that nobody raises."""

import re

from api.errors import CODE_BY_EXCEPTION, PROBLEM_BY_DJANGO_EXCEPTION
from permissions.vocabulary import Reason
from tests.error_codes import ROOT, raised_codes
from transcoding.attempts import CRASHED_CODE

ROW = re.compile(r"^\| `([a-z0-9_]+)` \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
WHO = {"caller", "uploader", "administrator", "operator", "nobody"}


def documented() -> dict[str, tuple[str, str]]:
    rows = ROW.findall((ROOT / "docs" / "errors.md").read_text())
    assert len({code for code, _, _ in rows}) == len(rows), "a code is listed once"
    return {code: (sentence.strip(), who.strip()) for code, sentence, who in rows}


def known() -> set[str]:
    by_table = {code for _, code in CODE_BY_EXCEPTION} | {code for _, _, code, _ in PROBLEM_BY_DJANGO_EXCEPTION}
    return set(raised_codes()) | by_table | {str(reason) for reason in Reason} | {CRASHED_CODE}


def test_every_code_is_documented() -> None:
    listed = documented()
    for code in known():
        pattern = re.compile(re.escape(code).replace(r"\*", "[a-z0-9_]+"))
        assert any(pattern.fullmatch(name) for name in listed), f"{code}: {raised_codes().get(code)}"


def test_no_documented_code_is_out_of_use() -> None:
    patterns = [re.compile(re.escape(code).replace(r"\*", "[a-z0-9_]+")) for code in known()]
    assert [code for code in documented() if not any(pattern.fullmatch(code) for pattern in patterns)] == []


def test_every_code_says_who_must_act() -> None:
    for code, (sentence, who) in documented().items():
        assert sentence.endswith("."), code
        assert who in WHO, code
