"""Whom a work is meant for, and whether a change of that shows it to more people.

What an agency wants reviewed was approved with its audience, so that nobody alone opens it further once it is out; to
narrow it is everybody's who may edit.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from assets.models import Asset, AssetShare
from permissions.errors import NotAllowed
from permissions.vocabulary import AssetState, Audience, Reason

NARROWEST_FIRST: Final = (Audience.AGENCY, Audience.SHARED, Audience.NETWORK, Audience.PUBLIC)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """``agencies``: those that it is shared with, which count for that audience alone."""

    audience: Audience
    agencies: frozenset[UUID]

    def exceeds(self, other: "Reach") -> bool:
        """Whether somebody is reached whom ``other`` does not reach."""
        mine, others = (NARROWEST_FIRST.index(one.audience) for one in (self, other))
        added = self.audience == Audience.SHARED and not self.agencies <= other.agencies
        return mine > others or (mine == others and added)


def reach_of(asset: Asset) -> Reach:
    """As the asset says and its shares are in the database now."""
    agencies = AssetShare.objects.filter(asset=asset).values_list("agency_id", flat=True)
    return Reach(audience=Audience(asset.audience), agencies=frozenset(agencies))


def require_reviewed_reach(asset: Asset, before: Reach) -> None:
    """``review_needed`` for a published work of an agency that reviews, where it would reach more than ``before``."""
    if asset.state == AssetState.PUBLISHED and asset.review_steps > 0 and reach_of(asset).exceeds(before):
        sentence = _(
            "It was reviewed for its present audience. To show it to more people, withdraw it, restore it as a draft "
            "and have it reviewed again."
        )
        raise NotAllowed(sentence, code=str(Reason.REVIEW_NEEDED))
