"""A shadow of the network that the property tests keep beside the database: what must be so if every act did exactly
what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from assets.models import Asset
from permissions.actor import ANONYMOUS, Actor, actor_for_user
from permissions.errors import DomainError
from permissions.models import AuditEvent, User
from permissions.usecases.tokens import recognise
from permissions.vocabulary import AssetState

T = TypeVar("T")


@dataclass
class Work:
    """What is known of one asset."""

    agency: UUID
    size: int
    state: AssetState
    makers: set[UUID]
    approvers: set[UUID] = field(default_factory=set)
    passed: bool = False
    """Whether everybody whom the policy asked has approved the present content, or it asked nobody."""


@dataclass
class Caller:
    """A person, or a token by its secret: taken anew for each act, as for each request."""

    user: User | None = None
    secret: str = ""

    def actor(self) -> Actor:
        if self.secret:
            return recognise(self.secret)[1]
        return actor_for_user(User.objects.get(pk=self.user.pk)) if self.user else ANONYMOUS


class Ledger:
    """Counts the record from outside: every act that succeeded leaves exactly its events, a refused one none."""

    def __init__(self) -> None:
        self.count = AuditEvent.objects.count()

    def attempt(self, run: Callable[..., T], acts: Sequence[str] | None, **said: Any) -> tuple[T | None, str]:
        """What the act returned, or the reason of its refusal. ``acts`` None: it may also find that there is nothing
        to do, and then leaves nothing."""
        try:
            with transaction.atomic():
                done = run(**said)
        except DomainError as refusal:
            assert AuditEvent.objects.count() == self.count, f"{run.__name__} was refused and left an event"
            return None, refusal.reason
        made = list(AuditEvent.objects.order_by("-id")[: AuditEvent.objects.count() - self.count])
        self.count += len(made)
        left = sorted(event.act for event in made)
        assert acts is None or left == sorted(acts), f"{run.__name__} left {left}, not {sorted(acts)}"
        if "by" in said and said["by"] is not None:
            for event in made:
                assert (event.user_id, event.token_id) == (said["by"].user_id, said["by"].token_id), event.act
        return done, ""


def assets_now() -> list[Asset]:
    return list(Asset.objects.with_policy_facts().order_by("pk"))
