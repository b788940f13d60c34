"""What a reader may do with a work, said before they try."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assets.access import decide, judge
from assets.models import Asset, Licence, Release
from assets.terms import usage_sentence
from permissions.actor import Actor
from permissions.vocabulary import Action, Use

LABELS: dict[Use, Promise] = {
    Use.PREVIEW: _("Look at it or play it here"),
    Use.DOWNLOAD: _("Download a rendition"),
    Use.DOWNLOAD_ORIGINAL: _("Download the original"),
    Use.EMBED: _("Put it into a page for the public"),
    Use.REUSE: _("Publish it in an article of one's own"),
    Use.ALTER: _("Crop or alter it"),
    Use.REDISTRIBUTE: _("Pass it on through feeds"),
    Use.COMMERCIAL: _("Use it commercially"),
}


@dataclass(frozen=True, kw_only=True)
class UseRow:
    """``sentence`` says why not; empty when allowed."""

    use: str
    label: str
    allowed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Rights:
    """``consent`` is None for those who may not know of releases."""

    uses: tuple[UseRow, ...]
    sentence: str
    licence: str
    licence_url: str
    consent: "ConsentShown | None"

    @property
    def by_use(self) -> dict[str, UseRow]:
        return {row.use: row for row in self.uses}

    def allows(self, use: Use) -> bool:
        return self.by_use[use].allowed


@dataclass(frozen=True, kw_only=True)
class ConsentShown:
    required: bool
    given: bool
    ended: bool
    ends_at: datetime | None


def rights_shown(asset: Asset, actor: Actor, *, territory: str | None) -> Rights:
    verdicts = [(use, judge(actor, use, asset, territory=territory)) for use in LABELS]
    licence: Licence | None = asset.licence_terms
    ends, now = asset.consent_ends, asset.database_now
    consent = ConsentShown(
        required=asset.release_required,
        given=asset.has_release,
        ended=ends is not None and ends <= now,
        ends_at=ends,
    )
    return Rights(
        uses=tuple(
            UseRow(use=use, label=str(LABELS[use]), allowed=bool(verdict), sentence=verdict.sentence)
            for use, verdict in verdicts
        ),
        sentence=usage_sentence(asset),
        licence=licence.name_in(get_language() or "vi") if licence else asset.licence,
        licence_url=licence.url if licence else "",
        consent=consent if decide(actor, Action.DOWNLOAD_ORIGINAL, asset) else None,
    )


@dataclass(frozen=True, kw_only=True)
class ReleaseShown:
    row: Release
    state: str
    holds: bool


STATES = {
    "holds": _("Valid"),
    "withdrawn": _("Withdrawn"),
    "ended": _("Ended"),
    "later": _("Not yet valid"),
}


def releases_shown(asset: Asset) -> list[ReleaseShown]:
    """Those of the asset, newest first, at the database's time of its row."""
    now = asset.database_now
    rows = asset.releases.select_related("document")
    return [ReleaseShown(row=row, state=str(STATES[_state(row, now)]), holds=row.holds_at(now)) for row in rows]


def _state(row: Release, now: datetime) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.holds_at(now):
        return "holds"
    return "ended" if row.ends_at is not None and row.ends_at <= now else "later"
