from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0008_retention'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['agency', 'state', '-id'], name='asset_agency_state_newest'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['agency', 'kind', '-id'], name='asset_agency_kind_newest'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['kind', '-id'], name='asset_kind_newest'),
        ),
        migrations.AddIndex(
            model_name='assetshare',
            index=models.Index(fields=['agency', '-asset'], name='share_newest'),
        ),
    ]
