"""What an agency asks of others before they download its works: that they accept its terms, that they say what for.

Both are settings that agencies leave to those above them (``permissions.inherited``); the terms are those of the
nearest agency, itself first, that wrote some. Who has a role in the agency or above is not asked: they give the works
out, and may change the settings. Auditors are not: they look, and use nothing. Everybody else is, the central desk too,
which publishes what it takes. Strangers are told of the terms and held to nothing (``docs/decisions/0043``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from permissions.actor import Actor
from permissions.inherited import inherited
from permissions.models import Agency, AgencyTerms, TermsAcceptance
from permissions.tree import steps_of
from permissions.vocabulary import PlatformRole


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What is asked of one actor for the works of one agency, whose code is ``agency``.

    ``terms`` None: there are none to accept. ``accepted``: this version, by the actor or on behalf of their agency.
    ``binding`` is false for strangers, who are only told of the terms. ``statement``: each download says what for.
    """

    agency: str = ""
    terms: AgencyTerms | None = None
    accepted: bool = False
    binding: bool = True
    statement: bool = False

    @property
    def owes_terms(self) -> bool:
        return self.terms is not None and self.binding and not self.accepted

    @property
    def lets_take(self) -> bool:
        """Whether a download needs nothing further."""
        return not self.owes_terms and not self.statement


NOTHING_ASKED: Final = Conditions()


def is_asked(actor: Actor, path: str) -> bool:
    """Whether the agency with this path asks anything of this actor, if it asks at all."""
    return actor.role_at(path) is None and actor.platform_role is not PlatformRole.AUDITOR


def conditions_of(actor: Actor, path: str) -> Conditions:
    """Of one agency; see :func:`conditions_for`."""
    return conditions_for(actor, [path])[path]


def conditions_for(actor: Actor, paths: Iterable[str]) -> dict[str, Conditions]:
    """What the agencies with these paths ask of the actor, by path: one query where nobody asks, three at the most."""
    wanted = set(paths)
    found = dict.fromkeys(wanted, NOTHING_ASKED)
    asked = {path for path in wanted if is_asked(actor, path)}
    if not asked:
        return found
    on_the_way = {step for path in asked for step in steps_of(path)}
    rows: dict[str, Mapping[str, Any]] = {
        row["path"]: row
        for row in Agency.objects.filter(pk__in=on_the_way).values("path", "code", "asks_terms", "asks_statement")
    }
    wanting = {path for path in asked if _nearest(rows, path, "asks_terms")}
    terms = _terms_for(wanting)
    accepted = _accepted(actor, {each.pk for each in terms.values()})
    for path in asked:
        of = terms.get(path)
        statement = bool(_nearest(rows, path, "asks_statement")) and not actor.is_anonymous
        if of is not None or statement:
            found[path] = Conditions(
                agency=rows[path]["code"],
                terms=of,
                accepted=of is not None and of.pk in accepted,
                binding=not actor.is_anonymous,
                statement=statement,
            )
    return found


def terms_above(path: str) -> AgencyTerms | None:
    """The newest terms of the agency with this path, or of the nearest one above that wrote some."""
    return _terms_for({path}).get(path)


def acceptance_of(actor: Actor, terms: AgencyTerms) -> TermsAcceptance | None:
    """The actor's own, or the one on behalf of the agency that a program acts for."""
    return TermsAcceptance.objects.filter(by_whom(actor), terms=terms).first()


def by_whom(actor: Actor) -> Q:
    """The acceptances that count for this actor."""
    if actor.user_id is not None:
        return Q(user=actor.user_id)
    return Q(agency=actor.agency_id) if actor.agency_id is not None else Q(pk__in=[])


def asks_terms_of(path: str) -> bool:
    """Whether terms are to be accepted for works of the agency with this path."""
    return bool(inherited(path, "asks_terms"))


def asks_statement_of(path: str) -> bool:
    """Whether downloads of works of the agency with this path take a statement."""
    return bool(inherited(path, "asks_statement"))


def _nearest(rows: Mapping[str, Mapping[str, Any]], path: str, field: str) -> bool | None:
    """What the agency, or the nearest one above that says it, has in ``field``."""
    for step in _upwards(path):
        said: bool | None = rows[step][field] if step in rows else None
        if said is not None:
            return said
    return None


def _upwards(path: str) -> list[str]:
    """The paths of the agency and of those above it, itself first."""
    steps = steps_of(path)
    return ["".join(f"{step}/" for step in steps[: depth + 1]) for depth in reversed(range(len(steps)))]


def _terms_for(paths: set[str]) -> dict[str, AgencyTerms]:
    if not paths:
        return {}
    agencies = {UUID(step) for path in paths for step in steps_of(path)}
    newest = AgencyTerms.objects.filter(agency__in=agencies).order_by("agency_id", "-version").distinct("agency_id")
    by_path = {each.agency.path: each for each in newest.select_related("agency")}
    found = {path: next((by_path[step] for step in _upwards(path) if step in by_path), None) for path in paths}
    return {path: terms for path, terms in found.items() if terms is not None}


def _accepted(actor: Actor, terms: set[UUID]) -> set[UUID]:
    if not terms or actor.is_anonymous:
        return set()
    rows = TermsAcceptance.objects.filter(by_whom(actor), terms__in=terms)
    return set(rows.values_list("terms_id", flat=True))
