"""What the retention policies of the agencies say goes at the next run, by the database's clock.

Three rules, each a number of days on an agency that holds for everything below it until an agency there says another
one; 0 is never. Where nobody says anything nothing goes. Nothing is purged by a policy: it is put into the trash, or
archived, and what is held, shown by a published article or the document of a release stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from assets.models import ArticleReference, Asset, AssetQuerySet, Release
from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import CONTRIBUTOR_EDITS
from permissions.rows import KEPT, below
from permissions.tree import steps_of
from permissions.vocabulary import AssetState

MOST_POLICIES: Final = 200
"""Rules that a preview looks at, if it is not told another number."""


class Rule(StrEnum):
    """The agency's field that says after how many days."""

    DRAFTS = "retention_draft_days"
    PUBLISHED = "retention_publish_days"
    PUT_AWAY = "retention_days"


class Outcome(StrEnum):
    TRASH = "trash"
    ARCHIVE = "archive"


STATES: Final = {
    Rule.DRAFTS: CONTRIBUTOR_EDITS,
    Rule.PUBLISHED: frozenset({AssetState.PUBLISHED}),
    Rule.PUT_AWAY: frozenset({AssetState.WITHDRAWN, AssetState.ARCHIVED}),
}
SINCE: Final = {Rule.DRAFTS: "updated_at", Rule.PUBLISHED: "published_at", Rule.PUT_AWAY: "updated_at"}
"""What the days are counted from: the last change, which put away works got when they were put away."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One rule of one agency. ``elsewhere``: the paths below it that have a rule of their own."""

    agency: Agency
    rule: Rule
    days: int
    elsewhere: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        return Outcome.ARCHIVE if self.rule is Rule.PUBLISHED else Outcome.TRASH

    @property
    def answerable(self) -> dict[str, str | int]:
        """For the record: whose rule it was."""
        return {"agency": str(self.agency.pk), "code": self.agency.code, "rule": str(self.rule), "days": self.days}

    @property
    def reason(self) -> str:
        """For whoever finds it in the trash."""
        return f"{self.agency.code}: {self.rule} = {self.days}"


def policies(*, around: Agency | None = None) -> Iterator[Policy]:
    """Every rule that makes something go, in the order of the tree; ``around`` an agency only those that concern it or
    an agency below it."""
    agencies = Agency.objects.filter(is_active=True)
    if around is not None:
        agencies = agencies.filter(Q(path__startswith=around.path) | Q(pk__in=steps_of(around.path)))
    for rule in Rule:
        said = list(agencies.filter(**{f"{rule}__isnull": False}).order_by("path"))
        for place, agency in enumerate(said, start=1):
            days = getattr(agency, rule)
            if days:  # those below follow it at once, in the order of paths
                below_it = takewhile(lambda one, path=agency.path: one.path.startswith(path), said[place:])  # type: ignore[misc]
                yield Policy(agency=agency, rule=rule, days=days, elsewhere=tuple(one.path for one in below_it))


def due(policy: Policy) -> AssetQuerySet:
    """The assets that the policy takes now, the oldest first."""
    since = SINCE[policy.rule]
    rows = Asset.objects.filter(
        KEPT,
        agency__path__startswith=policy.agency.path,
        state__in=STATES[policy.rule],
        held_at__isnull=True,
        **{f"{since}__lte": Now() - timedelta(days=policy.days)},
    )
    if policy.elsewhere:
        rows = rows.exclude(below(list(policy.elsewhere), "agency__path"))
    shown = ArticleReference.objects.filter(asset=OuterRef("pk"), article__state=AssetState.PUBLISHED)
    rows = rows.exclude(Exists(shown)).exclude(Exists(Release.objects.filter(document=OuterRef("pk"))))
    return rows.order_by(since, "pk")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What goes next. ``more``: there are others than ``items``, or there may be, since not all rules were looked at
    (``unlooked``)."""

    items: list[tuple[Asset, Policy]]
    more: bool
    unlooked: bool


def next_to_go(agency: Agency, *, by: Actor, limit: int, most_policies: int = MOST_POLICIES) -> Preview:
    """At most ``limit`` assets of the agency, and of those below it, that are due now, with the policy.

    Only what ``by`` may see: to administer an agency is not to see its works. Each rule costs a query.
    """
    found: list[tuple[Asset, Policy]] = []
    rules = policies(around=agency)
    for policy in islice(rules, most_policies):
        rows = due(policy).visible_to(by).filter(agency__path__startswith=agency.path)
        rows = rows.select_related("agency", "current_version").prefetch_related("texts")
        found += [(asset, policy) for asset in rows[: limit + 1 - len(found)]]
        if len(found) > limit:
            return Preview(items=found[:limit], more=True, unlooked=False)
    unlooked = next(rules, None) is not None
    return Preview(items=found, more=unlooked, unlooked=unlooked)
