"""Records for harvesters. What the public sees now gets one; ``mediacenter harvest-records`` adds what is missing later,
as after an update during which workers of the release before went on."""

from django.db import migrations, models

PRESENT = """
INSERT INTO assets_publicrecord (asset_id, agency_id, stamp, deleted)
SELECT id, agency_id, clock_timestamp(), false FROM assets_asset
 WHERE state = 'published' AND audience = 'public' AND deleted_at IS NULL
   AND (NOT release_required OR has_release)
   AND (embargo_until IS NULL OR embargo_until <= now())
   AND (rights_end IS NULL OR rights_end > now())
   AND (consent_ends IS NULL OR consent_ends > now())
"""


class Migration(migrations.Migration):
    dependencies = [("assets", "0025_narrow_search_entries")]
    operations = [
        migrations.CreateModel(
            name="PublicRecord",
            fields=[
                ("asset_id", models.UUIDField(primary_key=True, serialize=False)),
                ("agency_id", models.UUIDField()),
                ("stamp", models.DateTimeField()),
                ("deleted", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddIndex("publicrecord", models.Index(fields=["stamp", "asset_id"], name="public_record_order")),
        migrations.AddIndex(
            "publicrecord", models.Index(fields=["agency_id", "stamp", "asset_id"], name="public_record_of_agency")
        ),
        migrations.RunSQL(PRESENT, migrations.RunSQL.noop),
    ]
