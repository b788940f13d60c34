"""Everything that one can do has a page, or a reason why it has none."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
USE_CASES = ("assets/usecases", "permissions/usecases")
PAGES = ("mediacenter/web", "mediacenter/sign_in")
UPLOADS = "the page's script and the command line client call the API"
PART = "a part of other use cases"
WITHOUT_A_PAGE = {
    **dict.fromkeys(
        ("create_upload", "sign_parts", "arrived_parts", "complete_upload", "abort_upload", "upload_whole"), UPLOADS
    ),
    **dict.fromkeys(
        (
            "add_version", "make_asset", "own_upload", "publish_locked", "put_into_trash", "refuse_duplicate",
            "replaceable", "require_not_above", "require_operator", "require_reading", "require_right",
        ),
        PART,
    ),
    "set_chapters": "all languages at once are for programs; on the page each language is a track",
    "edit_agency": "the agency's page calls set_logo, which calls it",
    "record_export": "the page of the record links to the API's exports",
    "create_person": "people come by invitation; the demo makes its own",
    "grant_role": "people come by invitation; what is granted to whom is changed by change_role",
    "change_member": "several changes of a member in one request; the page has a button for each",
    "order_collection": "the page moves one work at a time",
    "act_on_many": "for programs: the work list opens each work, as who decides should see it",
    "edit_nomination": "for the desk's programs: the page decides, and a proposal is withdrawn and made anew",
    "change_person": "operators do it, by the API",
    "reset_factors": "operators do it, by the API or `mediacenter reset-second-factors`",
    "suspend_person": "operators do it, by the API; the page of an agency suspends in that agency",
    "reactivate_person": "operators do it, by the API",
}  # fmt: skip


def use_cases() -> Iterator[str]:
    """Public functions that somebody calls: those with ``by``."""
    for folder in USE_CASES:
        for path in sorted((ROOT / folder).glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                if "by" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}:
                    yield node.name


def imported_by_pages() -> set[str]:
    return {
        name.name
        for folder in PAGES
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def test_every_use_case_is_reached_from_a_page_or_says_why_not() -> None:
    found = list(use_cases())
    assert len(found) > 50
    assert set(found) - imported_by_pages() == set(WITHOUT_A_PAGE)
