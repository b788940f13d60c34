"""Lifecycles: one enum and one transition table each, mirrored by check constraints and triggers on the rows."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.errors import Conflict
from permissions.vocabulary import AssetState


class Kind(TextChoices):
    PHOTO = "photo", _("Photo")
    INFOGRAPHIC = "infographic", _("Infographic")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    ARTICLE = "article", _("Article")


class UseKind(TextChoices):
    """How a work is used; ``assets/uses`` counts it."""

    EMBED = "embed", _("Embedded")
    MEDIA = "media", _("File shown in a page")
    DOWNLOAD = "download", _("Downloaded")
    READ = "read", _("Read by a program")


class Fit(TextChoices):
    """How a picture is brought into a size that somebody asks for: whole within it, or cut to fill it."""

    CONTAIN = "contain", _("The whole picture, within this size")
    COVER = "cover", _("Cut around its subject, to fill this size")


class PictureFormat(TextChoices):
    """File types that pictures are made in on demand."""

    WEBP = "webp", "WebP"
    JPEG = "jpeg", "JPEG"
    AVIF = "avif", "AVIF"
    PNG = "png", "PNG"


class Colour(TextChoices):
    """What a picture is mostly of; ``transcoding/pictures/palette.py`` says how it is told. ``black_and_white``: it has
    no other colour."""

    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")
    PINK = "pink", _("Pink")
    BROWN = "brown", _("Brown")
    BLACK = "black", _("Black")
    GREY = "grey", _("Grey")
    WHITE = "white", _("White")
    BLACK_AND_WHITE = "black_and_white", _("Black and white")


class Language(TextChoices):
    VI = "vi", _("Vietnamese")
    EN = "en", _("English")
    ZH = "zh", _("Chinese")


class TextState(TextChoices):
    """Where a text stands beside the original: ``machine`` was never read by a person, ``stale`` was made from words
    that have changed since."""

    ORIGINAL = "original", _("Original")
    TRANSLATED = "translated", _("Translated")
    MACHINE = "machine", _("Machine translation")
    STALE = "stale", _("Out of date")


class TrackKind(TextChoices):
    """``captions`` are for those who cannot hear and tell of sounds too, ``subtitles`` translate what is said."""

    CAPTIONS = "captions", _("Captions")
    SUBTITLES = "subtitles", _("Subtitles")
    CHAPTERS = "chapters", _("Chapters")


class TrackState(TextChoices):
    """A draft is for those who work on the asset; what is published goes wherever the media goes."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class CollectionKind(TextChoices):
    ALBUM = "album", _("Album")
    TOPIC = "topic", _("Topic")
    EVENT = "event", _("Event")


class UploadState(TextChoices):
    """An upload is open until exactly one of the others happens."""

    OPEN = "open", _("Open")
    COMPLETED = "completed", _("Completed")
    ABORTED = "aborted", _("Aborted")
    EXPIRED = "expired", _("Expired")


class VersionState(TextChoices):
    """``received``: whole in the store, not yet verified. ``rejected``: with a reason; the original stays."""

    RECEIVED = "received", _("Received")
    PROCESSING = "processing", _("Processing")
    READY = "ready", _("Ready")
    REJECTED = "rejected", _("Rejected")


class CorrectionState(TextChoices):
    """What became of a file that was to take the place of another: ``waiting`` for somebody else's confirmation."""

    PROCESSING = "processing", _("Being processed")
    WAITING = "waiting", _("Waits for confirmation")
    ADOPTED = "adopted", _("Adopted")
    DECLINED = "declined", _("Declined")
    REJECTED = "rejected", _("Rejected")


class RevisionAct(TextChoices):
    """What brought the content of an asset to a state of its history."""

    CREATED = "created", _("Created")
    EMBEDDED = "embedded", _("Filled in from the file")
    EDITED = "edited", _("Edited")
    TABLE_SET = "table_set", _("Data table changed")
    TRACKS_CHANGED = "tracks_changed", _("Captions or chapters changed")
    REPLACED = "replaced", _("Original replaced")
    FILE_RESTORED = "file_restored", _("Earlier original restored")
    TEXTS_RESTORED = "texts_restored", _("Earlier texts restored")
    FOUND = "found", _("As it was before the history began")


class NominationState(TextChoices):
    """What became of an agency's proposal to the central desk."""

    OPEN = "open", _("Waiting for the desk")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class WorkflowAct(TextChoices):
    """What can happen to an asset on its way to publication and after."""

    SUBMITTED = "submitted", _("Submitted for review")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    APPROVED = "approved", _("Approved")
    APPROVAL_LAPSED = "approval_lapsed", _("Approval lapsed by an edit")
    SCHEDULED = "scheduled", _("Scheduled")
    SCHEDULE_CANCELLED = "schedule_cancelled", _("Schedule cancelled")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ARCHIVED = "archived", _("Archived")
    RESTORED = "restored", _("Restored as a draft")
    ASSIGNED = "assigned", _("Assigned")
    NOMINATED = "nominated", _("Nominated to the central desk")
    DELETED = "deleted", _("Put into the trash")
    UNDELETED = "undeleted", _("Taken out of the trash")
    HELD = "held", _("Legal hold placed")
    HOLD_LIFTED = "hold_lifted", _("Legal hold lifted")


class IllegalTransition(Conflict):
    code = "illegal_transition"


A = AssetState
ASSET_TRANSITIONS: Mapping[AssetState, frozenset[AssetState]] = {
    A.DRAFT: frozenset({A.IN_REVIEW, A.PUBLISHED, A.SCHEDULED, A.ARCHIVED}),
    A.IN_REVIEW: frozenset({A.CHANGES_REQUESTED, A.APPROVED, A.DRAFT}),
    A.CHANGES_REQUESTED: frozenset({A.IN_REVIEW, A.DRAFT, A.ARCHIVED}),
    A.APPROVED: frozenset({A.PUBLISHED, A.SCHEDULED, A.CHANGES_REQUESTED, A.IN_REVIEW}),
    A.SCHEDULED: frozenset({A.PUBLISHED, A.APPROVED, A.DRAFT, A.IN_REVIEW}),
    A.PUBLISHED: frozenset({A.WITHDRAWN, A.ARCHIVED}),
    A.WITHDRAWN: frozenset({A.DRAFT, A.ARCHIVED}),
    A.ARCHIVED: frozenset({A.DRAFT}),
}
V = VersionState
VERSION_TRANSITIONS: Mapping[VersionState, frozenset[VersionState]] = {
    V.RECEIVED: frozenset({V.PROCESSING, V.REJECTED}),
    V.PROCESSING: frozenset({V.READY, V.REJECTED}),
    V.READY: frozenset({V.PROCESSING}),
    V.REJECTED: frozenset({V.RECEIVED}),
}
UPLOAD_TRANSITIONS: Mapping[UploadState, frozenset[UploadState]] = {
    UploadState.OPEN: frozenset({UploadState.COMPLETED, UploadState.ABORTED, UploadState.EXPIRED}),
    UploadState.COMPLETED: frozenset(),
    UploadState.ABORTED: frozenset(),
    UploadState.EXPIRED: frozenset(),
}
N = NominationState
NOMINATION_TRANSITIONS: Mapping[NominationState, frozenset[NominationState]] = {
    N.OPEN: frozenset({N.ACCEPTED, N.DECLINED}),
    N.ACCEPTED: frozenset(),
    N.DECLINED: frozenset(),
}

C = CorrectionState
CORRECTION_TRANSITIONS: Mapping[CorrectionState, frozenset[CorrectionState]] = {
    C.PROCESSING: frozenset({C.WAITING, C.ADOPTED, C.DECLINED, C.REJECTED}),
    C.WAITING: frozenset({C.ADOPTED, C.DECLINED}),
    C.ADOPTED: frozenset(),
    C.DECLINED: frozenset(),
    C.REJECTED: frozenset(),
}


T = TypeVar("T", bound=TextChoices)


def require_transition(table: Mapping[T, frozenset[T]], now: T, then: T) -> None:
    """Raise :class:`IllegalTransition` unless the table has it."""
    if then not in table[now]:
        sentence = gettext("“%(now)s” cannot become “%(then)s”.") % {"now": now.label, "then": then.label}
        raise IllegalTransition(sentence, state=str(now), wanted=str(then))


class Medium(TextChoices):
    """Where a work was published by somebody else."""

    WEB = "web", _("On the web")
    PRINT = "print", _("In print")
    BROADCAST = "broadcast", _("On air")
    SOCIAL = "social", _("On a social network")


class AlertRhythm(TextChoices):
    """How often letters tell what is new in a saved search."""

    NEVER = "never", _("No letters")
    DAILY = "daily", _("One letter a day")
    AT_ONCE = "at_once", _("A letter at once")
