from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import get_visible
from assets.models import Publication
from assets.publications.reading import may_withdraw, publications_told
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotFound
from permissions.policy import ALLOWED, Decision
from permissions.reasons import require
from permissions.vocabulary import Reason


@transaction.atomic
def withdraw_publication(*, asset_id: UUID, publication_id: UUID, by: Actor) -> None:
    """Take a report back: who made it, or an editor of the agency that did. The record keeps that it was there.

    Raises ``NotFound`` also for reports that the actor may not know of, and ``NotAllowed``.
    """
    asset = get_visible(by, asset_id)
    told = publications_told(asset, by).filter(pk=publication_id).values("pk")
    rows = Publication.objects.select_for_update(of=("self",)).select_related("agency")
    found: Publication | None = rows.filter(pk__in=told).first()
    if found is None:
        raise NotFound(_("There is no such report."))
    require(ALLOWED if may_withdraw(found, by) else Decision(Reason.ROLE_TOO_LOW))
    record(
        "asset.publication_withdrawn",
        by=by,
        target=asset.pk,
        agency_id=asset.agency_id,
        publication=str(found.pk),
        reporter=found.agency.code,
        address=found.url,
    )
    found.delete()
