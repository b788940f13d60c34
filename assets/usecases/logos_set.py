"""Choose an agency's logo among its own public pictures, or take it away."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.logos import PICTURED, chosen_for, is_usable
from assets.models import AgencyLogo, Asset
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.usecases.agencies_edit import edit_agency


class LogoUnusable(Invalid):
    """Not a picture of the agency's own that everybody may see now."""

    code = "logo_unusable"


@transaction.atomic
def set_logo(
    *,
    agency_id: UUID,
    by: Actor,
    work: str | None,
    fields: Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> Agency:
    """Make ``work`` (id or reference of an asset; None or empty: nothing) the logo, and set the other settings given
    with it: all or none. What already is so writes nothing, even if it could not be chosen any more.

    Takes what :func:`edit_agency` takes, and raises what it raises, or :class:`LogoUnusable`.
    """
    agency = edit_agency(agency_id=agency_id, by=by, fields=fields or {}, revision=revision)
    before = chosen_for(agency)
    after = _found(work.strip(), by, before) if work else None
    if (after and after.pk) == (before and before.pk):
        return agency
    if after is None:
        AgencyLogo.objects.filter(agency=agency).delete()
    else:
        _require_usable(after, agency)
        values = {"asset": after, "set_at": timezone.now(), "set_by_id": by.user_id}
        AgencyLogo.objects.update_or_create(agency=agency, defaults=values)
    agency.revision += 1
    agency.save(update_fields=["revision"])
    said = {"before": before and before.reference, "after": after and after.reference}
    record("agency.logo_set", by=by, target=agency.pk, agency_id=agency.pk, **said)
    return agency


def _found(key: str, by: Actor, before: Asset | None) -> Asset:
    """The asset of this id or reference: the one chosen before, or one that the actor may know of."""
    if before is not None and key.upper() in {before.reference, str(before.pk).upper()}:
        return before
    try:
        named: dict[str, Any] = {"pk": UUID(key)}
    except ValueError:
        named = {"reference": key.upper()}
    rows = Asset.objects.visible_to(by).with_policy_facts().prefetch_related("current_version__renditions")
    asset = None if "\x00" in key else rows.filter(**named).first()
    if asset is None:
        raise _refusal(_("There is no such asset."))
    return asset


def _require_usable(asset: Asset, agency: Agency) -> None:
    if asset.agency_id != agency.pk:
        raise _refusal(_("The logo must be an asset of the agency itself."))
    if asset.kind not in PICTURED:
        raise _refusal(_("The logo must be a photo or an infographic."))
    if not is_usable(asset, agency):
        raise _refusal(_("The logo must be published for everybody everywhere, and its picture processed."))


def _refusal(sentence: str) -> LogoUnusable:
    return LogoUnusable(sentence, fields={"logo": [sentence]})
