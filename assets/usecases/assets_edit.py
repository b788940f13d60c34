"""Change what is said of an asset: texts, credits, rights, audience."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.history import begin_change, keep_revision
from assets.licences import with_licence
from assets.models import Asset, AssetShare, Licence
from assets.parity import require_parity
from assets.people import names_of
from assets.queue import change_urgency
from assets.reach import reach_of, require_reviewed_reach
from assets.search import refresh_search_text
from assets.states import RevisionAct
from assets.territories import unknown_territories
from assets.texts import Texts, write_texts
from assets.transitions import content_changed
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.moments import require_sensible
from permissions.policy import Decision, consent_gap
from permissions.reasons import require
from permissions.tree import hold_tree, successors
from permissions.vocabulary import Action, AssetState, Audience, Reason

EDITABLE = frozenset(
    {
        "audience",
        "embargo_until",
        "rights_end",
        "original_language",
        "urgency",
        "credit_line",
        "author",
        "source",
        "licence",
        "licence_terms",
        "territories",
        "release_required",
        "keywords",
        "people",
        "place",
        "event_date",
    }
)


@transaction.atomic
def edit_asset(
    *,
    asset_id: UUID,
    by: Actor,
    fields: Mapping[str, Any],
    texts: Texts | None = None,
    shared_with: Iterable[Agency] | None = None,
    revision: int | None = None,
    reason: str = "",
    act: RevisionAct = RevisionAct.EDITED,
) -> Asset:
    """Set the given fields, merge the given texts by language, replace the named agencies; one revision more.

    A published asset gets no other audience that its texts are not complete for (what its audience reads already is
    corrected at any time), nor one that needs a release which is missing (``release_missing``), nor, where the agency
    reviews, a wider one (``review_needed``). ``revision`` guards against lost updates (``RevisionChanged``). A
    ``shared`` audience needs a named agency. What was approved goes back into review; what is published and edited for
    a ``reason`` counts as corrected. The history keeps each state.
    """
    unknown = set(fields) - EDITABLE
    if unknown:
        raise Invalid("Unknown fields.", code="unknown_field", fields={name: ["Unknown field."] for name in unknown})
    if shared_with is not None:
        hold_tree()
        shared_with = successors(shared_with)
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    fields = with_rights(fields, agency=asset.agency, asset=asset)
    begin_change(asset)
    before, reach = {name: getattr(asset, name) for name in fields}, reach_of(asset)
    for name, value in fields.items():
        setattr(asset, name, value)
    reached = asset.audience != before.get("audience", asset.audience)
    _require_release(asset, reached=reached)
    if shared_with is not None:
        set_shares(asset, shared_with)
    _require_shares(asset)
    require_reviewed_reach(asset, reach)
    states = write_texts(asset, texts or {}, by=by)
    asset.updated_at = timezone.now()
    asset.revision += 1
    if reason.strip() and asset.state == AssetState.PUBLISHED:
        asset.corrected_at = asset.database_now
    content_changed(asset, by=by)
    asset.save()
    if before.get("urgency", asset.urgency) != asset.urgency:
        change_urgency(asset)
    if asset.state == AssetState.PUBLISHED and reached:
        require_parity(asset)
    refresh_search_text(asset)
    keep_revision(asset, act, by=by, reason=reason)
    changed = {name: [_plain(before[name]), _plain(getattr(asset, name))] for name in fields}
    said = {str(language): states.get(language) for language in texts or {}}
    record(
        "asset.edited",
        by=by,
        target=asset.pk,
        agency_id=asset.agency_id,
        changed=changed,
        languages=sorted(said),
        text_states=said,
        **({"reason": reason.strip()} if reason.strip() else {}),
    )
    return asset


def with_rights(fields: Mapping[str, Any], *, agency: Agency, asset: Asset | None = None) -> dict[str, Any]:
    """The fields with their licence found, names and territories in order; :class:`Invalid` for what cannot be kept."""
    require_sensible(fields)
    values = with_licence(fields, agency=agency, asset=asset)
    if "people" in values:
        values["people"] = names_of(values["people"] or ())
    if "territories" in values:
        values["territories"] = sorted({code.strip().upper() for code in values["territories"]})
        unknown = unknown_territories(values["territories"])
        if unknown:
            sentence = _("These are no country codes: %(codes)s.") % {"codes": ", ".join(unknown)[:100]}
            raise Invalid(sentence, fields={"territories": [sentence]})
    return values


def _require_release(asset: Asset, *, reached: bool) -> None:
    """Published works go to another audience (``reached``) only with the releases that they need."""
    if asset.state != AssetState.PUBLISHED or not reached:
        return
    if consent_gap(asset, asset.database_now) is Reason.RELEASE_MISSING:
        require(Decision(Reason.RELEASE_MISSING))


def set_shares(asset: Asset, agencies: Iterable[Agency]) -> None:
    wanted = {agency.pk for agency in agencies}
    AssetShare.objects.filter(asset=asset).exclude(agency_id__in=wanted).delete()
    present = set(AssetShare.objects.filter(asset=asset).values_list("agency_id", flat=True))
    AssetShare.objects.bulk_create([AssetShare(asset=asset, agency_id=pk) for pk in wanted - present])


def _require_shares(asset: Asset) -> None:
    if asset.audience == Audience.SHARED and not AssetShare.objects.filter(asset=asset).exists():
        sentence = _("Name at least one agency to share with.")
        raise Invalid(sentence, fields={"shared_with": [sentence]})


def _plain(value: Any) -> Any:
    if isinstance(value, Licence):
        return value.code
    return value if isinstance(value, (int, list)) or value is None else str(value)
