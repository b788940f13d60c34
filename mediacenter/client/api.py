"""The routes of ``/api/v1`` that uploading needs. Every call may be repeated safely, so every call is retried."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx

from mediacenter.client.answers import (
    AgencyAnswer,
    ApiError,
    ArrivedPart,
    NewUpload,
    PartRequest,
    ProcessingAnswer,
    SessionAnswer,
    UploadAnswer,
)
from mediacenter.client.transport import Transport


class ApiClient(Transport):
    """What uploading asks of one server with one token."""

    def session(self) -> SessionAnswer:
        """Who the token stands for; :class:`ApiError` 401 when the server does not take it."""
        body = self._call("GET", "session")
        if not body.get("authenticated"):
            raise ApiError.of(401, {"code": "not_signed_in", "detail": "The server does not know this token."})
        return SessionAnswer.read(body)

    def agency(self, code: str) -> AgencyAnswer | None:
        """The agency with this code, in any case; None when there is none that one may know of."""
        try:
            return AgencyAnswer.read(self._call("GET", f"agencies/{quote(code.upper(), safe='')}"))
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def create_upload(self, new: NewUpload, *, idempotency_key: str) -> UploadAnswer:
        """Begin an upload; the same key gives the same upload again. 409 ``duplicate`` names the asset that has it."""
        headers = {"Idempotency-Key": idempotency_key}
        return UploadAnswer.read(self._call("POST", "uploads", json=new.body(), headers=headers))

    def upload(self, upload_id: str) -> UploadAnswer:
        return UploadAnswer.read(self._call("GET", f"uploads/{upload_id}"))

    def arrived_parts(self, upload_id: str) -> list[ArrivedPart]:
        return [ArrivedPart.read(part) for part in self._call("GET", f"uploads/{upload_id}/parts")["parts"]]

    def part_requests(self, upload_id: str, sha256_of: Sequence[tuple[int, str]]) -> list[PartRequest]:
        """Signed requests for these (number, SHA-256) parts, at most 100 of them."""
        asked = [{"number": number, "sha256": digest} for number, digest in sha256_of]
        body = self._call("POST", f"uploads/{upload_id}/parts", json={"parts": asked})
        return [PartRequest.read(part) for part in body["parts"]]

    def complete_upload(self, upload_id: str) -> UploadAnswer:
        """Acknowledged once this returns: the file is whole in the store and its row committed. Idempotent."""
        return UploadAnswer.read(self._call("POST", f"uploads/{upload_id}/complete", json={}))

    def processing(self, asset_id: str) -> ProcessingAnswer:
        return ProcessingAnswer.read(self._call("GET", f"assets/{asset_id}")["processing"])

    def replacement(self, asset_id: str) -> ProcessingAnswer:
        """How far the newest version of an asset is."""
        return ProcessingAnswer.of_version(self._call("GET", f"assets/{asset_id}/versions?page_size=1")["results"][0])

    def _call(self, method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self.call(method, path, json=json, headers=headers).body
