"""The jobs, for Procrastinate. Payloads are ids; the work is elsewhere."""

from collections.abc import Callable
from uuid import UUID

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from assets.av1 import ask_where_wanted, still_wants_av1
from assets.changes.pruning import prune_changes
from assets.history import forget_histories
from assets.on_demand import cache
from assets.queue import (
    ENCODE_CHUNK,
    JOIN_FILM,
    MAKE_AV1,
    MAKE_CROPS,
    PROCESS_VERSION,
    PUBLISH_SCHEDULED,
    VIDEO_BACKGROUND,
)
from assets.usecases.assets_publish_due import publish_due
from assets.usecases.assets_purge import purge_due
from assets.usecases.assets_retain import carry_out_policies
from assets.usecases.uploads_abort import expire_uploads
from assets.uses.pruning import prune_uses
from transcoding import sweeping
from transcoding.announcing import worker_name
from transcoding.av1 import make_av1
from transcoding.chunks.jobs import encode_chunk, join_film
from transcoding.cropping import make_crops
from transcoding.patience import UNCOUNTED
from transcoding.processing import process
from transcoding.retry import Retry, Stopped, decide_retry
from transcoding.yielding import Yielding

MAINTENANCE = "maintenance"
PURGE = "purge"
"""A queue of its own: its worker has the one user of the store that may delete versions for good."""
LOW = -10


class ByTable(BaseRetryStrategy):
    """Procrastinate's door to :func:`transcoding.retry.decide_retry`."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        decision = decide_retry(exception, job.attempts)
        if isinstance(decision, Retry):
            if isinstance(exception, Stopped) and job.id is not None:
                UNCOUNTED.add(job.id)
            return RetryDecision(retry_in={"seconds": int(decision.after.total_seconds())})
        return None


def stopping_of(context: JobContext) -> Callable[[], bool]:
    """What a run of this job polls to learn that it should end early: with its worker, or, where it is background work,
    because something else needs its slot."""
    if context.job.queue != VIDEO_BACKGROUND or context.job.id is None:
        return context.should_abort
    return Yielding(context.job.id, queues=context.worker_queues, stopping=context.should_abort)


@app.task(name=PROCESS_VERSION, pass_context=True, retry=ByTable())
def process_version(context: JobContext, *, version_id: str) -> str:
    """From a version's original to its published renditions."""
    return process(
        UUID(version_id),
        worker=worker_name(),
        retries=context.job.attempts,
        stopping=stopping_of(context),
    )


@app.task(name=ENCODE_CHUNK, pass_context=True, retry=ByTable())
def encode_film_chunk(context: JobContext, *, chunk_id: str) -> str:
    """One chunk of a long film."""
    return encode_chunk(
        UUID(chunk_id),
        worker=worker_name(),
        retries=context.job.attempts,
        stopping=stopping_of(context),
    )


@app.task(name=JOIN_FILM, pass_context=True, retry=ByTable())
def join_chunks(context: JobContext, *, version_id: str, attempt_id: str) -> str:
    """From the chunks of a film to its published renditions."""
    return join_film(UUID(version_id), UUID(attempt_id), retries=context.job.attempts, stopping=stopping_of(context))


@app.task(name=MAKE_CROPS, pass_context=True, retry=ByTable())
def crop_version(context: JobContext, *, version_id: str) -> str:
    """The crops of a version anew, around the focal point that was set."""
    return make_crops(
        UUID(version_id),
        worker=worker_name(),
        retries=context.job.attempts,
        stopping=stopping_of(context),
    )


@app.task(name=MAKE_AV1, pass_context=True, retry=ByTable())
def make_version_av1(context: JobContext, *, version_id: str) -> str:
    """A film in AV1 and Opus too, from its original, when nothing else waits."""
    if not still_wants_av1(UUID(version_id)):
        return "not wanted any more"
    return make_av1(
        UUID(version_id),
        worker=worker_name(),
        retries=context.job.attempts,
        stopping=stopping_of(context),
    )


@app.periodic(cron="43 * * * *")
@app.task(name="assets.ask_for_av1", queue=MAINTENANCE, queueing_lock="ask_for_av1", priority=LOW)
def ask_for_av1(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Films whose agency wants them in AV1 by now, or whose job got lost, are queued for it."""
    return f"{ask_where_wanted()} asked for"


@app.task(name=PUBLISH_SCHEDULED)
def publish_scheduled(*, asset_id: str) -> str:
    """Publish an asset whose time has come; every worker's clock does it too (``transcoding/worker.py``)."""
    return "published" if publish_due(UUID(asset_id)) else "nothing to publish"


@app.periodic(cron="* * * * *")
@app.task(name="transcoding.sweep_stalled_jobs", queue=MAINTENANCE, queueing_lock="sweep_stalled", priority=LOW)
def sweep_stalled_jobs(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Jobs of dead workers are taken up again; versions whose job got lost get another."""
    stalled, forgotten = sweeping.take_up_stalled_jobs(), sweeping.requeue_forgotten_versions()
    return f"{stalled} stalled, {forgotten} forgotten, {sweeping.forget_lost_places()} places"


@app.periodic(cron="*/10 * * * *")
@app.task(name="transcoding.sweep_uploads", queue=MAINTENANCE, queueing_lock="sweep_uploads", priority=LOW)
def sweep_uploads(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Uploads that nobody finished in time are closed and their parts forgotten."""
    return f"{expire_uploads()} expired"


@app.periodic(cron="*/10 * * * *")
@app.task(name="assets.prune_pictures", queue=MAINTENANCE, queueing_lock="prune_pictures", priority=LOW)
def prune_pictures(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Pictures made on demand that nobody can have any more, or that there is no room for, are deleted."""
    return f"{cache.prune()} pictures"


@app.periodic(cron="17 */6 * * *")
@app.task(name="transcoding.sweep_orphans", queue=MAINTENANCE, queueing_lock="sweep_orphans", priority=LOW)
def sweep_orphans(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Objects and multipart uploads that came to nothing are deleted; the rows of old jobs too."""
    return (
        f"{sweeping.delete_unpublished_renditions() + sweeping.delete_replaced_objects()} renditions, "
        f"{sweeping.forget_chunks()} films in chunks, "
        f"{sweeping.delete_grown_streams()} grown streams, "
        f"{sweeping.delete_unclaimed_originals()} originals, "
        f"{sweeping.abort_unknown_uploads()} uploads, {sweeping.forget_old_jobs()} jobs, {forget_histories()} revisions"
    )


@app.periodic(cron="23 * * * *")
@app.task(name="assets.purge_trash", queue=PURGE, queueing_lock="purge_trash", lock="purge_trash", priority=LOW)
def purge_trash(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """What lay in the trash for its time goes for good; what an earlier run began is finished."""
    return f"{purge_due()} purged, {sweeping.delete_after_purges()} leftovers"


@app.periodic(cron="37 * * * *")
@app.task(name="assets.retain", queue=MAINTENANCE, queueing_lock="retain", priority=LOW)
def retain(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """What the retention policies take goes into the trash or is archived."""
    return f"{carry_out_policies()} taken"


@app.periodic(cron="53 * * * *")
@app.task(name="assets.prune_changes", queue=MAINTENANCE, queueing_lock="prune_changes", priority=LOW)
def forget_old_changes(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Entries of the changes feed older than its retention are forgotten."""
    return f"{prune_changes()} changes"


@app.periodic(cron="23 * * * *")
@app.task(name="assets.prune_uses", queue=MAINTENANCE, queueing_lock="prune_uses", priority=LOW)
def forget_old_uses(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Counts of uses of more than 400 days ago are forgotten."""
    return f"{prune_uses()} counts"
