"""OpenAPI 3.1: every operation documents its problem answers and both ways to sign in."""

from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from api.deprecation import describe_deprecation
from api.idempotency import HEADER, REPLAYED
from api.scopes import NEEDS, in_words
from api.serializers.shaped import FOUND, READ
from permissions.vocabulary import Scope

PROBLEM_STATUSES = {
    "400": "The request cannot be used (`invalid`, `unknown_field`, `malformed`, …).",
    "401": "Not signed in (`not_signed_in`, `token_invalid`).",
    "403": "Not allowed; `code` is the policy's reason.",
    "404": "Not found, or not visible to you.",
    "429": "Too many requests; see `Retry-After`.",
    "503": "Database or store not available; see `Retry-After`.",
}
WRITING_STATUSES = {"409": "The state of things does not allow this now; `code` says why."}
BODY_STATUSES = {
    "413": "The body is too large.",
    "415": "The body's media type is not one that this operation takes.",
}
TOO_LONG = "The address is longer than 8190 bytes. The web server says so itself, with a body of its own."
"""Status 414, without a type of content, so that errors of clients made from the document stay problems."""
CONDITION_STATUSES = {"412": "`precondition_failed`: it changed since you read it, or `If-Match` is no ETag of ours."}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": True},
    },
    "additionalProperties": True,
}
KEY_STATUSES = {"422": "`idempotency_key_reused`: the Idempotency-Key came with another request before."}
REPLAYED_HEADER: dict[str, Any] = {
    "description": "The same request came before with this Idempotency-Key; this is what was answered then.",
    "schema": {"type": "string", "enum": ["true"]},
}
TOKEN, OAUTH, SESSION = "token", "oauth", "session"
"""Names of the security schemes."""
ANY_OF = frozenset({FOUND, READ})


class ProblemAutoSchema(AutoSchema):
    """Adds the problem answers that every operation may give."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        possible = PROBLEM_STATUSES | (WRITING_STATUSES if self.method != "GET" else {})
        possible |= BODY_STATUSES if "requestBody" in operation else {}
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        possible |= CONDITION_STATUSES if "If-Match" in names else {}
        possible |= KEY_STATUSES if HEADER in names else {}
        for status, description in possible.items():
            operation["responses"].setdefault(status, {"description": description})
        for status, answer in operation["responses"].items():
            if HEADER in names and int(status) < 300:
                answer.setdefault("headers", {})[REPLAYED] = REPLAYED_HEADER
            if int(status) >= 400:
                answer["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
            operation["responses"]["414"] = {"description": TOO_LONG}
        self._say_who_may_ask(operation)
        describe_deprecation(operation, method=self.method, path=self.path)
        return operation

    def _say_who_may_ask(self, operation: dict[str, Any]) -> None:
        """Scopes stand in the security requirements, as OpenAPI 3.1 has it for every kind of scheme (section 4.8.30);
        a stranger is the empty one."""
        name = operation["operationId"]
        if name in NEEDS:
            tokens = [{scheme: [str(scope) for scope in scopes]} for scopes in NEEDS[name] for scheme in (TOKEN, OAUTH)]
            strangers: list[dict[str, Any]] = [{}] if getattr(self.view, "takes_strangers", True) else []
            operation["security"] = [*tokens, {SESSION: []}, *strangers]
        described = [operation.get("description", ""), in_words(name)]
        operation["description"] = "\n\n".join(text for text in described if text)


def add_problem_schema(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: the shared ``Problem`` component."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    return result


def say_any_of(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: what is whole is also a valid part, so that "one of" would be wrong."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name in ANY_OF:
            schema["anyOf"] = schema.pop("oneOf")
    return result


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.BearerTokenAuthentication"
    name = [TOKEN, OAUTH]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:  # noqa: ARG002
        with translation.override("en"):  # whoever reads the document
            flow = {"tokenUrl": "/oauth/token", "scopes": {value: str(label) for value, label in Scope.choices}}
        return [
            {"type": "http", "scheme": "bearer", "description": "An API token: `mc_…`."},
            {
                "type": "oauth2",
                "description": "An OAuth client's access token: `mca_…`.",
                "flows": {"clientCredentials": flow},
            },
        ]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.SessionAuthentication"
    name = SESSION

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002
        from django.conf import settings

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
