"""Rights at the moment of use: one function answers whether this actor may do this with this work now, and why not.

It composes the policy. What decides who knows of a work (state, audience, embargo, end of rights, releases) stays in
``policy.can`` and ``rows``, where the two are held together; licence and territory are added here, because they limit
what may be done with a work and not who may know of it (``docs/decisions/0013``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from permissions.actor import Actor
from permissions.errors import NotAllowed, NotFound
from permissions.policy import (
    INSIDER,
    ROLE_FOR,
    SCOPE_FOR,
    SEES_ALL_ONCE_PUBLISHED,
    SEES_EVERYTHING,
    AssetFacts,
    SightFacts,
    can,
    in_window,
    sees,
)
from permissions.reasons import sentence_of
from permissions.vocabulary import Action, AssetState, Audience, Reason, Use


class LicenceFacts(Protocol):
    """What a licence grants to others than the holder of the rights."""

    @property
    def code(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def allows_alteration(self) -> bool: ...
    @property
    def allows_commercial(self) -> bool: ...
    @property
    def allows_redistribution(self) -> bool: ...
    @property
    def press_only(self) -> bool: ...


class PlaceFacts(Protocol):
    @property
    def territories(self) -> Collection[str]:
        """ISO 3166-1 alpha-2 codes of where it may be used; none is everywhere."""
        ...


class LookFacts(SightFacts, PlaceFacts, Protocol):
    """What is asked of a work before it is looked at."""


class RightsFacts(AssetFacts, PlaceFacts, Protocol):
    """What is asked of a work beyond the policy's facts."""

    @property
    def licence_terms(self) -> LicenceFacts | None: ...


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Truthy when allowed; otherwise the code, JSON-serialisable data, and a sentence in the reader's language."""

    use: Use
    reason: Reason | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.reason is None

    @property
    def sentence(self) -> str:
        """Why not; empty when allowed."""
        return sentence_of(self.reason, self.data) if self.reason else ""


ACTION_FOR: dict[Use, Action] = {
    Use.VIEW: Action.VIEW,
    Use.PREVIEW: Action.VIEW,
    Use.DOWNLOAD: Action.DOWNLOAD,
    Use.DOWNLOAD_ORIGINAL: Action.DOWNLOAD_ORIGINAL,
    Use.EMBED: Action.VIEW,
    Use.REUSE: Action.DOWNLOAD,
    Use.ALTER: Action.DOWNLOAD,
    Use.REDISTRIBUTE: Action.DOWNLOAD,
    Use.COMMERCIAL: Action.DOWNLOAD,
}
HANDLING = frozenset({Use.VIEW, Use.PREVIEW, Use.DOWNLOAD, Use.DOWNLOAD_ORIGINAL})
"""Work with the stock itself: those who keep it are not bound by the terms that others get it under."""
FOR_THE_PRESS = frozenset(Use) - {Use.VIEW, Use.PREVIEW}
"""What "press use only" keeps for members of the network."""
PASSES_IT_ON = frozenset({Use.REUSE, Use.REDISTRIBUTE})


def may(actor: Actor, use: Use, asset: RightsFacts, now: datetime, *, territory: str | None = None) -> Verdict:
    """May this actor do this with this work at ``now`` (the database's clock)?

    ``territory`` is the ISO 3166-1 alpha-2 code of where the actor is; None is not known, and then a limit on
    territories is stated by the terms and not enforced. ``NOT_VISIBLE`` must look like absence.
    """
    action = ACTION_FOR[use]
    decision = can(actor, action, asset, now=now)
    if decision.reason is not None:
        return Verdict(use=use, reason=decision.reason, data=_about(decision.reason, action, asset))
    if use not in HANDLING:
        reason = _kept_in(use, asset, now)
        if reason is not None:
            return Verdict(use=use, reason=reason, data=_about(reason, action, asset))
    if use in HANDLING and is_keeper(actor, asset):
        return Verdict(use=use)
    return by_terms(actor, use, asset, territory=territory)


def may_look(actor: Actor, asset: LookFacts, now: datetime, *, territory: str | None = None) -> bool:
    """:func:`may` of ``Use.PREVIEW``, which takes less knowledge of the work than other uses: no licence limits it."""
    return sees(actor, asset, now=now) and (is_keeper(actor, asset) or admits_territory(asset, territory))


def by_terms(actor: Actor, use: Use, asset: RightsFacts, *, territory: str | None = None) -> Verdict:
    """What territory and licence alone say of it: the part of :func:`may` that holds in every state and window."""
    if use is not Use.VIEW and territory is not None and not admits_territory(asset, territory):
        data = {"territory": territory, "territories": sorted(asset.territories)}
        return Verdict(use=use, reason=Reason.TERRITORY_EXCLUDED, data=data)
    return _by_licence(actor, use, asset.licence_terms)


def require_use(verdict: Verdict) -> None:
    """Turn a refusal into ``NotAllowed`` with code, sentence and data, or into ``NotFound`` where even existence is not
    to be known."""
    if verdict.reason is Reason.NOT_VISIBLE:
        raise NotFound(verdict.sentence)
    if verdict.reason is not None:
        raise NotAllowed(verdict.sentence, code=str(verdict.reason), **verdict.data)


def is_keeper(actor: Actor, asset: SightFacts) -> bool:
    """Whether the actor sees the work in every window: the owner's people, the central desk, the auditors."""
    role = actor.role_at(asset.agency_path)
    by_platform = actor.platform_role in SEES_EVERYTHING | SEES_ALL_ONCE_PUBLISHED
    return by_platform or (role is not None and role.includes(INSIDER))


def admits_territory(asset: PlaceFacts, territory: str | None) -> bool:
    """Whether the work may be used there; a place that nobody knows is not held against anybody."""
    return territory is None or not asset.territories or territory in asset.territories


def _kept_in(use: Use, asset: AssetFacts, now: datetime) -> Reason | None:
    """Why the work may not go out to readers yet, or any more, whoever asks."""
    if asset.state != AssetState.PUBLISHED:
        return Reason.WRONG_STATE
    closed = in_window(asset, now)
    if closed is not None:
        return closed
    return Reason.AUDIENCE_LIMITED if use is Use.EMBED and asset.audience != Audience.PUBLIC else None


def _by_licence(actor: Actor, use: Use, licence: LicenceFacts | None) -> Verdict:
    """Works without a known licence carry free text at the most, which no machine can weigh: people read it."""
    if licence is None:
        return Verdict(use=use)
    reason = _forbidden(actor, use, licence)
    if reason is None:
        return Verdict(use=use)
    term = {
        Reason.PRESS_USE_ONLY: "press_only",
        Reason.ALTERATION_FORBIDDEN: "allows_alteration",
        Reason.COMMERCIAL_USE_FORBIDDEN: "allows_commercial",
        Reason.REDISTRIBUTION_FORBIDDEN: "allows_redistribution",
    }[reason]
    return Verdict(use=use, reason=reason, data={"licence": licence.code, "licence_url": licence.url, "term": term})


def _forbidden(actor: Actor, use: Use, licence: LicenceFacts) -> Reason | None:
    press = actor.is_network_member
    if licence.press_only and use in FOR_THE_PRESS and not press:
        return Reason.PRESS_USE_ONLY
    if use is Use.ALTER and not licence.allows_alteration:
        return Reason.ALTERATION_FORBIDDEN
    if use is Use.COMMERCIAL and not licence.allows_commercial:
        return Reason.COMMERCIAL_USE_FORBIDDEN
    lets_the_press = licence.press_only and use is Use.REUSE
    if use in PASSES_IT_ON and not licence.allows_redistribution and not lets_the_press:
        return Reason.REDISTRIBUTION_FORBIDDEN
    return None


def _about(reason: Reason, action: Action, asset: AssetFacts) -> dict[str, Any]:
    """What a program needs to know besides the code; nothing of a work that may not be known."""
    facts: dict[Reason, dict[str, Any]] = {
        Reason.UNDER_EMBARGO: {"embargo_until": _iso(asset.embargo_until)},
        Reason.RIGHTS_ENDED: {"rights_end": _iso(asset.rights_end)},
        Reason.RELEASE_ENDED: {"consent_ends": _iso(asset.consent_ends)},
        Reason.RELEASE_MISSING: {"audience": str(asset.audience)},
        Reason.AUDIENCE_LIMITED: {"audience": str(asset.audience)},
        Reason.WRONG_STATE: {"state": str(asset.state)},
        Reason.SCOPE_MISSING: {"scope": str(SCOPE_FOR[action])},
        Reason.ROLE_TOO_LOW: {"role": str(ROLE_FOR[action])} if action in ROLE_FOR else {},
    }
    return facts.get(reason, {})


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
