"""Letters about what is new: made with the state that asks for them, sent at most once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from assets.models import AlertLetter, Asset, SavedSearch, SearchHit
from assets.queries import fitting_among
from assets.saved.asking import owner_of, query_of
from assets.search.query_language import QueryUnreadable
from assets.states import AlertRhythm
from permissions.models import User

SEND_ALERT: Final = "mediacenter.send_search_alert"
A_DAY: Final = timedelta(days=1)
GIVEN_UP: Final = timedelta(hours=1)
"""After so long the job has tried for the last time: its five attempts take thirteen minutes."""
MOST_NAMED: Final = 20
"""Works that a letter names for each search."""


@dataclass(frozen=True, kw_only=True)
class News:
    """``assets`` are the newest ``MOST_NAMED`` of ``count``; the owner sees them now."""

    search: SavedSearch
    assets: tuple[Asset, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class Letter:
    to: User
    language: str
    news: tuple[News, ...]


def due_for_letters() -> list[UUID]:
    """The people who are to be written to now."""
    due = Q(alerts=AlertRhythm.AT_ONCE) | Q(alerts=AlertRhythm.DAILY, written_at__lte=Now() - A_DAY)
    rows = SavedSearch.objects.filter(due, user__is_active=True, hits__letter=None, hits__fresh=True)
    return list(rows.order_by().values_list("user_id", flat=True).distinct())


@transaction.atomic
def ask_for_letter(user_id: UUID) -> AlertLetter | None:
    """One letter about all that is due for the person, and the job that sends it; None where there is nothing."""
    due = Q(alerts=AlertRhythm.AT_ONCE) | Q(alerts=AlertRhythm.DAILY, written_at__lte=Now() - A_DAY)
    searches = list(
        SavedSearch.objects.select_for_update().filter(due, user_id=user_id).order_by("id").values_list("id", flat=True)
    )
    waiting = SearchHit.objects.filter(search__in=searches, letter=None, fresh=True)
    if not waiting.exists():
        return None
    letter = AlertLetter.objects.create(user_id=user_id)
    told = list(waiting.order_by().values_list("search_id", flat=True).distinct())
    waiting.update(letter=letter)
    SavedSearch.objects.filter(pk__in=told).update(written_at=Now())
    app.configure_task(SEND_ALERT, queue="notify").defer(letter_id=str(letter.pk))
    return letter


def settle(saved: SavedSearch) -> None:
    """No letter tells of what is there already. In the caller's transaction."""
    waiting = SearchHit.objects.filter(search=saved, letter=None)
    if saved.user_id is not None and waiting.exists():
        waiting.update(letter=AlertLetter.objects.create(user_id=saved.user_id, claimed_at=Now()))


@transaction.atomic
def ask_again() -> int:
    """Forget letters that could not be sent, so that what they tell is asked for again, and those that tell of nothing
    that is kept; how many could not be sent."""
    over = AlertLetter.objects.filter(created_at__lt=Now() - GIVEN_UP)
    over.exclude(claimed_at=None).filter(hits=None).delete()
    unsent = over.filter(claimed_at=None).select_for_update(skip_locked=True)
    _, by_model = AlertLetter.objects.filter(pk__in=[letter.pk for letter in unsent]).delete()
    return by_model.get("assets.AlertLetter", 0)


def claim(letter_id: UUID) -> bool:
    """Whether this run is to hand the letter over: of several runs, or one that is repeated, only the first."""
    return bool(AlertLetter.objects.filter(pk=letter_id, claimed_at=None).update(claimed_at=Now()))


def unclaim(letter_id: UUID) -> None:
    """The mail server said that it did not take the letter."""
    AlertLetter.objects.filter(pk=letter_id).update(claimed_at=None)


def letter_of(letter_id: UUID) -> Letter | None:
    """What it says, by the rights of this moment; None where that is nothing."""
    found = AlertLetter.objects.filter(pk=letter_id).select_related("user").first()
    if found is None:
        return None
    rows = SearchHit.objects.filter(letter=found).order_by("-id")
    searches = SavedSearch.objects.filter(hits__letter=found).exclude(alerts=AlertRhythm.NEVER).distinct()
    told = [_news(saved, [hit.asset_id for hit in rows if hit.search_id == saved.pk]) for saved in searches]
    news = tuple(one for one in told if one is not None)
    return Letter(to=found.user, language=news[0].search.language, news=news) if news else None


def _news(saved: SavedSearch, assets: list[UUID]) -> News | None:
    actor = owner_of(saved)
    if actor.is_anonymous:
        return None
    try:
        found = fitting_among(actor, query_of(saved), assets)
    except QueryUnreadable:
        return None
    named = [asset_id for asset_id in assets if asset_id in found]
    if not named:
        return None
    rows = Asset.objects.visible_to(actor).with_policy_facts().prefetch_related("texts").in_bulk(named[:MOST_NAMED])
    shown = tuple(rows[asset_id] for asset_id in named[:MOST_NAMED] if asset_id in rows)
    return News(search=saved, assets=shown, count=len(named)) if shown else None
