"""The steps of signing in after the password or the identity provider's word."""

import hmac
from typing import Any

from allauth.mfa.stages import AuthenticateStage

KEY = "session_auth_hash"


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Waits for the second factor of the person who passed the first step, for as long as that step still counts.

    django-allauth keeps who waits by id alone: a new password, or a suspension, would not end the wait.
    """

    def handle(self) -> tuple[Any, bool]:
        response, goes_on = super().handle()
        if response is not None:
            self.state[KEY] = self.login.user.get_session_auth_hash()
        return response, goes_on

    @property
    def still_counts(self) -> bool:
        """Whether the person may still sign in, and by the password of the first step."""
        user = self.login.user
        stored = str(self.state.get(KEY, ""))
        return bool(user.is_active) and hmac.compare_digest(stored.encode(), user.get_session_auth_hash().encode())
