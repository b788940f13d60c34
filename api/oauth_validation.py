"""What the toolkit's endpoints ask about clients. Its validator with what serves other grants closed."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from permissions.models import ApiClient
from permissions.usecases.clients import CLIENT_ID, end_access, forget_expired
from permissions.vocabulary import Scope


class RegisteredScopes(BaseScopes):  # type: ignore[misc]  # the toolkit has no types
    """A client may ask for the scopes that it was registered with; who asks for none gets all of these."""

    def get_all_scopes(self) -> dict[str, str]:
        return {scope.value: str(scope.label) for scope in Scope}

    def get_available_scopes(self, application: ApiClient | None = None, *_: Any, **__: Any) -> list[str]:
        return list(application.token.scopes) if application is not None else Scope.values

    def get_default_scopes(self, application: ApiClient | None = None, *_: Any, **__: Any) -> list[str]:
        return self.get_available_scopes(application)


class ClientValidator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Clients that were registered here, by secret. Nothing is fetched to learn of others."""

    def _load_application(self, client_id: str, request: Any) -> ApiClient | None:
        """The client while it counts. The toolkit's own would look for it behind an address, if that were on."""
        if not CLIENT_ID.fullmatch(client_id or ""):
            return None
        rows = ApiClient.objects.select_related("token__agency", "token__created_by")
        client = rows.filter(client_id=client_id).first()
        found = client if client is not None and client.is_usable(request) else None
        request.client = found
        return found

    def _save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        forget_expired(request.client)
        super()._save_bearer_token(token, request, *args, **kwargs)

    def revoke_token(self, token: str, _hint: str, request: Any, *_: Any, **__: Any) -> None:
        """RFC 7009. There are access tokens only, whatever the hint says."""
        end_access(request.client, token)
