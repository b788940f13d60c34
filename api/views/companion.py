"""Lets off-the-shelf Uppy (``@uppy/aws-s3`` with ``companionEndpoint``) upload here.

Uppy sends neither cookies nor headers of ours, so the endpoint's URL itself is the credential: it names person or token
and agency, is signed, and ends after ``LIFETIME``. The routes and shapes are those of Uppy Companion's S3 part;
``uploadId`` is our upload's id, and each file's meta must carry ``size``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, BinaryIO, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import method_not_allowed, plain_problem_of
from api.forms import refuse_larger_form
from api.idempotency import takes_no_key
from api.parsers import bounded_json, read_bounded
from api.serializers.base import checked, find_agency
from api.serializers.inputs import CompanionIn
from api.serializers.outputs import CompanionOut
from api.views.base import SignedInView
from assets.models import Asset, Upload
from assets.states import Kind, Language
from assets.storage.base import MAX_OBJECT_SIZE, MAX_PARTS, MIN_PART_SIZE
from assets.usecases.uploads_abort import abort_upload
from assets.usecases.uploads_complete import ClaimedPart, complete_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from assets.usecases.uploads_parts import PartRequest, arrived_parts, own_upload, sign_parts
from assets.usecases.uploads_single import upload_whole
from permissions.actor import ANONYMOUS, Actor, actor_for_token, actor_for_user
from permissions.errors import DomainError, Invalid, NotAllowed, NotFound
from permissions.models import Agency, ApiToken, User
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction, Scope

SALT = "mediacenter.companion"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Capability:
    """What a companion URL grants: uploading to one agency as one actor."""

    actor: Actor
    agency: Agency
    defaults: dict[str, str]


class CompanionView(SignedInView):
    @extend_schema(
        operation_id="uploads_companion",
        summary="An endpoint for Uppy",
        description="Give the URL to Uppy's AWS S3 plugin as `companionEndpoint`. Whoever has it can upload as you.",
        request=CompanionIn,
        responses={201: CompanionOut},
    )
    @takes_no_key("the URL is a secret that is kept nowhere. Ask for another one.")
    def post(self, request: Request) -> Response:
        values = checked(CompanionIn, request.data)
        agency = find_agency(self.actor, values.pop("agency"))
        require(can_in_agency(self.actor, AgencyAction.UPLOAD, agency.path))
        token = signing.dumps(
            {
                "user": str(self.actor.user_id or ""),
                "token": str(self.actor.token_id or ""),
                "scopes": None if self.actor.scopes is None else sorted(self.actor.scopes),
                "agency": str(agency.pk),
                "defaults": values,
            },
            salt=SALT,
        )
        answer = {
            "companion_endpoint": f"{settings.SITE_URL}/api/v1/companion/{token}",
            "expires_at": datetime.now(UTC) + LIFETIME,
        }
        return Response(CompanionOut(answer).data, status=201)


def read_capability(token: str) -> Capability:
    """The rights behind the URL as they are now; ``NotAllowed`` when it is over, or they are gone."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        raise NotAllowed("This upload address is not valid, or its time is over.", code="url_invalid") from None
    actor = ANONYMOUS
    if said["token"]:
        row = ApiToken.objects.select_related("user", "agency").annotate(now=Now()).filter(pk=said["token"]).first()
        actor = _narrowed(actor_for_token(row, now=row.now) if row else ANONYMOUS, said.get("scopes"))
    elif user := User.objects.filter(pk=said["user"]).first():
        actor = actor_for_user(user)
    agency = Agency.objects.filter(pk=said["agency"], is_active=True).first()
    if agency is None or actor.is_anonymous:
        raise NotAllowed("This upload address is not valid any more.", code="url_invalid")
    return Capability(actor=actor, agency=agency, defaults=said["defaults"])


def _narrowed(actor: Actor, scopes: list[str] | None) -> Actor:
    """No more than who made the address had then: an OAuth client's access token may have fewer scopes than it."""
    if scopes is None or actor.scopes is None:
        return actor
    return replace(actor, scopes=actor.scopes & {Scope(scope) for scope in scopes})


Handler = Callable[..., HttpResponseBase]


def companion(handler: Handler) -> Handler:
    """Reads the capability, answers preflights, turns domain errors into problems."""

    @wraps(handler)
    def answer(view: View, request: HttpRequest, token: str, **where: Any) -> HttpResponseBase:
        try:
            response = handler(view, request, read_capability(token), **where)
        except (DomainError, exceptions.APIException, SuspiciousOperation, OperationalError, InterfaceError) as error:
            response = plain_problem_of(error)
        response["Cache-Control"] = "no-store"
        return response

    return answer


@method_decorator(csrf_exempt, name="dispatch")
class CompanionRoute(View):
    """One route of the companion protocol."""

    allowed: ClassVar[str] = "GET, POST, DELETE"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = (
            HttpResponse(status=204) if request.method == "OPTIONS" else super().dispatch(request, *args, **kwargs)
        )
        if response.status_code == 405:
            response = method_not_allowed(response["Allow"])
        response["Vary"] = "Origin"
        origin = request.headers.get("Origin", "")
        if origin in settings.UPLOAD_CORS_ORIGINS or origin == settings.SITE_URL:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Methods"] = self.allowed
            response["Access-Control-Allow-Headers"] = "content-type"
            response["Access-Control-Expose-Headers"] = "ETag"
        return response


SIZE_MISSING = "Set the file's size in its meta: uppy.setFileMeta(file.id, {{size: file.data.size}})."  # a format


class MetadataIn(serializers.Serializer[Any]):
    """Uppy sends all of a file's meta; only the size matters here."""

    size = serializers.IntegerField(
        min_value=1, max_value=MAX_OBJECT_SIZE, error_messages={"required": SIZE_MISSING, "invalid": SIZE_MISSING}
    )


class CreateIn(serializers.Serializer[Any]):
    filename = serializers.CharField(max_length=1000, trim_whitespace=False)
    type = serializers.CharField(max_length=200, required=False, allow_blank=True, allow_null=True)
    metadata = MetadataIn()


class UppyPartIn(serializers.Serializer[Any]):
    PartNumber = serializers.IntegerField(min_value=1, max_value=MAX_PARTS)
    ETag = serializers.CharField(max_length=200)


class PartListIn(serializers.Serializer[Any]):
    parts = serializers.ListField(child=UppyPartIn(), max_length=MAX_PARTS)


class CreateMultipart(CompanionRoute):
    @companion
    def post(self, request: HttpRequest, capability: Capability) -> HttpResponseBase:
        said = checked(CreateIn, _json(request))
        upload = _create(
            capability, filename=said["filename"], size=said["metadata"]["size"], media_type=said.get("type") or ""
        )
        return JsonResponse({"key": upload.key, "uploadId": str(upload.pk)})


class MultipartUpload(CompanionRoute):
    @companion
    def get(self, request: HttpRequest, capability: Capability, upload_id: UUID) -> HttpResponseBase:
        upload = _own(request, capability, upload_id)
        parts = arrived_parts(by=capability.actor, upload_id=upload.pk)
        rows = [{"PartNumber": part.number, "Size": part.size, "ETag": f'"{part.etag}"'} for part in parts]
        return JsonResponse(rows, safe=False)

    @companion
    def delete(self, request: HttpRequest, capability: Capability, upload_id: UUID) -> HttpResponseBase:
        abort_upload(by=capability.actor, upload_id=_own(request, capability, upload_id).pk)
        return JsonResponse({})


class MultipartPart(CompanionRoute):
    @companion
    def get(self, request: HttpRequest, capability: Capability, upload_id: UUID, number: int) -> HttpResponseBase:
        upload = _own(request, capability, upload_id)
        (part,) = sign_parts(by=capability.actor, upload_id=upload.pk, parts=[PartRequest(number=number)])
        return JsonResponse({"url": part.request.url, "expires": int(settings.PART_URL_LIFETIME.total_seconds())})


class CompleteMultipart(CompanionRoute):
    @companion
    def post(self, request: HttpRequest, capability: Capability, upload_id: UUID) -> HttpResponseBase:
        upload = _own(request, capability, upload_id)
        parts = checked(PartListIn, _json(request))["parts"]
        claimed = [ClaimedPart(number=part["PartNumber"], etag=part["ETag"]) for part in parts]
        done = complete_upload(by=capability.actor, upload_id=upload.pk, claimed=claimed)
        return JsonResponse(_completed(done))


class FormParams(CompanionRoute):
    """For small files Uppy asks for a form to post; ours leads back here."""

    @companion
    def get(self, request: HttpRequest, capability: Capability) -> HttpResponseBase:  # noqa: ARG002
        return JsonResponse(
            {
                "method": "POST",
                "url": settings.SITE_URL + request.path.removesuffix("/params") + "/form",
                "fields": {
                    "key": request.GET.get("filename", "file")[:255] or "file",
                    "type": request.GET.get("type", "")[:100],
                },
            }
        )


class FormUpload(CompanionRoute):
    @companion
    def post(self, request: HttpRequest, capability: Capability) -> HttpResponseBase:
        refuse_larger_form(request)
        file = request.FILES.get("file")
        if file is None:
            raise Invalid("Send the file.", fields={"file": ["Send the file."]})
        new = NewUpload(
            filename=file.name or request.POST.get("key", ""),
            size=file.size or 0,
            media_type=request.POST.get("type", "")[:100],
            **_defaults(capability),
        )
        upload = upload_whole(
            by=capability.actor,
            agency=capability.agency,
            new=new,
            body=cast("BinaryIO", file),
            limit=settings.SINGLE_POST_LIMIT,
        )
        response = JsonResponse(_completed(upload), status=201)
        response["ETag"] = f'"{upload.sha256}"'
        return response


def _create(capability: Capability, *, filename: str, size: int, media_type: str) -> Upload:
    new = NewUpload(
        filename=filename,
        size=size,
        media_type=media_type,
        part_size=max(MIN_PART_SIZE, -(-size // MAX_PARTS)),  # how Uppy cuts when nobody tells it otherwise
        **_defaults(capability),
    )
    upload, _ = create_upload(by=capability.actor, agency=capability.agency, new=new)
    return upload


def _defaults(capability: Capability) -> dict[str, Any]:
    said = capability.defaults
    return {
        "kind": Kind(said["kind"]) if said.get("kind") else None,
        "language": Language(said.get("language", Language.VI)),
        "album": said.get("album", ""),
    }


def _own(request: HttpRequest, capability: Capability, upload_id: UUID) -> Upload:
    upload = own_upload(capability.actor, upload_id)
    if request.GET.get("key", upload.key) != upload.key or upload.agency_id != capability.agency.pk:
        raise NotFound("There is no such upload.")
    return upload


def _completed(upload: Upload) -> dict[str, str]:
    asset = Asset.objects.get(pk=upload.asset_id)
    location = f"{settings.SITE_URL}/assets/{asset.pk}"
    return {"location": location, "bucket": "", "key": upload.key, "reference": asset.reference}


def _json(request: HttpRequest) -> dict[str, Any]:
    said = bounded_json(read_bounded(cast("BinaryIO", request)))
    if not isinstance(said, dict):
        raise Invalid("The body is not a JSON object.", code="malformed")
    return said
