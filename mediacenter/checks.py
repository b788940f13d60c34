"""System checks: settings with which a start is refused (E) or which are worth a word (W). Part of every start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name

from assets.storage import StorageUrlError, parse_storage_url
from permissions.vocabulary import PlatformRole, Role

SHORTEST_SECRET = 40
"""Characters; 240 bits and more where they are random."""


@register(Tags.security)
def secret_key(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """It signs sessions and the URLs of stored bytes: who guesses it reads everything."""
    del app_configs, options
    for name, secret in (
        ("SECRET_KEY", settings.SECRET_KEY),
        *(("SECRET_KEY_FALLBACKS", each) for each in settings.SECRET_KEY_FALLBACKS),
    ):
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:
            return [
                Error(
                    f"{name} is too short or too simple.",
                    hint='Set it to the output of: python3 -c "import secrets; print(secrets.token_urlsafe(64))"',
                    id="mediacenter.E001",
                )
            ]
    return []


@register(Tags.security)
def debug(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Error pages of DEBUG show settings and source."""
    del app_configs, options
    if settings.DEBUG and settings.HTTPS:
        return [Error("DEBUG is on for a site on https.", hint="Unset DEBUG.", id="mediacenter.E002")]
    if settings.DEBUG:
        return [
            Warning("DEBUG is on: error pages show settings and source.", hint="Unset DEBUG.", id="mediacenter.W002")
        ]
    return []


@register(Tags.security)
def storage_url(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """A mistyped store must not look like an empty one."""
    del app_configs, options
    try:
        parse_storage_url(settings.STORAGE_URL)
    except StorageUrlError as error:
        return [Error(str(error), hint="See deploy/env.example.", id="mediacenter.E003")]
    return []


@register(Tags.security)
def media_origin(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Uploaded bytes on the site's own origin would sit beside its cookies."""
    del app_configs, options
    if settings.HTTPS and settings.MEDIA_ORIGIN == settings.SITE_URL:
        return [
            Warning(
                "Stored files are served from the site's own origin.",
                hint="Set MEDIA_ORIGIN to a second host name that has no cookies (deploy/nginx).",
                id="mediacenter.W003",
            )
        ]
    return []


@register(Tags.security)
def proxies(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """https ends at a proxy; without its word every request looks like http and like the proxy's own."""
    del app_configs, options
    if settings.HTTPS and settings.TRUSTED_PROXIES == 0:
        return [
            Warning(
                "SITE_URL is https, but no proxy is trusted to say so.",
                hint="Set TRUSTED_PROXIES to the number of your proxies in front (1 for nginx alone).",
                id="mediacenter.W004",
            )
        ]
    return []


@register(Tags.security)
def second_factors(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """People who run the whole platform are worth stealing; a mistyped role would ask nobody."""
    del app_configs, options
    unknown = sorted(set(settings.MFA_REQUIRED_FOR) - set(Role.values) - set(PlatformRole.values))
    if unknown:
        known = ", ".join([*PlatformRole.values, *Role.values])
        return [
            Error(
                f"MFA_REQUIRED_FOR names roles that there are not: {', '.join(unknown)}.",
                hint=f"The roles are: {known}.",
                id="mediacenter.E004",
            )
        ]
    left_out = sorted(set(PlatformRole.values) - set(settings.MFA_REQUIRED_FOR))
    if settings.HTTPS and left_out:
        return [
            Warning(
                f"People with these platform roles may sign in by a password alone: {', '.join(left_out)}.",
                hint=f"Set MFA_REQUIRED_FOR={','.join(PlatformRole.values)}",
                id="mediacenter.W005",
            )
        ]
    return []


@register(Tags.security)
def identity_provider(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Half a configuration must not look like none, and the provider's word must not travel in the clear."""
    from mediacenter.sign_in.oidc import is_secure
    from permissions.usecases.identities import parse_group_roles

    del app_configs, options
    found: list[CheckMessage] = []
    try:
        parse_group_roles(settings.OIDC_GROUP_ROLES)
    except ValueError as error:
        hint = "The form is group=AGENCY:role, several separated by semicolons."
        found.append(Error(f"OIDC_GROUP_ROLES cannot be read at “{error}”.", hint=hint, id="mediacenter.E005"))
    if not settings.OIDC_ISSUER:
        return found
    if not settings.OIDC_CLIENT_ID or not settings.OIDC_CLIENT_SECRET:
        hint = "The provider gives both when the Media Center is registered there."
        found.append(
            Error("OIDC_ISSUER is set without OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.", hint=hint, id="mediacenter.E006")
        )
    if not is_secure(settings.OIDC_ISSUER):
        found.append(Error("OIDC_ISSUER is not https.", hint="Only loopback may do without.", id="mediacenter.E007"))
    return found
