import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database: no row is written, and the release before goes on."""

    dependencies = [
        ('assets', '0032_terms'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='people',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, db_default=[], default=list, size=None),
        ),
    ]
