"""``may`` against an oracle that was written from the rules and not from the code: every combination there is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from django.utils import translation

from permissions.actor import ANONYMOUS, Actor, Grant
from permissions.errors import NotAllowed, NotFound
from permissions.policy import can, sees
from permissions.reasons import SENTENCES
from permissions.rights import may, may_look, require_use
from permissions.vocabulary import Action, AssetState, Audience, PlatformRole, Reason, Role, Scope, Use

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME, NAMED, ELSEWHERE = "a/b/", "n/", "x/"


@dataclass(frozen=True, kw_only=True)
class Terms:
    code: str = "terms"
    url: str = "https://example.vn/terms"
    allows_alteration: bool = True
    allows_commercial: bool = True
    allows_redistribution: bool = True
    press_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Work:
    agency_path: str = HOME
    state: str = AssetState.PUBLISHED
    audience: str = Audience.PUBLIC
    embargo_until: datetime | None = None
    rights_end: datetime | None = None
    release_required: bool = False
    has_release: bool = False
    consent_ends: datetime | None = None
    shared_paths: tuple[str, ...] = (NAMED,)
    is_rejected: bool = False
    in_trash: bool = False
    is_purging: bool = False
    is_held: bool = False
    held_by_platform: bool = False
    is_verified: bool = True
    is_processed: bool = True
    licence_terms: Terms | None = None
    territories: tuple[str, ...] = ()


def person(path: str, role: Role) -> Actor:
    return Actor(user_id=UUID(int=1), grants=(Grant(agency_id=UUID(int=2), path=path, role=role),))


@dataclass(frozen=True, kw_only=True)
class Relation:
    """An actor, and what the oracle knows of them."""

    actor: Actor
    role: str = ""
    platform: str = ""
    named: bool = False
    network: bool = True
    signed_in: bool = True


RELATIONS = {
    "anonymous": Relation(actor=ANONYMOUS, network=False, signed_in=False),
    "nobody": Relation(actor=Actor(user_id=UUID(int=1)), network=False),
    "stranger": Relation(actor=person(ELSEWHERE, Role.AGENCY_ADMIN)),
    "named": Relation(actor=person(NAMED, Role.VIEWER), named=True),
    "viewer": Relation(actor=person(HOME, Role.VIEWER), role="viewer"),
    "contributor": Relation(actor=person(HOME, Role.CONTRIBUTOR), role="contributor"),
    "editor above": Relation(actor=person("a/", Role.EDITOR), role="editor"),
    "central editor": Relation(
        actor=Actor(user_id=UUID(int=1), platform_role=PlatformRole.CENTRAL_EDITOR), platform="central_editor"
    ),
    "auditor": Relation(actor=Actor(user_id=UUID(int=1), platform_role=PlatformRole.AUDITOR), platform="auditor"),
    "operator": Relation(actor=Actor(user_id=UUID(int=1), platform_role=PlatformRole.OPERATOR), platform="operator"),
}
EMBARGOES = {"over": NOW, "running": NOW + HOUR}
ENDS = {"": None, "over": NOW}
LICENCES: dict[str, Terms | None] = {
    "": None,
    "free": Terms(),
    "no alteration": Terms(allows_alteration=False),
    "no commerce": Terms(allows_commercial=False),
    "not passed on": Terms(allows_redistribution=False),
    "press": Terms(press_only=True, allows_commercial=False, allows_redistribution=False),
}
RELEASES: dict[str, dict[str, object]] = {
    "not needed": {},
    "missing": {"release_required": True},
    "holding": {"release_required": True, "has_release": True, "consent_ends": NOW + HOUR},
    "ended": {"has_release": True, "consent_ends": NOW},
}
SCOPES: dict[str, frozenset[Scope] | None] = {
    "session": None,
    "without originals": frozenset(Scope) - {Scope.ORIGINALS},
    "blind": frozenset(Scope) - {Scope.READ},
}
GOES_OUT = {"embed", "reuse", "alter", "redistribute", "commercial"}


@dataclass(frozen=True, kw_only=True)
class Named:
    """One combination by the names of its parts."""

    state: str
    audience: str
    embargo: str
    ends: str
    licence: str
    release: str
    scope: str


def oracle(use: str, who: Relation, at: Named) -> str | None:
    """The reason, or None for yes."""
    return _hidden(who, at) or _not_the_original(use, who, at) or _kept_in(use, at) or _terms(use, who, at)


def _hidden(who: Relation, at: Named) -> str | None:
    insider = who.role in {"contributor", "editor"}
    if at.scope == "blind":
        return "not_visible"
    if insider or who.platform == "auditor":
        return None
    if who.platform == "central_editor" and at.state in {"published", "withdrawn"}:
        return None
    shut = at.embargo == "running" or at.ends == "over" or at.release == "ended"
    shut = shut or (at.release == "missing" and at.audience != "agency")
    invited = {
        "public": True,
        "network": who.network or bool(who.role),
        "shared": who.named or bool(who.role),
        "agency": bool(who.role),
    }[at.audience]
    return None if at.state == "published" and not shut and invited else "not_visible"


def _not_the_original(use: str, who: Relation, at: Named) -> str | None:
    if use != "download_original":
        return None
    if at.scope == "without originals":
        return "scope_missing"
    if not who.signed_in:
        return "not_signed_in"
    trusted = who.role in {"contributor", "editor"} or who.platform in {"central_editor", "auditor"}
    return None if trusted else "role_too_low"


def _kept_in(use: str, at: Named) -> str | None:
    if use not in GOES_OUT:
        return None
    reasons = [
        (at.state != "published", "wrong_state"),
        (at.embargo == "running", "under_embargo"),
        (at.ends == "over", "rights_ended"),
        (at.release == "ended", "release_ended"),
        (at.release == "missing" and at.audience != "agency", "release_missing"),
        (use == "embed" and at.audience != "public", "audience_limited"),
    ]
    return next((reason for holds, reason in reasons if holds), None)


def _terms(use: str, who: Relation, at: Named) -> str | None:
    keeps = who.role in {"contributor", "editor"} or who.platform in {"central_editor", "auditor"}
    if use in {"view", "preview"} or (use not in GOES_OUT and keeps):
        return None
    if at.licence == "press" and not who.network:
        return "press_use_only"
    forbidden = {
        "no alteration": {"alter": "alteration_forbidden"},
        "no commerce": {"commercial": "commercial_use_forbidden"},
        "not passed on": {"reuse": "redistribution_forbidden", "redistribute": "redistribution_forbidden"},
        "press": {"commercial": "commercial_use_forbidden", "redistribute": "redistribution_forbidden"},
    }
    return forbidden.get(at.licence, {}).get(use)


def combinations() -> Iterator[tuple[Named, Work]]:
    names = product(AssetState, Audience, EMBARGOES, ENDS, LICENCES, RELEASES, SCOPES)
    for state, audience, embargo, ends, licence, release, scope in names:
        named = Named(
            state=state.value,
            audience=audience.value,
            embargo=embargo,
            ends=ends,
            licence=licence,
            release=release,
            scope=scope,
        )
        yield (
            named,
            Work(
                state=state,
                audience=audience,
                embargo_until=EMBARGOES[embargo],
                rights_end=ENDS[ends],
                licence_terms=LICENCES[licence],
                **RELEASES[release],  # type: ignore[arg-type]
            ),
        )


ALL = list(combinations())


@pytest.mark.parametrize("who", RELATIONS)
def test_every_use_in_every_combination_is_as_the_rules_say(who: str) -> None:
    relation = RELATIONS[who]
    by_scope = {name: replace(relation.actor, scopes=scopes) for name, scopes in SCOPES.items()}
    seen = set()
    for named, work in ALL:
        for use in Use:
            found = may(by_scope[named.scope], use, work, NOW).reason
            expected = oracle(use.value, relation, named)
            if found != expected:
                pytest.fail(f"{who} {use}: {found} instead of {expected} for {named}")
            seen.add(found)
    assert None in seen or who == "operator"
    assert Reason.NOT_VISIBLE in seen


@pytest.mark.parametrize("who", RELATIONS)
@pytest.mark.parametrize("territories", [(), ("VN",)])
def test_who_sees_and_who_may_look_is_told_the_same_with_less_knowledge_of_the_work(
    who: str, territories: tuple[str, ...]
) -> None:
    """Lists fetch no more than that of their works (``assets/lists/listed.py``)."""
    relation, looked = RELATIONS[who], set()
    for named, work in ALL:
        actor, placed = replace(relation.actor, scopes=SCOPES[named.scope]), replace(work, territories=territories)
        for thrown in (placed, replace(placed, in_trash=True)):
            assert sees(actor, thrown, now=NOW) == bool(can(actor, Action.VIEW, thrown, now=NOW)), named
            for territory in (None, "VN", "US"):
                found = may_look(actor, thrown, NOW, territory=territory)
                assert found == bool(may(actor, Use.PREVIEW, thrown, NOW, territory=territory)), (named, territory)
                looked.add(found)
    assert looked == {True, False} or who == "operator"


HANDLED = {Use.VIEW, Use.PREVIEW, Use.DOWNLOAD, Use.DOWNLOAD_ORIGINAL}


@pytest.mark.parametrize("who", ["anonymous", "stranger", "viewer", "contributor", "central editor"])
@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize(
    ("territories", "where", "held"),
    [((), "US", False), (("VN",), "VN", False), (("VN",), None, False), (("VN",), "US", True)],
)
def test_a_territory_binds_where_it_is_known_and_not_those_who_keep_the_work(
    who: str, use: Use, territories: tuple[str, ...], where: str | None, held: bool
) -> None:
    work = Work(territories=territories)
    without = may(RELATIONS[who].actor, use, Work(), NOW)
    keeps = who in {"contributor", "central editor"} and use in HANDLED
    expected = without.reason
    if held and without and use is not Use.VIEW and not keeps:
        expected = Reason.TERRITORY_EXCLUDED
    verdict = may(RELATIONS[who].actor, use, work, NOW, territory=where)
    assert verdict.reason == expected
    if expected is Reason.TERRITORY_EXCLUDED:
        assert verdict.data == {"territory": "US", "territories": ["VN"]}


@pytest.mark.parametrize(
    ("work", "use", "data"),
    [
        (Work(embargo_until=NOW + HOUR), Use.EMBED, {"embargo_until": "2026-11-21T09:00:00+00:00"}),
        (Work(rights_end=NOW - HOUR), Use.REUSE, {"rights_end": "2026-11-21T07:00:00+00:00"}),
        (Work(has_release=True, consent_ends=NOW), Use.ALTER, {"consent_ends": "2026-11-21T08:00:00+00:00"}),
        (Work(release_required=True), Use.EMBED, {"audience": "public"}),
        (Work(audience=Audience.NETWORK), Use.EMBED, {"audience": "network"}),
        (Work(state=AssetState.DRAFT), Use.EMBED, {"state": "draft"}),
        (
            Work(licence_terms=Terms(allows_alteration=False)),
            Use.ALTER,
            {"licence": "terms", "licence_url": "https://example.vn/terms", "term": "allows_alteration"},
        ),
    ],
)
def test_a_refusal_says_what_a_program_needs_and_a_sentence(work: Work, use: Use, data: dict[str, str]) -> None:
    verdict = may(RELATIONS["contributor"].actor, use, work, NOW)
    assert not verdict
    assert verdict.data == data
    assert verdict.sentence


def test_the_sentence_names_the_moment_in_the_reader_s_form() -> None:
    verdict = may(RELATIONS["contributor"].actor, Use.EMBED, Work(embargo_until=NOW + HOUR), NOW)
    with translation.override("vi"):
        assert "21/11/2026" in verdict.sentence
        assert "16:00" in verdict.sentence  # Asia/Ho_Chi_Minh


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_a_refused_use_is_an_error_with_the_same_code_and_data_and_a_hidden_work_is_absent() -> None:
    with pytest.raises(NotAllowed) as refused:
        require_use(may(ANONYMOUS, Use.DOWNLOAD, Work(licence_terms=LICENCES["press"]), NOW))
    assert refused.value.reason == "press_use_only"
    assert refused.value.data["term"] == "press_only"
    with pytest.raises(NotFound):
        require_use(may(ANONYMOUS, Use.VIEW, Work(audience=Audience.AGENCY), NOW))
    require_use(may(ANONYMOUS, Use.DOWNLOAD, Work(), NOW))
