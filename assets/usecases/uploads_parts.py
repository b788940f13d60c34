"""Parts of an upload: signed requests to send them, and which arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.access import get_visible
from assets.models import Upload
from assets.states import UploadState
from assets.storage import get_store
from assets.storage.base import PartSpec, SignedRequest, StoredPart
from assets.usecases.uploads_create import SHA256
from assets.usecases.versions_replace import require_replaceable
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction

MAX_PARTS_PER_REQUEST = 100


class UploadClosed(Conflict):
    """The upload was completed, aborted or has expired."""

    code = "upload_closed"


@dataclass(frozen=True, kw_only=True)
class PartRequest:
    number: int
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedPart:
    spec: PartSpec
    request: SignedRequest


def own_upload(by: Actor, upload_id: UUID) -> Upload:
    """The actor's own upload; anybody else's is :class:`NotFound`."""
    found = Upload.objects.select_related("agency").filter(pk=upload_id, actor_key=by.key).first()
    if found is None or by.is_anonymous:
        raise NotFound("There is no such upload.")
    return found


def require_open(upload: Upload) -> None:
    if upload.state != UploadState.OPEN:
        sentence = _("This upload is closed: %(state)s.") % {"state": upload.get_state_display().lower()}
        raise UploadClosed(sentence, state=upload.state)


def require_right(by: Actor, upload: Upload) -> None:
    """To add to the agency, or to give the asset that is replaced another original. Raises ``NotAllowed``."""
    if upload.replacement:
        require_replaceable(by, get_visible(by, upload.asset_id))
    else:
        require(can_in_agency(by, AgencyAction.UPLOAD, upload.agency.path))


def items_of(upload: Upload) -> int:
    """How many assets more there are when it completes."""
    return 0 if upload.replacement else 1


def sign_parts(*, by: Actor, upload_id: UUID, parts: Sequence[PartRequest]) -> list[SignedPart]:
    """Requests that store exactly these parts, and a longer life for an upload that is being worked on."""
    upload = own_upload(by, upload_id)
    require_open(upload)
    require_right(by, upload)
    specs = [_spec(upload, part) for part in parts]
    Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).update(
        expires_at=timezone.now() + settings.UPLOAD_LIFETIME
    )
    store = get_store()
    return [
        SignedPart(
            spec=spec,
            request=store.sign_part(upload.key, upload.store_upload_id, spec, expires_in=settings.PART_URL_LIFETIME),
        )
        for spec in specs
    ]


def _spec(upload: Upload, part: PartRequest) -> PartSpec:
    if not 1 <= part.number <= upload.part_count:
        raise Invalid(
            f"There is no part {part.number}: the file has parts 1 to {upload.part_count}.", code="part_unknown"
        )
    if upload.part_checksums != bool(part.sha256):
        raise Invalid(
            "Send the SHA-256 of every part, or announce the upload without part_checksums.",
            code="part_checksum_needed",
        )
    if part.sha256 and not SHA256.fullmatch(part.sha256):
        raise Invalid("Give the SHA-256 as 64 lower-case hexadecimal digits.", code="part_checksum_malformed")
    return PartSpec(number=part.number, size=upload.size_of_part(part.number), sha256=part.sha256 or None)


def arrived_parts(*, by: Actor, upload_id: UUID) -> list[StoredPart]:
    """The parts that the store has whole. A completed upload has none left to speak of: :class:`UploadClosed`."""
    upload = own_upload(by, upload_id)
    require_open(upload)
    return get_store().list_parts(upload.key, upload.store_upload_id)
