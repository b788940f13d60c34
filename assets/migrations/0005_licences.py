"""The well-known licences, for every agency."""

from typing import Any

from uuid_utils.compat import uuid7

from django.db import migrations

from assets.migrations._licences import LICENCES


def add(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    licences = apps.get_model("assets", "Licence")
    for values in reversed(LICENCES):  # lists show the newest first
        licences.objects.get_or_create(code=values["code"], agency=None, defaults={**values, "id": uuid7()})


class Migration(migrations.Migration):
    dependencies = [("assets", "0004_rights")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
