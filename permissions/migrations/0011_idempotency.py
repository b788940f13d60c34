import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('permissions', '0010_clients'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('actor_key', models.CharField(max_length=60)),
                ('request_digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('body', models.BinaryField()),
                ('size', models.PositiveIntegerField()),
                ('headers', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['actor_key', 'made_at'], include=('size',), name='kept_answer_by_caller'), models.Index(fields=['made_at'], name='kept_answer_age')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__gte', 200), ('status__lt', 300)), name='kept_answer_is_a_success')],
            },
        ),
    ]
