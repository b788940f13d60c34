import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION revision_outlives_asset() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM assets_asset WHERE id = OLD.asset_id) THEN
        RAISE EXCEPTION 'The history of % is kept for as long as it is there.', OLD.asset_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
"""
NO_FUNCTION = "DROP FUNCTION revision_outlives_asset;"


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0006_articles_collections_parity'),
        ('permissions', '0005_agencies_at_full_size'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('restores', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('processing', 'Being processed'), ('waiting', 'Waits for confirmation'), ('adopted', 'Adopted'), ('declined', 'Declined'), ('rejected', 'Rejected')], default='processing', max_length=12)),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('makers', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True, max_length=2000)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('act', models.CharField(choices=[('created', 'Created'), ('embedded', 'Filled in from the file'), ('edited', 'Edited'), ('table_set', 'Data table changed'), ('replaced', 'Original replaced'), ('file_restored', 'Earlier original restored'), ('texts_restored', 'Earlier texts restored'), ('found', 'As it was before the history began')], max_length=20)),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('asset_revision', models.PositiveIntegerField()),
                ('content', models.JSONField()),
            ],
            options={
                'ordering': ('-number',),
            },
        ),
        migrations.AddField(
            model_name='asset',
            name='corrected_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='assetversion',
            name='hidden',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='assetversion',
            name='proposed',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='upload',
            name='reason',
            field=models.TextField(blank=True, db_default='', max_length=2000),
        ),
        migrations.AddField(
            model_name='upload',
            name='replacement',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='upload',
            name='asset_id',
            field=models.UUIDField(default=uuid_utils.compat.uuid7),
        ),
        migrations.AddConstraint(
            model_name='assetversion',
            constraint=models.CheckConstraint(condition=models.Q(('proposed', False), ('hidden', True), _connector='OR'), name='version_proposed_is_hidden'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.UniqueConstraint(condition=models.Q(('replacement', False)), fields=('asset_id',), name='one_upload_makes_an_asset'),
        ),
        migrations.AddField(
            model_name='correction',
            name='asset',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='assets.asset'),
        ),
        migrations.AddField(
            model_name='correction',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correction',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correction',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='permissions.apitoken'),
        ),
        migrations.AddField(
            model_name='correction',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='assets.assetversion'),
        ),
        migrations.AddField(
            model_name='revision',
            name='asset',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='revisions', to='assets.asset'),
        ),
        migrations.AddField(
            model_name='revision',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='permissions.apitoken'),
        ),
        migrations.AddField(
            model_name='revision',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='revision',
            name='version',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.assetversion'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('processing', 'waiting'))), fields=('asset',), name='one_open_correction'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.UniqueConstraint(condition=models.Q(('restores', False)), fields=('version',), name='one_proposal_a_version'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['processing', 'waiting', 'adopted', 'declined', 'rejected'])), name='correction_state_known'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state__in', ('processing', 'waiting'))), models.Q(models.Q(('state__in', ('processing', 'waiting')), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='correction_decided_has_time'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('declined', 'rejected')), _negated=True), models.Q(('decision', ''), _negated=True), _connector='OR'), name='correction_declined_has_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='correction',
            trigger=pgtrigger.compiler.Trigger(name='correction_state', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{processing:adopted,processing:declined,processing:rejected,processing:waiting,waiting:adopted,waiting:declined}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='31b8d8307483b85c247ca7a812ee66f28dbb1689', operation='UPDATE', pgid='pgtrigger_correction_state_c1fd8', table='assets_correction', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('asset', 'number'), name='revision_number_once'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('act__in', ['created', 'embedded', 'edited', 'table_set', 'replaced', 'file_restored', 'texts_restored', 'found'])), name='revision_act_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='audit_refuse()', func="RAISE EXCEPTION 'never called';", hash='b280db970366d71240174d9d4440cc732bed6f1a', operation='UPDATE', pgid='pgtrigger_append_only_66f3b', table='assets_revision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='audit_refuse()', func="RAISE EXCEPTION 'never called';", hash='c2ade0775c77810d667baa71c45944e73cd076b7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_bf010', table='assets_revision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='outlives_asset', sql=pgtrigger.compiler.UpsertTriggerSql(execute='revision_outlives_asset()', func="RAISE EXCEPTION 'never called';", hash='e21adcce1607a7a0517807129f31c1e3da7da919', operation='DELETE', pgid='pgtrigger_outlives_asset_1f298', table='assets_revision', when='BEFORE')),
        ),
    ]
