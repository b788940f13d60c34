from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The newest articles that show a work, without those before: built while everybody writes."""

    atomic = False

    dependencies = [
        ('assets', '0030_publications'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='articlereference',
            index=models.Index(fields=['asset', '-article'], name='reference_newest'),
        ),
    ]
