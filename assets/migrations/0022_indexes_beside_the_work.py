import django.db.models.functions.comparison
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes of a table that is large and in use: built while everybody writes."""

    atomic = False

    dependencies = [
        ('assets', '0021_uses'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='asset',
            index=models.Index(models.OrderBy(django.db.models.functions.comparison.Coalesce('event_date', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='asset_taken'),
        ),
        AddIndexConcurrently(
            model_name='asset',
            index=models.Index(condition=models.Q(('embargo_until__isnull', False)), fields=['embargo_until'], name='asset_embargo_turns'),
        ),
        AddIndexConcurrently(
            model_name='asset',
            index=models.Index(condition=models.Q(('rights_end__isnull', False)), fields=['rights_end'], name='asset_rights_turn'),
        ),
        AddIndexConcurrently(
            model_name='asset',
            index=models.Index(condition=models.Q(('consent_ends__isnull', False)), fields=['consent_ends'], name='asset_consent_turns'),
        ),
    ]
