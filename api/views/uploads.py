from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.forms import refuse_larger_form
from api.idempotency import IDEMPOTENCY_KEY, REPLAYED, idempotency_key
from api.pagination import NewestFirst
from api.presenters import upload_out
from api.serializers.base import checked, checked_form, checked_query, find_agency
from api.serializers.inputs import (
    CompleteIn,
    PageQuery,
    PartsIn,
    UploadFileIn,
    UploadIn,
    file_values,
)
from api.serializers.outputs import ArrivedParts, SignedPartsOut, UploadOut
from api.views.base import SignedInView, page
from api.views.session import granted_agencies
from assets.models import Asset, Upload
from assets.quota import warnings_of
from assets.states import UploadState
from assets.usecases.uploads_abort import abort_upload
from assets.usecases.uploads_complete import ClaimedPart, complete_upload
from assets.usecases.uploads_create import NewUpload, create_upload
from assets.usecases.uploads_parts import PartRequest, arrived_parts, own_upload, sign_parts
from assets.usecases.uploads_single import upload_whole
from permissions.actor import Actor
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.rows import KEPT
from permissions.vocabulary import AgencyAction


def present(upload: Upload) -> dict[str, Any]:
    asset = Asset.objects.filter(KEPT, pk=upload.asset_id).first() if upload.state == UploadState.COMPLETED else None
    return UploadOut(upload_out(upload, asset=asset, quota_warnings=warnings_of(upload.agency))).data


class OwnUploads(NewestFirst):
    """Fetches the assets of a page of uploads at once."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        found: list[Upload] = super().paginate_queryset(queryset, request, view=view) or []
        assets = Asset.objects.filter(KEPT).in_bulk([u.asset_id for u in found if u.state == UploadState.COMPLETED])
        return [(upload, assets.get(upload.asset_id)) for upload in found]


class UploadsView(SignedInView):
    queryset = Upload.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(operation_id="uploads_list", summary="Your uploads, newest first", parameters=[PageQuery],
                   responses=UploadOut(many=True))  # fmt: skip
    def get(self, request: Request) -> Response:
        checked_query(PageQuery, request.query_params)
        rows = Upload.objects.filter(actor_key=self.actor.key).select_related("agency")
        return page(self, rows, lambda row: UploadOut(upload_out(row[0], asset=row[1])).data, OwnUploads)

    @extend_schema(
        operation_id="uploads_create",
        summary="Begin an upload in parts",
        description=(
            "With `asset` the file becomes that asset's next version. Answers the part size. "
            "Ask `parts` for a signed request per part, PUT them, then `complete`."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=UploadIn,
        responses={
            201: UploadOut,
            200: OpenApiResponse(UploadOut, description="The same request came before with this Idempotency-Key."),
            409: OpenApiResponse(description="`duplicate`: the file is already here; see `duplicate_of`."),
        },
    )
    def post(self, request: Request) -> Response:
        values = checked(UploadIn, request.data)
        new = NewUpload(
            filename=values["filename"],
            size=values["size"],
            media_type=values.get("media_type", ""),
            part_checksums=values.get("part_checksums") == "sha256",
            **file_values(values),
        )
        agency = find_agency(self.actor, values["agency"]) if "agency" in values else None
        upload, created = create_upload(by=self.actor, agency=agency, new=new, idempotency_key=idempotency_key(request))
        if created:
            return Response(present(upload), status=201)
        return Response(present(upload), headers={REPLAYED: "true"})


class UploadView(SignedInView):
    @extend_schema(operation_id="uploads_get", summary="One of your uploads", responses=UploadOut)
    def get(self, request: Request, upload_id: UUID) -> Response:  # noqa: ARG002
        return Response(present(own_upload(self.actor, upload_id)))

    @extend_schema(operation_id="uploads_abort", summary="Give up an upload", request=None, responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:  # noqa: ARG002
        abort_upload(by=self.actor, upload_id=upload_id)
        return Response(status=204)


class UploadPartsView(SignedInView):
    @extend_schema(
        operation_id="uploads_parts_list",
        summary="Which parts arrived",
        responses={200: ArrivedParts, 409: OpenApiResponse(description="`upload_closed`: it has ended; see `state`.")},
    )
    def get(self, request: Request, upload_id: UUID) -> Response:  # noqa: ARG002
        parts = arrived_parts(by=self.actor, upload_id=upload_id)
        rows = [{"number": p.number, "size": p.size, "etag": p.etag, "sha256": p.sha256} for p in parts]
        return Response(ArrivedParts({"parts": rows}).data)

    @extend_schema(
        operation_id="uploads_parts_sign",
        summary="Signed requests for parts",
        description="Send all `headers` as given and exactly `size` bytes; the store refuses anything else.",
        request=PartsIn,
        responses=SignedPartsOut,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        values = checked(PartsIn, request.data)
        wanted = [PartRequest(number=part["number"], sha256=part.get("sha256", "")) for part in values["parts"]]
        signed = sign_parts(by=self.actor, upload_id=upload_id, parts=wanted)
        rows = [
            {
                "number": part.spec.number,
                "size": part.spec.size,
                "method": part.request.method,
                "url": part.request.url,
                "headers": dict(part.request.headers),
                "expires_at": part.request.expires_at,
            }
            for part in signed
        ]
        return Response(SignedPartsOut({"parts": rows}).data)


class UploadCompleteView(SignedInView):
    @extend_schema(
        operation_id="uploads_complete",
        summary="Join the parts; from a success on, nothing of the file is lost",
        request=CompleteIn,
        responses=UploadOut,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        values = checked(CompleteIn, request.data)
        claimed = [ClaimedPart(**part) for part in values["parts"]] if "parts" in values else None
        return Response(present(complete_upload(by=self.actor, upload_id=upload_id, claimed=claimed)))


class UploadFileView(SignedInView):
    """``curl -F file=@photo.jpg``."""

    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_larger_form(request)  # first: the CSRF check of a session would read the whole form
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="uploads_file",
        summary="A small file in one request",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": UploadFileIn},
        responses={201: UploadOut, 413: OpenApiResponse(description="`too_large`: send it in parts.")},
    )
    def post(self, request: Request) -> Response:
        values = checked_form(UploadFileIn, request.data)
        file: UploadedFile[bytes] = values["file"]
        agency = find_agency(self.actor, values["agency"]) if "agency" in values else None
        if agency is None and "asset" not in values:
            agency = only_agency(self.actor)
        new = NewUpload(
            filename=file.name or "",
            size=file.size or 0,
            media_type=(file.content_type or "")[:100],
            **file_values(values),
        )
        upload = upload_whole(
            by=self.actor,
            agency=agency,
            new=new,
            body=cast("BinaryIO", file),
            limit=settings.SINGLE_POST_LIMIT,
            idempotency_key=idempotency_key(request),
        )
        return Response(present(upload), status=201)


def only_agency(actor: Actor) -> Agency:
    """The agency to upload to when none was named: the only one in which the actor may."""
    may = [a for a in granted_agencies(actor) if can_in_agency(actor, AgencyAction.UPLOAD, a.path)]
    if len(may) != 1:
        raise serializers.ValidationError({"agency": ["Say which agency the file is for."]})
    return may[0]
