"""Prints ``docs/access.md`` from the specification: ``python -m tests.matrix.access_table``, from the root."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.matrix.expected import (
    ACTS,
    AGENCY_ACTS,
    AUDIENCES,
    OF_ONES_OWN,
    OK,
    ROLES,
    STATES,
    Act,
    Thing,
    Who,
    outcome,
    sees,
)

PLACE = Path(__file__).parents[2] / "docs" / "access.md"
NAMES = {
    "viewer": "Viewer",
    "contributor": "Contributor",
    "editor": "Editor",
    "agency_admin": "Agency administrator",
    "central_editor": "Central editor",
    "operator": "Operator",
    "auditor": "Auditor",
}
SHORT = {
    "draft": "draft",
    "in_review": "in review",
    "changes_requested": "sent back",
    "approved": "approved",
    "scheduled": "scheduled",
    "published": "published",
    "withdrawn": "withdrawn",
    "archived": "archived",
}
PEOPLE = (
    *(Who(name=NAMES[role], place="own", role=role) for role in ROLES),
    *(Who(name=NAMES[role], platform=role) for role in ("central_editor", "auditor", "operator")),
)
OUTSIDE = (
    ("Anybody, without signing in", Who(name="x", anonymous=True)),
    ("Signed in, no role anywhere", Who(name="x")),
    ("A role in any other agency", Who(name="x", place="far", role="viewer")),
    ("A role in a named agency, or above it", Who(name="x", place="sibling", role="viewer")),
    ("Viewer in the agency, or above it", Who(name="x", place="own", role="viewer")),
    ("Contributor, editor or administrator there, or above it", Who(name="x", place="parent", role="contributor")),
    ("A role in an agency below it", Who(name="x", place="child", role="agency_admin")),
    ("A suspended member of the agency", Who(name="x", place="own", role="editor", suspended=True)),
    ("Central editor", Who(name="x", platform="central_editor")),
    ("Operator", Who(name="x", platform="operator")),
    ("Auditor", Who(name="x", platform="auditor")),
)
HEAD = """# Who may do what

Printed from the specification of the access matrix by `python -m tests.matrix.access_table`; `tests/matrix` compares
every route with it. Change `tests/matrix/expected.py` and print it again, never this page alone.

A role holds in its agency and in every agency below it, never above. A suspended membership gives nothing. A token has
the rights of its person or agency, narrowed to its scopes; without `assets:read` it sees no work at all. What somebody
may not see does not exist for them: 404, the same as for an id that never was. What they see and may not do is 403 with
a reason (`errors.md`); strangers are asked to sign in, 401.
"""


def table(heads: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def yes(allowed: bool) -> str:
    return "yes" if allowed else "–"


def sight() -> Iterator[list[str]]:
    for said, who in OUTSIDE:
        published = [Thing(name="x", audience=each, shared_with=frozenset({"sibling"})) for each in AUDIENCES]
        closed = Thing(name="x", audience="public", window="under_embargo")
        rest = [Thing(name="x", state=state) for state in ("draft", "withdrawn", "archived")]
        yield [said, *(yes(sees(who, thing)) for thing in (*published, closed, *rest))]


def states_for(who: Who, name: str, act: Act) -> str:
    """The states in which it may be done by somebody who sees the work, all requirements being met."""
    fixed: dict[str, Any] = {"makers": frozenset({who.name})} if name in OF_ONES_OWN else {}
    fixed |= {"undelete": {"lies": "trash"}, "lift_hold": {"held": "agency"}}.get(name, {})
    seen = [Thing(name="x", state=state, audience="public", **fixed) for state in STATES]
    may = [thing.state for thing in seen if outcome(who, name, thing) == OK]
    could = [state for state in STATES if state in act.states]
    if not may:
        return "–"
    if set(may) == set(STATES):
        return "always"
    return "yes" if may == could else ", ".join(SHORT[state] for state in may)


def acts() -> Iterator[list[str]]:
    for name, act in ACTS.items():
        if name == "view":
            continue
        cells = [states_for(who, name, act) for who in PEOPLE]
        when = "any" if set(act.states) == set(STATES) else ", ".join(SHORT[state] for state in act.states)
        note = f"; {act.notes}" if act.notes else ""
        yield [act.said, when + note, *cells, f"`{act.scope}`"]


def on_agencies() -> Iterator[list[str]]:
    for act in AGENCY_ACTS.values():
        role = {"member": "every role, anywhere", "": "–"}.get(act.role) or f"{NAMES[act.role]} or higher"
        where = {"member": "–", "": "–"}.get(
            act.role, "above the agency" if act.above else "in the agency, or above it"
        )
        platform = ", ".join(NAMES[each] for each in act.platform) or "–"
        scopes = " and ".join(f"`{scope}`" for scope in (act.scope, act.scope_too) if scope)
        yield [act.said, role, where, platform, scopes]


def text() -> str:
    lines = [HEAD, "## Who sees a work", ""]
    columns = [f"published, {each}" for each in ("own agency", "named agencies", "network", "public")]
    lines += table(["who", *columns, "before its time¹", "draft to scheduled", "withdrawn", "archived"], sight())
    lines += [
        "",
        "¹ Published for everybody, while an embargo has not ended; the same after the end of its rights, or while a",
        "release is missing or has ended. The database's clock decides. A public work that had been shown and was",
        "withdrawn answers 410 where it was embedded or delivered.",
        "",
        "## What may be done with a work",
        "",
        "By people of the owning agency or above it, and by platform roles, as far as they see the work. “yes”: in all",
        "states of the second column; else the states are named. The table takes a public work whose file is ready.",
        "",
    ]
    heads = ["act", "states", *(who.name for who in PEOPLE), "scope of a token"]
    lines += table(heads, acts())
    lines += [
        "",
        "Publishing, scheduling and approving wait until the file is verified and processed. “Press use only” keeps",
        "downloads for members of the network. Everybody else may download renditions of what they see, nothing more.",
        "",
        "What lies in the trash is 404 everywhere, but in the trash itself: for editors and administrators of its",
        "agency or above, contributors who made it, and auditors. While it is being purged nobody finds it; after that",
        "those who could have known the work are told 410. A version that readers never got (a correction that waits,",
        "an earlier draft) is 404 for all who may not read the history.",
        "",
        "## What may be done with an agency",
        "",
    ]
    lines += table(["act", "least role", "where", "platform roles", "scope of a token"], on_agencies())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
