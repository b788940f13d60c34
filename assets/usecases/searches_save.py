"""Searches that one keeps: saved, renamed, looked at, given a feed, taken away."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assets.models import SavedSearch, SearchHit
from assets.models.saved_search import LONGEST_NAME
from assets.saved.asking import owner_of, searches_of, written
from assets.saved.following import place_for
from assets.saved.letters import settle
from assets.search.query_language import parse
from assets.states import AlertRhythm
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound
from permissions.models import ApiToken, User
from permissions.reasons import SENTENCES
from permissions.vocabulary import Reason, Scope

MOST: Final = 50
"""Searches that one owner may keep."""
SECRET_BYTES: Final = 32


class TooManySearches(Conflict):
    code = "too_many_searches"


class NameTaken(Conflict):
    code = "search_name_taken"


def find_search(actor: Actor, search_id: UUID) -> SavedSearch:
    """One's own, or :class:`NotFound`; ``NotAllowed`` for a token that may not read."""
    require_reading(actor)
    found = searches_of(actor).filter(pk=search_id).first()
    if found is None:
        raise NotFound(_("There is no such saved search."))
    return found


@transaction.atomic
def save_search(
    *, by: Actor, name: str, asked: Mapping[str, Any], alerts: AlertRhythm = AlertRhythm.NEVER
) -> SavedSearch:
    """Keep a search under a name of one's own. ``asked``: validated parameters, the agency as its row.

    Raises ``NotAllowed`` for who belongs to no agency or may not read, ``Invalid`` for letters to a token,
    :class:`NameTaken`, :class:`TooManySearches` and ``QueryUnreadable``.
    """
    _require_member(by)
    _require_letters_reach(by, alerts)
    parse(asked.get("search", ""))
    _lock_owner(by)
    mine = searches_of(by)
    if mine.count() >= MOST:
        raise TooManySearches(_("You keep %(most)d searches already: delete one first.") % {"most": MOST})
    _require_free(by, name)
    made = SavedSearch.objects.create(
        user_id=by.user_id,
        token_id=by.token_id if by.user_id is None else None,
        name=_named(name),
        asked=written(asked),
        language=(get_language() or "vi")[:10],
        alerts=alerts,
        **place_for(by),
    )
    record("search.saved", by=by, target=made.pk, name=made.name, alerts=str(alerts))
    return made


@transaction.atomic
def change_search(
    *, by: Actor, search_id: UUID, name: str | None = None, alerts: AlertRhythm | None = None
) -> SavedSearch:
    """Another name, another rhythm of letters, which tell of what is new from then on."""
    _lock_owner(by)
    saved = find_search(by, search_id)
    before = {"name": saved.name, "alerts": saved.alerts}
    if name is not None and name != saved.name:
        _require_free(by, name)
        saved.name = _named(name)
    if alerts is not None:
        _require_letters_reach(by, alerts)
        if saved.alerts == AlertRhythm.NEVER and alerts != saved.alerts:
            settle(saved)
        saved.alerts, saved.language = alerts, (get_language() or "vi")[:10]
    saved.save(update_fields=["name", "alerts", "language"])
    if before != {"name": saved.name, "alerts": saved.alerts}:
        record("search.changed", by=by, target=saved.pk, name=saved.name, alerts=str(saved.alerts), before=before)
    return saved


@transaction.atomic
def delete_search(*, by: Actor, search_id: UUID) -> None:
    """For good, with its feed."""
    SavedSearch.objects.select_for_update().filter(pk=search_id).values_list("pk").first()  # what follows it waits
    saved = find_search(by, search_id)
    record("search.deleted", by=by, target=saved.pk, name=saved.name)
    saved.delete()


@transaction.atomic
def look_at_search(*, by: Actor, search_id: UUID) -> SavedSearch:
    """From now on what was new is not new any more."""
    saved = find_search(by, search_id)
    SearchHit.objects.filter(search=saved, fresh=True).update(fresh=False)
    return saved


@transaction.atomic
def open_feed(*, by: Actor, search_id: UUID) -> tuple[SavedSearch, str]:
    """Give the search a feed at a secret address, shown once; an address that it had ends.

    ``NotAllowed`` for a person's token: the address would outlive it. A token of an agency opens its own, which end
    with it.
    """
    _require_member(by)
    SavedSearch.objects.select_for_update().filter(pk=search_id).values_list("pk").first()
    saved = find_search(by, search_id)
    if by.user_id is not None and by.token_id is not None:
        raise NotAllowed(_("Open the feed on the page: its address would outlive this token."), code="not_by_token")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    saved.feed_digest = _digest(secret)
    saved.save(update_fields=["feed_digest"])
    record("search.feed_opened", by=by, target=saved.pk)
    return saved, secret


@transaction.atomic
def close_feed(*, by: Actor, search_id: UUID) -> SavedSearch:
    """Its address ends at once. Idempotent."""
    saved = find_search(by, search_id)
    if saved.feed_digest:
        saved.feed_digest = ""
        saved.save(update_fields=["feed_digest"])
        record("search.feed_closed", by=by, target=saved.pk)
    return saved


def read_feed(secret: str) -> tuple[SavedSearch, Actor]:
    """The search behind a secret address and the rights of its owner now. :class:`NotFound` for what nobody knows, and
    where the owner has no rights left."""
    rows = SavedSearch.objects.select_related("user", "token__agency", "token__user")
    found = rows.filter(feed_digest=_digest(secret)).first()
    actor = owner_of(found) if found is not None else None
    if found is None or actor is None or actor.is_anonymous:
        raise NotFound(_("There is no such feed."))
    return found, actor


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _named(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME:
        raise Invalid(_("Give it a name."), fields={"name": [_("Give it a name.")]})
    return found


def _require_member(by: Actor) -> None:
    if by.is_anonymous:
        raise NotAllowed(str(SENTENCES[Reason.NOT_SIGNED_IN]), code=str(Reason.NOT_SIGNED_IN))
    require_reading(by)
    if not by.is_network_member:
        raise NotAllowed(str(SENTENCES[Reason.ROLE_TOO_LOW]), code=str(Reason.ROLE_TOO_LOW))


def require_reading(by: Actor) -> None:
    """Searches say what somebody looks for: nothing for a token that may not read."""
    if not by.has_scope(Scope.READ):
        raise NotAllowed(str(SENTENCES[Reason.SCOPE_MISSING]), code=str(Reason.SCOPE_MISSING))


def _require_letters_reach(by: Actor, alerts: AlertRhythm) -> None:
    if alerts is not AlertRhythm.NEVER and by.user_id is None:
        sentence = _("Letters go to people: a token of an agency reads the feed.")
        raise Invalid(sentence, fields={"alerts": [sentence]})


def _require_free(by: Actor, name: str) -> None:
    if searches_of(by).filter(name=_named(name)).exists():
        raise NameTaken(_("You have a search with this name already."))


def _lock_owner(by: Actor) -> None:
    """Acts of one owner take turns, so that bounds hold."""
    if by.user_id is not None:
        User.objects.select_for_update(no_key=True).filter(pk=by.user_id).values_list("pk").first()
    elif by.token_id is not None:
        ApiToken.objects.select_for_update(no_key=True).filter(pk=by.token_id).values_list("pk").first()
