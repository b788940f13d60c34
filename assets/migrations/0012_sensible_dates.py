"""Dates that PostgreSQL keeps and Python cannot read are moved to the nearest that it can, then refused for good."""

from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models import Q

EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
COLUMNS = {
    'asset': ('embargo_until', 'rights_end', 'event_date', 'due_at', 'scheduled_for'),
    'collection': ('starts_at', 'ends_at'),
    'release': ('valid_from', 'valid_until'),
}
BEGINNINGS = ('starts_at', 'valid_from')
"""Stay before the ends, which the tables check."""


def within(columns: tuple[str, ...]) -> Q:
    condition = Q()
    for column in columns:
        condition &= Q(**{f'{column}__gte': EARLIEST, f'{column}__lt': LATEST})
    return condition


def moved(model: str) -> str:
    def nearest(column: str) -> str:
        first, last = ('00:00:00', '23:59:58') if column in BEGINNINGS else ('00:00:01', '23:59:59')
        return (
            f"{column} = CASE WHEN {column} < '1000-01-01 00:00Z' THEN '1000-01-01 {first}Z' "
            f"WHEN {column} >= '9000-01-01 00:00Z' THEN '8999-12-31 {last}Z' ELSE {column} END"
        )

    columns = COLUMNS[model]
    outside = ' OR '.join(f"{c} < '1000-01-01 00:00Z' OR {c} >= '9000-01-01 00:00Z'" for c in columns)
    return f'UPDATE assets_{model} SET {", ".join(map(nearest, columns))} WHERE {outside}'


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0011_withdrawn_at'),
    ]

    operations = [
        *(migrations.RunSQL(moved(model), migrations.RunSQL.noop) for model in COLUMNS),
        *(
            migrations.AddConstraint(
                model_name=model,
                constraint=models.CheckConstraint(condition=within(columns), name=f'{model}_dates_sensible'),
            )
            for model, columns in COLUMNS.items()
        ),
    ]
