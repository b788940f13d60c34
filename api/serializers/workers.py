"""What operators are told of workers and queues."""

from rest_framework import serializers as s

from api.serializers.outputs import Output


class HardwareOut(Output):
    encoder = s.CharField()
    fault = s.CharField(help_text="Why one picture could not be encoded with it, in ffmpeg's words; empty: it works.")


class WorkerOut(Output):
    name = s.CharField(help_text="Machine and process.")
    queues = s.ListField(child=s.CharField(), help_text="What it takes jobs of; empty: of all queues.")
    concurrency = s.IntegerField(help_text="Jobs at a time.")
    busy = s.IntegerField(help_text="Jobs now.")
    started_at = s.DateTimeField()
    cores = s.IntegerField()
    memory = s.IntegerField(help_text="Bytes.")
    ffmpeg = s.CharField(help_text="Its version; empty where it does not run.")
    encoders = s.ListField(child=s.CharField())
    hardware = HardwareOut(many=True, help_text="Each was tried on one picture when the worker started.")
    fault = s.CharField(help_text="Why ffmpeg does not run; empty where it does.")


class QueueOut(Output):
    name = s.CharField()
    waiting = s.IntegerField(help_text="Jobs.")
    seconds = s.FloatField(help_text="Of one slot's work that what waits is expected to be.")
    oldest = s.DateTimeField(allow_null=True, help_text="Since when the longest waits.")
    slots = s.IntegerField(help_text="How many jobs of it may run at a time.")


class WorkforceOut(Output):
    workers = WorkerOut(many=True)
    queues = QueueOut(many=True)
