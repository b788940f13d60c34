from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import takes_no_key
from api.pagination import NewestFirst
from api.presenters import token_out
from api.serializers.base import checked, checked_query, find_agency
from api.serializers.inputs import PageQuery, TokenIn
from api.serializers.outputs import IssuedTokenOut, TokenOut
from api.views.base import SignedInView, page
from permissions.models import ApiToken
from permissions.usecases.clients import register_client
from permissions.usecases.tokens import issue_token, revoke_token, tokens_of
from permissions.vocabulary import Role, Scope


class TokensView(SignedInView):
    queryset = ApiToken.objects.none()  # for the schema
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="tokens_list",
        summary="Your tokens, and those of agencies you administer",
        parameters=[PageQuery],
        responses=TokenOut(many=True),
    )
    def get(self, request: Request) -> Response:
        checked_query(PageQuery, request.query_params)
        return page(self, tokens_of(self.actor), lambda token: TokenOut(token_out(token)).data)

    @extend_schema(
        operation_id="tokens_create",
        summary="Make a token; its secret is shown once",
        request=TokenIn,
        responses={201: IssuedTokenOut},
    )
    @takes_no_key("the secret is shown once and kept nowhere. Look at your tokens, and revoke what you do not know.")
    def post(self, request: Request) -> Response:
        values = checked(TokenIn, request.data)
        agency = find_agency(self.actor, values["agency"]) if "agency" in values else None
        role = Role(values["role"]) if "role" in values else None
        wanted: dict[str, Any] = {
            "by": self.actor,
            "name": values["name"],
            "scopes": [Scope(scope) for scope in values["scopes"]],
            "expires_at": values.get("expires_at"),
        }
        if values.get("oauth_client"):
            registered = register_client(agency=agency, role=role, **wanted)
            return answer_issued(registered.token, client_secret=registered.secret)
        issued = issue_token(agency=agency, role=role, **wanted)
        return answer_issued(issued.token, secret=issued.secret)


def answer_issued(token: ApiToken, *, secret: str | None = None, client_secret: str | None = None) -> Response:
    """The one answer that has the secret."""
    token.refresh_from_db()
    said = token_out(token) | {"token": secret, "client_secret": client_secret}
    return Response(IssuedTokenOut(said).data, status=201)


class TokenView(SignedInView):
    @extend_schema(operation_id="tokens_revoke", summary="Revoke a token", request=None, responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:  # noqa: ARG002
        revoke_token(by=self.actor, token_id=token_id)
        return Response(status=204)
