from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('permissions', '0008_av1_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateCount',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('full_at', models.DateTimeField()),
            ],
        ),
        # Every request updates a row: no write-ahead log, and room in the pages so that updates touch no index (HOT).
        migrations.RunSQL(
            "ALTER TABLE permissions_ratecount SET UNLOGGED; ALTER TABLE permissions_ratecount SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
    ]
