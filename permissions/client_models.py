"""OAuth clients: programs of an agency that fetch short-lived access tokens by their id and secret."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from oauth2_provider.models import AbstractApplication

from permissions.secrets import RANDOM


class ApiClient(AbstractApplication):  # type: ignore[misc]  # the toolkit has no types
    """The toolkit's application, narrowed to one grant: confidential, by client credentials, with a hashed secret.

    What it may do is that of its ``token``: an :class:`ApiToken` of an agency whose own secret nobody knows. Everything
    that a token is (its agency and role, its end, the record, rates, uploads, saved searches) is thereby the client's.
    """

    user = None
    """The toolkit's owner. Here the agency owns it."""
    token = models.OneToOneField("permissions.ApiToken", on_delete=models.PROTECT, related_name="client")

    class Meta:
        app_label = "permissions"
        constraints = (
            models.CheckConstraint(
                name="client_by_credentials_alone",
                condition=Q(
                    client_type=AbstractApplication.CLIENT_CONFIDENTIAL,
                    authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS,
                    registration_source=AbstractApplication.RegistrationSource.MANUAL,
                    hash_client_secret=True,
                    redirect_uris="",
                    post_logout_redirect_uris="",
                    allowed_origins="",
                    algorithm="",
                ),
            ),
            models.CheckConstraint(
                name="client_secret_is_hashed", condition=Q(client_secret__regex=rf"^{RANDOM}\$[0-9a-f]{{64}}$")
            ),
        )

    def __str__(self) -> str:
        return f"{self.token.name} ({self.client_id})"

    def is_usable(self, request: Any) -> bool:  # noqa: ARG002 - the toolkit passes it
        """Whether its token counts at this moment of the database, and its agency is open."""
        not_ended = Q(token__expires_at__isnull=True) | Q(token__expires_at__gt=Now())
        rows = ApiClient.objects.filter(not_ended, pk=self.pk, token__agency__is_active=True)
        return bool(rows.filter(token__revoked_at__isnull=True).exists())
