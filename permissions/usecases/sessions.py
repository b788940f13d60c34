"""Browser sessions of people: listed, ended one by one or together. An ended one is refused at its next request."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import NotFound
from permissions.models import User

SEEN_RESOLUTION = timedelta(minutes=1)
"""``last_seen_at`` is written at most this often."""
USER_AGENT_LENGTH = 200


def begin_session(*, user: User, key: str, address: str, user_agent: str) -> None:
    """List the session that a sign-in began, in place of those that ended on their own."""
    for session in UserSession.objects.filter(user=user):
        session.purge()
    UserSession.objects.update_or_create(
        session_key=key,
        defaults={"user": user, "ip": address, "user_agent": user_agent[:USER_AGENT_LENGTH]},
    )


def session_seen(*, key: str, address: str) -> None:
    """Remember when and from where a session was last used."""
    stale = UserSession.objects.filter(session_key=key, last_seen_at__lt=Now() - SEEN_RESOLUTION)
    stale.update(last_seen_at=Now(), ip=address)


def rename_session(*, before: str, after: str) -> None:
    """Django gave the session another key (it does when the password changes)."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def sessions_of(user: User) -> "QuerySet[UserSession]":
    """The one that was used last comes first."""
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    return rows


def forget_expired_sessions() -> int:
    """Delete the rows of sessions whose time is over; how many of them were listed somewhere."""
    Session.objects.filter(expire_date__lt=Now()).delete()
    gone = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    number, _ = gone.delete()
    return int(number)


@transaction.atomic
def end_session(*, by: Actor, session_id: int) -> None:
    """End one of one's own sessions; :class:`NotFound` for others' and for what is not there."""
    found = UserSession.objects.select_for_update().filter(user_id=by.user_id, pk=session_id).first()
    if found is None or by.user_id is None:
        raise NotFound("This session has ended, or is not yours.")
    found.end()
    record("session.ended", by=by, target=by.user_id, sessions=1)


@transaction.atomic
def end_sessions(*, of: User, by: Actor | None, keep: str | None = None) -> int:
    """End a person's sessions but the one with the key ``keep``; how many there were.

    For one's own other devices, a new password, and for people who are suspended.
    """
    ended = 0
    for session in UserSession.objects.select_for_update().filter(user=of).exclude(session_key=keep or ""):
        session.end()
        ended += 1
    if ended:
        record("session.ended", by=by, target=of.pk, sessions=ended)
    return ended
