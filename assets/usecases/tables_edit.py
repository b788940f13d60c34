"""The data behind an infographic: set, replaced, taken away."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.history import begin_change, keep_revision
from assets.models import Asset, DataTable
from assets.states import Kind, RevisionAct
from assets.tables import TableData
from assets.transitions import content_changed
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.vocabulary import Action


@transaction.atomic
def set_table(
    *, asset_id: UUID, by: Actor, table: TableData | None, caption: str = "", revision: int | None = None
) -> Asset:
    """Replace the table; None takes it away. One revision more of the infographic, whose content it is: whoever sets it
    is one of its makers, and what was approved goes back into review. Raises as ``edit_asset`` does."""
    asset = lock_for(by, Action.EDIT, asset_id, revision=revision)
    if asset.kind != Kind.INFOGRAPHIC:
        sentence = _("Only an infographic has a data table.")
        raise Invalid(sentence, code="table_invalid", fields={"table": [sentence]})
    begin_change(asset)
    if table is None:
        DataTable.objects.filter(asset=asset).delete()
    else:
        values = {
            "caption": caption.strip()[:300],
            "columns": list(table.columns),
            "rows": [list(row) for row in table.rows],
            "updated_at": asset.database_now,
        }
        DataTable.objects.update_or_create(asset=asset, defaults=values)
    asset.updated_at = asset.database_now
    asset.revision += 1
    content_changed(asset, by=by)
    asset.save()
    keep_revision(asset, RevisionAct.TABLE_SET, by=by)
    size = [len(table.rows), len(table.columns)] if table else None
    record("asset.table_set", by=by, target=asset.pk, agency_id=asset.agency_id, size=size)
    return asset
