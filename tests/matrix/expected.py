"""Who may do what, written down a second time: the specification that the access matrix compares the product with.

It asks nothing of ``permissions/``: every line comes from the documented rules (``docs/api.md``, ``docs/errors.md``,
``docs/decisions``), so that a mistake in the policy is not repeated here. ``docs/access.md`` is printed from it.
"""

from dataclasses import dataclass, field

ROLES = ("viewer", "contributor", "editor", "agency_admin")
PLATFORM_ROLES = ("central_editor", "operator", "auditor")
SCOPES = (
    "assets:read",
    "assets:write",
    "assets:publish",
    "uploads:write",
    "originals:read",
    "agencies:manage",
    "audit:read",
)
STATES = (
    "draft",
    "in_review",
    "changes_requested",
    "approved",
    "scheduled",
    "published",
    "withdrawn",
    "archived",
)
AUDIENCES = ("agency", "shared", "network", "public")
WINDOWS = ("open", "under_embargo", "rights_ended", "release_missing", "release_ended")

PARENT_OF = {
    "grandparent": "",
    "parent": "grandparent",
    "own": "parent",
    "child": "own",
    "sibling": "parent",
    "far": "",
}
"""The agencies of the world, seen from the one that has the things: a root with a tree below it, and another root."""

REVIEWING = "child"
"""The only one that asks for a review."""


def covers(above: str, below: str) -> bool:
    """A role in ``above`` holds in ``below`` too."""
    return bool(below) and (above == below or covers(above, PARENT_OF[below]))


@dataclass(frozen=True, kw_only=True)
class Who:
    """``scopes`` None is a browser session; ``is_person`` is false for the token of an agency alone."""

    name: str
    place: str = ""
    role: str = ""
    platform: str = ""
    scopes: frozenset[str] | None = None
    suspended: bool = False
    anonymous: bool = False
    is_person: bool = True

    def has(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes

    @property
    def of_network(self) -> bool:
        return bool(self.platform) or bool(self.role and not self.suspended)

    def role_in(self, place: str) -> str:
        return self.role if self.role and not self.suspended and covers(self.place, place) else ""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An asset of the agency ``own``. ``file``: ready, received, processing, rejected, or none for an article."""

    name: str
    state: str = "published"
    audience: str = "agency"
    window: str = "open"
    shared_with: frozenset[str] = frozenset()
    file: str = "ready"
    steps: int = 0
    makers: frozenset[str] = frozenset()
    approvers: frozenset[str] = frozenset()
    press_only: bool = False
    lies: str = ""
    """``trash``, or ``purging`` once it is decided that it goes for good."""
    held: str = ""
    """Who placed a legal hold: ``agency`` or ``platform``."""
    correction_by: frozenset[str] = frozenset()
    """Who made the correction, the hidden version 2, that waits for its confirmation."""
    release_asked: bool = False
    """A release is needed and was not given, which within the agency's own audience closes nothing."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """The rule of one act: the scope a token needs, the least role in the owning agency or above, platform roles that
    may as well, and in which states."""

    said: str
    scope: str
    role: str = ""
    platform: tuple[str, ...] = ()
    states: tuple[str, ...] = STATES
    contributor_states: tuple[str, ...] | None = None
    notes: str = ""


WORK = ("draft", "in_review", "changes_requested", "approved", "scheduled")
DELETABLE = ("draft", "changes_requested", "withdrawn", "archived")
"""What is neither shown nor under review."""
ACTS: dict[str, Act] = {
    "view": Act(said="See it, in lists, by search, in full", scope="assets:read"),
    "download": Act(said="Download a rendition", scope="assets:read"),
    "download_original": Act(
        said="Download the original, read its facts and releases",
        scope="originals:read",
        role="contributor",
        platform=("central_editor", "auditor"),
    ),
    "follow": Act(said="Read comments and history", scope="assets:read", role="contributor", platform=("auditor",)),
    "see_uses": Act(
        said="Read who used it, where and how often",
        scope="assets:read",
        role="contributor",
        platform=("central_editor", "auditor"),
    ),
    "report": Act(
        said="Report where one's agency published it",
        scope="assets:read",
        role="member",
        notes="people and programs of any agency, not of the platform alone",
    ),
    "comment": Act(said="Comment", scope="assets:write", role="contributor"),
    "edit": Act(
        said="Change texts, credits, rights, audience, releases, data",
        scope="assets:write",
        role="contributor",
        platform=("central_editor",),
        states=(*WORK, "published"),
        contributor_states=("draft", "changes_requested"),
        notes="a contributor only drafts and what was sent back; "
        "where work is reviewed, what is out gets no wider audience",
    ),
    "submit": Act(
        said="Submit for review", scope="assets:write", role="contributor", states=("draft", "changes_requested")
    ),
    "assign": Act(said="Assign", scope="assets:write", role="editor", states=WORK),
    "request_changes": Act(said="Send back", scope="assets:publish", role="editor", states=("in_review", "approved")),
    "approve": Act(
        said="Approve",
        scope="assets:publish",
        role="editor",
        states=("in_review",),
        notes="a person, never one's own work, never twice",
    ),
    "schedule": Act(
        said="Schedule",
        scope="assets:publish",
        role="editor",
        states=("draft", "approved", "scheduled"),
        notes="a draft only where the agency asks for no review",
    ),
    "cancel_schedule": Act(said="Cancel a schedule", scope="assets:publish", role="editor", states=("scheduled",)),
    "publish": Act(
        said="Publish",
        scope="assets:publish",
        role="editor",
        states=("draft", "approved", "scheduled"),
        notes="a draft only where the agency asks for no review",
    ),
    "withdraw": Act(
        said="Withdraw",
        scope="assets:publish",
        role="editor",
        platform=("central_editor",),
        states=("published",),
    ),
    "archive": Act(
        said="Archive",
        scope="assets:publish",
        role="editor",
        states=("draft", "changes_requested", "published", "withdrawn"),
    ),
    "restore": Act(said="Restore as a draft", scope="assets:publish", role="editor", states=("withdrawn", "archived")),
    "nominate": Act(said="Nominate to the central desk", scope="assets:publish", role="editor", states=("published",)),
    "confirm": Act(
        said="Confirm or decline a correction",
        scope="assets:publish",
        role="editor",
        states=(*WORK, "published"),
        notes="where the agency asks for reviews, a person who did not make it",
    ),
    "delete": Act(
        said="Put into the trash",
        scope="assets:write",
        role="contributor",
        states=DELETABLE,
        contributor_states=("draft", "changes_requested"),
        notes="never under a legal hold; a contributor only their own; what is in use, an administrator",
    ),
    "undelete": Act(
        said="Take out of the trash",
        scope="assets:write",
        role="contributor",
        states=DELETABLE,
        contributor_states=("draft", "changes_requested"),
        notes="a contributor only their own",
    ),
    "hold": Act(
        said="Place a legal hold",
        scope="agencies:manage",
        role="agency_admin",
        platform=("auditor",),
        notes="in the trash too",
    ),
    "lift_hold": Act(
        said="Lift a legal hold",
        scope="agencies:manage",
        role="agency_admin",
        platform=("auditor",),
        notes="in the trash too; that of an auditor, auditors alone",
    ),
}
OF_ONES_OWN = ("delete", "undelete")
"""What a contributor does with their own works only."""
IN_TRASH = ("undelete", "hold", "lift_hold")
"""All that can be done with what lies in the trash."""
FILE_MUST_BE_READY = ("publish", "schedule", "approve")
OK, ABSENT = "ok", "absent"


def at_least(role: str, least: str) -> bool:
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)


def sees(who: Who, thing: Thing) -> bool:  # noqa: PLR0911  one line a rule
    """Insiders see every state; auditors everything; the central desk what was published; others what is published,
    while no embargo, end of rights or missing release is in the way, and its audience reaches them."""
    if not who.has("assets:read") or thing.lies:
        return False
    role = who.role_in("own")
    if at_least(role, "contributor") or who.platform == "auditor":
        return True
    if who.platform == "central_editor" and thing.state in ("published", "withdrawn"):
        return True
    if thing.state != "published" or thing.window != "open":
        return False
    if role or thing.audience == "public":
        return True
    if thing.audience == "network":
        return who.of_network
    named = thing.audience == "shared" and who.of_network
    return named and any(who.place and covers(who.place, place) for place in thing.shared_with)


def sees_in_trash(who: Who, thing: Thing) -> bool:
    """Editors find all that their agencies deleted, a contributor what they made, auditors everything; nobody what is
    being purged."""
    if thing.lies != "trash" or not who.has("assets:read"):
        return False
    role = who.role_in("own")
    made_it = at_least(role, "contributor") and who.name in thing.makers
    return at_least(role, "editor") or made_it or who.platform == "auditor"


def outcome(who: Who, act: str, thing: Thing) -> str:
    """``ok``, ``absent``, or the reason why not."""
    if not (sees_in_trash(who, thing) if thing.lies and act in IN_TRASH else sees(who, thing)):
        return ABSENT
    rule = ACTS[act]
    if not who.has(rule.scope):
        return "scope_missing"
    refusal = _by_role(who, act, thing) or _by_keeping(who, act, thing)
    return refusal or _by_review(who, act, thing) or _by_file(who, act, thing) or OK


def _by_keeping(who: Who, act: str, thing: Thing) -> str:
    """What is held is kept; what an auditor holds, only an auditor lets go."""
    if act == "delete" and thing.held:
        return "legal_hold"
    if act == "lift_hold" and thing.held == "platform" and who.platform != "auditor":
        return "role_too_low"
    possible = {"undelete": bool(thing.lies), "hold": not thing.held, "lift_hold": bool(thing.held)}
    return "" if possible.get(act, True) else "wrong_state"


def forced_outcome(who: Who, thing: Thing) -> str:
    """To delete what is still in use is for an administrator of the agency, or above."""
    found = outcome(who, "delete", thing)
    return "role_too_low" if found == OK and who.role_in("own") != "agency_admin" else found


def correction_outcome(who: Who, act: str, thing: Thing) -> str:
    """``confirm`` or ``decline`` a correction that waits: its maker, still of the agency and with the right to write,
    takes it back, others decide on it; where the agency asks for reviews, a person who did not make it confirms."""
    of_agency = at_least(who.role_in("own"), "contributor") or who.platform == "central_editor"
    takes_back = who.name in thing.correction_by and of_agency and who.has("assets:write")
    if act == "decline" and sees(who, thing) and takes_back:
        return OK
    found = outcome(who, "confirm", thing)
    if found != OK or act == "decline" or not thing.steps:
        return found
    if not who.is_person:
        return "person_needed"
    return "own_work" if who.name in thing.correction_by else OK


def sees_version(who: Who, thing: Thing, *, hidden: bool) -> bool:
    """Hidden versions are for those who follow the work on it."""
    return sees(who, thing) and (not hidden or outcome(who, "follow", thing) == OK)


@dataclass(frozen=True, kw_only=True)
class Grave:
    """A work of ``own`` that was purged; ``was_shown``: it had been published for ``audience``."""

    name: str
    was_shown: bool
    audience: str = "agency"
    state: str = "archived"
    shared_with: frozenset[str] = frozenset()


def grave_outcome(who: Who, grave: Grave) -> str:
    """``asset_purged`` for those who could have known the work, as if it were there still; else ``absent``."""
    state = "published" if grave.was_shown else grave.state
    shown = Thing(name=grave.name, state=state, audience=grave.audience, shared_with=grave.shared_with)
    as_it_was = Thing(name=grave.name, state=grave.state, audience=grave.audience)
    return "asset_purged" if sees(who, shown) or sees(who, as_it_was) else ABSENT


def _by_role(who: Who, act: str, thing: Thing) -> str:
    rule = ACTS[act]
    if not rule.role:
        return ""
    if who.anonymous:
        return "not_signed_in"
    if rule.role == "member":
        return "" if who.role and not who.suspended else "role_too_low"
    role = who.role_in("own")
    by_platform = who.platform in rule.platform
    if not by_platform and not at_least(role, rule.role):
        return "role_too_low"
    narrow = role == "contributor" and not by_platform and rule.contributor_states is not None
    if narrow and act in OF_ONES_OWN and who.name not in thing.makers:
        return "role_too_low"
    states = rule.contributor_states if narrow else rule.states
    return "" if thing.state in (states or ()) else "wrong_state"


def _by_review(who: Who, act: str, thing: Thing) -> str:
    if act in ("publish", "schedule") and thing.steps > (0 if thing.state == "draft" else len(thing.approvers)):
        return "review_needed"
    if act != "approve":
        return ""
    if not who.is_person:
        return "person_needed"
    if who.name in thing.makers:
        return "own_work"
    return "already_approved" if who.name in thing.approvers else ""


def _by_file(who: Who, act: str, thing: Thing) -> str:
    if thing.file == "rejected" and act in (*FILE_MUST_BE_READY, "submit"):
        return "not_processed"
    if act in FILE_MUST_BE_READY and thing.file in ("received", "processing"):
        return "not_verified" if thing.file == "received" else "not_processed"
    if act == "publish" and thing.window in ("release_missing", "release_ended"):
        return thing.window
    keeper = at_least(who.role_in("own"), "contributor") or who.platform in ("auditor", "central_editor")
    limited = thing.press_only and act in ("download", "download_original") and not keeper and not who.of_network
    return "press_use_only" if limited else ""


@dataclass(frozen=True, kw_only=True)
class AgencyAct:
    """The rule of one act on an agency: the least role there or above (``member``: any in the network)."""

    said: str
    scope: str
    role: str
    platform: tuple[str, ...] = ()
    above: bool = False
    """The role must be held above the agency."""
    scope_too: str = ""
    """A second scope that a token needs."""


AGENCY_ACTS: dict[str, AgencyAct] = {
    "know": AgencyAct(
        said="See name and place of an agency", scope="assets:read", role="member", platform=PLATFORM_ROLES
    ),
    "upload": AgencyAct(said="Upload, begin collections", scope="uploads:write", role="contributor"),
    "write": AgencyAct(said="Begin an article", scope="uploads:write", role="contributor", scope_too="assets:read"),
    "manage": AgencyAct(
        said="Change settings, people, invitations, tokens, licences; add agencies below",
        scope="agencies:manage",
        role="agency_admin",
        platform=("operator",),
    ),
    "quota": AgencyAct(
        said="Set the quota", scope="agencies:manage", role="agency_admin", platform=("operator",), above=True
    ),
    "loosen": AgencyAct(
        said="Ask for fewer reviews than now",
        scope="agencies:manage",
        role="agency_admin",
        platform=("operator",),
        above=True,
    ),
    "record": AgencyAct(
        said="Read the record of its things",
        scope="audit:read",
        role="agency_admin",
        platform=("operator", "auditor"),
    ),
    "uses": AgencyAct(
        said="Read how its works, and works of others by it, were used",
        scope="assets:read",
        role="contributor",
        platform=("central_editor", "auditor"),
    ),
    "uproot": AgencyAct(
        said="Move it to the top, merge it into another tree", scope="agencies:manage", role="", platform=("operator",)
    ),
}


def knows_agency(who: Who, place: str) -> bool:
    """Members of the network know all agencies; a token that may only upload or manage knows its own."""
    if who.anonymous or not who.of_network:
        return False
    return who.has("assets:read") or bool(who.role_in(place))


def agency_outcome(who: Who, act: str, place: str) -> str:  # noqa: PLR0911  one line a rule
    """``ok``, ``absent``, or the reason why not, for the agency at ``place``."""
    if who.anonymous:
        return "not_signed_in"
    if not knows_agency(who, place):
        return ABSENT
    if act == "usage":  # who fills it, and who administers it
        return OK if agency_outcome(who, "upload", place) == OK else agency_outcome(who, "manage", place)
    if act == "merge":  # into ``far``, which the asker must know of
        return agency_outcome(who, "uproot", place) if knows_agency(who, "far") else "invalid"
    if act == "loosen" and place != REVIEWING:  # it asks for none: nothing is loosened
        return agency_outcome(who, "manage", place)
    rule = AGENCY_ACTS[act]
    if rule.role == "member":
        return OK
    if not who.has(rule.scope):
        return "scope_missing"
    if who.platform in rule.platform:
        return OK
    role = who.role_in(PARENT_OF[place] if rule.above else place)
    if not rule.role or not at_least(role, rule.role):
        return "role_too_low"
    return OK if not rule.scope_too or who.has(rule.scope_too) else "scope_missing"


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A collection of the agency ``own``: it has an audience and no state."""

    name: str
    audience: str
    shared_with: frozenset[str] = field(default_factory=frozenset)


def sees_shelf(who: Who, shelf: Shelf) -> bool:
    if not who.has("assets:read"):
        return False
    if who.platform == "auditor" or who.role_in("own") or shelf.audience == "public":
        return True
    if shelf.audience == "network":
        return who.of_network
    named = shelf.audience == "shared" and who.of_network
    return named and any(who.place and covers(who.place, place) for place in shelf.shared_with)


def shelf_outcome(who: Who, act: str, shelf: Shelf) -> str:  # noqa: PLR0911  one line a rule
    """``act`` is ``see`` or ``change``: a contributor fills what only the agency sees, an editor what others see."""
    if not sees_shelf(who, shelf):
        return ABSENT
    if act == "see":
        return OK
    if who.anonymous:
        return "not_signed_in"
    others_see = shelf.audience != "agency"
    if not who.has("uploads:write"):
        return "scope_missing"
    if not at_least(who.role_in("own"), "contributor"):
        return "role_too_low"
    if others_see and not who.has("assets:publish"):
        return "scope_missing"
    return OK if not others_see or at_least(who.role_in("own"), "editor") else "role_too_low"


def sees_nomination(who: Who, thing: Thing) -> bool:
    """The desk and the auditors see all, an agency's people their own; with an asset that they see."""
    inside = at_least(who.role_in("own"), "contributor") or who.platform in ("auditor", "central_editor")
    return inside and sees(who, thing)


def desk_outcome(who: Who, thing: Thing) -> str:
    """Deciding on a nomination is the central desk's."""
    if who.anonymous:
        return "not_signed_in"
    if not sees_nomination(who, thing):
        return ABSENT
    if not who.has("assets:publish"):
        return "scope_missing"
    return OK if who.platform == "central_editor" else "role_too_low"


def platform_outcome(who: Who, act: str) -> str:  # noqa: PLR0911  one line a rule
    """Acts that are about no agency: ``operate`` (shut people out), ``record``, ``token`` (make one for oneself)."""
    if act == "anybody":
        return OK
    if who.anonymous:
        return "not_signed_in"
    if act == "record":
        return reads_record(who)
    if act == "token":
        if not who.is_person:
            return "not_signed_in"
        return OK if who.scopes is None or {"agencies:manage", "assets:read"} <= who.scopes else "scope_missing"
    if who.platform != "operator":
        return "role_too_low"
    return OK if who.has("agencies:manage") else "scope_missing"


def reads_record(who: Who) -> str:
    """Whether somebody may open the record at all."""
    if who.anonymous:
        return "not_signed_in"
    if not who.has("audit:read"):
        return "scope_missing"
    administers = who.role == "agency_admin" and not who.suspended
    return OK if administers or who.platform in ("operator", "auditor") else "role_too_low"
