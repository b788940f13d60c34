"""Colours of pictures. ``mediacenter colours`` looks at the pictures that were there before."""

import django.contrib.postgres.fields
from django.db import migrations, models

COLOURS = (
    ("red", "Red"),
    ("orange", "Orange"),
    ("yellow", "Yellow"),
    ("green", "Green"),
    ("blue", "Blue"),
    ("purple", "Purple"),
    ("pink", "Pink"),
    ("brown", "Brown"),
    ("black", "Black"),
    ("grey", "Grey"),
    ("white", "White"),
    ("black_and_white", "Black and white"),
)


class Migration(migrations.Migration):
    dependencies = [("assets", "0026_public_records")]
    operations = [
        migrations.AddField(
            "assetversion",
            "colours",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(choices=COLOURS, max_length=20), blank=True, null=True, size=None
            ),
        ),
        migrations.AddConstraint(
            "assetversion",
            models.CheckConstraint(
                condition=models.Q(colours__contained_by=[value for value, _ in COLOURS]), name="version_colours_known"
            ),
        ),
    ]
