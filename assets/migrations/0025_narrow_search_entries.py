"""Rows of the search become a hundred bytes: a match reads its id, and opens vectors only to rank it.

Only rows written from now on are stored so: ``mediacenter reindex --all`` writes the others again.
"""

from django.db import migrations

NARROW = """
ALTER TABLE assets_searchentry
    ALTER found SET STORAGE EXTERNAL, ALTER ranked SET STORAGE EXTERNAL, ALTER words SET STORAGE EXTERNAL,
    SET (toast_tuple_target = 128)
"""
AS_BEFORE = """
ALTER TABLE assets_searchentry
    ALTER found SET STORAGE EXTENDED, ALTER ranked SET STORAGE EXTENDED, ALTER words SET STORAGE EXTENDED,
    RESET (toast_tuple_target)
"""


class Migration(migrations.Migration):
    dependencies = [("assets", "0024_saved_searches")]
    operations = [migrations.RunSQL(NARROW, AS_BEFORE)]
