"""The rows of a run: each function is one short transaction, and all but :func:`begin` ask for the attempt token.

The token (the attempt's id, in ``AssetVersion.attempt``) belongs to the run that began last. A run that lost it (a
zombie, a second delivery) changes nothing any more: :class:`Superseded`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from assets.access import duplicate_visible_to
from assets.av1 import ask_for_av1
from assets.corrections import reject_correction, settle
from assets.fairness import Tags
from assets.models import Asset, AssetVersion, GrowingStream, ProcessingAttempt, Rendition, Upload
from assets.on_demand.cache import forget_of
from assets.profiles import is_crop
from assets.queue import advance_clock
from assets.search import refresh_entries
from assets.similar import keep_fingerprint
from assets.states import VERSION_TRANSITIONS, VersionState, require_transition
from permissions.actor import ANONYMOUS, Actor, actor_for_token, actor_for_user
from permissions.vocabulary import AssetState
from transcoding.embedded import apply_embedded, json_safe
from transcoding.fetching import Read
from transcoding.results import EmbeddedMetadata, ProcessingResult

State = ProcessingAttempt.State
UNFINISHED: Final = (VersionState.RECEIVED, VersionState.PROCESSING)
MAX_CRASHES: Final = 3
"""Starts without an end after which a file is taken to be the one that crashes its worker."""
CRASHED_CODE: Final = "processing_crashed"
CRASHED_MESSAGE: Final = (
    "Processing this file broke down three times. The file is safe; save it again in another format and upload that, "
    "or tell the operator."
)


class Superseded(Exception):
    """The version's token is another's now: this run's result counts no more."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a run needs to know of its version; ``sha256`` is empty until the version is verified. ``tags``: where it
    stood in line."""

    version_id: UUID
    asset_id: UUID
    attempt: UUID
    kind: str
    key: str
    filename: str
    size: int
    announced_sha256: str
    sha256: str
    focus: tuple[float, float] | None = None
    tags: Tags | None = None

    @property
    def prefix(self) -> str:
        """Where this run's renditions go; ends in ``/``."""
        return f"renditions/{self.asset_id}/{self.version_id}/{self.attempt}/"


@transaction.atomic
def begin(version_id: UUID, *, worker: str) -> Begun | None:
    """Take the token; None when there is nothing to do: no such version, done already, or now parked for crashes."""
    version = AssetVersion.objects.select_for_update(of=("self",)).select_related("asset").filter(pk=version_id).first()
    if version is None or version.state not in UNFINISHED or version.asset.is_purging:
        return None
    tags = advance_clock(version)
    version.attempts.filter(state=State.RUNNING).update(
        state=State.ABANDONED,
        code="superseded",
        message="The run ended without a result, or another began.",
        finished_at=Now(),
    )
    attempt = ProcessingAttempt.objects.create(version=version, worker=worker[:120], stage="starting")
    version.attempt = attempt.pk
    version.attempts_made += 1
    version.save(update_fields=["attempt", "attempts_made"])
    if version.attempts_made > MAX_CRASHES:
        _reject(version_id, attempt.pk, state=State.FAILED, code=CRASHED_CODE, message=CRASHED_MESSAGE)
        return None
    return begun_of(version, attempt.pk, tags=tags)


def begun_of(version: AssetVersion, attempt: UUID, *, tags: Tags | None = None) -> Begun:
    """What a run with this token needs to know of the version, and where it stood in line."""
    return Begun(
        version_id=version.pk,
        asset_id=version.asset_id,
        attempt=attempt,
        kind=version.asset.kind,
        key=version.original_key,
        filename=version.filename,
        size=version.size,
        announced_sha256=version.announced_sha256,
        sha256=version.sha256 if version.verified_at else "",
        focus=version.focus,
        tags=tags,
    )


def note_progress(attempt: UUID, *, stage: str, percent: int) -> bool:
    """Store the progress, which never falls; False when the attempt is no longer running, so its run should stop."""
    running = ProcessingAttempt.objects.filter(pk=attempt, state=State.RUNNING, version__attempt=attempt)
    return running.update(stage=stage, progress=Greatest(F("progress"), min(percent, 99))) == 1


def note_media(attempt: UUID, *, seconds: float, height: int) -> None:
    """Keep what the run found its film or sound to be (``height`` 0: sound alone), for who wants to know how long it
    will take."""
    ProcessingAttempt.objects.filter(pk=attempt, state=State.RUNNING).update(media_seconds=seconds, media_height=height)


@transaction.atomic
def note_hash(begun: Begun, read: Read) -> None:
    """Keep the SHA-256 of what is stored, also where the file is then refused: the fixity run compares with it."""
    if not AssetVersion.objects.filter(pk=begun.version_id, attempt=begun.attempt).update(sha256=read.sha256):
        raise Superseded


@transaction.atomic
def mark_verified(begun: Begun, *, read: Read, media_type: str) -> None:
    """The original is the announced file, of a type that fits. An older duplicate its uploader may see is noted."""
    version = locked(begun)
    if version.state == VersionState.RECEIVED:
        require_transition(VERSION_TRANSITIONS, VersionState(version.state), VersionState.PROCESSING)
        version.state = VersionState.PROCESSING
    version.sha256, version.media_type = read.sha256, media_type
    first_time = version.verified_at is None
    if first_time:
        version.verified_at = Now()
    version.save(update_fields=["state", "sha256", "media_type", "verified_at"])
    if first_time and not version.proposed:
        same = duplicate_visible_to(_uploader(version), read.sha256, other_than=begun.asset_id)
        if same is not None and same.pk < begun.asset_id:
            Asset.objects.filter(pk=begun.asset_id).update(duplicate_of=same)


def _uploader(version: AssetVersion) -> Actor:
    upload = Upload.objects.select_related("token__user", "token__agency").filter(version_id=version.pk).first()
    if upload is not None and upload.token is not None:
        return actor_for_token(upload.token, now=upload.created_at)
    return actor_for_user(version.created_by) if version.created_by is not None else ANONYMOUS


@transaction.atomic
def publish(begun: Begun, *, result: ProcessingResult, sizes: Mapping[str, int]) -> None:
    """The result becomes the version's only set of renditions, in one compare-and-swap.

    ``sizes`` in bytes by path. Again with the same token is fine. Raises :class:`Superseded`.
    """
    version = locked(begun)
    if version.state == VersionState.READY:
        return  # an earlier commit of this very run, whose answer was lost
    require_transition(VERSION_TRANSITIONS, VersionState(version.state), VersionState.READY)
    version.state = VersionState.READY
    version.width, version.height, version.duration = result.width, result.height, result.duration
    version.facts, version.metadata = json_safe(result.facts), _metadata(result.metadata)
    version.placeholder, version.perceptual_hash = result.placeholder, result.perceptual_hash
    had = version.colours or []
    version.colours = None if result.colours is None else list(result.colours)
    version.attempts_made = 0
    version.save()
    keep_fingerprint(version)
    forget_of(begun.asset_id)
    version.renditions.all().delete()
    Rendition.objects.bulk_create(rows_of(begun, result, sizes))
    if not _into_asset(begun, version, result.metadata) and (version.colours or []) != had:
        refresh_entries([begun.asset_id])
    ask_for_av1(begun.version_id)
    end(begun.attempt, state=State.SUCCEEDED, progress=100)


def _into_asset(begun: Begun, version: AssetVersion, metadata: EmbeddedMetadata) -> bool:
    """The file fills in what nobody said of its asset; one that is to take the place of another does so, or waits. What
    is published is not filled in any more: its words were checked by people. Whether the search knows all of it."""
    asset = Asset.objects.with_policy_facts().get(pk=begun.asset_id)
    correction = version.corrections.filter(restores=False).first() if version.proposed else None
    if correction is not None:
        adopted = settle(asset, correction, maker=_uploader(version))
        if not adopted or asset.state == AssetState.PUBLISHED:
            return True  # who adopts tells the search, and what waits is not to be found
    return apply_embedded(asset, metadata, filename=begun.filename)


def rows_of(begun: Begun, result: ProcessingResult, sizes: Mapping[str, int]) -> Sequence[Rendition]:
    """The rows of what a run has stored; crops say which point they were made around (none: the guess)."""
    focus = {"focus": list(begun.focus) if begun.focus else None}
    return [
        Rendition(
            version_id=begun.version_id,
            attempt=begun.attempt,
            profile=file.profile,
            key=f"{begun.prefix}{file.path}",
            media_type=file.media_type,
            size=sizes[str(file.path)],
            width=file.width,
            height=file.height,
            duration=file.duration,
            bitrate=file.bitrate,
            facts=json_safe(file.facts) | (focus if is_crop(file.profile) else {}),
        )
        for file in result.renditions
    ]


def _metadata(metadata: EmbeddedMetadata) -> dict[str, Any]:
    said = {name: value for name, value in asdict(metadata).items() if value not in ("", None, (), {})}
    return dict(json_safe(said))


@transaction.atomic
def reject(begun: Begun, *, code: str, message: str) -> None:
    """The file is refused with a reason for its uploader; the original stays. Raises :class:`Superseded`."""
    locked(begun)
    _reject(begun.version_id, begun.attempt, state=State.REJECTED, code=code, message=message)


@transaction.atomic
def park(begun: Begun, *, code: str, message: str) -> None:
    """The installation could not process the file and stops trying. Raises :class:`Superseded`."""
    locked(begun)
    _reject(begun.version_id, begun.attempt, state=State.FAILED, code=code, message=message)


def _reject(version_id: UUID, attempt: UUID, *, state: ProcessingAttempt.State, code: str, message: str) -> None:
    AssetVersion.objects.filter(pk=version_id).update(
        state=VersionState.REJECTED, rejection_code=code[:60], rejection_message=message, attempts_made=0
    )
    end(attempt, state=state, code=code, message=message)
    reject_correction(version_id, code=code, message=message)


@transaction.atomic
def put_back(begun: Begun, *, code: str, message: str) -> None:
    """This run failed in good order and another will follow: its start does not count as a crash."""
    _uncount(AssetVersion.objects.filter(pk=begun.version_id, attempt=begun.attempt))
    end(begun.attempt, state=State.FAILED, code=code, message=message)


def _uncount(version: QuerySet[AssetVersion]) -> None:
    version.update(attempts_made=Greatest(F("attempts_made") - 1, 0))


@transaction.atomic
def abandon(begun: Begun) -> None:
    """Another run took over. This one ended in good order, so its start does not count as a crash."""
    _uncount(AssetVersion.objects.filter(pk=begun.version_id))
    end(begun.attempt, state=State.ABANDONED, code="superseded", message="Another run took over.")


def end(attempt: UUID, *, state: ProcessingAttempt.State, **fields: Any) -> None:
    """Write how a run ended, unless somebody has already. What grew of a set that came to nothing is not shown on."""
    if "code" in fields:
        fields["code"] = fields["code"][:60]
    ProcessingAttempt.objects.filter(pk=attempt, state=State.RUNNING).update(state=state, finished_at=Now(), **fields)
    if state != State.SUCCEEDED:
        GrowingStream.objects.filter(attempt=attempt).delete()


def locked(begun: Begun) -> AssetVersion:
    """The version. Its asset's row is locked first, as every use case does: so nobody deadlocks."""
    Asset.objects.select_for_update().filter(pk=begun.asset_id).values_list("pk").first()
    version = AssetVersion.objects.select_for_update().filter(pk=begun.version_id, attempt=begun.attempt).first()
    if version is None:
        raise Superseded
    return version
