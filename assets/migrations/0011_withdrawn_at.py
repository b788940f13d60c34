"""When each work was withdrawn: by that moment, not by the present, it is judged whether it had been shown at all."""

from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def when_withdrawn(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """The last withdrawal of what is withdrawn or archived: by its history, or the record, which is older."""
    events = apps.get_model("assets", "WorkflowEvent").objects.filter(asset=OuterRef("pk"), act="withdrawn")
    record = apps.get_model("permissions", "AuditEvent").objects.filter(target=OuterRef("pk"), act="asset.withdrawn")
    put_away = apps.get_model("assets", "Asset").objects.filter(state__in=("withdrawn", "archived"))
    put_away.filter(withdrawn_at=None).update(
        withdrawn_at=Coalesce(
            Subquery(events.order_by("-id").values("at")[:1]), Subquery(record.order_by("-at").values("at")[:1])
        )
    )


class Migration(migrations.Migration):
    dependencies = [("assets", "0010_agency_logo"), ("permissions", "0006_retention")]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(when_withdrawn, migrations.RunPython.noop),
    ]
